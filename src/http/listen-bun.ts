// How Bun listens. On Deno, deno.json puts listen-deno.ts in its place.

import type { AnyElysia } from "elysia";

/** Bun's own 10 s are less than a webhook request may be held. */
const IDLE_TIMEOUT_SECONDS = 60;

/**
 * `app.server` is who listens. @throws what the system says of the address. Elysia's own `listen` would compile everything
 * twice, for routes that become Bun's or come later: here are none.
 */
export async function listen(app: AnyElysia, hostname: string, port: number): Promise<void> {
  app.compile();
  app.server = Bun.serve({
    hostname,
    port,
    reusePort: false,
    development: false,
    idleTimeout: IDLE_TIMEOUT_SECONDS,
    // What is too long is answered, and told, by `bodies`; what is not read is not kept.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    fetch: app.fetch,
  });
}
