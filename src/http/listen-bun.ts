// How Bun listens. On Deno, deno.json puts listen-deno.ts in its place.

import type { AnyElysia } from "elysia";

/** Bun's own 10 s are less than a webhook request may be held. */
const IDLE_TIMEOUT_SECONDS = 60;

/** `app.server` is who listens. @throws what the system says of the address. */
export async function listen(app: AnyElysia, hostname: string, port: number): Promise<void> {
  app.listen({
    hostname,
    port,
    // Elysia's default shares the port with whoever else asks for it, so that a second memoferry would go unseen.
    reusePort: false,
    development: false,
    idleTimeout: IDLE_TIMEOUT_SECONDS,
    // What is too long is answered, and told, by `bodies`; what is not read is not kept.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  });
}
