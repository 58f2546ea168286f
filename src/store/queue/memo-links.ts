import { createHash } from "node:crypto";
import { and, eq } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { jobs, memo_links } from "../db/schema.ts";

/** Joins a message of a chat to the memo it became. */
export interface MemoLink {
  readonly chat_id: number;
  readonly message_id: number;
  readonly server: string;
  readonly account: string;
  readonly memo_name: string;
  /** Where that is a comment: the memo it stands under. */
  readonly parent_name: string | null;
  readonly content_hash: string | null;
  /** True for the bot's own message about the memo. */
  readonly confirmation: boolean;
}

/** What `content_hash` holds. */
export function contentHash(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Within the caller's transaction: writes the links of a job, in place of older ones of the same messages. */
export function saveLinks(
  { statements }: Pick<Database, "statements">,
  botId: number,
  jobId: number,
  links: readonly MemoLink[],
): void {
  for (const link of links) statements.saveLink.run({ ...link, bot_id: botId, job_id: jobId });
}

export interface MemoLinks {
  ofJob(jobId: number): MemoLink[];
  find(chatId: number, messageId: number): (MemoLink & { readonly job_id: number }) | undefined;
  /** Names of the comments that jobs have made under a memo: replies, and what they had no room for. */
  commentsUnder(memo: { readonly server: string; readonly memo_name: string }): string[];
}

export function createMemoLinks(database: Database, botId: number): MemoLinks {
  return {
    ofJob: (jobId) => database.drizzle.select().from(memo_links).where(eq(memo_links.job_id, jobId)).all(),
    find: (chatId, messageId) =>
      database.drizzle
        .select()
        .from(memo_links)
        .where(
          and(
            eq(memo_links.bot_id, botId),
            eq(memo_links.chat_id, chatId),
            eq(memo_links.message_id, messageId),
          ),
        )
        .get(),
    commentsUnder: ({ server, memo_name }) => {
      const made = database.drizzle
        .selectDistinct({ memo_name: memo_links.memo_name, comments: jobs.comments })
        .from(memo_links)
        .innerJoin(jobs, eq(jobs.id, memo_links.job_id))
        .where(
          and(
            eq(memo_links.bot_id, botId),
            eq(memo_links.server, server),
            eq(memo_links.parent_name, memo_name),
          ),
        )
        .all();
      return made.flatMap(({ memo_name, comments }) => [memo_name, ...namesOf(comments)]);
    },
  };
}

/** The names of what goes on with a memo. */
export const namesOf = (comments: readonly { readonly memo_name: string }[] | null): string[] =>
  (comments ?? []).map(({ memo_name }) => memo_name);
