import { and, count, eq, min, sql } from "drizzle-orm";
import type { OwedMessage } from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import { jobs, outbox } from "../db/schema.ts";
import { isUnsent, write } from "./owe.ts";

/** The words for so many saved messages, for a person. */
export type SumWords = (telegramId: number | null, saved: number) => string;

/** More confirmations than this, owed in one chat, are told as one. */
const FEW = 10;
/** A sum that is the last word in its chat grows for so long, instead of being followed by another one. */
const GROWS_MS = 60_000;
/** Before how many it tells of. */
const SUM = "sum:";

/** One message in place of many confirmations. */
export function createSums(context: StoreContext) {
  const { database, clock, botId } = context;
  const { drizzle } = database;
  /** Sums that are the last word in their chat. Not kept over a restart: then the next one is a message of its own. */
  const last = new Map<
    number,
    { readonly saved: number; readonly at: number; readonly message_id: number }
  >();

  return {
    /** Something else is said in that chat. */
    end: (chatId: number): void => void last.delete(chatId),

    sent({ chat_id, slot }: OwedMessage, message_id: number): void {
      if (!slot?.startsWith(SUM)) return;
      last.set(chat_id, { saved: Number(slot.slice(SUM.length)), at: clock.now(), message_id });
    },

    /**
     * Within the caller's transaction: when more than ten confirmations wait in a chat, one message takes the place of
     * all of them, and is on its way. What must be heard, such as a missing file, is a notice and no confirmation.
     */
    sumUp(chat_id: number, words: SumWords): OwedMessage | undefined {
      const confirmations = and(
        eq(outbox.bot_id, botId),
        eq(outbox.chat_id, chat_id),
        isUnsent,
        eq(outbox.promise, "confirmation"),
        sql`slot GLOB 'saved:*'`,
      );
      const owed = drizzle
        // Its person is that of the first.
        .select({ count: count(), first: min(outbox.id), telegram_id: jobs.telegram_id })
        .from(outbox)
        .innerJoin(jobs, eq(jobs.id, outbox.job_id))
        .where(confirmations)
        .get();
      if (!owed || owed.count <= FEW) return undefined;
      drizzle.delete(outbox).where(confirmations).run();
      const before = last.get(chat_id);
      const grows = before !== undefined && Math.abs(clock.now() - before.at) <= GROWS_MS;
      const saved = owed.count + (grows ? before.saved : 0);
      if (grows) last.set(chat_id, { ...before, saved, at: clock.now() });
      else last.delete(chat_id);
      const sum = {
        chat_id,
        job_id: null,
        slot: `${SUM}${saved}`,
        promise: "confirmation",
        method: grows ? "editMessageText" : "sendMessage",
        params: {
          chat_id,
          text: words(owed.telegram_id, saved),
          ...(grows ? { message_id: before.message_id } : { disable_notification: true }),
        },
      } as const;
      return { ...sum, id: write(context, sum, "sending") };
    },
  };
}
