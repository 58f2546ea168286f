import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type AnyElysia, Elysia, t } from "elysia";
import { AppError, codeOf, messageOf } from "../base/errors.ts";
import type { WholeDeps } from "./api.ts";
import { type Bodies, createBodies, type Exchange } from "./bodies.ts";
import { createFailureLimit } from "./failure-limit.ts";
import { health } from "./health.ts";
import { listen } from "./listen-bun.ts";
import { type MemosWebhook, memosWebhook } from "./memos-webhook.ts";
import { createRoot } from "./root.ts";
import { routesAt } from "./routes.ts";

const STOP_MS = 2_000;
const SECRET_HEADER = "x-telegram-bot-api-secret-token";

export interface Webhook {
  paths: Iterable<string>;
  /** @throws AppError "unauthorized". */
  authorize(secret: string): void;
  /** A delivery with the right secret could not be read. */
  refused(why: string): void;
  receive(secret: string, body: string): Promise<Record<string, unknown> | undefined>;
}

export interface HttpDeps extends WholeDeps {
  /** `HTTP_HOST` and `HTTP_PORT`; port 0 takes any free one. */
  host: string;
  port: number;
  webhook: Webhook;
  memosWebhook: MemosWebhook;
}

/** Where Telegram delivers to: authenticated by a secret of its own. */
function deliveries(webhook: Webhook, bodies: Bodies) {
  // Before the first byte: whoever comes without the secret costs no memory.
  async function delivery(exchange: Exchange): Promise<string> {
    webhook.authorize(exchange.request.headers.get(SECRET_HEADER) ?? "");
    try {
      return await bodies.text(exchange);
    } catch (error) {
      if (error instanceof AppError) webhook.refused(error.message);
      throw error;
    }
  }
  const routes = new Elysia();
  for (const path of webhook.paths) {
    routes.post(path, ({ headers, body }) => webhook.receive(headers[SECRET_HEADER] ?? "", body), {
      parse: ({ request, set }) => delivery({ request, set }),
      body: t.String(),
      // Telegram's own, and described there.
      detail: { hide: true },
    });
  }
  return routes;
}

/**
 * Health and deliveries are there from the start. All other routes, with their schemas, are loaded and built once somebody
 * asks for one: many a memoferry serves for months without.
 */
export function createHttpServer(deps: HttpDeps) {
  const { clock, log, host, port, webhook } = deps;
  const bodies = createBodies(deps);
  const stopping = new AbortController();
  const failures = createFailureLimit(deps);
  const eager = new Elysia()
    .use(health(deps))
    .use(deliveries(webhook, bodies))
    .use(memosWebhook(deps, { bodies, failures }));
  const app = createRoot(deps).use(eager);
  const early = app.routes;
  let whole: Promise<AnyElysia> | null = null;
  const build = async () => {
    const { createWhole } = await import("./api.ts");
    const built = createWhole(deps, { bodies, eager, failures, stopping: stopping.signal });
    built.server = app.server;
    return built;
  };
  app.wrap((answer, { url }) => {
    if (routesAt(early, pathOf(url)).length > 0) return answer;
    whole ??= build();
    return async (request: Request) => (await whole)?.fetch(request);
  });

  return {
    handle: app.handle,

    /** Listens. The URL is one that this machine can call. Throws `conflict`, naming the variables to mend. */
    async start(): Promise<{ url: string }> {
      try {
        await listen(app, host, port);
      } catch (cause) {
        throw await cannotListen(host, port, cause);
      }
      if (!app.server) throw new AppError("internal", "Elysia returned from listen without a server");
      const url = callable(app.server.url);
      log.info("http listening", { host, url });
      return { url };
    },

    /** Takes no more requests, gives the running ones 2 s, then closes. Twice, or before a start, is fine. */
    async stop(): Promise<void> {
      const { server } = app;
      if (!server) return;
      stopping.abort();
      await Promise.race([server.stop(), clock.sleep(STOP_MS)]);
      await server.stop(true);
      app.server = null;
    },
  };
}

/** Without a Host a request has no whole URL. */
const pathOf = (url: string) => url.replace(/^https?:\/\/[^/]*|[?#].*$/g, "");

/** Where this machine reaches who listens at a URL: "all addresses" by the loopback one. */
export const callable = ({ origin }: URL) =>
  origin.replace("//0.0.0.0", "//127.0.0.1").replace("//[::]", "//[::1]");

/** Names the variable to mend. */
export async function cannotListen(host: string, port: number, cause: unknown): Promise<AppError> {
  // For a name that is not found Bun throws what failed last (1.4.5).
  const isFound = isIP(host) !== 0 || (await lookup(host).catch(() => null)) !== null;
  const code = isFound ? (codeOf(cause) ?? messageOf(cause)) : "ENOTFOUND";
  const mend =
    code === "EADDRINUSE"
      ? "another program listens there: stop it, or choose another HTTP_PORT (0 takes any free one)"
      : code === "EACCES"
        ? "only root may listen on a port below 1024: choose another HTTP_PORT"
        : `${host} is no address of this machine: set HTTP_HOST to 127.0.0.1 (this machine only), 0.0.0.0 (every network) or ` +
          "one of its addresses";
  const what = `cannot listen on HTTP_HOST ${host}, HTTP_PORT ${port} (${code})`;
  return new AppError("conflict", `${what}: ${mend}`, { cause });
}
