import { messageOf } from "../base/errors.ts";
import { TOKEN_REFUSED } from "../domain/job.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import type { Later } from "../store/queue/transitions.ts";
import { createCompleteJob } from "./complete-job.ts";
import { failingForMs, type SavingContext, type Work } from "./context.ts";
import { createGiveUp } from "./give-up.ts";
import { createLoadJob } from "./load-job.ts";
import { type Circumstances, decide, needsProbe, type Outcome, tryAgain } from "./outcome.ts";
import { createReconcile, type End } from "./reconcile.ts";

/** A job whose work failed; without `work` before it began. */
interface Failed {
  readonly leased: LeasedJob;
  readonly work: Work | undefined;
  readonly error: unknown;
  readonly signal: AbortSignal;
}

/** Works a message job to its memo; what failed is settled by the one policy of outcome.ts. */
export function createMessageWork(context: SavingContext) {
  const { store, breaker, memos, tokenWatch, textsFor, clock, log, random } = context;
  const { jobs, bindings } = store;
  const giveUp = createGiveUp(context);
  const load = createLoadJob(context, giveUp);
  const { reconcile, removeUploads } = createReconcile(context);
  const complete = createCompleteJob(context);

  return async (leased: LeasedJob, signal: AbortSignal): Promise<void> => {
    const started = clock.now();
    let work: Work | undefined;
    try {
      work = await load(leased, signal);
      if (work) settle(work, await reconcile(work), started);
    } catch (error) {
      await fail({ leased, work, error, signal });
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

  async function fail(failed: Failed): Promise<void> {
    const { leased, error, signal } = failed;
    const { id: job_id, chat_id } = leased.job;
    const memosAnswers = !needsProbe(error) || signal.aborted || (await answers(signal));
    const outcome: Outcome = signal.aborted
      ? { kind: "hand_back" }
      : decide(error, circumstances(leased, memosAnswers));
    log.warn("message not saved yet", { job_id, chat_id, outcome: outcome.kind, error });
    await carryOut(outcome, failed);
  }

  async function answers(signal: AbortSignal): Promise<boolean> {
    memos.forgetInfo();
    return memos.info(signal).then(
      () => true,
      () => false,
    );
  }

  function circumstances({ job, snoozes }: LeasedJob, memosAnswers: boolean): Circumstances {
    const { attempts } = job;
    return { attempts, snoozes, failingForMs: failingForMs(context, job), memosAnswers, random: random() };
  }

  async function carryOut(outcome: Outcome, failed: Failed): Promise<void> {
    const { leased, work, error } = failed;
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
      case "token_refused":
        await afterRefusal(failed, putOff);
        return;
      case "bury": {
        if (work) await removeUploads(work);
        const texts = work?.texts ?? textsFor(leased.job.telegram_id);
        giveUp(leased, { reason: outcome.reason, detail, untouched, texts });
        return;
      }
      default:
        outcome satisfies never;
    }
  }

  /** The job waits until it is known whether the token died, and then for another one; nothing else is held up. */
  async function afterRefusal(
    failed: Failed,
    putOff: (later: Omit<Later, "detail">) => unknown,
  ): Promise<void> {
    const { leased, signal } = failed;
    const found = await tokenWatch.look(leased.job.telegram_id ?? 0, signal);
    switch (found.kind) {
      case "dead":
        putOff({ waiting_for: "binding", reason: TOKEN_REFUSED });
        return;
      case "refused":
        putOff({ waiting_for: "retry", pauseMs: found.again_at - clock.now(), reason: TOKEN_REFUSED });
        return;
      case "works":
        // Refused by this one call: trouble of this message.
        await carryOut(tryAgain(circumstances(leased, true)), failed);
        return;
      case "unknown":
        await fail({ ...failed, error: found.error });
        return;
      default:
        found satisfies never;
    }
  }
}
