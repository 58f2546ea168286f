import { and, eq, exists, ne, or, sql } from "drizzle-orm";
import { isExported } from "../../domain/exported.ts";
import {
  NOTIFICATION,
  type Owed,
  type OwedMessage,
  type ShownMemo,
  savedJob,
} from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import { asJson } from "../db/payloads.ts";
import { jobsOfMemo } from "../db/rows.ts";
import { jobs, links, outbox } from "../db/schema.ts";

/**
 * What is owed in a chat goes out in the order of its ids, and each of these kinds has ids of its own: answers to what
 * somebody there has just done are below 0, then comes all else, and last reactions, since nobody waits for them.
 */
const IDS_OF_A_KIND = 2 ** 40;

export const kindOf = ({ id }: Pick<OwedMessage, "id">): number => Math.floor(id / IDS_OF_A_KIND);

export const isAnswer = (message: Pick<OwedMessage, "id">): boolean => kindOf(message) < 0;

/**
 * Within the caller's transaction. `jobId`: the job that ends with it; `answers`: it is what somebody has just asked for
 * in that chat. In chats of an export nothing can be said.
 */
export function owe(
  context: StoreContext,
  owed: readonly Owed[],
  jobId: number | null = null,
  answers = false,
): void {
  for (const one of owed.filter(({ chat_id }) => !isExported(chat_id))) {
    const job_id = one.shows && jobId !== null ? jobShowing(context, one.shows, jobId) : jobId;
    const row = write(context, { ...one, job_id }, "waiting", answers);
    // Ids of a kind begin at 1 whenever none of it is owed in the chat.
    const mostOwed = row.id - kindOf(row) * IDS_OF_A_KIND;
    if (row.promise === "confirmation" && mostOwed > FEW) sumUp(context, { ...one, ...row, job_id });
    context.database.owedBell.ring({ chat_id: one.chat_id, isAnswer: answers });
  }
}

/** More confirmations than this, owed in one chat, are told as one. */
const FEW = 10;

/** The slot of a sum, with one of the summed jobs behind it. A reply to a sum is about none of them. */
export const SUM = "sum:";

/**
 * Within the caller's transaction: makes one message of all confirmations that a person waits for in a chat, or in one
 * topic of it, where they are many, be they words or marks. What must be heard, such as a missing file, is a notice and no
 * confirmation; so is the mark of a message that shows another one. Returns the message as it is by then.
 */
export function sumUp<One extends Omit<OwedMessage, "memo_name" | "telegram_id">>(
  { database: { statements }, botId: bot_id }: StoreContext,
  one: One,
): One {
  const { chat_id, id, job_id, method, slot } = one;
  const areWords = method === "sendMessage" && (savedJob(slot) !== null || slot?.startsWith(SUM));
  if (!(areWords || method === "setMessageReaction") || job_id === null) return one;
  const { message_thread_id = null } = { ...one.instead, ...one.params };
  const those = { bot_id, chat_id, job_id, message_thread_id };
  const { messages = 0, saved = 0 } = statements.owedConfirmations.get(those) ?? {};
  if (saved <= FEW || messages < 2) return one;
  const params = { ...(message_thread_id !== null && { message_thread_id }), summed: saved };
  const sum = { slot: `${SUM}${job_id}`, params };
  statements.deleteConfirmations.run({ ...those, id });
  statements.becomeSum.run({ bot_id, chat_id, id, slot: sum.slot, params: JSON.stringify(params) });
  return { ...one, ...sum, method: "sendMessage", instead: null };
}

/** Within the caller's transaction: the bot is not in a chat any more, where nothing is owed but what somebody sends by the API. */
export function forgetOwed({ database, botId }: StoreContext, chatId: number): void {
  const inChat = and(eq(outbox.bot_id, botId), eq(outbox.chat_id, chatId));
  const isForgotten = sql`outbox.state = 'waiting' AND coalesce(slot, '') NOT GLOB ${`${NOTIFICATION}*`}`;
  database.drizzle.delete(outbox).where(and(inChat, isForgotten)).run();
}

/** Within the caller's transaction: a reply to a message of the bot is about the memo of its job, where that has one. */
export function linkSent(
  { database, botId: bot_id }: StoreContext,
  job_id: number,
  { chat_id, message_id }: { readonly chat_id: number; readonly message_id: number },
): void {
  database.statements.saveLink.run({ bot_id, job_id, chat_id, message_id, confirmation: true });
}

/**
 * Within the caller's transaction: the job that stands for a memo that is shown. That is the one that made it, or showed
 * it before; for a memo of somebody's own hand the job that shows it.
 */
export function jobShowing(
  { database }: StoreContext,
  { memo_name, account_key }: ShownMemo,
  jobId: number,
): number {
  const { drizzle } = database;
  // A job that only published it, without a word to its person, does not stand for it: it has no link.
  const showedIt = exists(
    drizzle.select({ job_id: links.job_id }).from(links).where(eq(links.job_id, jobs.id)),
  );
  const known = drizzle
    .select({ id: jobs.id })
    .from(jobs)
    // The memo may be told to others as well, by jobs of their accounts.
    .where(
      and(jobsOfMemo(memo_name), eq(jobs.account_key, account_key), or(eq(jobs.queue, "messages"), showedIt)),
    )
    .orderBy(ne(jobs.queue, "messages"))
    .limit(1)
    .get();
  if (known) return known.id;
  drizzle.update(jobs).set({ memo_name, account_key }).where(eq(jobs.id, jobId)).run();
  return jobId;
}

/** Within the caller's transaction; returns its number in the chat, and what is promised of it by now. */
export function write(
  { database, botId: bot_id }: StoreContext,
  { chat_id, job_id, slot, method, params, instead, promise }: Owed & Pick<OwedMessage, "job_id">,
  state: "waiting" | "sending",
  answers = false,
): Pick<OwedMessage, "id" | "promise"> {
  const kind = answers ? -1 : method === "setMessageReaction" ? 1 : 0;
  const json = { params: JSON.stringify(params), instead: asJson(instead) };
  const row = { bot_id, chat_id, job_id, slot: slot ?? null, method, promise, ...json, state };
  const ids = { from: kind * IDS_OF_A_KIND, below: (kind + 1) * IDS_OF_A_KIND };
  return database.statements.owe.get({ ...row, ...ids });
}
