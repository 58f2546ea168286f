import { and, eq } from "drizzle-orm";
import type { Written } from "../../domain/saved.ts";
import type { StoreContext } from "../db/database.ts";
import type { AccountRef, Job } from "../db/rows.ts";
import { accounts, chats, jobs, links, updates } from "../db/schema.ts";

/** Within the caller's transaction: the jobs that messages have become. */
export function createMessageJobs({ database, botId }: StoreContext) {
  const { drizzle, statements } = database;

  return {
    /** Whether anything is known of a message. */
    isKnown: (chatId: number, messageId: number): boolean =>
      drizzle
        .select({ seq: updates.seq })
        .from(updates)
        .innerJoin(chats, eq(chats.id, updates.chat_key))
        .where(and(eq(chats.bot_id, botId), eq(chats.chat_id, chatId), eq(updates.message_id, messageId)))
        .limit(1)
        .get() !== undefined,

    /** The job of a message for a person: their capture of it, else its own, else that of the memo that it tells of. */
    of: (chat_id: number, message_id: number, telegram_id: number): Job | undefined =>
      statements.jobOfMessage.get({ bot_id: botId, chat_id, message_id, telegram_id }),

    /** The messages of a job that are in its memo. */
    messagesOf: (jobId: number): number[] =>
      drizzle
        .select({ message_id: links.message_id })
        .from(links)
        .where(and(eq(links.job_id, jobId), eq(links.confirmation, false)))
        .all()
        .map(({ message_id }) => message_id),

    /** Names of the comments that jobs have made under a memo: replies, and what they had no room for. */
    commentsUnder({ server, memo_name }: { readonly server: string; readonly memo_name: string }): string[] {
      const made = drizzle
        .select({ memo_name: jobs.memo_name, written: jobs.written })
        .from(jobs)
        .innerJoin(accounts, eq(accounts.id, jobs.account_key))
        .where(and(eq(jobs.parent_name, memo_name), eq(accounts.server, server)))
        .all();
      return made.flatMap(({ memo_name, written }) => [memo_name ?? [], commentsIn(written)].flat());
    },
  };
}

/** Whether a job is of an account. */
export const isOf = (job: Pick<Job, "server" | "account">, { server, account }: AccountRef) =>
  job.server === server && job.account === account;

/** Whether something of a job may be in an account that is not the bound one: then it is only tried for that one. */
export const staysElsewhere = (
  job: Pick<Job, "began_at" | "old_plan" | "memo_name" | "server" | "account">,
  bound: AccountRef,
) => (job.began_at ?? job.old_plan ?? job.memo_name) !== null && !isOf(job, bound);

/** The names of the comments in which a memo goes on. */
export const commentsIn = (written: Written | null): string[] =>
  Object.values(written?.rest ?? {}).map(({ name }) => name);
