import { and, asc, desc, eq, gt, inArray, notInArray, type SQL, sql } from "drizzle-orm";
import type { JobOutcome, JobState, WaitingFor } from "../../domain/job.ts";
import type { Database } from "../db/database.ts";
import { isDead, jobsOfBot } from "../db/rows.ts";
import { chats, jobs, updates } from "../db/schema.ts";
import type { Jobs } from "./jobs.ts";

/** An update as a person looks at it: where it stands, without what it said. */
export interface UpdateView {
  readonly seq: number;
  readonly update_id: string;
  readonly source: "telegram" | "api";
  readonly kind: string;
  readonly chat_id: number | null;
  readonly message_id: number | null;
  readonly received_at: number;
  readonly job_id: number;
  readonly state: JobState;
  readonly outcome: JobOutcome | null;
  readonly waiting_for: WaitingFor | null;
  readonly attempts: number;
  readonly reason: string | null;
  readonly detail: string | null;
  readonly memo_name: string | null;
}

export interface UpdateFilter {
  readonly state: JobState | null;
  readonly chat_id: number | null;
}

export type UpdateList = ReturnType<typeof createUpdateList>;

/** The updates of this bot, and what can be done about those that failed. State and outcome are those of their jobs. */
export function createUpdateList(deps: {
  database: Database;
  jobs: Pick<Jobs, "replay" | "discard" | "atWork">;
  botId: number;
}) {
  const { botId } = deps;
  const { drizzle } = deps.database;
  const columns = {
    seq: updates.seq,
    update_id: updates.update_id,
    source: updates.source,
    kind: updates.kind,
    chat_id: sql<number | null>`nullif(${chats.chat_id}, 0)`,
    message_id: updates.message_id,
    received_at: updates.received_at,
    job_id: jobs.id,
    state: jobs.state,
    outcome: jobs.outcome,
    waiting_for: jobs.waiting_for,
    attempts: jobs.attempts,
    reason: jobs.reason,
    detail: jobs.detail,
    memo_name: jobs.memo_name,
  };
  const all = () =>
    drizzle
      .select(columns)
      .from(updates)
      .innerJoin(jobs, eq(jobs.id, updates.job_id))
      .innerJoin(chats, eq(chats.id, updates.chat_key));

  /** That a job is at work is not in the database. */
  const asItIs = (row: UpdateView): UpdateView =>
    deps.jobs.atWork().has(row.job_id) ? { ...row, state: "working" } : row;

  function stateIs(state: JobState | null): SQL | undefined {
    const atWork = [...deps.jobs.atWork()];
    if (state === null) return undefined;
    if (state === "working") return inArray(jobs.id, atWork);
    return and(eq(jobs.state, state), notInArray(jobs.id, atWork));
  }

  const get = (updateId: string) =>
    all()
      .where(and(eq(chats.bot_id, botId), eq(updates.update_id, updateId)))
      .orderBy(desc(updates.seq))
      .limit(1)
      .all()
      .map(asItIs)[0];

  return {
    /** The newest with that id: Telegram gives ids out again after a quiet week. */
    get,
    /** In the order in which they came. */
    list: (
      { state, chat_id }: UpdateFilter,
      { limit, after }: { limit: number; after: number | null },
    ): UpdateView[] =>
      all()
        .where(
          and(
            eq(chats.bot_id, botId),
            after === null ? undefined : gt(updates.seq, after),
            stateIs(state),
            chat_id === null ? undefined : eq(chats.chat_id, chat_id),
          ),
        )
        .orderBy(asc(updates.seq))
        .limit(limit)
        .all()
        .map(asItIs),
    /** False when it is not dead. */
    retry: (updateId: string): boolean => {
      const found = get(updateId);
      return found !== undefined && deps.jobs.replay([found.job_id]) === 1;
    },
    /** All dead ones; returns how many jobs. */
    retryAll(): number {
      const dead = drizzle
        .select({ id: jobs.id })
        .from(jobs)
        .where(and(jobsOfBot(botId), isDead))
        .all();
      return deps.jobs.replay(dead.map(({ id }) => id));
    },
    discard: (updateId: string, by: string): boolean => {
      const found = get(updateId);
      return found !== undefined && deps.jobs.discard([found.job_id], by) === 1;
    },
  };
}
