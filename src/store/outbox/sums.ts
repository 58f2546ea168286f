import { and, asc, count, eq, sql } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { OwedMessage } from "../../domain/outgoing.ts";
import type { Database } from "../db/database.ts";
import { jobs, outbox } from "../db/schema.ts";
import { isWaiting, write } from "./owe.ts";

/** The words for so many saved messages, for a person. */
export type SumWords = (telegramId: number | null, saved: number) => string;

/** More confirmations than this, owed in one chat, are told as one. */
const FEW = 10;
/** A sum that is the last word in its chat grows for so long, instead of being followed by another one. */
const GROWS_MS = 60_000;
const SUM = "sum";

/** The last word of a chat, as long as that is a sum. Not kept over a restart: then the next sum is a message of its own. */
interface LastSum {
  readonly saved: number;
  readonly at: number;
  /** Null while it is not known as which message it was sent. */
  readonly message_id: number | null;
}

export function createSums(deps: { database: Database; clock: Clock; botId: number }) {
  const { database, clock, botId } = deps;
  const { drizzle } = database;
  const last = new Map<number, LastSum>();

  /** What must be heard, such as a missing file, is a notice and no such confirmation. */
  const confirmationsIn = (chatId: number) =>
    and(
      eq(outbox.bot_id, botId),
      eq(outbox.chat_id, chatId),
      isWaiting,
      eq(outbox.promise, "confirmation"),
      sql`slot GLOB 'saved:*'`,
    );

  function growing(chatId: number): (LastSum & { readonly message_id: number }) | undefined {
    const sum = last.get(chatId);
    if (!sum || sum.message_id === null || Math.abs(clock.now() - sum.at) > GROWS_MS) return undefined;
    return { ...sum, message_id: sum.message_id };
  }

  return {
    /** Something else was said in that chat. */
    end: (chatId: number): void => void last.delete(chatId),

    sent(chatId: number, slot: string | undefined, message_id: number): void {
      const sum = last.get(chatId);
      if (slot === SUM && sum) last.set(chatId, { ...sum, message_id });
    },

    /**
     * Within the caller's transaction: when more than ten confirmations wait in a chat, one message takes the place of
     * all of them, and is on its way.
     */
    sumUp(chatId: number, words: SumWords): OwedMessage | undefined {
      const owed = drizzle.select({ count: count() }).from(outbox).where(confirmationsIn(chatId)).get();
      if (!owed || owed.count <= FEW) return undefined;
      const first = drizzle
        .select({ telegram_id: jobs.telegram_id })
        .from(outbox)
        .innerJoin(jobs, eq(jobs.id, outbox.job_id))
        .where(confirmationsIn(chatId))
        .orderBy(asc(outbox.id))
        .limit(1)
        .get();
      drizzle.delete(outbox).where(confirmationsIn(chatId)).run();
      const before = growing(chatId);
      const saved = (before?.saved ?? 0) + owed.count;
      last.set(chatId, { saved, at: clock.now(), message_id: before?.message_id ?? null });
      const text = words(first?.telegram_id ?? null, saved);
      const sum = {
        chat_id: chatId,
        job_id: null,
        slot: SUM,
        promise: "confirmation" as const,
        ...(before
          ? {
              method: "editMessageText" as const,
              params: { chat_id: chatId, message_id: before.message_id, text },
            }
          : {
              method: "sendMessage" as const,
              params: { chat_id: chatId, text, disable_notification: true },
            }),
      };
      return { ...sum, id: write(database, botId, sum, "sending", clock.now()) };
    },
  };
}
