import { Elysia, t } from "elysia";
import { answering, problem } from "./problem.ts";

/** One thing that memoferry needs. The detail is shown to anybody who can reach the port: no secrets. */
const part = t.Object({ ready: t.Boolean(), detail: t.Optional(t.String()) });
const readiness = t.Object({ store: part, telegram: part, memos: part, disk: part });
type Readiness = typeof readiness.static;

export interface HealthDeps {
  /** Has Memos looked at, where that was not done a moment ago. */
  lookAtMemos(): Promise<void>;
  readiness(): Readiness;
}

/** `/healthz`: the process answers. `/readyz`: everything it needs is there, else 503 with what is not. */
export function health(deps: HealthDeps) {
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
    );
}
