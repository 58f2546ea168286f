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
  onlyJobsOfBot,
  tokenWaits,
} from "../db/rows.ts";
import { jobs } from "../db/schema.ts";
import { createJobCounts } from "./job-counts.ts";

const HOUR_MS = 3_600_000;

/** What is asked about jobs. `atWork`: those that are at work now. */
export function createJobQuestions(context: StoreContext, atWork: ReadonlySet<number>) {
  const { database, botId, clock } = context;
  const { drizzle } = database;
  const countWhere = (...conditions: (SQL | undefined)[]): number =>
    drizzle
      .select({ count: count() })
      .from(jobs)
      .where(and(...conditions))
      .get()?.count ?? 0;
  const countsOf = createJobCounts(context);

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

    /** How many there are in each state. */
    counts() {
      const { waiting, dead, done } = countsOf();
      const working = atWork.size;
      return { waiting: waiting - working, working, dead, done };
    },

    oldestWaitingAt: (): number | null =>
      drizzle
        .select({ at: jobs.created_at })
        .from(jobs)
        .where(
          eq(
            jobs.id,
            drizzle
              // The plus keeps SQLite from going through all that is done in order of id.
              .select({ id: min(sql`+${jobs.id}`) })
              .from(jobs)
              .where(and(onlyJobsOfBot(drizzle, botId), isWaiting)),
          ),
        )
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
