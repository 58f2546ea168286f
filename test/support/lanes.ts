import type { JobQueue } from "../../src/domain/job.ts";
import type { Jobs } from "../../src/store/queue/jobs.ts";

/** What the lanes of a queue have to do: the jobs that are due, the oldest first, and in how long others are. */
export function lookAtLanes(
  jobs: Pick<Jobs, "lanes" | "next">,
  queue: JobQueue,
  isBusy: (lane: number) => boolean = () => false,
): { due: { lane: number; job_id: number }[]; laterInMs: number[] } {
  const due: { lane: number; job_id: number }[] = [];
  const laterInMs: number[] = [];
  for (const lane of jobs.lanes(queue).filter((one) => !isBusy(one))) {
    const next = jobs.next(queue, lane);
    if (next && "item" in next) due.push({ lane, job_id: next.item });
    else if (next) laterInMs.push(next.inMs);
  }
  return { due: due.toSorted((a, b) => a.job_id - b.job_id), laterInMs };
}
