import type { Database } from "../db/database.ts";

/**
 * What may be sent next: one message of each chat, since one that has to be sent again later holds back what follows it;
 * and one that is to be deleted there, which holds back nothing.
 */
export interface Heads {
  /** The oldest that is due, of none of `busyChats`. */
  due(busyChats: readonly number[], now: number): number | undefined;
  /** The one of a chat, due or not. */
  of(chatId: number): number | undefined;
  /** When the next one of them falls due. */
  nextDueAt(busyChats: readonly number[]): number | undefined;
}

/** Further ahead than any pause: a clock that was set back, so it counts as due. */
const IMPLAUSIBLE_MS = 6 * 60_000;

/** The first of a chat's messages that wait, of some methods. */
const firstOf = (chat: string, methods: string) => `
    (SELECT id FROM outbox WHERE bot_id = ?1 AND chat_id = ${chat} AND state = 'waiting'
       AND method ${methods} ORDER BY id LIMIT 1)`;

/** A chat's first message; reactions come after all messages, since nobody waits for hundreds of them to be answered. */
const headOf = (chat: string) => `
  coalesce(${firstOf(chat, "NOT IN ('setMessageReaction', 'deleteMessage')")},
    ${firstOf(chat, "= 'setMessageReaction'")})`;

/** An access token is to vanish from a chat at once, whatever else is owed there. */
const toDeleteIn = (chat: string) => firstOf(chat, "= 'deleteMessage'");

/** Steps from chat to chat by the index outbox_owed, however many messages each of them is owed. */
const HEADS = `
  WITH RECURSIVE chats(id) AS (
    SELECT min(chat_id) FROM outbox WHERE bot_id = ?1 AND state = 'waiting'
    UNION ALL
    SELECT (SELECT min(chat_id) FROM outbox WHERE bot_id = ?1 AND state = 'waiting' AND chat_id > chats.id)
    FROM chats WHERE chats.id IS NOT NULL
  ),
  free(id) AS (
    SELECT id FROM chats WHERE id IS NOT NULL AND id NOT IN (SELECT value FROM json_each(?2))
  ),
  heads(id) AS (
    SELECT ${headOf("free.id")} FROM free UNION ALL SELECT ${toDeleteIn("free.id")} FROM free
  )`;

export function createHeads({ database, botId }: { database: Database; botId: number }): Heads {
  const { sqlite } = database;
  return {
    due: (busyChats, now) =>
      sqlite.get<{ id: number }>(
        `${HEADS} SELECT id FROM outbox WHERE id IN (SELECT id FROM heads)
           AND (due_at <= ?3 OR due_at > ?3 + ${IMPLAUSIBLE_MS}) ORDER BY method <> 'deleteMessage', id LIMIT 1`,
        botId,
        JSON.stringify(busyChats),
        now,
      )?.id,
    of: (chatId) =>
      sqlite.get<{ id: number | null }>(
        `SELECT coalesce(${headOf("?2")}, ${toDeleteIn("?2")}) AS id`,
        botId,
        chatId,
      )?.id ?? undefined,
    nextDueAt: (busyChats) =>
      sqlite.get<{ at: number | null }>(
        `${HEADS} SELECT min(due_at) AS at FROM outbox WHERE id IN (SELECT id FROM heads)`,
        botId,
        JSON.stringify(busyChats),
      )?.at ?? undefined,
  };
}
