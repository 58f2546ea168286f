import type { Database } from "../db/database.ts";
import { fact, setFact } from "../db/facts.ts";
import type { Transitions } from "./transitions.ts";

export interface Upgrade {
  /** The version that ran last on this folder for this bot; undefined: none did. */
  readonly before: string | undefined;
  /** How many jobs are tried again. */
  readonly requeued: number;
}

/** At a start of another version than before: requeues what the last one did not understand. Undefined while it is the same. */
export function createNoteVersion(deps: {
  database: Database;
  transitions: Pick<Transitions, "tryUnknown">;
  botId: number;
}) {
  const { database, transitions, botId } = deps;
  const { drizzle } = database;
  const name = `version:${botId}`;
  return (version: string): Upgrade | undefined =>
    database.durable(() => {
      const before = fact(drizzle, name);
      if (before === version) return undefined;
      setFact(drizzle, name, version);
      return { before, requeued: transitions.tryUnknown() };
    });
}
