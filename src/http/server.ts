import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Elysia, NotFoundError, t } from "elysia";
import type { Clock } from "../base/clock.ts";
import { AppError, codeOf, messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import { createFailureLimit, tokenGuard } from "./auth.ts";
import { type BackupDeps, backup } from "./backup.ts";
import { type BindingDeps, bindings } from "./bindings.ts";
import { closeUnlessRead, createBodies, type Exchange } from "./bodies.ts";
import { capturePage } from "./capture-page.ts";
import { type DashboardDeps, dashboard } from "./dashboard/dashboard.ts";
import { documentation } from "./documentation.ts";
import { type ImportDeps, importRoutes } from "./imports.ts";
import { type InvitationDeps, invitations } from "./invitations.ts";
import { listen } from "./listen-bun.ts";
import { type MemoDeps, memos } from "./memos.ts";
import { type MessageDeps, messages } from "./messages.ts";
import { type MetricsDeps, metricsRoute } from "./metrics.ts";
import { PROBLEMS_PATH, problem, problemOf, problemsPage } from "./problem.ts";
import { routesAt } from "./routes.ts";
import { type StatusDeps, statusRoutes } from "./status.ts";
import { type TokenDeps, tokens } from "./tokens.ts";
import { type UpdateDeps, updates } from "./updates.ts";

const STOP_MS = 2_000;
const SECRET_HEADER = "x-telegram-bot-api-secret-token";

export interface ApiDeps extends BindingDeps, ImportDeps, InvitationDeps, TokenDeps, UpdateDeps {
  log: Log;
  clock: Clock;
}

export interface Webhook {
  paths: Iterable<string>;
  /** @throws AppError "unauthorized". */
  authorize(secret: string): void;
  /** A delivery with the right secret could not be read. */
  refused(why: string): void;
  receive(secret: string, body: string): Promise<Record<string, unknown> | undefined>;
}

export interface HttpDeps
  extends ApiDeps,
    StatusDeps,
    MetricsDeps,
    BackupDeps,
    MemoDeps,
    MessageDeps,
    Pick<DashboardDeps, "savedByHour" | "signOuts"> {
  /** `HTTP_HOST` and `HTTP_PORT`; port 0 takes any free one. */
  host: string;
  port: number;
  adminToken: Secret;
  /** Whose X-Forwarded-For counts. */
  isTrustedProxy: (address: string) => boolean;
  webhook: Webhook;
}

/** The routes that need no running receiver or lanes, without authentication: the server and the command line share them. */
export function createApi(deps: ApiDeps, bodies = createBodies(deps)) {
  const { log } = deps;
  // `aot: true`: else the environment (ELYSIA_AOT) could choose a router that ignores the rest and knows no HEAD.
  // `systemRouter: false`: every request passes `onRequest`, which Bun's own routes could answer without.
  // `standardHostname: false`: else Elysia takes the path of `http://pi/healthz` to begin at a later slash.
  // `normalize: false`: else unknown fields would be dropped, not refused.
  const root = new Elysia({
    aot: true,
    systemRouter: false,
    handler: { standardHostname: false },
    normalize: false,
  });
  return root
    .headers({ "cache-control": "no-store" })
    .onRequest(closeUnlessRead)
    .onRequest(({ request, set }) => {
      set.headers[REQUEST_ID] = requestIdOf(request);
    })
    .onAfterResponse(({ request: { method }, route, set, responseValue }) => {
      const status = responseValue instanceof Response ? responseValue.status : set.status;
      log.debug("request", { method, route, status, request_id: set.headers[REQUEST_ID] });
    })
    .onError(({ error, request: { method }, path, set }) => {
      const allowed = error instanceof NotFoundError ? methodsAt(root.routes, path).join(", ") : "";
      if (allowed) set.headers["allow"] = allowed;
      const known = allowed
        ? problem("method_not_allowed", `This path can be asked by ${allowed} only.`)
        : problemOf(error);
      if (!known) log.error("request failed", { method, path, request_id: set.headers[REQUEST_ID], error });
      const answer =
        known ?? problem("internal", "memoferry failed at this request; its log has the reason.");
      set.status = answer.status;
      return answer;
    })
    .get(PROBLEMS_PATH, problemsPage, { detail: { hide: true } })
    .use(bindings(deps, bodies))
    .use(importRoutes(deps, bodies))
    .use(invitations(deps, bodies))
    .use(tokens(deps, bodies))
    .use(updates(deps));
}

/**
 * A request passes these checks in this order: under /api/v1 it has a token that reaches so far, or counts for the
 * limiter; it finds a route; its body is JSON; body, path and query fit the route's schemas; its answer is accepted.
 * Telegram's deliveries are authenticated by a secret of their own.
 */
export function createHttpServer(deps: HttpDeps) {
  const { clock, log, host, port, webhook } = deps;
  const bodies = createBodies(deps);
  const app = createApi(deps, bodies)
    .use(statusRoutes(deps, bodies))
    .use(memos(deps, bodies))
    .use(messages(deps, bodies))
    .use(capturePage())
    .use(metricsRoute(deps))
    .use(backup(deps));
  const failures = createFailureLimit(deps);
  const stopping = new AbortController();
  app.use(documentation(app));
  app.use(dashboard({ ...deps, failures, ask: app.handle, stopping: stopping.signal }, bodies));
  app.use(tokenGuard({ ...deps, routes: app.routes, failures }));
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
  for (const path of webhook.paths) {
    app.post(path, ({ headers, body }) => webhook.receive(headers[SECRET_HEADER] ?? "", body), {
      parse: ({ request, set }) => delivery({ request, set }),
      body: t.String(),
      // Telegram's own, and described there.
      detail: { hide: true },
    });
  }

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

const REQUEST_ID = "x-request-id";

/** The caller's own, such as that of a proxy, where it looks like one. */
function requestIdOf({ headers }: Request): string {
  const given = headers.get(REQUEST_ID) ?? "";
  return /^[\w.-]{1,64}$/.test(given) ? given : crypto.randomUUID();
}

/** By which methods a path can be asked. */
function methodsAt(routes: readonly { method: string; path: string }[], path: string): string[] {
  const methods = routesAt(routes, path).map(({ method }) => method);
  return methods.includes("GET") ? [...methods, "HEAD"] : methods;
}

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
