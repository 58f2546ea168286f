import type { Destination, Owed } from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import { fact, setFact } from "../db/rows.ts";
import { owe } from "../outbox/owe.ts";

export type Outages = ReturnType<typeof createOutages>;

/** A chat is told once in this time, also where outages follow one another. */
const ONCE_IN_MS = 3_600_000;
const SINCE = "memos_away_since";

/** When Memos was away, and who was told so. Survives restarts: an outage ends only when Memos was seen. */
export function createOutages(context: StoreContext) {
  const { database, clock, botId } = context;
  const { sqlite } = database;

  /** Memos is away: since when, which is before now where the outage began before a restart. */
  function begin(): number {
    const begun = fact(sqlite, SINCE);
    if (begun !== undefined) return Number(begun);
    setFact(sqlite, SINCE, String(clock.now()));
    return clock.now();
  }

  /** A chat was told, by whatever answer. */
  const told = (chatId: number): void =>
    void sqlite.run(
      "UPDATE chats SET outage_told_at = ? WHERE bot_id = ? AND chat_id = ?",
      clock.now(),
      botId,
      chatId,
    );

  return {
    begin,

    end: (): void => void setFact(sqlite, SINCE, ""),

    /**
     * Private chats that have a message waiting for Memos since `before` and were not told of this outage, each with the
     * topic of its first. What is said in a group or channel that was given to somebody waits for them.
     */
    untold: (before: number): Destination[] =>
      sqlite.all<{ chat_id: number; message_thread_id: number | null }>(
        // CROSS JOIN: from what is unfinished to its chats, not the other way round. A private chat's id is above 0.
        // What waits for a token or for Telegram is no matter of this outage.
        // SQLite takes what stands beside min() from the row that has it.
        `SELECT chat_id, message_thread_id FROM (SELECT told.chat_id, min(jobs.id), iif(said.id = told.id, (
               SELECT payload ->> '$.message.message_thread_id' FROM updates WHERE job_id = jobs.id
                 AND payload_form = 'plain' AND payload ->> '$.message.is_topic_message' LIMIT 1), NULL) AS message_thread_id
             FROM jobs CROSS JOIN chats AS said ON said.id = chat_key CROSS JOIN chats AS told ON told.bot_id = said.bot_id
               AND told.chat_id = iif(said.mode = 'all', telegram_id, said.chat_id)
             WHERE said.bot_id = ?1 AND queue = 'messages' AND state = 'waiting'
               AND (waiting_for IS NULL OR waiting_for IN ('memos', 'album')) AND told.chat_id > 0 AND created_at <= ?2
               AND (told.outage_told_at IS NULL OR (told.outage_told_at < ?4 AND told.outage_told_at <= ?3 - ${ONCE_IN_MS}))
             GROUP BY told.chat_id)`,
        botId,
        before,
        clock.now(),
        begin(),
      ),

    told,

    /** What the chat is told, owed and noted as one. */
    tell: (owed: Owed): void =>
      database.durable(() => {
        told(owed.chat_id);
        owe(context, [owed]);
      }),
  };
}
