import { Elysia } from "elysia";
import type { Log } from "../base/log.ts";
import { type BindingDeps, bindings } from "./bindings.ts";
import { type InvitationDeps, invitations } from "./invitations.ts";
import { problem, problemOf } from "./problem.ts";
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
  return new Elysia({
    aot: true,
    systemRouter: false,
    handler: { standardHostname: false },
    normalize: false,
  })
    .headers({ "cache-control": "no-store" })
    .onError(({ error, request: { method }, path }) => {
      const known = problemOf(error);
      if (known) return known;
      deps.log.error("request failed", { method, path, error });
      return problem("internal", "memoferry failed at this request; its log has the reason.");
    })
    .use(bindings(deps))
    .use(invitations(deps))
    .use(updates(deps));
}
