import type { Secret } from "../base/secret.ts";
import type { BotName } from "../domain/bot-name.ts";
import type { Texts } from "../locales/texts.ts";
import { isMemosError, type MemosError } from "../memos/errors.ts";
import { capturedMessages } from "../messages/captured.ts";
import { type CurrentMessage, currentMessages } from "../messages/versions.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Jobs, Known, LeasedJob } from "../store/queue/jobs.ts";
import type { Identity } from "./desired.ts";

/** The job in hand, with everything its steps need. */
export interface Work {
  readonly leased: LeasedJob;
  readonly record: JobRecord;
  readonly identity: Identity;
  readonly binding: Binding;
  readonly token: Secret;
  readonly bot: BotName;
  /** As they are now, in message order. */
  readonly current: readonly CurrentMessage[];
  /** In the sender's language. */
  readonly texts: Texts;
  readonly signal: AbortSignal;
}

export type JobRecord = ReturnType<typeof createRecord>;

/** What is known of a job in hand: as it was leased, and what was written down since. */
export function createRecord(jobs: Pick<Jobs, "note" | "claim">, { lease, job }: LeasedJob) {
  let known: Known = job;
  let isTouched = false;
  return {
    /** Whether something of it may have come to Memos in this try. */
    get isTouched(): boolean {
      return isTouched;
    },
    /** Makes a memo or a file. A refused token makes none. */
    async touch<T>(make: () => Promise<T>): Promise<T> {
      try {
        const made = await make();
        isTouched = true;
        return made;
      } catch (error) {
        if (!isMemosError(error, "token_refused")) isTouched = true;
        throw error;
      }
    },
    get known(): Known {
      return known;
    },
    /** Synced: the next call depends on it. */
    note(patch: Partial<Known>): void {
      known = { ...known, ...patch };
      jobs.note(lease, patch);
    },
    /** The memo is this job's from now on; false where another one has it. */
    claim(memo_name: string): boolean {
      if (!jobs.claim(lease, { memo_name, server: job.server ?? "" })) return false;
      known = { ...known, memo_name };
      return true;
    },
  };
}

/** The messages of a job as its updates up to `seq` tell them. */
export function messagesAt(
  { job, updates }: Pick<LeasedJob, "job" | "updates">,
  seq = Number.POSITIVE_INFINITY,
): CurrentMessage[] {
  const versions = currentMessages(updates.filter((update) => update.seq <= seq));
  return job.kind === "capture" ? capturedMessages(versions, job.message_id) : versions;
}

/** A failure after which only a look tells what Memos has; not one that says everything. */
export function isUncertain(error: unknown): error is MemosError {
  return isMemosError(error) && error.kind !== "aborted" && error.kind !== "token_refused";
}
