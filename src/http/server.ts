import type { Clock } from "../base/clock.ts";
import { AppError, codeOf, messageOf } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import { type ApiDeps, createApi } from "./api.ts";
import { adminOnly } from "./auth.ts";
import { type StatusDeps, statusRoutes } from "./status.ts";
import { telegramWebhook, type Webhook } from "./telegram-webhook.ts";

/** How long `stop` waits for requests that are being answered. */
const STOP_MS = 2_000;
/** Bun's own 10 s are less than a webhook request may be held. */
const IDLE_TIMEOUT_SECONDS = 60;
/** Far more than any update has. Bun itself answers what is longer, with a bare 413. */
const BODY_LIMIT = 1024 * 1024;

export interface HttpDeps extends ApiDeps, StatusDeps {
  /** `HTTP_HOST` and `HTTP_PORT`; port 0 takes any free one. */
  host: string;
  port: number;
  adminToken: Secret;
  clock: Clock;
  webhook: Webhook;
}

/**
 * A request passes these checks in this order: under /api/v1 it has the admin token, or counts for the limiter; it
 * finds a route; its body is JSON; body, path and query fit the route's schemas.
 */
export function createHttpServer(deps: HttpDeps) {
  const { clock, log, host, port } = deps;
  const app = createApi(deps).use(adminOnly(deps)).use(statusRoutes(deps)).use(telegramWebhook(deps.webhook));

  return {
    /** Answers a request without a socket. */
    handle: app.handle,

    /** Listens. The URL is one that this machine can call. Throws `conflict`, naming the variables to mend. */
    async start(): Promise<{ url: string }> {
      try {
        app.listen({
          hostname: host,
          port,
          // Elysia's default shares the port with whoever else asks for it, so that a second memoferry would go unseen.
          reusePort: false,
          development: false,
          idleTimeout: IDLE_TIMEOUT_SECONDS,
          maxRequestBodySize: BODY_LIMIT,
        });
      } catch (error) {
        throw listenError(error, deps);
      }
      if (!app.server) throw new AppError("internal", "Elysia returned from listen without a server");
      // "All addresses" are reached by the loopback one.
      const url = app.server.url.origin.replace("//0.0.0.0", "//127.0.0.1").replace("//[::]", "//[::1]");
      log.info("http listening", { host, url });
      return { url };
    },

    /** Takes no more requests, gives the running ones 2 s, then closes. Twice, or before a start, is fine. */
    async stop(): Promise<void> {
      const { server } = app;
      if (!server) return;
      await Promise.race([server.stop(), clock.sleep(STOP_MS)]);
      await server.stop(true);
      app.server = null;
    },
  };
}

/** Why nothing can listen there, and the mends: Bun calls a name that does not resolve "in use" too. */
function listenError(cause: unknown, { host, port }: { host: string; port: number }): AppError {
  return new AppError(
    "conflict",
    `cannot listen on HTTP_HOST ${host}, HTTP_PORT ${port} (${codeOf(cause) ?? messageOf(cause)}): stop the other program ` +
      "on that port, or choose another port above 1023 (0 takes any free one); as host use 127.0.0.1 (this machine only), " +
      "0.0.0.0 (every network) or an address of this machine",
    { cause },
  );
}
