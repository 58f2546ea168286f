import { and, eq, lt, sql } from "drizzle-orm";
import type { Clock } from "../../base/clock.ts";
import type { Database } from "../db/database.ts";
import type { Vault } from "../db/encryption.ts";
import { cleanPayloads } from "../db/payloads.ts";
import { jobs } from "../db/schema.ts";

/** Reason of a job whose access token waits, sealed as it came, until Memos can be asked about it. */
export const TOKEN_WAITS = "token_waits";

export type WaitingTokens = ReturnType<typeof createWaitingTokens>;

/** Access tokens that Memos could not be asked about, each in the job of the command that brought it. */
export function createWaitingTokens(deps: { database: Database; vault: Vault; clock: Clock; botId: number }) {
  const { database, vault, clock, botId } = deps;
  const { drizzle } = database;

  const waitingOf = (telegramId: number) =>
    and(
      eq(jobs.bot_id, botId),
      eq(jobs.queue, "commands"),
      // As the partial index has it.
      sql`${jobs.state} IN ('waiting', 'working')`,
      eq(jobs.telegram_id, telegramId),
      eq(jobs.reason, TOKEN_WAITS),
    );

  return {
    has: (telegramId: number) =>
      drizzle.select({ id: jobs.id }).from(jobs).where(waitingOf(telegramId)).limit(1).get() !== undefined,

    /** False once something later took the place of the token that this job brings. */
    isCurrent: (jobId: number) =>
      drizzle.select({ state: jobs.state }).from(jobs).where(eq(jobs.id, jobId)).get()?.state === "working",

    /** Something later takes the place of a person's token; of those that came before the job `before`. True when there was one. */
    replace(telegramId: number, before = Number.MAX_SAFE_INTEGER): boolean {
      const replaced = database.durable(() => {
        const done = drizzle
          .update(jobs)
          .set({
            state: "done",
            outcome: "handled",
            waiting_for: null,
            reason: "replaced",
            detail: null,
            done_at: clock.now(),
            lease_token: null,
            lease_until: null,
          })
          .where(and(waitingOf(telegramId), lt(jobs.id, before)))
          .returning({ id: jobs.id })
          .all();
        for (const { id } of done) cleanPayloads(drizzle, vault, id, false);
        return done.length > 0;
      });
      if (replaced) database.checkpoint();
      return replaced;
    },
  };
}
