import { Elysia, NotFoundError } from "elysia";
import type { Log } from "../base/log.ts";
import { closeUnlessRead } from "./bodies.ts";
import { problem, problemOf } from "./problem.ts";
import { routesAt } from "./routes.ts";

/** What every request and every answer has, whatever the routes are. */
export function createRoot({ log }: { log: Log }) {
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
    .onError(({ error, request: { method }, path, route, set }) => {
      const allowed = error instanceof NotFoundError ? methodsAt(root.routes, path).join(", ") : "";
      if (allowed) set.headers["allow"] = allowed;
      const known = allowed
        ? problem("method_not_allowed", `This path can be asked by ${allowed} only.`)
        : problemOf(error);
      if (!known) log.error("request failed", { method, route, request_id: set.headers[REQUEST_ID], error });
      const answer =
        known ?? problem("internal", "memoferry failed at this request; its log has the reason.");
      set.status = answer.status;
      return answer;
    });
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
