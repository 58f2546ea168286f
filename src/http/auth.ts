import { type Context, Elysia, type InternalRoute } from "elysia";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Scope } from "../domain/scope.ts";
import { clientAddress } from "./client-address.ts";
import { routesAt } from "./routes.ts";
import type { TokenDeps } from "./tokens.ts";

const FAILURES_ALLOWED = 10;
const WINDOW_MS = 60_000;
/** Whoever has a network of IPv6 has more addresses than there is memory: those that come later share a count. */
const MOST_ADDRESSES = 10_000;

/** What only holders of a token reach. Paths that lead nowhere count too: 401 comes before 404. */
export const PROTECTED = /^\/(api\/v1|metrics)(\/|$)/;

/** What came with which named token. */
const callers = new WeakMap<Request, { name: string; telegram_id: number | null }>();

/** For the `detail` of a route: named tokens of these scopes may use it too. Whatever GET tells, `read` may. */
export const scopes = (...allowed: Scope[]) => ({ security: [{ bearer: allowed }] });

/** @throws AppError "forbidden" where the token of the request is for somebody else. */
export function requireTokenFor(telegramId: number | null, request: Request): void {
  const { name, telegram_id } = callers.get(request) ?? {};
  if (telegram_id == null || telegram_id === telegramId) return;
  throw new AppError("forbidden", `The token ${name} is for the Telegram user ${telegram_id} alone.`);
}

/** Whom a request acts for: whom it names, or else whom its token is for. @throws AppError "forbidden", "unprocessable". */
export function personOf(request: Request, named: number | undefined): number {
  const person = named ?? callers.get(request)?.telegram_id;
  if (person == null) throw new AppError("unprocessable", "telegram_id is missing.");
  requireTokenFor(person, request);
  return person;
}

export type FailureLimit = ReturnType<typeof createFailureLimit>;

/** Counts who comes without a right token, wherever one is asked for. */
export function createFailureLimit(deps: {
  clock: Pick<Clock, "monotonic">;
  log: Pick<Log, "warn">;
  isTrustedProxy: (address: string) => boolean;
}) {
  const { clock, log, isTrustedProxy } = deps;
  /** By address, within a minute that begins with the first failure of anybody. */
  const failures = new Map<string, number>();
  let endsAt = 0;

  return {
    /** How many seconds whoever called has to wait; null: not at all. */
    note(context: Pick<Context, "request" | "server">): number | null {
      const now = clock.monotonic();
      if (now >= endsAt) {
        failures.clear();
        endsAt = now + WINDOW_MS;
      }
      const from = clientAddress(context, isTrustedProxy);
      const address = failures.has(from) || failures.size < MOST_ADDRESSES ? from : "others";
      const count = (failures.get(address) ?? 0) + 1;
      failures.set(address, count);
      if (count <= FAILURES_ALLOWED) return null;
      const seconds = Math.ceil((endsAt - now) / 1000);
      if (count === FAILURES_ALLOWED + 1) log.warn("wrong tokens came too often", { address, seconds });
      return seconds;
    },
  };
}

/**
 * Answers 401 without a token, 403 where a named one may not do this, and 429 once an address has failed ten times
 * within a minute. The token is compared first, so a right one is never made to wait: behind a proxy all callers share
 * one address.
 */
export function tokenGuard(deps: {
  adminToken: Secret;
  tokens: Pick<TokenDeps["tokens"], "find">;
  routes: readonly InternalRoute[];
  failures: FailureLimit;
}) {
  const { adminToken, tokens, routes, failures } = deps;

  function mayUse(scope: Scope, method: string, path: string): boolean {
    if (scope === "read") return method === "GET" || method === "HEAD";
    const asked = method === "HEAD" ? "GET" : method;
    const route = routesAt(routes, path).find((each) => each.method === asked);
    const [{ bearer = [] } = {}] = route?.hooks.detail?.security ?? [];
    return bearer.includes(scope);
  }

  return new Elysia().onRequest((context) => {
    // The router's, also where a request has no Host and so no whole URL. Elysia's type omits it.
    const { request, path, set } = context as typeof context & { path: string };
    if (!PROTECTED.test(path)) return;
    const token = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token !== undefined && adminToken.equals(token)) return;
    const caller = token === undefined ? undefined : tokens.find(token);
    if (caller) {
      const { name, scope } = caller;
      if (!mayUse(scope, request.method, path))
        throw new AppError(
          "forbidden",
          `The token ${name} has the scope ${scope}, which does not reach this.`,
        );
      callers.set(request, caller);
      return;
    }

    const seconds = failures.note(context);
    if (seconds !== null) {
      set.headers["retry-after"] = String(seconds);
      throw new AppError(
        "rate_limited",
        `Ten requests from this address came without the right token: wait ${seconds} s.`,
      );
    }
    set.headers["www-authenticate"] = "Bearer";
    throw new AppError(
      "unauthorized",
      token === undefined
        ? "This needs the header `Authorization: Bearer <ADMIN_TOKEN>`."
        : "This is neither the admin token, which is in ADMIN_TOKEN, or in DATA_DIR/admin-token if memoferry made it, nor a named one.",
    );
  });
}
