import type { Secret } from "../base/secret.ts";
import type { BotName } from "../domain/bot-name.ts";
import type { Texts } from "../locales/texts.ts";
import { isMemosError, type MemosError } from "../memos/errors.ts";
import type { CurrentMessage } from "../messages/versions.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Jobs, LeasedJob } from "../store/queue/jobs.ts";
import type { Identity, Plan } from "./plan.ts";

/** The job in hand, with everything its steps need. */
export interface Work {
  readonly leased: LeasedJob;
  readonly identity: Identity;
  readonly binding: Binding;
  readonly token: Secret;
  readonly bot: BotName;
  /** As they are now, in message order. */
  readonly current: readonly CurrentMessage[];
  /** In the sender's language. */
  readonly texts: Texts;
  /** True when an earlier run may have called Memos already. */
  readonly resumed: boolean;
  readonly signal: AbortSignal;
}

/** Writes the plan down. Undefined when the job is not at work any more. */
export function savePlan(jobs: Pick<Jobs, "savePlan">, { leased }: Work, plan: Plan): Plan | undefined {
  return jobs.savePlan(leased.lease, JSON.stringify(plan)) ? plan : undefined;
}

/** An earlier try may still be under way: the job keeps its place, and looks for what came of it once it cannot be. */
export function waitForTry(jobs: Pick<Jobs, "putOff">, { lease }: LeasedJob, pauseMs: number): void {
  jobs.putOff(lease, {
    waiting_for: "retry",
    pauseMs,
    reason: "looking",
    detail: "waits until what an earlier try made can be found",
  });
}

/** A failure after which only a look tells what Memos has; not one that says everything. */
export function isUncertain(error: unknown): error is MemosError {
  return isMemosError(error) && error.kind !== "aborted" && error.kind !== "token_refused";
}
