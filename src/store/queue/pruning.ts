import { eq } from "drizzle-orm";
import { type JobKind, UNKNOWN_PART } from "../../domain/job.ts";
import type { Database } from "../db/database.ts";
import { jobs, updates } from "../db/schema.ts";

/** Lets go of what is not needed of finished work. What was saved stays known: its job, the hashes of what was written and its links. */
export interface Pruning {
  /**
   * A step of some hundred jobs, the oldest first; `more` is false when all were looked at. `payloads`: what was done
   * before it keeps nothing of what was sent. `keys`, which is not
   * after it: what was done before it is not recognised by its update any more, and of presses and strangers nothing is
   * left.
   */
  step(before: { readonly payloads: number; readonly keys: number }): { pruned: number; more: boolean };
}

/** The program stands still for so many. */
const STEP = 200;

/** Nothing refers to these once they are done. */
const PASSING: readonly JobKind[] = ["press", "stranger", "leaked_token", "nothing"];

export function createPruning(database: Database): Pruning {
  const { drizzle, sqlite, lazy } = database;
  const withPayloads = walk(
    `(reason IS NULL OR reason <> '${UNKNOWN_PART}') AND
       EXISTS (SELECT 1 FROM updates WHERE job_id = jobs.id AND payload IS NOT NULL)`,
  );
  const withKeys = walk(
    `EXISTS (SELECT 1 FROM updates WHERE job_id = jobs.id) AND
       NOT EXISTS (SELECT 1 FROM updates WHERE job_id = jobs.id AND payload IS NOT NULL)`,
  );

  /**
   * Gives the ids of jobs, step by step in the order in which they were done, of which a condition holds. Each is looked
   * at once in a run: after a start there may be a hundred thousand of which nothing more is to be had.
   */
  function walk(condition: string): (before: number) => { ids: number[]; more: boolean } {
    const START = { done_at: 0, id: 0 };
    let at = START;
    return (before) => {
      if (before < at.done_at) at = START;
      const rows = sqlite.all<{ id: number; done_at: number; holds: 0 | 1 }>(
        `SELECT id, done_at, ${condition} AS holds FROM jobs
           WHERE done_at >= ?1 AND (done_at, id) > (?1, ?2) AND done_at < ?3 AND state = 'done'
           ORDER BY done_at, id LIMIT ${STEP}`,
        at.done_at,
        at.id,
        before,
      );
      at = rows.at(-1) ?? at;
      return { ids: rows.filter(({ holds }) => holds === 1).map(({ id }) => id), more: rows.length === STEP };
    };
  }

  /**
   * Without payloads. The rows are taken out and put in anew: SQLite never gives back the room that a row leaves
   * in its page by becoming shorter.
   */
  function empty(jobId: number): void {
    const said = drizzle.delete(updates).where(eq(updates.job_id, jobId)).returning().all();
    const [job] = drizzle.delete(jobs).where(eq(jobs.id, jobId)).returning().all();
    if (!job) return;
    drizzle.insert(jobs).values(job).run();
    for (const row of said)
      drizzle
        .insert(updates)
        .values({ ...row, payload: null, payload_form: "dropped" })
        .run();
  }

  function emptyAll(before: number): { pruned: number; more: boolean } {
    const { ids, more } = withPayloads(before);
    sqlite.exec("PRAGMA defer_foreign_keys = ON");
    for (const id of ids) empty(id);
    return { pruned: ids.length, more };
  }

  function forgetKeys(before: number): { pruned: number; more: boolean } {
    const { ids, more } = withKeys(before);
    let pruned = 0;
    for (const id of ids) {
      pruned += sqlite.run("DELETE FROM updates WHERE job_id = ?", id);
      sqlite.run(
        `DELETE FROM jobs WHERE id = ? AND kind IN (SELECT value FROM json_each(?)) AND
           NOT EXISTS (SELECT 1 FROM updates WHERE job_id = jobs.id)`,
        id,
        JSON.stringify(PASSING),
      );
    }
    return { pruned, more };
  }

  return {
    step: ({ payloads, keys }) =>
      lazy(() => {
        const emptied = emptyAll(payloads);
        // Only then: what is not empty yet would be passed over for good.
        return emptied.more ? emptied : withSum(emptied, forgetKeys(keys));
      }),
  };
}

const withSum = (one: { pruned: number }, other: { pruned: number; more: boolean }) => ({
  pruned: one.pruned + other.pruned,
  more: other.more,
});
