import { and, asc, desc, eq, gte, inArray, lt, ne, sql } from "drizzle-orm";
import { bots, jobs, memo_links, outbox, updates } from "./schema.ts";
import type { Sqlite } from "./sqlite.ts";

/**
 * Private chats share one row of ids: between two messages of a second there may be what the bot said, in any chat, and
 * what anybody else wrote to it. So many are not given out in that time.
 */
const NEARBY = 100;

const value = sql.placeholder;

export type Statements = ReturnType<typeof prepareStatements>;

/** What is run for each message: built once for a connection, and anew for another one. */
export function prepareStatements({ drizzle }: Pick<Sqlite, "drizzle">) {
  const owned = and(
    eq(jobs.id, value("job_id")),
    eq(jobs.lease_token, value("lease_token")),
    eq(jobs.state, "working"),
  );
  const ofMessages = inArray(jobs.kind, ["message", "album", "capture"]);
  const inChat = and(eq(updates.bot_id, value("bot_id")), eq(updates.chat_id, value("chat_id")));
  const of = eq(updates.job_id, value("job_id"));

  return {
    /** What a number of Telegram's stood for. */
    fingerprint: drizzle
      .select({ fingerprint: updates.fingerprint })
      .from(updates)
      .where(
        and(
          eq(updates.source, "telegram"),
          eq(updates.bot_id, value("bot_id")),
          eq(updates.epoch, value("epoch")),
          eq(updates.update_id, value("update_id")),
        ),
      )
      .prepare(),

    insertUpdate: drizzle
      .insert(updates)
      .values({
        source: "telegram",
        bot_id: value("bot_id"),
        epoch: value("epoch"),
        update_id: value("update_id"),
        kind: value("kind"),
        fingerprint: value("fingerprint"),
        job_id: value("job_id"),
        chat_id: value("chat_id"),
        message_id: value("message_id"),
        received_at: value("received_at"),
        payload: value("payload"),
        payload_form: value("payload_form"),
      })
      .prepare(),

    moveOffset: drizzle
      .update(bots)
      .set({ next_offset: sql`${value("next_offset")}` })
      .where(eq(bots.bot_id, value("bot_id")))
      .prepare(),

    insertJob: drizzle
      .insert(jobs)
      .values({
        bot_id: value("bot_id"),
        kind: value("kind"),
        job_key: value("job_key"),
        queue: value("queue"),
        lane: value("lane"),
        chat_id: value("chat_id"),
        message_id: value("message_id"),
        telegram_id: value("telegram_id"),
        server: value("server"),
        account: value("account"),
        state: value("state"),
        outcome: value("outcome"),
        waiting_for: value("waiting_for"),
        due_at: value("due_at"),
        reason: value("reason"),
        created_at: value("created_at"),
        done_at: value("done_at"),
      })
      .onConflictDoNothing()
      .returning({ id: jobs.id })
      .prepare(),

    /** The job of a message, the newest where there are more. */
    jobOfUpdate: drizzle
      .select({ job: jobs })
      .from(updates)
      .innerJoin(jobs, eq(updates.job_id, jobs.id))
      .where(and(inChat, eq(updates.message_id, value("message_id")), ofMessages))
      .orderBy(desc(jobs.id))
      .limit(1)
      .prepare(),

    /** The same of one whose updates are pruned. */
    jobOfLink: drizzle
      .select({ job: jobs })
      .from(memo_links)
      .innerJoin(jobs, eq(memo_links.job_id, jobs.id))
      .where(
        and(
          eq(memo_links.bot_id, value("bot_id")),
          eq(memo_links.chat_id, value("chat_id")),
          eq(memo_links.message_id, value("message_id")),
          eq(memo_links.confirmation, false),
        ),
      )
      .prepare(),

    /** The last message of a chat before another one, and the first of its job. */
    messageBefore: drizzle
      .select({
        job: jobs,
        last: updates.payload,
        form: updates.payload_form,
        first: sql<string | null>`(SELECT payload FROM updates AS first WHERE first.job_id = jobs.id
          AND first.payload_form = 'plain' ORDER BY first.message_id LIMIT 1)`,
      })
      .from(updates)
      .innerJoin(jobs, eq(updates.job_id, jobs.id))
      .where(
        and(
          inChat,
          lt(updates.message_id, value("message_id")),
          gte(updates.message_id, sql`${value("message_id")} - ${sql.raw(String(NEARBY))}`),
          eq(updates.kind, "message"),
          ne(jobs.kind, "nothing"),
        ),
      )
      .orderBy(desc(updates.message_id), desc(updates.seq))
      .limit(1)
      .prepare(),

    lease: drizzle
      .update(jobs)
      .set({
        state: "working",
        wait_ms: null,
        lease_token: sql`${value("lease_token")}`,
        lease_until: sql`${value("lease_until")}`,
      })
      .where(eq(jobs.id, value("job_id")))
      .returning()
      .prepare(),

    updatesOf: drizzle
      .select({
        seq: updates.seq,
        message_id: updates.message_id,
        received_at: updates.received_at,
        payload: updates.payload,
        payload_form: updates.payload_form,
      })
      .from(updates)
      .where(and(of, ne(updates.payload_form, "dropped")))
      .orderBy(asc(updates.message_id), asc(updates.seq))
      .prepare(),

    savePlan: drizzle
      .update(jobs)
      .set({ plan: sql`${value("plan")}` })
      .where(owned)
      .returning({ id: jobs.id })
      .prepare(),

    /** What has to be known before a job ends. */
    beforeEnd: drizzle
      .select({
        newer: sql<number>`total(${updates.seq} > ${value("covered")} AND ${updates.payload} IS NOT NULL)`,
        sealed: sql<number>`total(${updates.payload_form} = 'sealed')`,
        claims: sql<number>`EXISTS (SELECT 1 FROM claims WHERE job_id = ${value("job_id")})`,
      })
      .from(updates)
      .where(of)
      .prepare(),

    /** What is null stays as it is; no comments are an empty list. */
    finish: drizzle
      .update(jobs)
      .set({
        state: "done",
        outcome: sql`${value("outcome")}`,
        waiting_for: null,
        reason: sql`${value("reason")}`,
        detail: sql`${value("detail")}`,
        memo_name: sql`coalesce(${value("memo_name")}, ${jobs.memo_name})`,
        comments: sql`nullif(coalesce(${value("comments")}, ${jobs.comments}), '[]')`,
        plan: sql`coalesce(${value("plan")}, ${jobs.plan})`,
        done_at: sql`${value("done_at")}`,
        // It was carried out: twice would be two memos.
        wish: null,
        lease_token: null,
        lease_until: null,
      })
      .where(owned)
      .returning({ account: jobs.account })
      .prepare(),

    saveLink: drizzle
      .insert(memo_links)
      .values({
        bot_id: value("bot_id"),
        chat_id: value("chat_id"),
        message_id: value("message_id"),
        job_id: value("job_id"),
        server: value("server"),
        account: value("account"),
        memo_name: value("memo_name"),
        parent_name: value("parent_name"),
        confirmation: value("confirmation"),
        content_hash: value("content_hash"),
      })
      .onConflictDoUpdate({
        target: [memo_links.bot_id, memo_links.chat_id, memo_links.message_id],
        set: {
          job_id: sql`excluded.job_id`,
          server: sql`excluded.server`,
          account: sql`excluded.account`,
          memo_name: sql`excluded.memo_name`,
          parent_name: sql`excluded.parent_name`,
          confirmation: sql`excluded.confirmation`,
          content_hash: sql`excluded.content_hash`,
        },
      })
      .prepare(),

    insertOwed: drizzle
      .insert(outbox)
      .values({
        bot_id: value("bot_id"),
        chat_id: value("chat_id"),
        job_id: value("job_id"),
        method: value("method"),
        params: value("params"),
        promise: value("promise"),
        state: value("state"),
        attempts: value("attempts"),
        created_at: value("created_at"),
      })
      .returning({ id: outbox.id })
      .prepare(),

    owed: drizzle
      .select()
      .from(outbox)
      .where(eq(outbox.id, value("id")))
      .prepare(),

    sending: drizzle
      .update(outbox)
      .set({ state: "sending", attempts: sql`${value("attempts")}` })
      .where(eq(outbox.id, value("id")))
      .prepare(),

    sent: drizzle
      .update(outbox)
      .set({ state: "sent", sent_message_id: sql`${value("message_id")}`, detail: null })
      .where(eq(outbox.id, value("id")))
      .returning({
        chat_id: outbox.chat_id,
        job_id: outbox.job_id,
        method: outbox.method,
        params: outbox.params,
        promise: outbox.promise,
      })
      .prepare(),

    /** The memo of a job, and the one that it stands under. */
    memoOf: drizzle
      .select({
        server: jobs.server,
        account: jobs.account,
        memo_name: jobs.memo_name,
        parent_name: sql<string | null>`(SELECT parent_name FROM memo_links
          WHERE memo_links.job_id = jobs.id AND memo_links.memo_name = jobs.memo_name LIMIT 1)`,
      })
      .from(jobs)
      .where(eq(jobs.id, value("job_id")))
      .prepare(),
  };
}
