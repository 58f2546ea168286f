import { and, eq, inArray, sql } from "drizzle-orm";
import { logger } from "../../base/log.ts";
import { ASKED_FOR } from "../../domain/choices.ts";
import {
  isNew,
  isSentOnce,
  notificationOf,
  type Owed,
  type OwedMessage,
  type ShownMemo,
  savedJob,
  savedSlot,
} from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import { type Job, selectOwed } from "../db/rows.ts";
import { bindings, chats, jobs, outbox, updates } from "../db/schema.ts";
import { isGroup } from "../intake/chats.ts";
import type { Transitions } from "../queue/transitions.ts";
import { isAnswer, jobShowing, kindOf, linkSent, owe, SUM, sumUp, write } from "./owe.ts";

const log = logger("outbox");

/** Said in private to who is not answered in a group. */
type ClosedGroupWords = (telegramId: number, group: string) => Owed;

/** Written as in the partial index of slots: with a bound value SQLite would not use that index. */
const isUnsent = sql.raw("outbox.state = 'waiting'");

export type Outbox = ReturnType<typeof createOutbox>;

/**
 * The messages that are owed. What became of one is written lazily: the next start settles what is still on its way by
 * its promise. In a chat answers to what somebody has just done go first and reactions last, else all in order; in a
 * group people take turns. More than ten confirmations of a person in a chat become one message. All stays owed, for
 * however long Telegram is away.
 */
export function createOutbox(
  context: StoreContext,
  { endNotification }: Pick<Transitions, "endNotification">,
) {
  const { database, botId } = context;
  const { drizzle, statements } = database;

  const keyOf = ({ chat_id, id }: Pick<OwedMessage, "chat_id" | "id">) => ({ bot_id: botId, chat_id, id });
  const inChat = (chatId: number) => and(eq(outbox.bot_id, botId), eq(outbox.chat_id, chatId));
  const remove = (message: OwedMessage) => statements.deleteOwed.run(keyOf(message));

  /** In groups: people in the order of their last turns, of those who waited for others since. */
  const turns = new Map<number, readonly (number | null)[]>();

  /** In a group people take turns, so that nobody waits for all that another one is owed. */
  function nextIn(chat_id: number, answersOnly: boolean): OwedMessage | undefined {
    const chat = { bot_id: botId, chat_id, below: answersOnly ? 0 : Number.MAX_SAFE_INTEGER };
    const firsts = isGroup(chat) ? statements.owedByPerson.all(chat) : [];
    if (firsts.length < 2) {
      turns.delete(chat_id);
      return statements.nextOwed.get(chat);
    }
    const served = turns.get(chat_id) ?? [];
    const [first] = firsts.toSorted(
      (a, b) => kindOf(a) - kindOf(b) || served.indexOf(a.person) - served.indexOf(b.person),
    );
    if (!first) return undefined;
    turns.set(chat_id, [...served.filter((person) => person !== first.person), first.person]);
    return statements.owedMessage.get({ ...chat, id: first.id });
  }

  /** Marks a message as on its way before it is sent. What becomes of it after a crash follows from its promise. */
  function begin(message: OwedMessage): OwedMessage {
    statements.setOwedState.run({ ...keyOf(message), state: "sending" });
    return message;
  }

  /** What is sent in a row's turn; undefined where the row was dropped instead. */
  function turnOf(message: OwedMessage): OwedMessage | undefined {
    const { method, promise, slot, params } = message;
    const confirmed = savedJob(slot);
    if (confirmed !== null && method === "editMessageText") {
      const message_id = confirmationOf(confirmed);
      if (message_id !== null) return begin({ ...message, params: { ...params, message_id } });
      const { instead } = message;
      if (instead) return begin({ ...message, method: "sendMessage", params: instead });
      remove(message);
      return undefined;
    }
    // Some may have come back, and an older version did not sum them up as they came.
    return begin(promise === "confirmation" ? sumUp(context, message) : message);
  }

  const confirmationOf = (jobId: number) =>
    drizzle.select({ id: jobs.confirmation_id }).from(jobs).where(eq(jobs.id, jobId)).get()?.id ?? null;

  /** Within the caller's transaction. What came for its slot meanwhile goes on as if it came now. */
  function waitAgain(message: OwedMessage): void {
    const isNewer = and(inChat(message.chat_id), isUnsent, eq(outbox.slot, message.slot ?? ""));
    const newer = drizzle.delete(outbox).where(isNewer).returning().get();
    statements.setOwedState.run({ ...keyOf(message), state: "waiting" });
    if (newer) write(context, newer, "waiting", isAnswer(newer));
    database.owedBell.ring({ chat_id: message.chat_id, isAnswer: isAnswer(message) });
  }

  /** Groups in which something was refused since anything was sent, and who was told of that: until the process ends. */
  const closed = new Map<number, Set<number>>();

  /** Within the caller's transaction: who saves in a group where nothing can be said is told so in private, once. */
  function tellOfClosed({ chat_id, job_id }: OwedMessage, words: ClosedGroupWords): void {
    const title = sql<string | null>`coalesce(payload ->> '$.message.chat.title',
      payload ->> '$.edited_message.chat.title', payload ->> '$.callback_query.message.chat.title')`;
    const cause = drizzle
      .select({ person: bindings.telegram_id, title })
      .from(jobs)
      .innerJoin(bindings, eq(bindings.telegram_id, jobs.telegram_id))
      .innerJoin(updates, eq(updates.job_id, jobs.id))
      .where(and(eq(jobs.id, job_id ?? 0), inArray(updates.payload_form, ["plain", "redacted"])))
      .get();
    if (!cause || cause.title === null) return;
    const told = closed.get(chat_id) ?? new Set();
    closed.set(chat_id, told);
    if (!told.has(cause.person)) owe(context, [words(cause.person, cause.title)]);
    told.add(cause.person);
  }

  /** So that replies to it are understood, and edits find it. */
  function noteSent(message: OwedMessage, message_id: number): void {
    const { chat_id, job_id, slot } = message;
    const confirmed = savedJob(slot);
    if (confirmed !== null) statements.confirmedBy.run({ job_id: confirmed, message_id });
    const job = slot?.startsWith(SUM) ? null : (confirmed ?? job_id);
    if (job !== null) linkSent(context, job, { chat_id, message_id });
    const asked_for = ASKED_FOR.find((one) => one === slot);
    if (asked_for) {
      const asked = { tags_asked_in: message_id, asked_for };
      drizzle.update(bindings).set(asked).where(eq(bindings.telegram_id, chat_id)).run();
    }
  }

  /** Within the caller's transaction: a part of a notification was sent, or will never be. */
  function settle({ job_id, chat_id, ...message }: OwedMessage, refusal: string | null): void {
    const update_id = notificationOf(message);
    if (job_id === null || update_id === undefined) return;
    // Some of it may be in the supergroup that its group became.
    const others = and(eq(outbox.bot_id, botId), eq(outbox.job_id, job_id));
    if (refusal !== null) drizzle.delete(outbox).where(and(others, isUnsent)).run();
    else if (drizzle.select({ id: outbox.id }).from(outbox).where(others).limit(1).get()) return;
    endNotification(job_id, refusal);
    const ids = { job_id, update_id, chat_id };
    if (refusal === null) log.info("notification sent", ids);
    else log.warn("notification refused", { ...ids, detail: refusal });
  }

  return {
    /** `answers`: to what somebody there has just done. */
    owe: (owed: readonly Owed[], answers = false) =>
      database.durable(() => owe(context, owed, null, answers)),

    /** Within the caller's transaction: owes all of them but a confirmation, which is on its way at once. */
    oweAndTake(
      { id, memo_name, telegram_id }: Pick<Job, "id" | "memo_name" | "telegram_id">,
      owed: readonly Owed[],
    ): OwedMessage | undefined {
      const first = owed.find(isSentOnce);
      const others = first ? owed.filter((one) => one !== first) : owed;
      owe(context, others, id);
      if (!first) return undefined;
      const message = { ...first, job_id: id, memo_name, telegram_id };
      return { ...message, ...write(context, message, "sending") };
    },

    /** Chats in which something waits. */
    chats: (): number[] =>
      drizzle
        .selectDistinct({ chat_id: outbox.chat_id })
        .from(outbox)
        .where(and(eq(outbox.bot_id, botId), isUnsent))
        .all()
        .map(({ chat_id }) => chat_id),

    /**
     * Takes the next message of a chat, and marks it as on its way. `answersOnly`: to what somebody has just done;
     * `wordsAlone`: not where that is a file.
     */
    take(chat_id: number, { answersOnly = false, wordsAlone = false } = {}): OwedMessage | undefined {
      for (;;) {
        const next = nextIn(chat_id, answersOnly);
        if (!next || (wordsAlone && next.method === "sendDocument")) return undefined;
        // At most once: that it is on its way is synced before it is. All else may be sent again after a power cut.
        const isOnce = next.promise === "confirmation";
        const taken = database[isOnce ? "durable" : "lazy"](() => turnOf(next));
        if (taken) return taken;
      }
    },

    sent(message: OwedMessage, messageId: number | null): void {
      // Where this is undone, a new notice is sent again, and is there twice; nothing else is. So it is lazy, which only a
      // power cut may undo: what is batched may also be undone by a crash.
      const isNotice = isNew(message) && message.promise === "notice";
      database[isNotice ? "lazy" : "batched"](() => {
        remove(message);
        settle(message, null);
        if (!isNew(message)) return;
        closed.delete(message.chat_id);
        // Until something is synced a power cut may undo this, and the next sync may be hours away.
        if (isNotice) database.syncSoon();
        if (messageId !== null) noteSent(message, messageId);
      });
    },

    /** A message that was not owed, such as a file, was sent for a job that shows a memo. */
    showed: (
      shown: ShownMemo,
      jobId: number,
      sent: { readonly chat_id: number; readonly message_id: number },
    ) => database.lazy(() => linkSent(context, jobShowing(context, shown, jobId), sent)),

    again: (message: OwedMessage) => database.lazy(() => waitAgain(message)),

    /** It may have been sent, and is not to be sent again. */
    drop: (message: OwedMessage) => database.lazy(() => remove(message)),

    /** Telegram does not do it, in its words `why`: it is said in another way, where there is one. */
    refused: (message: OwedMessage, words: ClosedGroupWords, why: string) =>
      database.lazy(() => {
        const { chat_id, job_id, method, params, instead } = message;
        const { message_thread_id, ...outside } = params;
        if (method === "sendMessage" && message_thread_id !== undefined) {
          // The topic may be gone, and a reply stays in its topic by itself.
          const isThis = and(inChat(chat_id), eq(outbox.id, message.id));
          drizzle.update(outbox).set({ params: outside }).where(isThis).run();
          waitAgain(message);
          return;
        }
        remove(message);
        settle(message, why);
        // A mark that is not allowed becomes the confirmation in words.
        const slot = method === "setMessageReaction" && job_id !== null ? savedSlot(job_id) : null;
        const said = { chat_id, method: "sendMessage", promise: "notice", slot } as const;
        if (instead) owe(context, [{ ...said, params: instead }], job_id, isAnswer(message));
        else if (method === "sendMessage" && isGroup(message)) tellOfClosed(message, words);
      }),

    /** A group became a supergroup, where none of its messages has the id it had: what can be said there is. */
    move: (message: OwedMessage, toChatId: number) =>
      database.durable(() => {
        remove(message);
        if (!isNew(message)) return;
        // What is sent there may be the first that is known of it.
        drizzle.insert(chats).values({ bot_id: botId, chat_id: toChatId }).onConflictDoNothing().run();
        const params = { ...message.params, reply_to: undefined, reply_parameters: undefined };
        owe(context, [{ ...message, chat_id: toChatId, params }], message.job_id, isAnswer(message));
      }),

    /** After a start: what was on its way when the process ended. Confirmations are left at that; returns how many. */
    recover: (): number =>
      database.durable(() => {
        const interrupted = and(eq(outbox.bot_id, botId), eq(outbox.state, "sending"));
        const left = drizzle
          .delete(outbox)
          .where(and(interrupted, eq(outbox.promise, "confirmation"), eq(outbox.method, "sendMessage")))
          .returning({ id: outbox.id })
          .all();
        selectOwed(drizzle).where(interrupted).all().forEach(waitAgain);
        return left.length;
      }),
  };
}
