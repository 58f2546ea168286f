import { and, asc, desc, eq, gt, inArray, sql } from "drizzle-orm";
import type { JobState } from "../../domain/job.ts";
import type { StoreContext } from "../db/database.ts";
import { jobsOfBot } from "../db/rows.ts";
import { chats, jobs, updates } from "../db/schema.ts";
import type { Transitions } from "./transitions.ts";

/** The updates of this bot as the API shows them, and what can be done about those that failed. */
export function createUpdateList({ database: { drizzle }, botId }: StoreContext, transitions: Transitions) {
  const { seq, update_id, source, kind, message_id, received_at } = updates;
  const chat_id = sql<number | null>`nullif(${chats.chat_id}, 0)`;
  const ofUpdate = { seq, update_id, source, kind, chat_id, message_id, received_at };
  const { id: job_id, outcome, waiting_for, attempts, reason, detail, memo_name } = jobs;
  const ofJob = { job_id, outcome, waiting_for, attempts, reason, detail, memo_name };

  /** That a job is at work is not in the database. */
  const state = () =>
    sql<JobState>`iif(${inArray(jobs.id, [...transitions.atWork])}, 'working', ${jobs.state})`;

  const all = () =>
    drizzle
      .select({ ...ofUpdate, ...ofJob, state: state() })
      .from(updates)
      .innerJoin(jobs, eq(jobs.id, updates.job_id))
      .innerJoin(chats, eq(chats.id, updates.chat_key));

  /** The newest with that id: Telegram gives ids out again after a quiet week. */
  const get = (updateId: string) =>
    all()
      .where(and(eq(chats.bot_id, botId), eq(updates.update_id, updateId)))
      .orderBy(desc(updates.seq))
      .limit(1)
      .get();

  const isJobOf = (updateId: string) => eq(jobs.id, get(updateId)?.job_id ?? 0);

  return {
    get,
    /** In the order in which they came. */
    list: (
      wanted: { readonly state: JobState | null; readonly chat_id: number | null },
      { limit, after }: { limit: number; after: number | null },
    ) =>
      all()
        .where(
          and(
            eq(chats.bot_id, botId),
            after === null ? undefined : gt(updates.seq, after),
            wanted.state === null ? undefined : eq(state(), wanted.state),
            wanted.chat_id === null ? undefined : eq(chats.chat_id, wanted.chat_id),
          ),
        )
        .orderBy(asc(updates.seq))
        .limit(limit)
        .all(),
    /** False when it is not dead, or could not be read. */
    retry: (updateId: string): boolean => transitions.replay(isJobOf(updateId)) === 1,
    /** All dead ones; returns how many jobs. */
    retryAll: (): number => transitions.replay(jobsOfBot(botId)),
    discard: (updateId: string, by: string): boolean => transitions.discard(isJobOf(updateId), by) === 1,
  };
}
