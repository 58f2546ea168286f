import { and, count, desc, eq, inArray } from "drizzle-orm";
import type { Clock } from "../clock.ts";
import { nameOfAccount } from "./account-names.ts";
import type { Database } from "./database.ts";
import type { Job } from "./jobs.ts";
import { readPayload } from "./payloads.ts";
import { bindings, jobs, updates } from "./schema.ts";
import type { Vault } from "./vault.ts";

/** What a person sent and what did not become a memo. */
export interface DeadLetters {
  countOf(telegramId: number): number;
  /** The newest first, each with its first update as it came. */
  list(telegramId: number, page: { limit: number; offset: number }): { job: Job; json: string | null }[];
  /** What people call the account that a job is of. */
  accountOf(job: Pick<Job, "server" | "account">): string;
  /** Whether nothing of it was ever begun: it can go to another account. */
  canMove(job: Pick<Job, "state" | "plan" | "memo_name">): boolean;
  /** Gives one that can go to another account to that one, where it is tried again. False when it cannot. */
  move(jobId: number, to: { server: string; account: string }): boolean;
  /**
   * Turns a handled command into the message that it was meant as, for the account its sender is bound to now. Once:
   * `settled` when it is one already. `gone`: there is nothing left of it to save.
   */
  saveAsMessage(commandJobId: number): "saved" | "settled" | "gone";
}

export function createDeadLetters(deps: {
  database: Database;
  vault: Vault;
  clock: Clock;
  botId: number;
}): DeadLetters {
  const { database, vault, clock, botId } = deps;
  const { drizzle } = database;

  const dead = (telegramId: number) =>
    and(
      eq(jobs.bot_id, botId),
      eq(jobs.state, "dead"),
      eq(jobs.telegram_id, telegramId),
      inArray(jobs.kind, ["message", "album", "capture"]),
    );

  return {
    countOf: (telegramId) =>
      drizzle.select({ count: count() }).from(jobs).where(dead(telegramId)).get()?.count ?? 0,

    list: (telegramId, { limit, offset }) =>
      drizzle
        .select()
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
          return { job, json: first ? readPayload(vault, first.payload, first.payload_form) : null };
        }),

    accountOf: ({ server, account }) =>
      nameOfAccount(drizzle, { server: server ?? "", account: account ?? "" }),

    canMove,

    move: (jobId, { server, account }) =>
      database.durable(() => {
        const job = drizzle.select().from(jobs).where(eq(jobs.id, jobId)).get();
        if (!job || !canMove(job)) return false;
        drizzle
          .update(jobs)
          .set({
            ...{ server, account },
            state: "waiting",
            wish: "save",
            due_at: clock.now(),
            attempts: 0,
            first_failed_at: null,
            aside: false,
            reason: null,
            detail: null,
          })
          .where(eq(jobs.id, jobId))
          .run();
        return true;
      }),

    saveAsMessage: (commandJobId) =>
      database.durable(() => {
        const command = drizzle.select().from(jobs).where(eq(jobs.id, commandJobId)).get();
        if (command?.kind !== "command" || command.telegram_id === null) return "settled";
        const update = drizzle.select().from(updates).where(eq(updates.job_id, command.id)).get();
        // Its update went with the message that it became.
        if (!update) return "settled";
        // One that held a token, or was pruned, is not whole any more.
        if (update.payload_form !== "plain" || update.payload === null) return "gone";
        const binding = drizzle
          .select({ server: bindings.server, account: bindings.account })
          .from(bindings)
          .where(eq(bindings.telegram_id, command.telegram_id))
          .get();
        if (!binding) return "settled";
        const made = drizzle
          .insert(jobs)
          .values({
            bot_id: command.bot_id,
            kind: "message",
            // As if it had never been a command: the message's own key, so that it is saved once.
            job_key: command.job_key,
            queue: "messages",
            lane: command.lane,
            chat_id: command.chat_id,
            message_id: command.message_id,
            telegram_id: command.telegram_id,
            ...binding,
            state: "waiting",
            wish: "save",
            created_at: clock.now(),
          })
          .onConflictDoNothing()
          .returning({ id: jobs.id })
          .get();
        if (!made) return "settled";
        drizzle.update(updates).set({ job_id: made.id }).where(eq(updates.job_id, command.id)).run();
        return "saved";
      }),
  };
}

/** A plan is stored before the first call to Memos: without one, nothing can be there. */
const canMove: DeadLetters["canMove"] = ({ state, plan, memo_name }) =>
  state === "dead" && plan === null && memo_name === null;
