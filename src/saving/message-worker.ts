import type { TokenWatch } from "../accounts/token-watch.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { TOKEN_REFUSED } from "../domain/job.ts";
import type { Owed } from "../domain/outgoing.ts";
import type { FailureReason, TextsFor } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";
import { whyFailed } from "../replies/failure-words.ts";
import { failure, type Message, say } from "../replies/messages.ts";
import type { Bindings } from "../store/accounts/bindings.ts";
import { type Jobs, type LeasedJob, newestOf } from "../store/queue/jobs.ts";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { failed } from "./give-up.ts";
import { type Circumstances, decide, needsProbe, type Outcome, tryAgain } from "./outcome.ts";
import type { Forwarder } from "./save-message.ts";

export interface MessageWorkDeps {
  readonly forwarder: Forwarder;
  readonly breaker: CircuitBreaker;
  readonly jobs: Pick<Jobs, "putOff" | "handBack" | "bury">;
  readonly bindings: Pick<Bindings, "get">;
  readonly memos: Pick<MemosClient, "info" | "forgetInfo">;
  readonly tokenWatch: Pick<TokenWatch, "look">;
  readonly textsFor: TextsFor;
  readonly clock: Clock;
  /** Since a job's first failure; 0 while this machine's clock cannot be trusted. */
  readonly failingForMs: (firstFailedAt: number | null) => number;
  readonly log: Log;
  readonly random: () => number;
}

/** Works message jobs: forwards, and settles what failed by the one policy of outcome.ts. */
export function createMessageWork(
  deps: MessageWorkDeps,
): (leased: LeasedJob, signal: AbortSignal) => Promise<void> {
  const { forwarder, breaker, jobs, bindings, memos, tokenWatch } = deps;
  const { textsFor, clock, failingForMs, log, random } = deps;

  async function memosAnswers(signal: AbortSignal): Promise<boolean> {
    memos.forgetInfo();
    return memos.info(signal).then(
      () => true,
      () => false,
    );
  }

  async function settle(leased: LeasedJob, error: unknown, signal: AbortSignal): Promise<void> {
    const { job } = leased;
    const answers = needsProbe(error) && !signal.aborted ? await memosAnswers(signal) : true;
    const outcome = signal.aborted
      ? ({ kind: "hand_back" } as const)
      : decide(error, circumstances(leased, answers));
    log.warn("message not saved yet", { job_id: job.id, chat_id: job.chat_id, outcome: outcome.kind, error });
    await carryOut(leased, outcome, error, signal);
  }

  const circumstances = ({ job, snoozes }: LeasedJob, memosAnswers: boolean): Circumstances => ({
    attempts: job.attempts,
    snoozes,
    failingForMs: failingForMs(job.first_failed_at),
    memosAnswers,
    random: random(),
  });

  async function carryOut(
    leased: LeasedJob,
    outcome: Outcome,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { lease } = leased;
    const detail = messageOf(error);
    const untouched = forwarder.isUntouched(leased);
    switch (outcome.kind) {
      case "hand_back":
        jobs.handBack(lease);
        return;
      case "snooze":
        jobs.putOff(lease, {
          untouched,
          waiting_for: outcome.waiting_for,
          pauseMs: outcome.pauseMs,
          reason: "server_trouble",
          detail,
        });
        if (outcome.waiting_for === "memos" && outcome.pauseMs === 0) breaker.report(error);
        return;
      case "retry":
        jobs.putOff(lease, {
          untouched,
          waiting_for: "retry",
          pauseMs: outcome.pauseMs,
          reason: "failed",
          detail,
          aside: outcome.aside,
          attempt: true,
        });
        return;
      case "token_refused":
        await afterRefusal(leased, error, signal);
        return;
      case "bury":
        await bury(leased, outcome.reason, detail, signal);
        return;
      default:
        outcome satisfies never;
    }
  }

  async function bury(
    leased: LeasedJob,
    reason: FailureReason,
    detail: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { lease, job } = leased;
    await forwarder.abandon(leased, signal).catch((error) => {
      // A stray file in Memos is a small thing; the message must not wait for it.
      log.debug("uploaded files were left behind", { job_id: job.id, error });
    });
    const texts = textsFor(job.telegram_id);
    const why = whyFailed(texts, { reason, detail });
    const confirmation = bindings.get(job.telegram_id ?? 0)?.confirmation;
    const owed = isInPublic(job)
      ? [
          ...failed(job, failure(texts, job.id, texts.failedInGroup), confirmation),
          ...inPrivate(job, failure(texts, job.id, texts.failedOfGroup({ why }))),
        ]
      : failed(job, failure(texts, job.id, texts.failed({ why })), confirmation);
    jobs.bury(lease, {
      ...{ reason, detail, owed, covered: newestOf(leased) },
      untouched: forwarder.isUntouched(leased),
    });
  }

  /** The job waits until it is known whether the token died, and then for another one; nothing else is held up. */
  async function afterRefusal(leased: LeasedJob, error: unknown, signal: AbortSignal): Promise<void> {
    const { lease, job } = leased;
    const reason = TOKEN_REFUSED;
    const untouched = forwarder.isUntouched(leased);
    const detail = messageOf(error);
    const found = await tokenWatch.look(job.telegram_id ?? 0, signal);
    switch (found.kind) {
      case "dead":
        jobs.putOff(lease, { untouched, waiting_for: "binding", reason, detail });
        return;
      case "refused":
        jobs.putOff(lease, {
          untouched,
          waiting_for: "retry",
          pauseMs: found.again_at - clock.now(),
          reason,
          detail,
        });
        return;
      case "works":
        // Refused by this one call: trouble of this message.
        await carryOut(leased, tryAgain(circumstances(leased, true)), error, signal);
        return;
      case "unknown":
        await settle(leased, found.error, signal);
        return;
      default:
        found satisfies never;
    }
  }

  return async (leased, signal) => {
    try {
      await forwarder.forward(leased, signal);
    } catch (error) {
      await settle(leased, error, signal);
    }
  };
}

/** What Memos says to somebody's message is not for those who read along. */
const isInPublic = ({ chat_id, telegram_id }: LeasedJob["job"]) =>
  chat_id !== null && telegram_id !== null && chat_id !== telegram_id;

/** To who never wrote to the bot itself it does not get through: they can read it in /failed. */
function inPrivate({ telegram_id }: LeasedJob["job"], message: Message): Owed[] {
  return telegram_id === null ? [] : [say(telegram_id, message, { promise: "notice" })];
}
