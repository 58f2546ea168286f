import { and, asc, count, eq, ne, type SQL, sql } from "drizzle-orm";
import { SENT } from "../../domain/incoming.ts";
import { isWaiting, jobColumns, jobsOfMemo, selectBindings, selectOwed } from "./rows.ts";
import { accounts, bindings, bots, jobs, links, outbox, updates } from "./schema.ts";
import type { Sqlite } from "./sqlite.ts";

/**
 * How far below a message's id the last message of its chat is looked for. All private chats of a bot share one row of
 * ids: between two messages of a second there may be what it said, and what others wrote to it, but not so many.
 */
const NEARBY = 100;

/**
 * The plus keeps SQLite from planning by what is bound: with a LIMIT, a join or a partial index in sight it would
 * compile the statement anew each time. For the same reason constants of the busiest ones stand in their text.
 */
const value = (name: string) => sql`+${sql.placeholder(name)}`;

const each = <Name extends string, Value>(names: Name[], of: (name: Name) => Value) =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, Value>;

/** Columns that are bound under their own names. */
const values = <Name extends string>(...names: Name[]) => each(names, (name) => sql.placeholder(name));
/** The same where they are set, or are JSON, of which Drizzle would make JSON once more. */
const given = <Name extends string>(...names: Name[]) => each(names, (name) => sql`${value(name)}`);
/** What is written in place of what is there. */
const excluded = <Name extends string>(...names: Name[]) =>
  each(names, (name) => sql.raw(`excluded.${name}`));

/** Words that were to be sent, and are to be changed now. */
const IS_EDIT_OF_UNSENT = sql`outbox.method = 'sendMessage' AND excluded.method = 'editMessageText'`;

/** Of an update that brings what was sent, and what that is. */
const isSent = sql.raw(`IN (${SENT.map((kind) => `'${kind}'`)})`);
const sent = sql.raw("coalesce(payload -> '$.message', payload -> '$.channel_post')");

/** The mark that a message is saved, where the one that it is stored was never seen. */
const IS_FIRST_MARK = sql`outbox.params ->> '$.reaction[0].emoji' = '👀'
  AND excluded.params ->> '$.reaction[0].emoji' = '👍'`;

/** The key of a chat that is known. */
const chatKey = sql<number>`(SELECT id FROM chats WHERE chats.bot_id = ${value("bot_id")} AND chats.chat_id = ${value("chat_id")})`;

/** What is run for each message: built once for a connection, when it is first used, and anew for another one. */
export function prepareStatements({ drizzle }: Pick<Sqlite, "drizzle">) {
  const of = eq(updates.job_id, value("job_id"));
  const owedToChat = and(eq(outbox.bot_id, value("bot_id")), eq(outbox.chat_id, value("chat_id")));
  const owedRow = and(owedToChat, eq(outbox.id, value("id")));
  const { id, kind, state, outcome, never_joined, server, account } = jobColumns;
  const personOf = (job: SQL) => sql`(SELECT telegram_id FROM jobs WHERE jobs.id = ${job})`;
  /** A sum tells of it. */
  const isSummed = and(
    owedToChat,
    sql`outbox.state = 'waiting' AND promise = 'confirmation'
      AND (slot GLOB 'saved:*' OR slot GLOB 'sum:*' OR method = 'setMessageReaction')
      AND ${personOf(sql`outbox.job_id`)} IS ${personOf(value("job_id"))}
      AND coalesce(outbox.params ->> '$.message_thread_id', outbox.instead ->> '$.message_thread_id')
        IS ${value("message_thread_id")}`,
  );

  return onFirstUse({
    /** What an update id stood for: more than one thing where Telegram gave it out again. */
    fingerprints: () =>
      drizzle
        .select({ fingerprint: updates.fingerprint })
        .from(updates)
        .where(
          and(
            eq(updates.update_id, value("update_id")),
            eq(updates.source, "telegram"),
            sql`(SELECT chats.bot_id FROM chats WHERE chats.id = ${updates.chat_key}) = ${value("bot_id")}`,
          ),
        )
        .prepare(),

    binding: () =>
      selectBindings(drizzle)
        .where(eq(bindings.telegram_id, value("telegram_id")))
        .prepare(),

    insertUpdate: () =>
      drizzle
        .insert(updates)
        .values({
          ...values("source", "chat_key", "update_id", "kind", "fingerprint", "job_id", "message_id"),
          ...values("received_at", "payload", "payload_form"),
        })
        .prepare(),

    bot: () =>
      drizzle
        .select()
        .from(bots)
        .where(eq(bots.bot_id, value("bot_id")))
        .prepare(),

    /** Updates came. An offset that is null stays as it is. */
    heard: () =>
      drizzle
        .update(bots)
        .set({
          ...given("heard_at"),
          next_offset: sql`coalesce(${value("next_offset")}, ${bots.next_offset})`,
        })
        .where(eq(bots.bot_id, value("bot_id")))
        .prepare(),

    insertJob: () =>
      drizzle
        .insert(jobs)
        .values({
          ...values(
            "chat_key",
            "kind",
            "job_key",
            "queue",
            "lane",
            "message_id",
            "telegram_id",
            "account_key",
          ),
          ...values("state", "outcome", "waiting_for", "reason", "memo_name", "parent_name"),
          ...values("created_at", "done_at"),
          ...given("settings", "form"),
        })
        .onConflictDoNothing()
        .returning({ id: jobs.id })
        .prepare(),

    /**
     * The job by which a person had a message saved that was not meant for the bot (its key begins with both, and other
     * people's lie between); else that of the message, the newest where there are more; else by its link.
     */
    jobOfMessage: () =>
      drizzle
        .select(jobColumns)
        .from(jobs)
        .where(
          eq(
            jobs.id,
            sql`coalesce(
            (SELECT max(id) FROM jobs WHERE chat_key = ${chatKey} AND kind = 'capture'
              AND job_key >= ${value("message_id")} || ':' || ${value("telegram_id")}
              AND job_key < ${value("message_id")} || ':' || ${value("telegram_id")} || ';'
              AND telegram_id = ${value("telegram_id")}),
            (SELECT max(job.id) FROM updates JOIN jobs AS job ON job.id = updates.job_id
              WHERE updates.chat_key = ${chatKey} AND updates.message_id = ${value("message_id")}
                AND job.kind IN ('message', 'album', 'capture')),
            (SELECT job_id FROM links
              WHERE chat_key = ${chatKey} AND message_id = ${value("message_id")}))`,
          ),
        )
        .prepare(),

    /** A message of a chat, or the last one before it, and the first of its job. */
    messageBefore: () =>
      drizzle
        .select({
          job: { id, kind, state, outcome, never_joined, server, account },
          message_id: updates.message_id,
          last: updates.payload,
          form: updates.payload_form,
          first: sql<string | null>`(SELECT payload FROM updates AS first WHERE first.job_id = jobs.id
          AND first.payload_form = 'plain' ORDER BY first.message_id LIMIT 1)`,
        })
        .from(updates)
        .innerJoin(jobs, eq(updates.job_id, jobs.id))
        .where(
          eq(
            updates.seq,
            sql`(SELECT near.seq FROM updates AS near JOIN jobs AS job ON job.id = near.job_id
            WHERE near.chat_key = ${chatKey} AND near.message_id <= ${value("message_id")}
              AND near.message_id >= ${value("message_id")} - ${sql.raw(String(NEARBY))}
              AND near.kind ${isSent} AND job.kind <> 'nothing'
            ORDER BY near.message_id DESC, near.seq DESC LIMIT 1)`,
          ),
        )
        .prepare(),

    /** How much a job holds: messages, and characters of what was written in them. */
    sizeOf: () =>
      drizzle
        .select({
          messages: sql<number>`count(*)`,
          characters: sql<number>`coalesce(sum(length(coalesce(${sent} ->> '$.text', ${sent} ->> '$.caption',
          ${sent} ->> '$.rich_message', ${sent} ->> '$.poll', ${sent} ->> '$.checklist'))), 0)`,
        })
        .from(updates)
        .where(and(of, sql`${updates.kind} ${isSent}`, eq(updates.payload_form, "plain")))
        .prepare(),

    /** The first job of a lane that is not done, but for those that wait for a binding. */
    next: () =>
      drizzle
        .select({
          ...jobColumns,
          /** Of an open album: when its last part came. */
          last_part_at: sql<number | null>`iif(${jobs.waiting_for} = 'album',
          (SELECT max(received_at) FROM updates WHERE job_id = jobs.id AND kind ${isSent}), NULL)`,
        })
        .from(jobs)
        .where(
          eq(
            jobs.id,
            sql`(SELECT min(id) FROM jobs WHERE queue = ${value("queue")} AND lane = ${value("lane")}
            AND state = 'waiting' AND (waiting_for IS 'binding') = 0)`,
          ),
        )
        .prepare(),

    updatesOf: () =>
      drizzle
        .select({
          seq: updates.seq,
          update_id: updates.update_id,
          message_id: updates.message_id,
          received_at: updates.received_at,
          payload: updates.payload,
          payload_form: updates.payload_form,
        })
        .from(updates)
        .where(and(of, ne(updates.payload_form, "dropped")))
        .orderBy(asc(updates.message_id), asc(updates.seq))
        .prepare(),

    /** The jobs that have a memo of this name. Who only shows it does not. */
    holdersOf: () =>
      drizzle
        .select({ job_id: jobs.id, server: accounts.server })
        .from(jobs)
        .innerJoin(accounts, eq(accounts.id, jobs.account_key))
        .where(and(jobsOfMemo(value("memo_name")), sql`queue = 'messages'`))
        .prepare(),

    /**
     * Unless something newer came. A memo and what was written stay where null is given. Returns its memo, its person,
     * whether something of it is sealed, and whether anything is owed in the chat.
     */
    finish: () =>
      drizzle
        .update(jobs)
        .set({
          state: "done",
          waiting_for: null,
          ...given("outcome", "reason", "detail", "tried", "done_at", "parent_name"),
          memo_name: sql`coalesce(${value("memo_name")}, ${jobs.memo_name})`,
          written: sql`coalesce(${value("written")}, ${jobs.written})`,
          covered: sql`max(${value("covered")}, ${jobs.covered})`,
          // It was carried out: twice would be two memos.
          requested_action: null,
          // What comes next is written by the rules that hold when it comes, and the row does not outgrow its page.
          form: null,
        })
        .where(
          and(
            eq(jobs.id, value("job_id")),
            isWaiting,
            sql`NOT EXISTS (SELECT 1 FROM updates
            WHERE job_id = ${value("job_id")} AND seq > ${value("newest")} AND payload IS NOT NULL)`,
          ),
        )
        .returning({
          memo_name: jobs.memo_name,
          telegram_id: jobs.telegram_id,
          sealed: sql<number>`EXISTS (SELECT 1 FROM updates
          WHERE job_id = ${value("job_id")} AND payload_form = 'sealed')`,
          owes: sql<number>`EXISTS (SELECT 1 FROM outbox
          WHERE bot_id = ${value("bot_id")} AND chat_id = ${value("chat_id")} AND state = 'waiting')`,
        })
        .prepare(),

    /** Joins a message to the job of its memo, where that has one. */
    saveLink: () =>
      drizzle
        .insert(links)
        .select(
          sql`SELECT ${chatKey}, ${value("message_id")}, id, ${value("confirmation")}
          FROM jobs WHERE id = ${value("job_id")} AND account_key IS NOT NULL AND memo_name IS NOT NULL`,
        )
        .onConflictDoUpdate({
          target: [links.chat_key, links.message_id],
          set: excluded("job_id", "confirmation"),
        })
        .prepare(),

    /**
     * In the place of what waits in its slot. Words that were not sent yet keep their place, and stay a message where
     * they are to be edited; what is edited or marked anew goes to the end, so that the newest is set last. A mark that is
     * the first one to be seen is a confirmation, of which a sum may tell.
     */
    owe: () =>
      drizzle
        .insert(outbox)
        .values({
          bot_id: value("bot_id"),
          chat_id: value("chat_id"),
          id: sql`(SELECT coalesce(max(id), ${value("from")}) + 1 FROM outbox
          WHERE bot_id = ${value("bot_id")} AND chat_id = ${value("chat_id")}
            AND id >= ${value("from")} AND id < ${value("below")})`,
          ...values("job_id", "slot", "method", "promise", "state"),
          ...given("params", "instead"),
        })
        .onConflictDoUpdate({
          target: [outbox.bot_id, outbox.chat_id, outbox.slot],
          targetWhere: sql`state = 'waiting' AND slot IS NOT NULL`,
          set: {
            id: sql`iif(outbox.method = 'sendMessage', outbox.id, excluded.id)`,
            ...excluded("job_id", "instead"),
            method: sql`iif(outbox.method = 'sendMessage', outbox.method, excluded.method)`,
            params: sql`iif(${IS_EDIT_OF_UNSENT}, json_patch(excluded.params, json_object(
            'message_thread_id', outbox.params -> '$.message_thread_id',
            'disable_notification', outbox.params -> '$.disable_notification',
            'reply_to', outbox.params -> '$.reply_to',
            'reply_parameters', outbox.params -> '$.reply_parameters')), excluded.params)`,
            promise: sql`CASE WHEN ${IS_EDIT_OF_UNSENT} THEN outbox.promise
            WHEN ${IS_FIRST_MARK} THEN 'confirmation' ELSE excluded.promise END`,
          },
        })
        .returning({ id: outbox.id, promise: outbox.promise })
        .prepare(),

    /** What is next in a chat. */
    nextOwed: () =>
      selectOwed(drizzle)
        .where(
          and(
            owedToChat,
            eq(
              outbox.id,
              sql`(SELECT min(id) FROM outbox WHERE ${owedToChat} AND state = 'waiting'
              AND id < ${value("below")})`,
            ),
          ),
        )
        .prepare(),

    /** The first of each person in a group. */
    owedByPerson: () =>
      drizzle
        .select({ id: sql<number>`min(${outbox.id})`, person: jobs.telegram_id })
        .from(outbox)
        .leftJoin(jobs, eq(jobs.id, outbox.job_id))
        .where(and(owedToChat, sql`outbox.state = 'waiting' AND outbox.id < ${value("below")}`))
        .groupBy(jobs.telegram_id)
        .orderBy(sql`1`)
        .prepare(),

    owedMessage: () => selectOwed(drizzle).where(owedRow).prepare(),

    setOwedState: () => drizzle.update(outbox).set(given("state")).where(owedRow).prepare(),

    /** How many confirmations the person of a job waits for in a chat, or in one topic of it, and in how many messages. */
    owedConfirmations: () =>
      drizzle
        .select({
          messages: count(),
          saved: sql<number>`total(coalesce(outbox.params ->> '$.summed', 1))`,
        })
        .from(outbox)
        .where(isSummed)
        .prepare(),

    /** All of them but one. */
    deleteConfirmations: () =>
      drizzle
        .delete(outbox)
        .where(and(isSummed, sql`outbox.id <> ${value("id")}`))
        .prepare(),

    becomeSum: () =>
      drizzle
        .update(outbox)
        .set({ ...given("slot", "params"), method: "sendMessage", instead: null })
        .where(owedRow)
        .prepare(),

    deleteOwed: () => drizzle.delete(outbox).where(owedRow).prepare(),

    confirmedBy: () =>
      drizzle
        .update(jobs)
        .set({ confirmation_id: sql`${value("message_id")}` })
        .where(eq(jobs.id, value("job_id")))
        .prepare(),
  });
}

/** Properties that are made when they are first read: a start needs few of them. */
function onFirstUse<Makers extends Record<string, () => unknown>>(makers: Makers) {
  const made = {} as { readonly [Name in keyof Makers]: ReturnType<Makers[Name]> };
  for (const [name, make] of Object.entries(makers))
    Object.defineProperty(made, name, {
      configurable: true,
      get() {
        const value = make();
        Object.defineProperty(made, name, { value });
        return value;
      },
    });
  return made;
}
