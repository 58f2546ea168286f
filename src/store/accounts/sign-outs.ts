import type { Database } from "../db/database.ts";
import { fact, setFact } from "../db/rows.ts";

const SIGN_OUTS = "sign_outs";

/** How often somebody signed out of the dashboard. */
export function createSignOuts({ sqlite, durable }: Database) {
  const count = () => Number(fact(sqlite, SIGN_OUTS) ?? 0);
  return {
    count,
    add: (): void => durable(() => void setFact(sqlite, SIGN_OUTS, String(count() + 1))),
  };
}
