import { Elysia, NotFoundError } from "elysia";
import type { Log } from "../base/log.ts";
import { type BindingDeps, bindings } from "./bindings.ts";
import { type InvitationDeps, invitations } from "./invitations.ts";
import { NOT_STORED, Problem, problemOf, problemResponse } from "./problem.ts";
import { type UpdateDeps, updates } from "./updates.ts";

export interface ApiDeps extends BindingDeps, InvitationDeps, UpdateDeps {
  readonly log: Log;
}

/** The routes that need no more than the store, without authentication: what the server and the command line share. */
export function createApi(deps: ApiDeps) {
  // `aot: true`: else the environment (ELYSIA_AOT) could choose a router that ignores the rest and knows no HEAD.
  // `systemRouter: false`: every request passes `onRequest`, which Bun's own routes could answer without.
  // `standardHostname: false`: else Elysia takes the path of `http://pi/healthz` to begin at a later slash.
  // `normalize: false`: else unknown fields would be dropped, not refused.
  const app = new Elysia({
    aot: true,
    systemRouter: false,
    handler: { standardHostname: false },
    normalize: false,
  })
    .headers(NOT_STORED)
    .onError(({ error, request, path }) => {
      const cause = error instanceof NotFoundError ? nothingAt(path, app.routes) : error;
      return answer(cause, { method: request.method, path }, deps.log);
    })
    .use(bindings(deps))
    .use(invitations(deps))
    .use(updates(deps));
  return app;
}

/** The answer to anything thrown, which is logged when it is a fault of ours. */
export function answer(error: unknown, request: Record<string, unknown>, log: Log): Response {
  const problem = problemOf(error);
  if (problem.code === "internal") log.error("request failed", { ...request, error });
  return problemResponse(problem);
}

/** The problem of a request that no route takes: 405 if the path has other methods, else 404. */
function nothingAt(path: string, routes: readonly { method: string; path: string }[]): Problem {
  const methods = new Set(routes.filter((route) => matches(route.path, path)).map((route) => route.method));
  if (methods.size === 0) return new Problem("not_found", "There is nothing at this path.");
  if (methods.has("GET")) methods.add("HEAD");
  const allow = [...methods].sort().join(", ");
  return new Problem("method_not_allowed", `This path takes ${allow}.`, { headers: { allow } });
}

function matches(pattern: string, path: string): boolean {
  const segments = (text: string) => text.replace(/\/$/, "").split("/");
  const given = segments(path);
  const wanted = segments(pattern);
  return (
    wanted.length === given.length &&
    wanted.every((segment, i) => (segment.startsWith(":") ? given[i] !== "" : segment === given[i]))
  );
}
