import { and, count, eq, inArray } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Database } from "./database.ts";
import { fact, setFact } from "./facts.ts";
import { type Owed, owe } from "./outbox.ts";
import { bindings, jobs } from "./schema.ts";

/** Which version ran last, and what that one did not know. */
export interface Upgrades {
  /** The version that last noted itself on this folder for this bot; undefined: none did. */
  lastVersion(): string | undefined;
  /** Bound people with messages that are dead because they were not understood. */
  notUnderstood(): { telegram_id: number; count: number }[];
  /** Notes the version, and owes what is told on the occasion, as one. */
  note(version: string, owed: readonly Owed[]): void;
}

const NOT_UNDERSTOOD = ["unknown_kind", "unsupported_kind"];

export function createUpgrades(deps: { database: Database; clock: Clock; botId: number }): Upgrades {
  const { database, clock, botId } = deps;
  const { drizzle } = database;
  const VERSION = `version:${botId}`;
  return {
    lastVersion: () => fact(drizzle, VERSION),
    notUnderstood: () =>
      drizzle
        .select({ telegram_id: bindings.telegram_id, count: count() })
        .from(jobs)
        .innerJoin(bindings, eq(bindings.telegram_id, jobs.telegram_id))
        .where(and(eq(jobs.bot_id, botId), eq(jobs.state, "dead"), inArray(jobs.reason, NOT_UNDERSTOOD)))
        .groupBy(bindings.telegram_id)
        .all(),
    note: (version, owed) =>
      database.inTransaction(() => {
        setFact(drizzle, VERSION, version);
        owe(drizzle, botId, null, clock.now(), owed);
      }),
  };
}
