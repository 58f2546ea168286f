import type { JobQueue } from "../../src/domain/job.ts";
import type { Job } from "../../src/store/db/rows.ts";
import type { Jobs } from "../../src/store/queue/jobs.ts";

/** What the lanes of a queue have to do: the jobs that are due, the oldest first, and in how long others are. */
export function lookAtLanes(
  jobs: Pick<Jobs, "lanes" | "next">,
  queue: JobQueue,
  isBusy: (lane: number) => boolean = () => false,
): { due: Job[]; laterInMs: number[] } {
  const due: Job[] = [];
  const laterInMs: number[] = [];
  for (const lane of jobs.lanes(queue).filter((one) => !isBusy(one))) {
    const next = jobs.next(queue, lane);
    if (next && "item" in next) due.push(next.item);
    else if (next) laterInMs.push(next.inMs);
  }
  return { due: due.toSorted((a, b) => a.id - b.id), laterInMs };
}
