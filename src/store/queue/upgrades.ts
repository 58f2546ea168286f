import { and, eq, exists, inArray, or } from "drizzle-orm";
import { UNKNOWN_KINDS, UNKNOWN_PART } from "../../domain/job.ts";
import type { Database } from "../db/database.ts";
import { fact, setFact } from "../db/facts.ts";
import { bindings, jobs } from "../db/schema.ts";

export interface Upgrade {
  /** The version that ran last on this folder for this bot; undefined: none did. */
  readonly before: string | undefined;
  /** How many jobs are tried again. */
  readonly requeued: number;
}

/**
 * At a start of another version than before: requeues what the last one did not understand, whole messages and parts
 * of saved ones. They keep their reason, so that nobody is told a second time of what is still unknown. Undefined while
 * the version is the same.
 */
export function createNoteVersion(deps: { database: Database; botId: number }) {
  const { database, botId } = deps;
  const { drizzle } = database;
  const name = `version:${botId}`;
  return (version: string): Upgrade | undefined =>
    database.durable(() => {
      const before = fact(drizzle, name);
      if (before === version) return undefined;
      setFact(drizzle, name, version);
      const bound = drizzle
        .select({ telegram_id: bindings.telegram_id })
        .from(bindings)
        .where(
          and(
            eq(bindings.telegram_id, jobs.telegram_id),
            eq(bindings.server, jobs.server),
            eq(bindings.account, jobs.account),
          ),
        );
      const requeued = drizzle
        .update(jobs)
        .set({
          state: "waiting",
          outcome: null,
          due_at: 0,
          attempts: 0,
          snoozes: 0,
          first_failed_at: null,
          aside: true,
          done_at: null,
        })
        .where(
          and(
            eq(jobs.bot_id, botId),
            or(
              and(eq(jobs.state, "dead"), inArray(jobs.reason, UNKNOWN_KINDS)),
              and(eq(jobs.state, "done"), eq(jobs.outcome, "saved"), eq(jobs.reason, UNKNOWN_PART)),
            ),
            // Any other would wait, out of sight, for an account to be bound.
            exists(bound),
          ),
        )
        .returning({ id: jobs.id })
        .all().length;
      return { before, requeued };
    });
}
