import { and, count, eq, exists, inArray } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import type { Database } from "./database.ts";
import { fact, setFact } from "./facts.ts";
import { UNKNOWN_PART } from "./jobs.ts";
import { type Owed, owe } from "./outbox.ts";
import { bindings, jobs } from "./schema.ts";

/** Which version ran last, and what that one did not know. */
export interface Upgrades {
  /** The version that last noted itself on this folder for this bot; undefined: none did. */
  lastVersion(): string | undefined;
  /** Bound people with messages that are dead because they were not understood. */
  notUnderstood(): { telegram_id: number; count: number }[];
  /**
   * Notes the version, owes what is told on the occasion, and gives their turn to saved jobs of bound accounts of which a
   * part was not understood, as one. How many those are.
   */
  note(version: string, owed: readonly Owed[]): number;
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
        const bound = drizzle
          .select({ telegram_id: bindings.telegram_id })
          .from(bindings)
          .where(
            and(
              eq(bindings.telegram_id, jobs.telegram_id),
              eq(bindings.server, jobs.server),
              eq(bindings.account, jobs.account),
            ),
          );
        return drizzle
          .update(jobs)
          .set({ state: "waiting", outcome: null, due_at: 0, attempts: 0, aside: true, done_at: null })
          .where(
            and(
              eq(jobs.bot_id, botId),
              eq(jobs.state, "done"),
              eq(jobs.outcome, "saved"),
              eq(jobs.reason, UNKNOWN_PART),
              // Any other would wait for an account to be bound.
              exists(bound),
            ),
          )
          .returning({ id: jobs.id })
          .all().length;
      }),
  };
}
