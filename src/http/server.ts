import { lookup } from "node:dns/promises";
import type { Clock } from "../base/clock.ts";
import { AppError, codeOf, type ErrorCode, messageOf } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import { type ApiDeps, answer, createApi } from "./api.ts";
import { createAuth, needsAdminToken } from "./auth.ts";
import { health, type Readiness, type StatusDeps, statusRoutes } from "./status.ts";
import { telegramWebhook, type Webhook } from "./telegram-webhook.ts";

/** How long `stop` waits for requests that are being answered. */
const STOP_MS = 2_000;
/** Bun's own 10 s are less than a webhook request may be held. */
const IDLE_TIMEOUT_SECONDS = 60;
/**
 * Above this Bun itself answers, with a bare 413 and a closed connection. It is well above our own limits so that we
 * answer, with a problem. That costs no memory: Bun drops what still comes of a body after the answer (tried: 60 MB).
 */
const BUN_BODY_LIMIT = 16 * 1024 * 1024;

export interface HttpDeps extends ApiDeps, StatusDeps {
  /** `HTTP_HOST` and `HTTP_PORT`; port 0 takes any free one. */
  host: string;
  port: number;
  adminToken: Secret;
  clock: Clock;
  readiness(): Readiness;
  webhook: Webhook;
}

/**
 * A request passes these checks in this order: its path is whole; under /api/v1 it has the admin token, or counts for
 * the limiter; it finds a route; its body is JSON of a fair size; body, path and query fit the route's schemas.
 */
export function createHttpServer(deps: HttpDeps) {
  const { clock, log } = deps;
  const checkAdmin = createAuth(deps);

  const app = createApi(deps)
    .onRequest((context) => {
      // The path that the router goes by. It is there, though Elysia's type omits it.
      const { request, path } = context as typeof context & { path: string };
      refuseCutPath(request.url, path);
      if (needsAdminToken(path)) checkAdmin(request, app.server?.requestIP(request)?.address ?? "unknown");
    })
    .use(health(deps))
    .use(statusRoutes(deps))
    .use(telegramWebhook(deps.webhook));

  return {
    /** Answers a request without a socket. */
    handle: (request: Request): Promise<Response> =>
      // Elysia's own error path fails when what was thrown is undefined or null.
      app
        .handle(request)
        .catch((error) =>
          answer(error, { method: request.method, path: new URL(request.url).pathname }, log),
        ),

    /** Listens. The URL is one that this machine can call. Throws `conflict` or `invalid`, naming the variable to mend. */
    async start(): Promise<{ url: string }> {
      try {
        app.listen({
          hostname: deps.host,
          port: deps.port,
          // Elysia's default shares the port with whoever else asks for it, so that a second memoferry would go unseen.
          reusePort: false,
          development: false,
          idleTimeout: IDLE_TIMEOUT_SECONDS,
          maxRequestBodySize: BUN_BODY_LIMIT,
          error: (error) => answer(error, {}, log),
        });
      } catch (error) {
        throw await listenError(error, deps);
      }
      const url = urlOf(app.server);
      log.info("http listening", { host: deps.host, url });
      return { url };
    },

    /** Takes no more requests, gives the running ones 2 s, then closes. Twice, or before a start, is fine. */
    async stop(): Promise<void> {
      const server = app.server;
      if (!server) return;
      const finished = new AbortController();
      const graceful = server.stop().then(() => finished.abort());
      await Promise.race([graceful, clock.sleep(STOP_MS, finished.signal)]);
      finished.abort();
      await server.stop(true);
      app.server = null;
    },
  };
}

/**
 * Without a usable Host header Bun gives a URL that is only a path, in which Elysia may look for the path too far on.
 * Short paths survive that, so that plain HTTP/1.0 checks of /healthz work; the others are told what is missing.
 */
function refuseCutPath(url: string, path: string): void {
  if (url.startsWith("/") && !url.startsWith(path)) {
    throw new AppError("invalid", "The request needs a valid Host header.");
  }
}

/** A URL by which this machine reaches the server: "all addresses" become the loopback one. */
function urlOf(server: { url: URL } | null): string {
  if (!server) throw new AppError("internal", "Elysia returned from listen without a server");
  return server.url.origin.replace("//0.0.0.0", "//127.0.0.1").replace("//[::]", "//[::1]");
}

/** Says which variable is wrong. Bun calls a name that does not resolve "in use", so names are looked up first. */
async function listenError(
  cause: unknown,
  { host, port }: { host: string; port: number },
): Promise<AppError> {
  const fault = (code: ErrorCode, text: string) => new AppError(code, text, { cause });
  const code = codeOf(cause);
  const resolved = await lookup(host).then(
    () => true,
    () => false,
  );
  if (!resolved || code === "ENOTFOUND" || code === "EADDRNOTAVAIL") {
    const mend = "use 127.0.0.1 (this machine only), 0.0.0.0 (every network) or an address of this machine";
    return fault("invalid", `HTTP_HOST: ${host} is no address of this machine; ${mend}.`);
  }
  if (code === "EADDRINUSE") {
    const mend = "stop that one, or choose another port (0 takes any free one)";
    return fault("conflict", `HTTP_PORT: ${port} is in use by another program; ${mend}.`);
  }
  if (code === "EACCES" || code === "EPERM") {
    const mend = "choose a port above 1023";
    return fault("invalid", `HTTP_PORT: the system does not allow port ${port}; ${mend}.`);
  }
  return fault("unavailable", `HTTP_HOST ${host}, HTTP_PORT ${port}: ${messageOf(cause)}.`);
}
