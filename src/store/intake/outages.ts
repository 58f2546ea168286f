import { and, eq } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Database } from "../db/database.ts";
import { fact, setFact } from "../db/facts.ts";
import { chats } from "../db/schema.ts";
import { owe } from "../outbox/owe.ts";

export type Outages = ReturnType<typeof createOutages>;

/** Also where outages follow one another. */
const ONCE_IN_MS = 3_600_000;

/** When Memos was away, and who was told so. Survives restarts: an outage ends only when Memos was seen. */
export function createOutages(deps: { database: Database; clock: Clock; botId: number }) {
  const { database, clock, botId } = deps;
  const { drizzle, sqlite } = database;
  const SINCE = "memos_away_since";

  const since = () => {
    const at = fact(drizzle, SINCE);
    return at === undefined ? null : Number(at);
  };

  const toldAt = (chatId: number) =>
    drizzle
      .select({ at: chats.outage_told_at })
      .from(chats)
      .where(and(eq(chats.bot_id, botId), eq(chats.chat_id, chatId)))
      .get()?.at ?? null;

  return {
    /** Memos is away: returns since when, which is before now where the outage began before a restart. */
    begin: (): number =>
      database.durable(() => {
        const begun = since();
        if (begun !== null) return begun;
        setFact(drizzle, SINCE, String(clock.now()));
        return clock.now();
      }),

    end(): void {
      if (since() !== null) setFact(drizzle, SINCE, null);
    },

    /** Private chats that have a message waiting for Memos since `before` and were not told of this outage. */
    untold(before: number): number[] {
      const begun = since() ?? clock.now();
      const now = clock.now();
      return sqlite
        .all<{ chat_id: number }>(
          // From what is unfinished to its chats, not the other way round. A private chat's id is above 0. What waits for a token or for Telegram is no matter of this outage.
          `SELECT DISTINCT chat_id FROM jobs CROSS JOIN chats ON chats.id = chat_key
             WHERE bot_id = ? AND queue = 'messages' AND state = 'waiting' AND state IN ('waiting', 'working')
               AND (waiting_for IS NULL OR waiting_for IN ('memos', 'album')) AND chat_id > 0 AND created_at <= ?`,
          botId,
          before,
        )
        .map(({ chat_id }) => chat_id)
        .filter((chatId) => {
          const at = toldAt(chatId);
          // A time ahead of now is a clock that was set back: it counts as long ago.
          return at === null || at > now || (at < begun && at <= now - ONCE_IN_MS);
        });
    },

    /** What the chat is told, owed and noted as one. */
    tell: (chatId: number, owed: Owed): void =>
      database.durable(() => {
        const told = { outage_told_at: clock.now() };
        drizzle
          .insert(chats)
          .values({ bot_id: botId, chat_id: chatId, ...told })
          .onConflictDoUpdate({ target: [chats.bot_id, chats.chat_id], set: told })
          .run();
        owe(database, botId, null, clock.now(), [owed]);
      }),
  };
}
