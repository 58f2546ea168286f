import { and, count, desc, eq, gte, min, ne, type SQL, sql } from "drizzle-orm";
import { EXPORTED_CHATS } from "../../domain/exported.ts";
import { NOT_BOUND } from "../../domain/job.ts";
import type { StoreContext } from "../db/database.ts";
import {
  type AccountRef,
  isDead,
  isWaiting,
  type Job,
  jobColumns,
  jobsOfAccount,
  jobsOfBot,
  tokenWaits,
} from "../db/rows.ts";
import { jobs, type StoredState } from "../db/schema.ts";

const HOUR_MS = 3_600_000;

/** What is asked about jobs. `atWork`: those that are at work now. */
export function createJobQuestions(
  { database: { drizzle }, botId, clock }: StoreContext,
  atWork: ReadonlySet<number>,
) {
  const countWhere = (...conditions: (SQL | undefined)[]): number =>
    drizzle
      .select({ count: count() })
      .from(jobs)
      .where(and(...conditions))
      .get()?.count ?? 0;
  const countOf = (state: StoredState) => countWhere(jobsOfBot(botId), sql.raw(`state = '${state}'`));

  /** How many are in each state that is not the end, by the index of each: cheap, however many are done. */
  function unfinished() {
    const working = atWork.size;
    return { waiting: countOf("waiting") - working, working, dead: countOf("dead") };
  }

  return {
    /** Whether a command of theirs waits with an access token that Memos could not be asked about. */
    hasTokenWaiting: (telegramId: number): boolean =>
      drizzle.select({ id: jobs.id }).from(jobs).where(tokenWaits(botId, telegramId)).limit(1).get() !==
      undefined,

    get: (jobId: number): Job | undefined =>
      drizzle.select(jobColumns).from(jobs).where(eq(jobs.id, jobId)).get(),

    /** Messages of a person that are not done; for one of the accounts they have been bound to, or for all. */
    unfinishedOf: (telegramId: number, account?: AccountRef): number =>
      countWhere(
        jobsOfBot(botId),
        eq(jobs.queue, "messages"),
        eq(jobs.telegram_id, telegramId),
        account && jobsOfAccount(drizzle, account),
        isWaiting,
      ),

    /** Whether another one of its chat waits for the same person to be bound. */
    waitsBeside: ({ id, chat_key, telegram_id }: Job): boolean =>
      countWhere(
        eq(jobs.chat_key, chat_key),
        eq(jobs.queue, "messages"),
        eq(jobs.telegram_id, telegram_id ?? 0),
        isWaiting,
        eq(jobs.reason, NOT_BOUND),
        ne(jobs.id, id),
      ) > 0,

    /** Of what a person has imported, how much is not saved yet, or was given up. */
    importedOf(telegramId: number) {
      const of = (state: SQL) =>
        countWhere(
          state,
          eq(jobs.queue, "messages"),
          eq(jobs.telegram_id, telegramId),
          sql`jobs.chat_key IN (SELECT id FROM chats WHERE chats.bot_id = ${botId} AND chats.chat_id >= ${EXPORTED_CHATS})`,
        );
      return { waiting: of(isWaiting), dead: of(isDead) };
    },

    unfinished,
    /** How many there are in each state. */
    counts: () => ({ ...unfinished(), done: countOf("done") }),

    oldestWaitingAt: (): number | null =>
      drizzle
        .select({ at: min(jobs.created_at) })
        .from(jobs)
        .where(and(jobsOfBot(botId), isWaiting))
        .get()?.at ?? null,

    /** How many messages were saved in each of the last hours of the clock, the oldest first; the last one still runs. */
    savedByHour(hours: number): number[] {
      const first = Math.floor(clock.now() / HOUR_MS) - hours + 1;
      const hour = sql<number>`${jobs.done_at} / ${sql.raw(String(HOUR_MS))}`;
      const rows = drizzle
        .select({ hour, count: count() })
        .from(jobs)
        .where(
          and(
            jobsOfBot(botId),
            sql`state = 'done'`,
            gte(jobs.done_at, first * HOUR_MS),
            eq(jobs.outcome, "saved"),
          ),
        )
        .groupBy(hour)
        .all();
      const found = new Map(rows.map(({ hour, count }) => [hour, count]));
      return Array.from({ length: hours }, (_, at) => found.get(first + at) ?? 0);
    },

    lastSavedAt: (): number | null =>
      drizzle
        .select({ at: jobs.done_at })
        .from(jobs)
        .where(and(jobsOfBot(botId), sql`state = 'done'`, eq(jobs.outcome, "saved")))
        .orderBy(desc(jobs.done_at))
        .limit(1)
        .get()?.at ?? null,
  };
}
