import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm";
import type { Owed } from "../../domain/outgoing.ts";
import type { Drizzle } from "../db/database.ts";
import { jobs, memo_links, outbox } from "../db/schema.ts";
import { IS_ABOUT_MEMO, packParams, unpackParams } from "./owed-params.ts";

/**
 * Within the caller's transaction: puts `owed` in place of the word that this job was saved. What was not sent yet is
 * rewritten, keeping its place; what was sent, or is on its way, is edited by a message that follows it; and where
 * nobody knows which message it became, nothing is owed.
 */
export function oweChange(drizzle: Drizzle, botId: number, jobId: number, now: number, owed: Owed): void {
  const row = drizzle
    .select()
    .from(outbox)
    .where(and(eq(outbox.job_id, jobId), sql.raw(IS_ABOUT_MEMO)))
    .orderBy(desc(outbox.id))
    .limit(1)
    .get();
  if (row?.state === "waiting") {
    const { params, note } = unpackParams(row.params);
    const { chat_id, disable_notification, reply_parameters } = params;
    const place = {
      chat_id,
      disable_notification,
      ...(reply_parameters !== undefined && { reply_parameters }),
    };
    drizzle
      .update(outbox)
      .set({ params: packParams({ ...owed.params, ...place }, note) })
      .where(eq(outbox.id, row.id))
      .run();
    return;
  }
  const follow = (
    chat_id: number,
    target: { readonly changes_id: number } | { readonly message_id: number },
  ): void => {
    const known = "message_id" in target;
    drizzle
      .insert(outbox)
      .values({
        bot_id: botId,
        chat_id,
        job_id: jobId,
        method: owed.method,
        params: packParams({ ...owed.params, chat_id, ...(known && target) }, {}),
        promise: owed.promise,
        state: "waiting",
        changes_id: known ? null : target.changes_id,
        created_at: now,
      })
      .run();
  };
  if (row && (row.state === "sending" || row.sent_message_id !== null)) {
    // Only the newest text is to be seen: one that was not made yet need not be.
    drizzle
      .delete(outbox)
      .where(and(eq(outbox.job_id, jobId), eq(outbox.changes_id, row.id), IS_WAITING))
      .run();
    follow(row.chat_id, { changes_id: row.id });
    return;
  }
  const link = linkOf(drizzle, jobId);
  if (!link) return;
  dropEditsOf(drizzle, botId, link.chat_id, link.message_id);
  follow(link.chat_id, { message_id: link.message_id });
}

/** SQLite takes a partial index only where it reads the state, not where it is bound. */
export const IS_WAITING: SQL = sql.raw("state = 'waiting'");

/** Within the caller's transaction: forgets edits of a message that were not made yet, since a newer one follows. */
export function dropEditsOf(drizzle: Drizzle, botId: number, chatId: number, messageId: unknown): void {
  drizzle
    .delete(outbox)
    .where(
      and(
        eq(outbox.bot_id, botId),
        eq(outbox.chat_id, chatId),
        IS_WAITING,
        eq(outbox.method, "editMessageText"),
        eq(sql`json_extract(${outbox.params}, '$.message_id')`, messageId),
      ),
    )
    .run();
}

/** The first message that was sent about the memo the job has now. */
function linkOf(drizzle: Drizzle, jobId: number) {
  return drizzle
    .select({ chat_id: memo_links.chat_id, message_id: memo_links.message_id })
    .from(memo_links)
    .innerJoin(jobs, and(eq(jobs.id, memo_links.job_id), eq(jobs.memo_name, memo_links.memo_name)))
    .where(and(eq(memo_links.job_id, jobId), eq(memo_links.confirmation, true)))
    .orderBy(asc(memo_links.message_id))
    .limit(1)
    .get();
}
