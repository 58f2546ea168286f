import { Elysia } from "elysia";
import { json } from "./answer.ts";
import { Problem } from "./problem.ts";

/** One thing that memoferry needs. The detail is shown to anybody who can reach the port: no secrets. */
export interface Part {
  ready: boolean;
  detail?: string;
}

export interface Readiness {
  store: Part;
  telegram: Part;
  memos: Part;
  disk: Part;
}

/** `/healthz`: the process answers. `/readyz`: everything it needs is there, else 503 with what is not. */
export function health({ readiness }: { readiness(): Readiness }) {
  return new Elysia()
    .get("/healthz", () => json({ status: "ok" }))
    .get("/readyz", () => {
      const { store, telegram, memos, disk } = readiness();
      const parts = { store, telegram, memos, disk };
      const absent = Object.entries(parts).filter(([, part]) => !part.ready);
      if (absent.length === 0) return json({ status: "ready", parts });
      const detail = absent.map(([name, part]) => (part.detail ? `${name} (${part.detail})` : name));
      throw new Problem("unavailable", `Not ready: ${detail.join(", ")}.`, {
        members: { parts, not_ready: absent.map(([name]) => name) },
      });
    });
}
