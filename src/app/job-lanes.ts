import { createLanes } from "../base/lanes.ts";
import { logger } from "../base/log.ts";
import type { JobQueue } from "../domain/job.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import type { Context } from "./context.ts";

/** A stop takes 10 s at most: this long for work to end by itself, the rest for it to be broken off. */
const GRACE_MS = 6_000;

/** Works the jobs of a queue: those of a lane one after another, `concurrency` lanes side by side. */
export function createJobLanes(
  { store: { jobs, turns }, clock }: Context,
  queue: JobQueue,
  options: {
    readonly concurrency: number;
    readonly ready: () => boolean;
    readonly work: (leased: LeasedJob, signal: AbortSignal) => Promise<void>;
  },
) {
  const lanes = createLanes({
    ...options,
    name: queue,
    lanes: () => jobs.lanes(queue),
    next(lane) {
      const found = jobs.next(queue, lane);
      return found && "item" in found ? { item: jobs.lease(found.item) } : found;
    },
    graceMs: GRACE_MS,
    clock,
    log: logger("lanes"),
  });
  turns.listen((turn) => {
    if (turn.queue === queue) lanes.ring(turn.lane);
  });
  return lanes;
}
