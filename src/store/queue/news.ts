import { and, eq, gt, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { Owed } from "../../domain/outgoing.ts";
import type { Binding } from "../accounts/bindings.ts";
import type { StoreContext } from "../db/database.ts";
import { jobsOfMemo } from "../db/rows.ts";
import { bindings, jobs, links } from "../db/schema.ts";
import type { Chats } from "../intake/chats.ts";
import { owe } from "../outbox/owe.ts";
import type { Transitions } from "./transitions.ts";

/** What somebody is told of a memo. */
interface News {
  readonly memo_name: string;
  /** A memo is told once for each kind. */
  readonly kind: string;
  readonly owed: Owed;
}

/** Somebody who is told news, by the account that they were told of so far. */
type Told = Pick<Binding, "telegram_id" | "account_key">;

/** What people are told of what others do in Memos. */
export function createNews(
  context: StoreContext,
  { chats: known, transitions }: { readonly chats: Chats; readonly transitions: Transitions },
) {
  const { database, clock } = context;
  const { drizzle } = database;
  /** Whether they are still bound to that account, and still want news. */
  const isStill = ({ telegram_id, account_key }: Told) =>
    and(
      eq(bindings.telegram_id, telegram_id),
      eq(bindings.account_key, account_key),
      ne(bindings.news, "off"),
    );

  return {
    /** They chose to be told, or Memos was set back to a backup: what is there, up to this number, counts as told. */
    begin: (to: Told, news_after: number): void =>
      database.durable(() => {
        drizzle
          .update(bindings)
          .set({ news_after })
          .where(and(isStill(to), or(isNull(bindings.news_after), gt(bindings.news_after, news_after))))
          .run();
      }),

    /** The next notification of somebody: they are owed what it says, if anything, by the transaction that notes it. */
    tell: (to: Told, number: number, news: News | null): void =>
      database.durable(() => {
        const told = drizzle
          .update(bindings)
          .set({ news_after: number })
          .where(and(isStill(to), lt(bindings.news_after, number)))
          .returning()
          .get();
        if (!told || !news) return;
        const { memo_name, kind, owed } = news;
        const { telegram_id, account_key } = to;
        const now = clock.now();
        // The job is of the reader's account, whoever wrote the memo: a reply to the message is written by the reader.
        const job = transitions.create({
          ...{ kind: "news", job_key: `${account_key}:${kind}:${memo_name}` },
          ...{ memo_name, telegram_id, account_key },
          ...{ queue: "none", state: "done", outcome: "handled", created_at: now, done_at: now },
          chat_key: known.keyOf(telegram_id),
          lane: known.homeOf(telegram_id),
        });
        if (job !== undefined) owe(context, [owed], job);
      }),

    /** The bot's messages about a memo in somebody's private chat. */
    messagesAbout: (memo_name: string, telegram_id: number): number[] =>
      drizzle
        .select({ message_id: links.message_id })
        .from(jobs)
        .innerJoin(links, eq(links.job_id, jobs.id))
        .where(
          and(
            jobsOfMemo(memo_name),
            eq(links.confirmation, true),
            // The plus keeps SQLite from reading all that is linked in the chat.
            sql`+${links.chat_key} = ${known.keyOf(telegram_id)}`,
          ),
        )
        .all()
        .map(({ message_id }) => message_id),
  };
}
