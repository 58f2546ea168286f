import { and, eq, sql } from "drizzle-orm";
import { isExported } from "../../domain/exported.ts";
import { NOTIFICATION, type Owed, type OwedMessage, type ShownMemo } from "../../domain/outgoing.ts";
import type { StoreContext } from "../db/database.ts";
import { asJson } from "../db/payloads.ts";
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
    write(context, { ...one, job_id }, "waiting", answers);
    context.database.owedBell.ring({ chat_id: one.chat_id, isAnswer: answers });
  }
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
  const of = { bot_id, job_id, chat_id, message_id };
  database.statements.saveLink.run({ ...of, memo_name: null, parent_name: null, confirmation: true });
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
  // The memo may be told to others as well, by jobs of their accounts.
  const isOfAccount = and(eq(links.memo_name, memo_name), eq(links.account_key, account_key));
  const known = drizzle
    .select({ job_id: links.job_id })
    .from(links)
    .where(isOfAccount)
    .orderBy(links.confirmation)
    .limit(1)
    .get();
  if (known) return known.job_id;
  drizzle.update(jobs).set({ memo_name, account_key }).where(eq(jobs.id, jobId)).run();
  return jobId;
}

/** Within the caller's transaction; returns its number in the chat. */
export function write(
  { database, botId: bot_id }: StoreContext,
  { chat_id, job_id, slot, method, params, instead, promise }: Owed & Pick<OwedMessage, "job_id">,
  state: "waiting" | "sending",
  answers = false,
): number {
  const kind = answers ? -1 : method === "setMessageReaction" ? 1 : 0;
  const json = { params: JSON.stringify(params), instead: asJson(instead) };
  const row = { bot_id, chat_id, job_id, slot: slot ?? null, method, promise, ...json, state };
  const ids = { from: kind * IDS_OF_A_KIND, below: (kind + 1) * IDS_OF_A_KIND };
  return database.statements.owe.get({ ...row, ...ids }).id;
}
