import { messageOf } from "../base/errors.ts";
import { NOT_ADDRESSED, TOKEN_REFUSED } from "../domain/job.ts";
import { savedSlot } from "../domain/outgoing.ts";
import { textsOf } from "../locales/texts.ts";
import { whyWaits } from "../replies/failure-words.ts";
import { button, say } from "../replies/messages.ts";
import { type Finish, idsOf, type Known, type LeasedJob, newestOf } from "../store/queue/jobs.ts";
import { createCompleteJob } from "./complete-job.ts";
import {
  aboutPost,
  answersTo,
  below,
  circumstances,
  type SavingContext,
  type Work,
  waitsOf,
} from "./context.ts";
import { createGiveUp } from "./give-up.ts";
import { decide, isSilentTooLong, type Later, needsProbe, type Outcome, tryAgain } from "./outcome.ts";
import { createPrepareJob, wasBoundMeanwhile } from "./prepare-job.ts";
import { createReconcile, type End } from "./reconcile.ts";

/** Reasons of jobs that are tried again because something went wrong. */
const TROUBLE = ["failed", "server_trouble"];
/** For files that are still to be had, where nothing says how long that may take. */
const LOOK_AGAIN_MS = 300_000;

/** Works a message job to its memo; what failed is settled by the one policy of outcome.ts. */
export function createMessageWorker(context: SavingContext) {
  const { store, breaker, memos, tokenWatch, clock, log } = context;
  const { jobs, bindings } = store;
  const giveUp = createGiveUp(context);
  const prepare = createPrepareJob(context);
  const reconcile = createReconcile(context);
  const complete = createCompleteJob(context);

  return async (leased: LeasedJob, signal: AbortSignal): Promise<void> => {
    const { lease, job } = leased;
    const { reason } = job;
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
      const isNew = work.record.known.covered === 0;
      complete(work, end, restOf(work, end));
      const about = { ...idsOf(leased), ms: clock.now() - started };
      if (end.kind !== "saved") {
        log.info("memo left as it is", { ...about, why: end.why });
        return;
      }
      const { memo, want, error } = end;
      const made = { ...about, memo_name: memo.name, files: want.files.length };
      if (error !== undefined)
        log.warn("memo saved, but for files that are still to be had", { ...made, error });
      else log.info(isNew ? "memo saved" : "memo brought up to date", made);
    } catch (thrown) {
      const { outcome, error } = await judge(leased, thrown, signal);
      settle(leased, outcome, { work, error });
    }
  };

  /** A refused token is looked into: what comes of that may be other trouble, which is judged in its place. */
  async function judge(
    leased: LeasedJob,
    error: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: Outcome; readonly error: unknown }> {
    const { job } = leased;
    const memosIsAway = needsProbe(error) && !signal.aborted && (await isAway(signal));
    if (signal.aborted) return { outcome: { kind: "hand_back" }, error };
    const now = circumstances(context, leased, memosIsAway);
    const outcome = decide(error, now);
    if (outcome.kind !== "token_refused") return { outcome, error };
    const found = await tokenWatch.look(job.telegram_id ?? 0, answersTo(context, leased), signal);
    // Refused by this one call: trouble of this message.
    if (!found) return { outcome: tryAgain(now), error };
    if ("error" in found) return judge(leased, found.error, signal);
    return { outcome: { kind: "later", reason: TOKEN_REFUSED, ...found }, error };
  }

  /** How it waits for the files that are still to be had, also where an edit was not followed. */
  function restOf({ leased, record }: Work, end: Exclude<End, { kind: "later" }>): Finish["rest"] {
    const isLeft = end.kind === "kept" && end.why === "changed" && record.known.tried?.lacks;
    const error = end.kind === "saved" ? end.error : undefined;
    if (error === undefined && !isLeft) return undefined;
    const outcome = decide(error, circumstances(context, leased, false));
    return outcome.kind === "later"
      ? outcome
      : { waiting_for: "retry", reason: "failed", pauseMs: LOOK_AGAIN_MS };
  }

  /** What its sender is told where nothing of it is saved yet, and they waited long enough without a word. */
  function tell(
    leased: LeasedJob,
    known: Known,
    { reason, waiting_for, pauseMs = 0 }: Later,
    error: unknown,
  ) {
    const { job } = leased;
    const now = circumstances(context, leased, false);
    const isSilent = known.memo_name === null && !known.tried?.waits && isSilentTooLong(now, pauseMs);
    // That Memos is away is told to all who wait for it.
    const isAway = waiting_for === "memos" && pauseMs === 0;
    if (job.chat_id === null || !isSilent || isAway || !TROUBLE.includes(reason)) return undefined;
    const waits = { ...waitsOf(error), since: clock.now() - now.heldForMs };
    const texts = textsOf(bindings.get(job.telegram_id ?? 0), job.settings?.language);
    const to = answersTo(context, leased);
    const why = whyWaits(texts, waits, to.chat_id);
    const retry = button(texts.retry, { ask: "retry", job_id: job.id });
    const word = { text: texts.notYet({ why }), slot: savedSlot(job.id), buttons: [[retry]] };
    const owed = [say(to, aboutPost(leased, word), { replyTo: below(to, job) })];
    return { owed, tried: { ...known.tried, waits } };
  }

  async function isAway(signal: AbortSignal): Promise<boolean> {
    return memos.freshInfo(signal).then(
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
        // A new binding lets go on, or buries, what is not at work.
        if (waiting_for === "binding" && wasBoundMeanwhile(context, leased.job)) {
          jobs.handBack(lease);
          return;
        }
        const known = work?.record.known ?? leased.job;
        // Of what is saved but for a file it stays what its sender was told.
        const lacks = known.covered > 0 && known.tried?.lacks ? leased.job.detail : null;
        const detail = outcome.detail ?? lacks ?? said ?? "";
        jobs.putOff(lease, { ...outcome, ...tell(leased, known, outcome, error), detail, untouched });
        const { reason } = outcome;
        const why = { waiting_for, reason, detail: outcome.detail, error };
        log.warn("message not saved yet", { ...idsOf(leased), ...why });
        if (waiting_for === "memos" && pauseMs === 0) breaker.report(error);
        return;
      }
      case "bury":
        giveUp(leased, outcome.reason, said, untouched);
        return;
      default:
        jobs.handBack(lease);
        log.info("message handed back", idsOf(leased));
    }
  }
}
