import { and, asc, count, desc, eq, inArray, isNull, or } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import { OTHER_ACCOUNT } from "../../domain/job.ts";
import type { TelegramUpdate } from "../../domain/telegram.ts";
import { nameOfAccount } from "../accounts/accounts.ts";
import type { Database } from "../db/database.ts";
import { readUpdate } from "../db/payloads.ts";
import {
  type AccountRef,
  isDead,
  type Job,
  jobColumns,
  jobsOfAccount,
  jobsOfBot,
  selectBindings,
} from "../db/rows.ts";
import { bindings, jobs, updates } from "../db/schema.ts";
import type { Jobs } from "./jobs.ts";
import { isOf } from "./message-jobs.ts";
import type { Transitions } from "./transitions.ts";

export type DeadLetters = ReturnType<typeof createDeadLetters>;

/** What a person sent and what did not become a memo. */
export function createDeadLetters(deps: {
  database: Database;
  jobs: Pick<Jobs, "replay" | "discard">;
  transitions: Pick<Transitions, "create" | "leaveOthers">;
  clock: Clock;
  botId: number;
}) {
  const { database, transitions, clock, botId } = deps;
  const { drizzle } = database;

  const dead = (telegramId: number) =>
    and(
      jobsOfBot(botId),
      isDead,
      eq(jobs.telegram_id, telegramId),
      inArray(jobs.kind, ["message", "album", "capture"]),
    );

  const accountOf = ({ account_key }: Pick<Job, "account_key">) => nameOfAccount(drizzle, account_key);

  return {
    countOf: (telegramId: number) =>
      drizzle.select({ count: count() }).from(jobs).where(dead(telegramId)).get()?.count ?? 0,

    /** The newest first, each with its first update, but for one that holds an access token. */
    list: (
      telegramId: number,
      { limit, offset }: { limit: number; offset: number },
    ): { job: Job; update: TelegramUpdate | null }[] =>
      drizzle
        .select(jobColumns)
        .from(jobs)
        .where(dead(telegramId))
        .orderBy(desc(jobs.id))
        .limit(limit)
        .offset(offset)
        .all()
        .map((job) => {
          const first = drizzle
            .select()
            .from(updates)
            .where(eq(updates.job_id, job.id))
            .orderBy(updates.message_id)
            .limit(1)
            .get();
          return {
            job,
            update: first?.payload_form === "sealed" ? null : readUpdate(first?.payload ?? null),
          };
        }),

    /** What people call the account that a job is of. */
    accountOf,

    /** Gives up what waits for an account that its sender is not bound to any more, but to another. */
    leaveOthers: (): number => transitions.leaveOthers(),

    /** How many of a person's were given up so, by account, the oldest first. */
    leftBehind: (telegramId: number): { name: string; count: number }[] =>
      drizzle
        .select({ account_key: jobs.account_key, count: count() })
        .from(jobs)
        .where(and(dead(telegramId), eq(jobs.reason, OTHER_ACCOUNT)))
        .groupBy(jobs.account_key)
        .orderBy(asc(jobs.id))
        .all()
        .map((left) => ({ name: accountOf(left), count: left.count })),

    /** Tries all of a person's again, but for those that stay with another account than today's; returns how many. */
    retryAll(telegramId: number): number {
      const bound = selectBindings(drizzle).where(eq(bindings.telegram_id, telegramId)).get();
      const free = and(isNull(jobs.began_at), isNull(jobs.old_plan), isNull(jobs.memo_name));
      const found = drizzle
        .select({ id: jobs.id })
        .from(jobs)
        .where(and(dead(telegramId), or(free, bound && jobsOfAccount(drizzle, bound))))
        .all();
      return deps.jobs.replay(
        found.map(({ id }) => id),
        "save",
      );
    },

    /** A person gave up on all of theirs; returns how many. */
    discardAll(telegramId: number, by: string): number {
      const found = drizzle.select({ id: jobs.id }).from(jobs).where(dead(telegramId)).all();
      return deps.jobs.discard(
        found.map(({ id }) => id),
        by,
      );
    },

    /**
     * Turns a handled command into the message that it was meant as, for the account its sender is bound to now. Once:
     * `settled` when it is one already. `gone`: there is nothing left of it to save.
     */
    saveAsMessage: (commandJobId: number): "saved" | "settled" | "gone" =>
      database.durable(() => {
        const command = drizzle.select().from(jobs).where(eq(jobs.id, commandJobId)).get();
        if (command?.kind !== "command" || command.telegram_id === null) return "settled";
        const update = drizzle.select().from(updates).where(eq(updates.job_id, command.id)).get();
        // Its update went with the message that it became.
        if (!update) return "settled";
        // One that held a token, or was pruned, is not whole any more.
        if (update.payload_form !== "plain" || update.payload === null) return "gone";
        const binding = drizzle
          .select({ account_key: bindings.account_key })
          .from(bindings)
          .where(eq(bindings.telegram_id, command.telegram_id))
          .get();
        if (!binding) return "settled";
        const made = transitions.create({
          kind: "message",
          // As if it had never been a command: the message's own key, so that it is saved once.
          job_key: command.job_key,
          queue: "messages",
          lane: command.lane,
          chat_key: command.chat_key,
          message_id: command.message_id,
          telegram_id: command.telegram_id,
          ...binding,
          state: "waiting",
          requested_action: "save",
          created_at: clock.now(),
        });
        if (made === undefined) return "settled";
        drizzle.update(updates).set({ job_id: made }).where(eq(updates.job_id, command.id)).run();
        return "saved";
      }),
  };
}

/**
 * Whether something of a job may be in an account that is not the bound one: then it is only tried for that one.
 */
export const staysElsewhere = (
  job: Pick<Job, "began_at" | "old_plan" | "memo_name" | "server" | "account">,
  bound: AccountRef,
) => (job.began_at ?? job.old_plan ?? job.memo_name) !== null && !isOf(job, bound);
