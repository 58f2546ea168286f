import { eq } from "drizzle-orm";
import { newestUpdate } from "./bots.ts";
import type { Database } from "./database.ts";
import { UNKNOWN_PART } from "./jobs.ts";
import { bots, type JobKind, jobs, updates } from "./schema.ts";

/** Lets go of what is not needed of finished work. What was saved stays known: its job, its plan's hash and its links. */
export interface Pruning {
  /**
   * A step of some hundred rows; returns how many, 0 when nothing is left. `payloads`: what was done before it keeps
   * neither what was sent nor its plan, and what was said before it is forgotten. `keys`: what was done before it is not
   * recognised by its update any more, and of presses and strangers nothing is left.
   */
  step(before: { readonly payloads: number; readonly keys: number }): number;
}

/** The program stands still for so many rows. */
const STEP = 200;

/** Nothing refers to these once they are done. */
const PASSING: readonly JobKind[] = ["press", "stranger", "leaked_token", "nothing"];

export function createPruning(database: Database): Pruning {
  const { drizzle, sqlite, inTransaction } = database;
  // Before these nothing more is to be found. A start looks through all of it once.
  let emptiedTo = 0;
  let keysTo = 0;

  /** Without payloads and plans. The rows are taken out and put in anew: SQLite never gives back the room that a row leaves in its page by becoming shorter. */
  function emptied(jobId: number): void {
    const said = drizzle.delete(updates).where(eq(updates.job_id, jobId)).returning().all();
    const [job] = drizzle.delete(jobs).where(eq(jobs.id, jobId)).returning().all();
    if (!job) return;
    drizzle
      .insert(jobs)
      .values({ ...job, plan: null })
      .run();
    for (const row of said)
      drizzle
        .insert(updates)
        .values({ ...row, payload: null, payload_form: "dropped" })
        .run();
  }

  function emptyPayloads(before: number): number {
    if (before < emptiedTo) emptiedTo = 0;
    const old = sqlite.all<{ id: number; done_at: number }>(
      `SELECT id, done_at FROM jobs WHERE done_at >= ? AND done_at < ? AND state = 'done' AND
         (reason IS NULL OR reason <> '${UNKNOWN_PART}') AND
         EXISTS (SELECT 1 FROM updates WHERE job_id = jobs.id AND payload IS NOT NULL)
         ORDER BY done_at LIMIT ${STEP}`,
      emptiedTo,
      before,
    );
    sqlite.exec("PRAGMA defer_foreign_keys = ON");
    for (const { id } of old) emptied(id);
    emptiedTo = old.length < STEP ? before : (old.at(-1)?.done_at ?? before);
    return old.length;
  }

  const forgetSaid = (before: number) =>
    sqlite.run(
      `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox
         WHERE created_at < ? AND state IN ('sent', 'dropped', 'uncertain') LIMIT ${STEP})`,
      before,
    );

  const newest = () =>
    drizzle
      .select({ id: bots.bot_id })
      .from(bots)
      .all()
      .flatMap(({ id }) => newestUpdate(database, id)?.seq ?? []);

  function forgetKeys(before: number): number {
    if (before < keysTo) keysTo = 0;
    const kept = JSON.stringify(newest());
    const old = sqlite.all<{ seq: number; job_id: number; received_at: number }>(
      `SELECT seq, job_id, received_at FROM updates WHERE received_at >= ?1 AND received_at < ?2 AND payload IS NULL AND
         seq NOT IN (SELECT value FROM json_each(?3)) AND
         EXISTS (SELECT 1 FROM jobs WHERE id = job_id AND state = 'done' AND done_at < ?2)
         ORDER BY received_at LIMIT ${STEP}`,
      keysTo,
      before,
      kept,
    );
    for (const { seq, job_id } of old) {
      drizzle.delete(updates).where(eq(updates.seq, seq)).run();
      sqlite.run(
        `DELETE FROM jobs WHERE id = ? AND kind IN (SELECT value FROM json_each(?)) AND
           NOT EXISTS (SELECT 1 FROM updates WHERE job_id = jobs.id)`,
        job_id,
        JSON.stringify(PASSING),
      );
    }
    keysTo = old.length < STEP ? before : (old.at(-1)?.received_at ?? before);
    return old.length;
  }

  return {
    step: ({ payloads, keys }) =>
      inTransaction(() => emptyPayloads(payloads) + forgetSaid(payloads) + forgetKeys(keys)),
  };
}
