import { UNKNOWN_PART } from "../../domain/job.ts";
import type { Database } from "../db/database.ts";

export type Pruning = ReturnType<typeof createPruning>;

/** So many jobs a step: the program stands still for it. */
const STEP = 200;

/** Jobs in the order in which they were done. */
interface Cursor {
  readonly done_at: number;
  readonly id: number;
}

const START: Cursor = { done_at: 0, id: 0 };

/** Lets go of what is not needed of finished work. What was saved stays known: its job, the hashes of what was written and its links. */
export function createPruning({ sqlite, lazy }: Database) {
  /** Each job is looked at once in a run: after a start there may be a hundred thousand of which nothing more is to be had. */
  const seen = { emptied: START, forgotten: START };

  /** The next jobs that were done before a time, as JSON of their ids. */
  function next(by: keyof typeof seen, before: number): { ids: string; more: boolean } {
    if (before < seen[by].done_at) seen[by] = START;
    const { done_at, id } = seen[by];
    const found = sqlite.all<Cursor>(
      `SELECT done_at, id FROM jobs
         WHERE done_at >= ?1 AND (done_at, id) > (?1, ?2) AND done_at < ?3 AND state = 'done'
         ORDER BY done_at, id LIMIT ${STEP}`,
      done_at,
      id,
      before,
    );
    seen[by] = found.at(-1) ?? seen[by];
    return { ids: JSON.stringify(found.map((job) => job.id)), more: found.length === STEP };
  }

  return {
    /**
     * A step of some hundred jobs, the oldest first; `more` is false when all were looked at. `payloads`: what was done
     * before it keeps nothing of what was sent. `keys`, which is not after it: what was done before it is not recognised
     * by its update any more, and of presses, reactions and strangers nothing is left.
     */
    step: (before: { readonly payloads: number; readonly keys: number }) =>
      lazy(() => {
        const emptied = next("emptied", before.payloads);
        const pruned = sqlite.run(
          `UPDATE updates SET payload = NULL, payload_form = 'dropped'
             WHERE payload IS NOT NULL AND job_id IN
               (SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(?)) AND reason IS NOT '${UNKNOWN_PART}')`,
          emptied.ids,
        );
        // Only then: what is not empty yet would be passed over for good.
        if (emptied.more) return { pruned, more: true };
        const { ids, more } = next("forgotten", before.keys);
        const forgotten = sqlite.run(
          `DELETE FROM updates WHERE job_id IN (SELECT value FROM json_each(?))
             AND NOT EXISTS (SELECT 1 FROM updates AS kept WHERE kept.job_id = updates.job_id AND kept.payload IS NOT NULL)`,
          ids,
        );
        // Nothing refers to these once they are done, but for those that show a memo, or posted it.
        sqlite.run(
          `DELETE FROM jobs WHERE id IN (SELECT value FROM json_each(?))
             AND (kind = 'publication' AND NOT EXISTS (SELECT 1 FROM links WHERE links.job_id = jobs.id)
               OR kind IN ('press', 'membership', 'stranger', 'leaked_token', 'nothing', 'notification', 'reaction')
               AND memo_name IS NULL)
             AND NOT EXISTS (SELECT 1 FROM updates WHERE job_id = jobs.id)`,
          ids,
        );
        return { pruned: pruned + forgotten, more };
      }),
  };
}
