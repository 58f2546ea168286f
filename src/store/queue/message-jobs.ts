import { and, countDistinct, desc, eq, gte, lt } from "drizzle-orm";
import type { TelegramUpdate } from "../../domain/telegram.ts";
import type { Database } from "../db/database.ts";
import { readUpdate } from "../db/payloads.ts";
import { type AccountRef, type Job, jobColumns } from "../db/rows.ts";
import { chats, jobs, links } from "../db/schema.ts";

export type MessageJobs = ReturnType<typeof createMessageJobs>;

/** Reason of a command that was not known, and can still be saved as a message. */
export const UNKNOWN_COMMAND = "unknown_command";

/** Two people may have the same message saved, each into their own account. */
export const captureKey = (messageId: number, telegramId: number) => `${messageId}:${telegramId}`;

/** Within the caller's transaction: the jobs that messages have become. */
export function createMessageJobs(deps: {
  database: Pick<Database, "drizzle" | "statements">;
  botId: number;
}) {
  const { botId } = deps;
  const { drizzle, statements } = deps.database;

  return {
    /** The job of a message of a chat, the newest where an older version made a second one, by an edit for another account. */
    of: (chat_id: number, message_id: number): Job | undefined =>
      statements.jobOfMessage.get({ bot_id: botId, chat_id, message_id }),

    /**
     * The job by which a person had a message of somebody, or of their own, saved that was not meant for the bot; the
     * newest where they are bound to another account by now.
     */
    captureOf: (chatId: number, messageId: number, telegramId: number): Job | undefined => {
      const key = captureKey(messageId, telegramId);
      return drizzle
        .select(jobColumns)
        .from(jobs)
        .innerJoin(chats, eq(chats.id, jobs.chat_key))
        .where(
          and(
            eq(chats.bot_id, botId),
            eq(chats.chat_id, chatId),
            eq(jobs.kind, "capture"),
            // The key itself, and those with something behind a colon; other people's lie between them.
            gte(jobs.job_key, key),
            lt(jobs.job_key, `${key};`),
            eq(jobs.telegram_id, telegramId),
          ),
        )
        .orderBy(desc(jobs.id))
        .limit(1)
        .get();
    },

    /**
     * What a message may go on with: the last message of the chat before it, whatever its id, and the first of that one's
     * job. Undefined where that one is a command, or anything else that is no message to be saved.
     */
    before(
      chat_id: number,
      message_id: number,
    ): { job: Job; first: TelegramUpdate | null; last: TelegramUpdate | null } | undefined {
      const near = statements.messageBefore.get({ bot_id: botId, chat_id, message_id });
      if (near?.job.kind !== "message" || near.form !== "plain") return undefined;
      return { job: near.job, first: readUpdate(near.first), last: readUpdate(near.last) };
    },

    /** How many messages are in a memo of single ones: more than one where they were joined. */
    joinedIn: (job: Job): number =>
      job.kind !== "message"
        ? 1
        : (drizzle
            .select({ count: countDistinct(links.message_id) })
            .from(links)
            .where(and(eq(links.job_id, job.id), eq(links.confirmation, false)))
            .get()?.count ?? 1),
  };
}

/** Whether a job is of an account. */
export const isOf = (job: Pick<Job, "server" | "account">, { server, account }: AccountRef) =>
  job.server === server && job.account === account;
