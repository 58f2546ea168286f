import { Elysia, t } from "elysia";
import type { ReceiveMode } from "../domain/receive.ts";
import { accepting } from "./accepting.ts";
import type { Bodies } from "./bodies.ts";
import { answering, problem } from "./problem.ts";
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
  bindings: t.Object({ active: t.Number(), paused: t.Number() }),
  jobs: t.Object({ waiting: t.Number(), working: t.Number(), done: t.Number(), dead: t.Number() }),
  oldest_waiting_at: t.Nullable(t.String()),
  last_saved_at: t.Nullable(t.String()),
  disk: t.Object({ free_bytes: t.Nullable(t.Number()), taking_updates: t.Boolean() }),
});
export type Status = typeof status.static;

const receiveAnswer = t.Object(receive);

/** One thing that memoferry needs. The detail is shown to anybody who can reach the port: no secrets. */
const part = t.Object({ ready: t.Boolean(), detail: t.Optional(t.String()) });
const readiness = t.Object({ store: part, telegram: part, memos: part, disk: part });
type Readiness = typeof readiness.static;

export interface StatusDeps {
  status(): Status | Promise<Status>;
  /** Has Memos looked at, where that was not done a moment ago. */
  lookAtMemos(): Promise<void>;
  readiness(): Readiness;
  /** Changes how updates come in. Throws `conflict` with the reason when it cannot. */
  switchTo(mode: ReceiveMode): Promise<typeof receiveAnswer.static>;
}

/** `/healthz`: the process answers. `/readyz`: everything it needs is there, else 503 with what is not. */
export function statusRoutes(deps: StatusDeps, { json }: Bodies) {
  return new Elysia({ tags: ["operation"] })
    .get("/healthz", () => ({ status: "ok" }), {
      response: t.Object({ status: t.String() }),
      detail: { summary: "Says that the process works" },
    })
    .get(
      "/readyz",
      () => {
        const parts = deps.readiness();
        const absent = Object.entries(parts).filter(([, { ready }]) => !ready);
        if (absent.length === 0) return { status: "ready", parts };
        const names = absent.map(([name, { detail }]) => (detail ? `${name} (${detail})` : name));
        const not_ready = absent.map(([name]) => name);
        return problem("unavailable", `Not ready: ${names.join(", ")}.`, { parts, not_ready });
      },
      {
        beforeHandle: () => deps.lookAtMemos(),
        response: { 200: t.Object({ status: t.String(), parts: readiness }), ...answering("unavailable") },
        detail: { summary: "Says whether all that is needed is there" },
      },
    )
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
