import { Elysia, type InternalRoute } from "elysia";
import { AppError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { Scope } from "../domain/scope.ts";
import type { FailureLimit } from "./failure-limit.ts";
import { routesAt } from "./routes.ts";
import type { TokenDeps } from "./tokens.ts";

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

    failures.refuse(context);
    set.headers["www-authenticate"] = "Bearer";
    throw new AppError(
      "unauthorized",
      token === undefined
        ? "This needs the header `Authorization: Bearer <ADMIN_TOKEN>`."
        : "This is neither the admin token, which is in ADMIN_TOKEN, or in DATA_DIR/admin-token if memoferry made it, nor a named one.",
    );
  });
}
