import { randomUUID } from "node:crypto";
import { and, desc, eq, getTableColumns, inArray, sql } from "drizzle-orm";
import type { Owed, ShownMemo } from "../../domain/outgoing.ts";
import type { Visibility } from "../../domain/visibility.ts";
import type { StoreContext } from "../db/database.ts";
import { fact, jobsOfMemo, setFact } from "../db/rows.ts";
import { chats, jobs, type PostPart, posts, updates } from "../db/schema.ts";
import type { Chats } from "../intake/chats.ts";
import { linkSent, owe } from "../outbox/owe.ts";
import type { Transitions } from "../queue/transitions.ts";

/** A row of `posts`, with the id of its channel. */
export type Post = typeof posts.$inferSelect & { readonly chat_id: number };

/** A memo that is to be in a channel. */
export interface WantedPost extends ShownMemo {
  readonly chat_id: number;
  /** Who wants it there. */
  readonly telegram_id: number;
  /** Who sees the memo now. */
  readonly visibility: Visibility;
}

/**
 * What somebody asked for a publication by, a message or a press; they are told what becomes of it. Null: it follows
 * from a change in Memos.
 */
export type Cause = {
  readonly job_id: number;
  readonly message_id: number | null;
  readonly by: "message" | "press";
} | null;

export type Posts = ReturnType<typeof createPosts>;

/**
 * What was published to channels, and what is to be. A post is brought up to date by a job of kind `publication`, in the
 * lane of its channel; what it tells is told to its person, in their own chat.
 */
export function createPosts(
  context: StoreContext,
  deps: { readonly chats: Chats; readonly transitions: Transitions; readonly wanted: () => void },
) {
  const { chats: known, transitions } = deps;
  const { database, clock, botId } = context;
  const { drizzle } = database;

  const select = () =>
    drizzle
      .select({ ...getTableColumns(posts), chat_id: chats.chat_id })
      .from(posts)
      .innerJoin(chats, and(eq(chats.id, posts.chat_key), eq(chats.bot_id, botId)));
  const get = (id: number): Post | undefined => select().where(eq(posts.id, id)).get();
  const isOf = ({ memo_name, account_key }: ShownMemo) =>
    and(eq(posts.memo_name, memo_name), eq(posts.account_key, account_key));

  function change(id: number, values: Partial<typeof posts.$inferInsert>): void {
    drizzle.update(posts).set(values).where(eq(posts.id, id)).run();
  }

  function setPart(id: number, at: number, part: PostPart): void {
    const parts = get(id)?.parts ?? [];
    change(id, { parts: parts.with(at, part) });
  }

  /** Within the caller's transaction: makes the job that brings a post up to date, one for each cause. */
  function enqueue(post: Post, cause: Cause): void {
    const { id, telegram_id, account_key, memo_name, chat_id } = post;
    transitions.create({
      chat_key: known.keyOf(telegram_id),
      kind: "publication",
      job_key: `${id}:${cause === null ? randomUUID() : `${ASKED[cause.by]}${cause.job_id}`}`,
      queue: "commands",
      lane: known.homeOf(chat_id),
      message_id: cause?.message_id ?? null,
      telegram_id,
      account_key,
      memo_name,
      state: "waiting",
      created_at: clock.now(),
    });
  }

  /** Within the caller's transaction: makes a post, or takes the one that there is, and has it brought up to date. */
  function want({ chat_id, ...wanted }: WantedPost, cause: Cause): void {
    const chat_key = known.keyOf(chat_id);
    const row = { ...wanted, chat_key, parts: [], content_hash: "", created_at: clock.now() };
    drizzle.insert(posts).values(row).onConflictDoNothing().run();
    const post = select()
      .where(and(isOf(wanted), eq(posts.chat_key, chat_key)))
      .get();
    if (!post) return;
    deps.wanted();
    // Whoever asks for it knows who sees it now.
    if (cause !== null) change(post.id, { visibility: wanted.visibility });
    enqueue(post, cause);
  }

  return {
    get,
    /** Where a memo was published. */
    of: (memo: ShownMemo) => select().where(isOf(memo)).all(),
    /** The newest of an account. */
    newestOf: (account_key: number, limit: number) =>
      select().where(eq(posts.account_key, account_key)).orderBy(desc(posts.id)).limit(limit).all(),
    /** The channels to which somebody published. */
    channelsOf: (telegramId: number): number[] =>
      drizzle
        .selectDistinct({ chat_id: chats.chat_id })
        .from(posts)
        .innerJoin(chats, eq(chats.id, posts.chat_key))
        .where(and(eq(posts.telegram_id, telegramId), eq(chats.bot_id, botId)))
        .all()
        .map(({ chat_id }) => chat_id),
    /** Whether a memo is of what was posted in a channel: there itself, or forwarded from there. */
    cameFrom: ({ memo_name }: Pick<ShownMemo, "memo_name">, chatId: number): boolean =>
      drizzle
        .select({ id: jobs.id })
        .from(jobs)
        .leftJoin(
          updates,
          and(eq(updates.job_id, jobs.id), inArray(updates.payload_form, ["plain", "redacted"])),
        )
        .where(
          and(
            jobsOfMemo(memo_name),
            eq(jobs.queue, "messages"),
            sql`(jobs.chat_key = ${known.keyOf(chatId)} OR ${chatId} IN (
              payload ->> '$.message.forward_origin.chat.id',
              payload ->> '$.message.reply_to_message.forward_origin.chat.id'))`,
          ),
        )
        .limit(1)
        .get() !== undefined,

    want: (wanted: WantedPost, cause: Cause): void => database.durable(() => want(wanted, cause)),
    /** Changes a post, and has it brought up to date. */
    again: (post: Post, values: Changes, cause: Cause): void =>
      database.durable(() => {
        change(post.id, values);
        enqueue(post, cause);
      }),
    /** Notes that changes in Memos until `lookedAt` are known, and makes the jobs that follow from them. */
    looked: (
      accountKey: number,
      lookedAt: number | null,
      { wanted, changed }: { readonly wanted: readonly WantedPost[]; readonly changed: readonly Post[] },
    ): void =>
      database.durable(() => {
        for (const one of wanted) want(one, null);
        for (const post of changed) enqueue(post, null);
        if (lookedAt !== null) setFact(database.sqlite, factOf(accountKey), String(lookedAt));
      }),
    /** When changes in Memos were looked at last, in ms since 1970; null: never. */
    lookedAt(accountKey: number): number | null {
      const found = fact(database.sqlite, factOf(accountKey));
      return found === undefined ? null : Number(found);
    },

    /** Changes a post, and owes its person what they are told of that. */
    note: (id: number, values: Changes, owed: readonly Owed[], jobId: number): void =>
      database.durable(() => {
        change(id, values);
        owe(context, owed, jobId);
      }),
    /** Before a part is sent. Synced: from now on the part may be in the channel. */
    sending: (id: number, at: number): void => database.durable(() => setPart(id, at, "sending")),
    /** The part was surely not sent. */
    notSent: (id: number, at: number): void => database.lazy(() => setPart(id, at, "owed")),
    /** The part was sent as these messages. A reply to one of them, or a forward of it, is about the memo. */
    sent: (id: number, at: number, ids: readonly number[], { job_id, chat_id }: SentBy): void => {
      database.lazy(() => {
        setPart(id, at, ids);
        for (const message_id of ids) linkSent(context, job_id, { chat_id, message_id });
      });
      database.syncSoon();
    },
    /** Removes a post of which nothing is in the channel any more. */
    forget: (id: number): void =>
      database.durable(() => {
        drizzle.delete(posts).where(eq(posts.id, id)).run();
        deps.wanted();
      }),
  };
}

type Changes = Partial<Pick<typeof posts.$inferInsert, "parts" | "asked" | "content_hash">>;

interface SentBy {
  readonly job_id: number;
  readonly chat_id: number;
}

const ASKED = { message: "asked:", press: "pressed:" };

/** Whether nothing of a post is in its channel, and its person was told so. */
export const isRefused = ({ parts, asked }: Pick<Post, "parts" | "asked">): boolean =>
  parts.length === 0 && asked === "changed";

/** The post that a job brings up to date, and whether somebody waits to hear of it: below a message, or in its place. */
export function publicationOf({ job_key }: { readonly job_key: string }) {
  const [id = "", cause = ""] = job_key.split(/:(.*)/s);
  const isPressed = cause.startsWith(ASKED.press);
  return { post_id: Number(id), isAsked: isPressed || cause.startsWith(ASKED.message), isPressed };
}

const factOf = (accountKey: number) => `changes_looked_at:${accountKey}`;
