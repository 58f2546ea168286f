import { and, asc, count, desc, eq, inArray, or, type SQL, sql } from "drizzle-orm";
import { OTHER_ACCOUNT } from "../../domain/job.ts";
import { nameOfAccount } from "../accounts/bindings.ts";
import type { StoreContext } from "../db/database.ts";
import { readUpdate } from "../db/payloads.ts";
import { isDead, isWaiting, type Job, jobColumns, jobsOfAccount, jobsOfBot } from "../db/rows.ts";
import { jobs } from "../db/schema.ts";
import { isUntouched, type Transitions } from "./transitions.ts";

export type DeadLetters = ReturnType<typeof createDeadLetters>;

/** What a person sent and what did not become a memo. */
export function createDeadLetters({ database, botId }: StoreContext, transitions: Transitions) {
  const { drizzle, statements } = database;

  const dead = (telegramId: number) =>
    and(
      jobsOfBot(botId),
      isDead,
      eq(jobs.telegram_id, telegramId),
      inArray(jobs.kind, ["message", "album", "capture", "api_memo"]),
    );

  const withUpdates = (which: SQL | undefined) =>
    drizzle
      .select({
        job: jobColumns,
        first: sql<string | null>`(SELECT iif(payload_form = 'sealed', NULL, payload) FROM updates
          WHERE job_id = jobs.id ORDER BY updates.message_id LIMIT 1)`,
      })
      .from(jobs)
      .where(which)
      .$dynamic();
  const read = ({ job, first }: { job: Job; first: string | null }) => ({ job, update: readUpdate(first) });

  const accountOf = ({ account_key }: Pick<Job, "account_key">) => nameOfAccount(drizzle, account_key);

  return {
    countOf: (telegramId: number) =>
      drizzle.select({ count: count() }).from(jobs).where(dead(telegramId)).get()?.count ?? 0,

    /** The newest first, each with its first update, but for one that holds an access token. */
    list: (telegramId: number, { limit, offset }: { limit: number; offset: number }) =>
      withUpdates(dead(telegramId)).orderBy(desc(jobs.id)).limit(limit).offset(offset).all().map(read),

    /** Messages that wait, and whose sender was told why: the oldest first, each with its first update. */
    waiting: (telegramId: number, limit: number) =>
      withUpdates(
        and(
          jobsOfBot(botId),
          isWaiting,
          eq(jobs.queue, "messages"),
          eq(jobs.telegram_id, telegramId),
          sql`coalesce(tried -> '$.waits', tried -> '$.lacks') IS NOT NULL`,
        ),
      )
        .orderBy(asc(jobs.id))
        .limit(limit)
        .all()
        .map(read),

    /** What people call the account that a job is of. */
    accountOf,

    buryForLeftAccounts: transitions.buryForLeftAccounts,

    /** How many messages of a person were given up for each account that they left, the oldest first. */
    leftBehind: (telegramId: number): { account: string; count: number }[] =>
      drizzle
        .select({ account_key: jobs.account_key, count: count() })
        .from(jobs)
        .where(and(dead(telegramId), eq(jobs.reason, OTHER_ACCOUNT)))
        .groupBy(jobs.account_key)
        .orderBy(asc(jobs.id))
        .all()
        .map((left) => ({ account: accountOf(left), count: left.count })),

    /** Tries all of a person's again, but for those that stay with another account than today's; returns how many. */
    retryAll(telegramId: number): number {
      const bound = statements.binding.get({ telegram_id: telegramId });
      const which = or(isUntouched, bound && jobsOfAccount(drizzle, bound));
      return transitions.replay(and(dead(telegramId), which), "save");
    },

    /** A person asked for one again by a button; returns how many jobs that changed. */
    retry: (jobId: number) => transitions.replay(eq(jobs.id, jobId), "save"),

    /** A person gave it up; returns how many jobs that changed. */
    discard: (jobId: number, by: string): number => transitions.discard(eq(jobs.id, jobId), by),
    discardAll: (telegramId: number, by: string): number => transitions.discard(dead(telegramId), by),

    saveAsMessage: transitions.saveAsMessage,
  };
}
