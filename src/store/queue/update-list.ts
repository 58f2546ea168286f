import { and, asc, count, desc, eq, gt, inArray, type SQL, sql } from "drizzle-orm";
import type { JobState } from "../../domain/job.ts";
import type { StoreContext } from "../db/database.ts";
import { isDead, isWaiting, jobsOfBot } from "../db/rows.ts";
import { chats, jobs, updates } from "../db/schema.ts";
import type { Transitions } from "./transitions.ts";

interface Wanted {
  readonly state: JobState | null;
  readonly chat_id: number | null;
}

interface Page {
  readonly limit: number;
  readonly after: number | null;
}

/** The updates of this bot as the API shows them, and what can be done about those that failed. */
export function createUpdateList({ database: { drizzle }, botId }: StoreContext, transitions: Transitions) {
  const { seq, update_id, source, kind, message_id, received_at } = updates;
  const chat_id = sql<number | null>`nullif(${chats.chat_id}, 0)`;
  const ofUpdate = { seq, update_id, source, kind, chat_id, message_id, received_at };
  const { id: job_id, outcome, waiting_for, attempts, reason, detail, memo_name } = jobs;
  const ofJob = { job_id, outcome, waiting_for, attempts, reason, detail, memo_name };

  /** The state that is shown: that a job is at work is known in memory only. */
  const state = () =>
    sql<JobState>`iif(${inArray(jobs.id, [...transitions.atWork])}, 'working', ${jobs.state})`;

  /** Cross joins keep SQLite to this order: an update names its job and its chat. */
  const all = () =>
    drizzle
      .select({ ...ofUpdate, ...ofJob, state: state() })
      .from(updates)
      .crossJoin(jobs)
      .crossJoin(chats);
  const belongs = and(eq(jobs.id, updates.job_id), eq(chats.id, updates.chat_key), eq(chats.bot_id, botId));

  /** Narrows a search to what an index finds: few jobs are not done, and most chats have few updates. */
  function candidates({ state: wanted, chat_id: chat }: Wanted, page: Page): SQL | undefined {
    const ofJobs = (which: SQL) =>
      sql`${seq} IN (SELECT one.seq FROM jobs CROSS JOIN updates AS one INDEXED BY updates_of_job
        ON one.job_id = jobs.id WHERE ${which})`;
    if (wanted === "waiting") return ofJobs(isWaiting);
    const working = [...transitions.atWork];
    if (wanted === "working") return working.length > 0 ? ofJobs(inArray(jobs.id, working)) : sql`false`;
    if (wanted === "dead") return ofJobs(isDead);
    if (chat === null) return undefined;
    const first = wanted === null ? sql`ORDER BY one.seq LIMIT ${page.limit}` : sql``;
    return sql`${seq} IN (SELECT one.seq FROM updates AS one INDEXED BY updates_of_message
      WHERE one.chat_key = (SELECT id FROM chats WHERE chats.bot_id = ${botId} AND chats.chat_id = ${chat})
        AND one.seq > ${page.after ?? 0} ${first})`;
  }

  /** The newest with that id: Telegram gives ids out again after a quiet week. */
  const get = (updateId: string) =>
    all()
      .where(and(belongs, eq(updates.update_id, updateId)))
      .orderBy(desc(updates.seq))
      .limit(1)
      .get();

  const isJobOf = (updateId: string) => eq(jobs.id, get(updateId)?.job_id ?? 0);

  return {
    get,
    /** In the order in which they came. */
    list(wanted: Wanted, page: Page) {
      // There is nothing to look for.
      if (wanted.state === "working" && transitions.atWork.size === 0) return [];
      return all()
        .where(
          and(
            belongs,
            gt(seq, page.after ?? 0),
            candidates(wanted, page),
            wanted.state === null ? undefined : eq(state(), wanted.state),
            wanted.chat_id === null ? undefined : eq(chats.chat_id, wanted.chat_id),
          ),
        )
        .orderBy(asc(seq))
        .limit(page.limit)
        .all();
    },
    /** False when it is not dead, or could not be read. */
    retry: (updateId: string): boolean => transitions.replay(isJobOf(updateId)) === 1,
    /** All dead ones. Left are notifications that Telegram refused, and what could not be read. */
    retryAll() {
      const retried = transitions.replay(jobsOfBot(botId));
      const left = drizzle
        .select({ count: count() })
        .from(jobs)
        .where(and(jobsOfBot(botId), isDead))
        .get();
      return { retried, left: left?.count ?? 0 };
    },
    discard: (updateId: string, by: string): boolean => transitions.discard(isJobOf(updateId), by) === 1,
  };
}
