import { and, desc, eq, gte, lt, ne } from "drizzle-orm";
import type { JobKind } from "../../domain/job.ts";
import type { StoreContext } from "../db/database.ts";
import { readUpdate } from "../db/payloads.ts";
import { type AccountRef, type Job, jobColumns } from "../db/rows.ts";
import { chats, jobs, updates } from "../db/schema.ts";

export type MessageJobs = ReturnType<typeof createMessageJobs>;

export type Before = NonNullable<ReturnType<MessageJobs["before"]>>;

const BECOME_MEMOS: readonly JobKind[] = ["message", "album", "capture"];

/** Two people may have the same message saved, each into their own account. */
export const captureKey = (messageId: number, telegramId: number) => `${messageId}:${telegramId}`;

/** Within the caller's transaction: the jobs that messages have become. */
export function createMessageJobs({ database, botId }: StoreContext) {
  const { drizzle, statements } = database;
  const isChat = (chatId: number) => and(eq(chats.bot_id, botId), eq(chats.chat_id, chatId));

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
            isChat(chatId),
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

    /** The job of a message that is to become no memo. Of a command it is kept for longer than its update. */
    other: (chatId: number, messageId: number): Job | undefined =>
      drizzle
        .select(jobColumns)
        .from(updates)
        .innerJoin(jobs, eq(updates.job_id, jobs.id))
        .innerJoin(chats, eq(chats.id, updates.chat_key))
        .where(
          and(
            isChat(chatId),
            eq(updates.message_id, messageId),
            // Whoever takes an access token out of a message wants the rest to be saved.
            ne(jobs.kind, "leaked_token"),
          ),
        )
        .get(),

    named: (chatKey: number, kind: JobKind, key: string): Job | undefined =>
      drizzle
        .select(jobColumns)
        .from(jobs)
        .where(and(eq(jobs.chat_key, chatKey), eq(jobs.kind, kind), eq(jobs.job_key, key)))
        .get(),

    /**
     * What a message may go on with: the last message of the chat before it, whatever its id, and the first of that one's
     * job; or what became of the message itself, where it came before under another update id (`isSame`).
     */
    before(chat_id: number, message_id: number) {
      const near = statements.messageBefore.get({ bot_id: botId, chat_id, message_id });
      if (!near) return undefined;
      const { job } = near;
      return {
        job,
        isSame: near.message_id === message_id && BECOME_MEMOS.includes(job.kind),
        isPlainMessage: job.kind === "message" && near.form === "plain",
        first: () => readUpdate(near.first),
        last: () => readUpdate(near.last),
      };
    },
  };
}

/** Whether a job is of an account. */
export const isOf = (job: Pick<Job, "server" | "account">, { server, account }: AccountRef) =>
  job.server === server && job.account === account;
