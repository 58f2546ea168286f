import { messageOf } from "../base/errors.ts";
import { NOT_ADDRESSED, TOKEN_REFUSED } from "../domain/job.ts";
import { type LeasedJob, newestOf } from "../store/queue/jobs.ts";
import { createCompleteJob } from "./complete-job.ts";
import { answersTo, failingForMs, type SavingContext, type Work } from "./context.ts";
import { createGiveUp } from "./give-up.ts";
import { decide, needsProbe, type Outcome, tryAgain } from "./outcome.ts";
import { createPrepareJob } from "./prepare-job.ts";
import { createReconcile } from "./reconcile.ts";

/** Works a message job to its memo; what failed is settled by the one policy of outcome.ts. */
export function createMessageWorker(context: SavingContext) {
  const { store, breaker, memos, tokenWatch, clock, log, random } = context;
  const { jobs, bindings } = store;
  const giveUp = createGiveUp(context);
  const prepare = createPrepareJob(context);
  const reconcile = createReconcile(context);
  const complete = createCompleteJob(context);

  return async (leased: LeasedJob, signal: AbortSignal): Promise<void> => {
    const { lease, job } = leased;
    const { id: job_id, chat_id, reason } = job;
    if (reason === NOT_ADDRESSED) {
      // An album of a group of which no part calls the bot.
      jobs.finish(lease, { outcome: "ignored", reason, covered: newestOf(leased), dropPayloads: true });
      return;
    }
    const started = clock.now();
    let work: Work | undefined;
    try {
      const prepared = await prepare(leased, signal);
      if ("kind" in prepared) return settle(leased, prepared);
      work = prepared;
      const end = await reconcile(work);
      if (end.kind === "later") return settle(leased, end, { work });
      if (end.kind === "saved") bindings.accepted(work.binding.telegram_id);
      const what = work.record.known.covered === 0 ? "memo saved" : "memo brought up to date";
      complete(work, end);
      if (end.kind !== "saved") return;
      const { memo, want } = end;
      const ms = clock.now() - started;
      log.info(what, { job_id, chat_id, memo_name: memo.name, files: want.files.length, ms });
    } catch (thrown) {
      const { outcome, error } = await judge(leased, thrown, signal);
      log.warn("message not saved yet", { job_id, chat_id, outcome: outcome.kind, error });
      settle(leased, outcome, { work, error });
    }
  };

  /** A refused token is looked into: what comes of that may be other trouble, which is judged in its place. */
  async function judge(
    leased: LeasedJob,
    error: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: Outcome; readonly error: unknown }> {
    const { job, snoozes } = leased;
    const memosIsAway = needsProbe(error) && !signal.aborted && (await isAway(signal));
    if (signal.aborted) return { outcome: { kind: "hand_back" }, error };
    const failingFor = failingForMs(context, job);
    const now = { attempts: job.attempts, snoozes, failingForMs: failingFor, memosIsAway, random: random() };
    const outcome = decide(error, now);
    if (outcome.kind !== "token_refused") return { outcome, error };
    const found = await tokenWatch.look(job.telegram_id ?? 0, answersTo(leased, job.chat_id ?? 0), signal);
    // Refused by this one call: trouble of this message.
    if (!found) return { outcome: tryAgain(now), error };
    if ("error" in found) return judge(leased, found.error, signal);
    return { outcome: { kind: "later", reason: TOKEN_REFUSED, ...found }, error };
  }

  async function isAway(signal: AbortSignal): Promise<boolean> {
    memos.forgetInfo();
    return memos.info(signal).then(
      () => false,
      () => true,
    );
  }

  /** Of a job that was not done. */
  function settle(
    leased: LeasedJob,
    outcome: Outcome,
    { work, error }: { readonly work?: Work | undefined; readonly error?: unknown } = {},
  ): void {
    const { lease } = leased;
    const untouched = !work?.record.isTouched;
    const said = error === undefined ? null : messageOf(error);
    switch (outcome.kind) {
      case "later": {
        const { waiting_for, pauseMs } = outcome;
        jobs.putOff(lease, { ...outcome, detail: outcome.detail ?? said ?? "", untouched });
        if (waiting_for === "memos" && pauseMs === 0) breaker.report(error);
        return;
      }
      case "bury":
        giveUp(leased, outcome.reason, said, untouched);
        return;
      default:
        jobs.handBack(lease);
    }
  }
}
