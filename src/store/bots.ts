import { desc, eq } from "drizzle-orm";
import type { Database } from "./database.ts";
import { bots, updates } from "./schema.ts";

export interface Bot {
  bot_id: number;
  id_key: string;
  epoch: number;
  next_offset: number | null;
  last_poll_at: number | null;
}

/** What is known of the bot whose token this run has. */
export interface Bots {
  /** The row of this bot; made at its first start, with the key that `makeIdKey` gives. */
  ensure(botId: number, makeIdKey: () => string): Bot;
  /** The next `offset` of getUpdates; null asks without one, which confirms nothing. */
  offset(botId: number, now: number): number | null;
  /** Notes that a getUpdates was answered, and returns when one was before. */
  polled(botId: number, now: number): number | null;
}

/**
 * After a week without updates Telegram goes on at a random id. One just below a stored offset would count as
 * confirmed and be lost, so from then on nothing is confirmed before it was received.
 */
const QUIET_MS = 6 * 86_400_000;

export function createBots(database: Database): Bots {
  const { drizzle } = database;
  const find = (botId: number) => drizzle.select().from(bots).where(eq(bots.bot_id, botId)).get();
  return {
    ensure: (botId, makeIdKey) =>
      database.inTransaction(() => {
        const known = find(botId);
        if (known) return known;
        return drizzle.insert(bots).values({ bot_id: botId, id_key: makeIdKey() }).returning().get();
      }),
    offset(botId, now) {
      const last = drizzle
        .select({ at: updates.received_at })
        .from(updates)
        .where(eq(updates.bot_id, botId))
        .orderBy(desc(updates.seq))
        .limit(1)
        .get()?.at;
      const quiet = last !== undefined && now - last > QUIET_MS;
      return quiet ? null : (find(botId)?.next_offset ?? null);
    },
    polled: (botId, now) =>
      database.inTransaction(() => {
        const before = find(botId)?.last_poll_at ?? null;
        drizzle.update(bots).set({ last_poll_at: now }).where(eq(bots.bot_id, botId)).run();
        return before;
      }),
  };
}
