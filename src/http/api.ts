import type { AnyElysia } from "elysia";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import { tokenGuard } from "./auth.ts";
import { type BackupDeps, backup } from "./backup.ts";
import { type BindingDeps, bindings } from "./bindings.ts";
import { type Bodies, createBodies } from "./bodies.ts";
import { capturePage } from "./capture-page.ts";
import { type ChatDeps, chats } from "./chats.ts";
import { type DashboardDeps, dashboard } from "./dashboard/dashboard.ts";
import { documentation } from "./documentation.ts";
import type { FailureLimit } from "./failure-limit.ts";
import { type ImportDeps, importRoutes } from "./imports.ts";
import { type InvitationDeps, invitations } from "./invitations.ts";
import { type MemoDeps, memos } from "./memos.ts";
import { type MessageDeps, messages } from "./messages.ts";
import { type MetricsDeps, metricsRoute } from "./metrics.ts";
import { PROBLEMS_PATH, problemsPage } from "./problem.ts";
import { createRoot } from "./root.ts";
import { type StatusDeps, statusRoutes } from "./status.ts";
import { type TokenDeps, tokens } from "./tokens.ts";
import { type UpdateDeps, updates } from "./updates.ts";

export interface ApiDeps extends BindingDeps, ChatDeps, ImportDeps, InvitationDeps, TokenDeps, UpdateDeps {
  log: Log;
  clock: Clock;
}

export interface WholeDeps
  extends ApiDeps,
    StatusDeps,
    MetricsDeps,
    BackupDeps,
    MemoDeps,
    MessageDeps,
    Pick<DashboardDeps, "savedByHour" | "signOuts"> {
  adminToken: Secret;
  /** Whose X-Forwarded-For counts. */
  isTrustedProxy: (address: string) => boolean;
}

/** The routes that need no running receiver or lanes, without authentication: the server and the command line share them. */
export const createApi = (deps: ApiDeps, bodies = createBodies(deps)) =>
  createRoot(deps)
    .get(PROBLEMS_PATH, problemsPage, { detail: { hide: true } })
    .use(bindings(deps, bodies))
    .use(chats(deps, bodies))
    .use(importRoutes(deps, bodies))
    .use(invitations(deps, bodies))
    .use(tokens(deps, bodies))
    .use(updates(deps));

/**
 * All routes, with those of `eager`. A request passes these checks in this order: under /api/v1 it has a token that reaches
 * so far, or counts for the limiter; it finds a route; its body is JSON; body, path and query fit the route's schemas; its
 * answer is accepted.
 */
export function createWhole(
  deps: WholeDeps,
  {
    bodies,
    eager,
    failures,
    stopping,
  }: { bodies: Bodies; eager: AnyElysia; failures: FailureLimit; stopping: AbortSignal },
): AnyElysia {
  const app = createApi(deps, bodies)
    .use(eager)
    .use(statusRoutes(deps, bodies))
    .use(memos(deps, bodies))
    .use(messages(deps, bodies))
    .use(capturePage())
    .use(metricsRoute(deps))
    .use(backup(deps));
  app.use(documentation(app));
  app.use(dashboard({ ...deps, failures, ask: app.handle, stopping }, bodies));
  return app.use(tokenGuard({ ...deps, routes: app.routes, failures }));
}
