import { and, eq } from "drizzle-orm";
import type { Written } from "../../domain/saved.ts";
import type { StoreContext } from "../db/database.ts";
import { linkColumns } from "../db/rows.ts";
import { accounts, chats, jobs, links } from "../db/schema.ts";

/** Joins a message of a chat to the memo it became. */
export interface MemoLink {
  readonly chat_id: number;
  readonly message_id: number;
  readonly memo_name: string;
  /** Where that is a comment: the memo it stands under. */
  readonly parent_name: string | null;
  /** True for the bot's own message about the memo. */
  readonly confirmation: boolean;
}

export type MemoLinks = ReturnType<typeof createMemoLinks>;

export function createMemoLinks({ database: { drizzle }, botId }: StoreContext) {
  return {
    /** The messages of a job that are in its memo. */
    messagesOf: (jobId: number): number[] =>
      drizzle
        .select({ message_id: links.message_id })
        .from(links)
        .where(and(eq(links.job_id, jobId), eq(links.confirmation, false)))
        .all()
        .map(({ message_id }) => message_id),

    /** With the account that the memo is in. */
    find: (chatId: number, messageId: number) =>
      drizzle
        .select(linkColumns)
        .from(links)
        .innerJoin(chats, eq(chats.id, links.chat_key))
        .where(and(eq(chats.bot_id, botId), eq(chats.chat_id, chatId), eq(links.message_id, messageId)))
        .get(),

    /** Names of the comments that jobs have made under a memo: replies, and what they had no room for. */
    commentsUnder({ server, memo_name }: { readonly server: string; readonly memo_name: string }): string[] {
      const made = drizzle
        .selectDistinct({ memo_name: links.memo_name, written: jobs.written })
        .from(links)
        .innerJoin(jobs, eq(jobs.id, links.job_id))
        .innerJoin(accounts, eq(accounts.id, links.account_key))
        .where(and(eq(links.parent_name, memo_name), eq(accounts.server, server)))
        .all();
      return made.flatMap(({ memo_name, written }) => [memo_name, ...commentsIn(written)]);
    },
  };
}

/** The names of what goes on with a memo. */
export const commentsIn = (written: Written | null): string[] =>
  Object.values(written?.rest ?? {}).map(({ name }) => name);
