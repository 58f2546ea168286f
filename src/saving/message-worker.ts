import { messageOf } from "../base/errors.ts";
import { TOKEN_REFUSED } from "../domain/job.ts";
import type { Later, LeasedJob } from "../store/queue/jobs.ts";
import { createCompleteJob } from "./complete-job.ts";
import { failingForMs, type SavingContext, type Work } from "./context.ts";
import { createGiveUp } from "./give-up.ts";
import { type Circumstances, decide, needsProbe, type Outcome, tryAgain } from "./outcome.ts";
import { createPrepareJob } from "./prepare-job.ts";
import { createReconcile, type End } from "./reconcile.ts";

/** What becomes of a job whose work failed, and why. */
interface Verdict {
  readonly outcome:
    | Exclude<Outcome, { kind: "token_refused" }>
    /** For another token, or until it is known whether this one died. Nothing else is held up. */
    | { readonly kind: "wait_for_token"; readonly later: Pick<Later, "waiting_for" | "pauseMs"> };
  readonly error: unknown;
}

/** Works a message job to its memo; what failed is settled by the one policy of outcome.ts. */
export function createMessageWorker(context: SavingContext) {
  const { store, breaker, memos, tokenWatch, textsFor, clock, log, random } = context;
  const { jobs, bindings } = store;
  const giveUp = createGiveUp(context);
  const prepare = createPrepareJob(context, giveUp);
  const reconcile = createReconcile(context);
  const complete = createCompleteJob(context);

  return async (leased: LeasedJob, signal: AbortSignal): Promise<void> => {
    const started = clock.now();
    let work: Work | undefined;
    try {
      const prepared = await prepare(leased, signal);
      if (prepared === "settled") return;
      work = prepared;
      settle(work, await reconcile(work), started);
    } catch (error) {
      await settleFailure(leased, work, await judge(leased, error, signal));
    }
  };

  function settle(work: Work, end: End, started: number): void {
    const { leased, record, binding } = work;
    const isNew = record.known.covered === 0;
    switch (end.kind) {
      case "saved":
        bindings.accepted(binding.telegram_id);
        complete.saved(work, end);
        log.info(isNew ? "memo saved" : "memo brought up to date", {
          job_id: leased.job.id,
          chat_id: leased.job.chat_id,
          memo_name: end.memo.name,
          files: end.want.files.length,
          ms: clock.now() - started,
        });
        return;
      case "kept":
        complete.kept(work, end.want, end.why);
        return;
      case "nothing":
        complete.nothing(work, end.why);
        return;
      case "later":
        jobs.putOff(leased.lease, { waiting_for: "retry", untouched: !record.isTouched, ...end.later });
        return;
      default:
        end satisfies never;
    }
  }

  /** A refused token is looked into: what comes of that may be other trouble, which is judged in its place. */
  async function judge(leased: LeasedJob, error: unknown, signal: AbortSignal): Promise<Verdict> {
    const memosIsAway = needsProbe(error) && !signal.aborted && !(await answers(signal));
    if (signal.aborted) return { outcome: { kind: "hand_back" }, error };
    const outcome = decide(error, circumstances(leased, memosIsAway));
    if (outcome.kind !== "token_refused") return { outcome, error };
    const found = await tokenWatch.look(leased.job.telegram_id ?? 0, signal);
    switch (found.kind) {
      case "dead":
        return { outcome: { kind: "wait_for_token", later: { waiting_for: "binding" } }, error };
      case "refused": {
        const later = { waiting_for: "retry", pauseMs: found.again_at - clock.now() } as const;
        return { outcome: { kind: "wait_for_token", later }, error };
      }
      case "works":
        // Refused by this one call: trouble of this message.
        return { outcome: tryAgain(circumstances(leased, false)), error };
      case "unknown":
        return judge(leased, found.error, signal);
      default:
        return found satisfies never;
    }
  }

  async function answers(signal: AbortSignal): Promise<boolean> {
    memos.forgetInfo();
    return memos.info(signal).then(
      () => true,
      () => false,
    );
  }

  function circumstances({ job, snoozes }: LeasedJob, memosIsAway: boolean): Circumstances {
    const { attempts } = job;
    return { attempts, snoozes, failingForMs: failingForMs(context, job), memosIsAway, random: random() };
  }

  async function settleFailure(
    leased: LeasedJob,
    work: Work | undefined,
    { outcome, error }: Verdict,
  ): Promise<void> {
    const { id: job_id, chat_id } = leased.job;
    log.warn("message not saved yet", { job_id, chat_id, outcome: outcome.kind, error });
    const untouched = !work?.record.isTouched;
    const detail = messageOf(error);
    const putOff = (later: Omit<Later, "detail">) =>
      jobs.putOff(leased.lease, { untouched, detail, ...later });
    switch (outcome.kind) {
      case "hand_back":
        jobs.handBack(leased.lease);
        return;
      case "snooze": {
        const { waiting_for, pauseMs } = outcome;
        putOff({ waiting_for, pauseMs, reason: "server_trouble" });
        if (waiting_for === "memos" && pauseMs === 0) breaker.report(error);
        return;
      }
      case "retry": {
        const { pauseMs, aside } = outcome;
        putOff({ waiting_for: "retry", pauseMs, aside, attempt: true, reason: "failed" });
        return;
      }
      case "wait_for_token":
        putOff({ ...outcome.later, reason: TOKEN_REFUSED });
        return;
      case "bury": {
        const texts = work?.texts ?? textsFor(leased.job.telegram_id);
        giveUp(leased, { reason: outcome.reason, detail, untouched, texts });
        return;
      }
      default:
        outcome satisfies never;
    }
  }
}
