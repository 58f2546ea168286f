import { Elysia, t } from "elysia";
import type { ReceiveMode } from "../domain/receive.ts";
import { accepting } from "./accepting.ts";
import type { Bodies } from "./bodies.ts";
import type { HealthDeps } from "./health.ts";
import { answering } from "./problem.ts";
import { oneOf } from "./schemas.ts";

const RECEIVE_MODES = ["polling", "webhook"] as const satisfies ReceiveMode[];

const receive = {
  mode: oneOf(RECEIVE_MODES),
  since: t.String(),
  reason: t.String(),
};
const reached = { reachable: t.Nullable(t.Boolean()), detail: t.Nullable(t.String()) };

/** Times are RFC 3339 in UTC; null is "not known" or "none yet". */
const status = t.Object({
  version: t.String(),
  commit: t.Nullable(t.String()),
  started_at: t.String(),
  /** Null until Telegram has said who the bot token belongs to. */
  bot: t.Nullable(t.Object({ id: t.Number(), username: t.String(), name: t.String() })),
  receive: t.Object({ setting: oneOf(["auto", ...RECEIVE_MODES]), ...receive }),
  /** The last time that no updates came in for longer than Telegram keeps them: those sent before `lost_before` may be missing. */
  last_absence: t.Nullable(t.Object({ from: t.String(), until: t.String(), lost_before: t.String() })),
  telegram: t.Object(reached),
  memos: t.Object({ url: t.String(), version: t.Nullable(t.String()), ...reached }),
  /** Accounts of which somebody is told what changes in Memos; how many of them by its events, the others by the time. */
  watched: t.Object({ accounts: t.Number(), by_events: t.Number() }),
  bindings: t.Object({ active: t.Number(), paused: t.Number() }),
  jobs: t.Object({ waiting: t.Number(), working: t.Number(), done: t.Number(), dead: t.Number() }),
  oldest_waiting_at: t.Nullable(t.String()),
  last_saved_at: t.Nullable(t.String()),
  disk: t.Object({ free_bytes: t.Nullable(t.Number()), taking_updates: t.Boolean() }),
});
export type Status = typeof status.static;

const receiveAnswer = t.Object(receive);

export interface StatusDeps extends HealthDeps {
  status(): Status | Promise<Status>;
  /** Changes how updates come in. Throws `conflict` with the reason when it cannot. */
  switchTo(mode: ReceiveMode): Promise<typeof receiveAnswer.static>;
}

/** How it goes, and how updates come in. Authentication is the root's. */
export function statusRoutes(deps: StatusDeps, { json }: Bodies) {
  return new Elysia({ tags: ["operation"] })
    .onBeforeHandle(accepting("application/json"))
    .get("/api/v1/status", () => deps.status(), {
      beforeHandle: () => deps.lookAtMemos(),
      response: status,
      detail: { summary: "Says how it goes" },
    })
    .post("/api/v1/receive", ({ body }) => deps.switchTo(body.mode), {
      parse: json,
      body: t.Object({ mode: oneOf(RECEIVE_MODES) }),
      response: { 200: receiveAnswer, ...answering("conflict") },
      detail: { summary: "Changes how updates come in" },
    });
}
