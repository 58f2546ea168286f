import { and, eq, inArray } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { jobs, outbox } from "../db/schema.ts";

/** Whether a command or a press is done, and nothing of what it answered still waits to be sent. */
export type Answered = (jobId: number) => boolean;

export function createAnswered({ drizzle }: Database): Answered {
  return (jobId) => {
    const job = drizzle.select({ state: jobs.state }).from(jobs).where(eq(jobs.id, jobId)).get();
    if (job?.state === "waiting" || job?.state === "working") return false;
    const owed = and(eq(outbox.job_id, jobId), inArray(outbox.state, ["waiting", "sending"]));
    return drizzle.select({ id: outbox.id }).from(outbox).where(owed).limit(1).get() === undefined;
  };
}
