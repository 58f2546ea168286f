import { eq } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { OwedMessage } from "../../domain/outgoing.ts";
import type { Database } from "../db/database.ts";
import { jobs, outbox } from "../db/schema.ts";
import { IS_ABOUT_MEMO, NOTE, packParams } from "./owed-params.ts";

/** The words for so many saved messages, for a person. */
export type SumWords = (telegramId: number | null, saved: number) => string;

/** More confirmations than this, owed in one chat, are told as one. */
const FEW = 10;
/** A sum that is the last word in its chat grows for so long, instead of being followed by another one. */
const GROWS_MS = 60_000;
const THUMB = JSON.stringify([{ type: "emoji", emoji: "👍" }]);

const CONFIRMATIONS = `bot_id = ?1 AND chat_id = ?2 AND state = 'waiting' AND promise = 'confirmation' AND ${IS_ABOUT_MEMO}`;
const REPLIED_TO = "json_extract(params, '$.reply_parameters.message_id')";

/** The last sum of a chat, as long as nothing was said there since. */
interface LastSum {
  /** The row that it was sent by. */
  readonly id: number;
  readonly saved: number;
  readonly at: number;
}

export interface Sums {
  /**
   * Within the caller's transaction: when more than ten confirmations wait in a chat, makes one message of them and
   * marks it as on its way. Each of them becomes a 👍 on the message it was for, set when there is
   * time, or is dropped where there is no such message, or no way to set it (`marks` false). What must be heard, such
   * as a missing file, is no such confirmation.
   */
  sumUp(chatId: number, options: { words: SumWords; marks: boolean }): OwedMessage | undefined;
  /** Something else was said in that chat. */
  end(chatId: number): void;
}

export function createSums(deps: { database: Database; clock: Clock; botId: number }): Sums {
  const { database, clock, botId } = deps;
  const { drizzle, sqlite } = database;
  // Not kept over a restart: then the next sum is a message of its own.
  const last = new Map<number, LastSum>();

  /** The sum so far, and the message that shows it, while nothing else stands below that. */
  function growing(chatId: number, now: number): (LastSum & { message_id: number }) | undefined {
    const sum = last.get(chatId);
    if (!sum || Math.abs(now - sum.at) > GROWS_MS) return undefined;
    const sent = drizzle
      .select({ message_id: outbox.sent_message_id })
      .from(outbox)
      .where(eq(outbox.id, sum.id))
      .get();
    return sent?.message_id == null ? undefined : { ...sum, message_id: sent.message_id };
  }

  function personOf(chatId: number): number | null {
    const first = sqlite.get<{ job_id: number | null }>(
      `SELECT job_id FROM outbox WHERE ${CONFIRMATIONS} ORDER BY id LIMIT 1`,
      botId,
      chatId,
    );
    if (first?.job_id == null) return null;
    return drizzle.select().from(jobs).where(eq(jobs.id, first.job_id)).get()?.telegram_id ?? null;
  }

  return {
    end: (chatId) => {
      last.delete(chatId);
    },

    sumUp(chatId, { words, marks }) {
      const few = sqlite.get<{ count: number }>(
        `SELECT count(*) AS count FROM (SELECT 1 FROM outbox WHERE ${CONFIRMATIONS} LIMIT ${FEW + 1})`,
        botId,
        chatId,
      );
      if ((few?.count ?? 0) <= FEW) return undefined;
      const now = clock.now();
      const telegramId = personOf(chatId);
      const before = growing(chatId, now);
      const count = `SELECT count(*) AS count FROM outbox WHERE ${CONFIRMATIONS}`;
      const saved = (before?.saved ?? 0) + (sqlite.get<{ count: number }>(count, botId, chatId)?.count ?? 0);
      const text = words(telegramId, saved);
      const message = {
        chat_id: chatId,
        method: before ? ("editMessageText" as const) : ("sendMessage" as const),
        params: before
          ? { chat_id: chatId, message_id: before.message_id, text }
          : { chat_id: chatId, text, disable_notification: true },
        promise: "confirmation" as const,
        attempts: 1,
      };
      const { id } = drizzle
        .insert(outbox)
        .values({
          ...message,
          bot_id: botId,
          params: packParams(message.params, {}),
          state: "sending",
          created_at: now,
        })
        .returning({ id: outbox.id })
        .get();
      if (marks) {
        sqlite.run(
          `UPDATE outbox SET method = 'setMessageReaction', promise = 'notice', due_at = 0, attempts = 0, detail = NULL,
             params = json_object('chat_id', chat_id, 'message_id', ${REPLIED_TO}, 'reaction', json(?3),
               '${NOTE}', json_object('sum', ?4))
           WHERE ${CONFIRMATIONS} AND ${REPLIED_TO} IS NOT NULL`,
          botId,
          chatId,
          THUMB,
          id,
        );
      }
      sqlite.run(
        `UPDATE outbox SET state = 'dropped', detail = ?3 WHERE ${CONFIRMATIONS}`,
        botId,
        chatId,
        `told in the sum ${id}`,
      );
      last.set(chatId, { id: before?.id ?? id, saved, at: now });
      return { ...message, id };
    },
  };
}
