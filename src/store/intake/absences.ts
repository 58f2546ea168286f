import { eq } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { Absence } from "../../domain/absence.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Database } from "../db/database.ts";
import { bots } from "../db/schema.ts";
import { owe } from "../outbox/owe.ts";

export type Absences = ReturnType<typeof createAbsences>;

const HOUR_MS = 3_600_000;
/** Telegram keeps updates for 24 hours: who was away longer than this may have missed some. */
const AWAY_MS = 23 * HOUR_MS;
const KEPT_MS = 24 * HOUR_MS;

const absenceOf = (from: number, until: number): Absence => ({ from, until, lostBefore: until - KEPT_MS });

/** When updates came in last, and when they did not for too long. */
export function createAbsences(deps: { database: Database; clock: Clock; botId: number }) {
  const { database, clock, botId } = deps;
  const { drizzle } = database;
  const find = () => drizzle.select().from(bots).where(eq(bots.bot_id, botId)).get();
  const change = (values: Partial<typeof bots.$inferInsert>) =>
    drizzle.update(bots).set(values).where(eq(bots.bot_id, botId)).run();

  return {
    /**
     * Updates come in now. After an absence, and with `words`, that is noted, and people are owed what they say, as
     * one: nothing is said twice, or never, whenever the process ends.
     */
    seen: (now: number, words: ((absence: Absence) => readonly Owed[]) | null): Absence | null =>
      database.durable(() => {
        const before = find()?.last_poll_at ?? null;
        change({ last_poll_at: now });
        if (before === null || words === null || now - before <= AWAY_MS) return null;
        const absence = absenceOf(before, now);
        change({ away_from: before, away_until: now });
        owe(database, botId, null, clock.now(), words(absence));
        return absence;
      }),

    /** The last one. */
    last(): Absence | null {
      const row = find();
      return row?.away_from == null || row.away_until === null
        ? null
        : absenceOf(row.away_from, row.away_until);
    },
  };
}
