import { Elysia, t } from "elysia";
import { Problem } from "./problem.ts";

/** One thing that memoferry needs. The detail is shown to anybody who can reach the port: no secrets. */
const part = t.Object({ ready: t.Boolean(), detail: t.Optional(t.String()) });
const readiness = t.Object({ store: part, telegram: part, memos: part, disk: part });
export type Readiness = typeof readiness.static;

/** `/healthz`: the process answers. `/readyz`: everything it needs is there, else 503 with what is not. */
export function health({ readiness: parts }: { readiness(): Readiness }) {
  return new Elysia()
    .get("/healthz", () => ({ status: "ok" }), { response: t.Object({ status: t.String() }) })
    .get("/readyz", () => ({ status: "ready", parts: ready(parts()) }), {
      response: t.Object({ status: t.String(), parts: readiness }),
    });
}

function ready(parts: Readiness): Readiness {
  const absent = Object.entries(parts).filter(([, { ready }]) => !ready);
  if (absent.length === 0) return parts;
  const names = absent.map(([name, { detail }]) => (detail ? `${name} (${detail})` : name));
  throw new Problem("unavailable", `Not ready: ${names.join(", ")}.`, {
    members: { parts, not_ready: absent.map(([name]) => name) },
  });
}
