import { and, eq } from "drizzle-orm";
import type { Written } from "../../domain/saved.ts";
import type { Database } from "../db/database.ts";
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

/** A link as it is found, with the account that the memo is in. */
export type FoundLink = MemoLink & {
  readonly job_id: number;
  readonly server: string;
  readonly account: string;
};

/** Within the caller's transaction: writes the links of a job, in place of older ones of the same messages. */
export function saveLinks(
  { statements }: Pick<Database, "statements">,
  botId: number,
  jobId: number,
  made: readonly MemoLink[],
): void {
  for (const link of made) statements.saveLink.run({ ...link, bot_id: botId, job_id: jobId });
}

export type MemoLinks = ReturnType<typeof createMemoLinks>;

export function createMemoLinks({ drizzle }: Database, botId: number) {
  return {
    /** The messages of a job that are in its memo. */
    messagesOf: (jobId: number): number[] =>
      drizzle
        .select({ message_id: links.message_id })
        .from(links)
        .where(and(eq(links.job_id, jobId), eq(links.confirmation, false)))
        .all()
        .map(({ message_id }) => message_id),

    find: (chatId: number, messageId: number): FoundLink | undefined =>
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
