import { Elysia, type Static, type TSchema, t } from "elysia";
import { problem } from "./problem.ts";

/** One thing that memoferry needs. The detail is shown to anybody who can reach the port: no secrets. */
const part = t.Object({ ready: t.Boolean(), detail: t.Optional(t.String()) });
const readiness = t.Object({ store: part, telegram: part, memos: part, disk: part });
type Readiness = typeof readiness.static;

const alive = t.Object({ status: t.String() });
const ready = t.Object({ status: t.String(), parts: readiness });

export interface HealthDeps {
  /** Has Memos looked at, where that was not done a moment ago. */
  lookAtMemos(): Promise<void>;
  readiness(): Readiness;
}

/**
 * An answer that is described, and not checked: a start waits for these two, and Elysia would compile their checks at the
 * first request.
 */
const described = (schema: TSchema) => ({ description: "", content: { "application/json": { schema } } });

/** `/healthz`: the process answers. `/readyz`: everything it needs is there, else 503 with what is not. */
export function health(deps: HealthDeps) {
  return new Elysia({ tags: ["operation"] })
    .get("/healthz", (): Static<typeof alive> => ({ status: "ok" }), {
      detail: { summary: "Says that the process works", responses: { 200: described(alive) } },
    })
    .get(
      "/readyz",
      (): Static<typeof ready> | Response => {
        const parts = deps.readiness();
        const absent = Object.entries(parts).filter(([, { ready }]) => !ready);
        if (absent.length === 0) return { status: "ready", parts };
        const names = absent.map(([name, { detail }]) => (detail ? `${name} (${detail})` : name));
        const not_ready = absent.map(([name]) => name);
        return problem("unavailable", `Not ready: ${names.join(", ")}.`, { parts, not_ready });
      },
      {
        beforeHandle: () => deps.lookAtMemos(),
        detail: {
          summary: "Says whether all that is needed is there",
          responses: { 200: described(ready), 503: { description: "" } },
        },
      },
    );
}
