import { isMemosError, type MemosTrouble } from "../memos/errors.ts";
import { isTelegramError } from "../telegram/errors.ts";

/** What becomes of a job whose work failed. */
export type Outcome =
  /** Trouble of the server, not of this job: it waits for it, and spends no attempt. */
  | { readonly kind: "snooze"; readonly waiting_for: "memos" | "telegram" | "disk"; readonly pauseMs: number }
  /** Trouble of this job: tried again, an attempt is spent. `aside`: it holds back its lane no longer. */
  | { readonly kind: "retry"; readonly pauseMs: number; readonly aside: boolean }
  /** The access token was refused: the binding decides. */
  | { readonly kind: "token_refused" }
  /** Never again by itself. */
  | { readonly kind: "bury"; readonly reason: string }
  /** The process is stopping: as if it had not been leased. */
  | { readonly kind: "hand_back" };

export interface Circumstances {
  /** Attempts spent before this one. */
  readonly attempts: number;
  /** Since the first failed attempt, in ms. */
  readonly failingForMs: number;
  /** Whether Memos answers right now: asked only where the error alone does not tell. */
  readonly memosAnswers: boolean;
  /** 0 to 1, for jitter. */
  readonly random: number;
}

/** Attempts that hold back the lane, about ten minutes in all. */
const HOLDING_PAUSES_MS = [5_000, 30_000, 90_000, 180_000, 300_000] as const;
const LONGEST_PAUSE_MS = 300_000;
const SHORTEST_ASKED_MS = 1_000;
/** Each of them may keep Memos busy for minutes. */
const SLOW_TEXT_TRIES = 3;
/** Then the job is dead. */
const GIVE_UP_MS = 24 * 3_600_000;

/** Trouble that another try can cure, if the server itself is well. */
const JOB_TROUBLE: ReadonlySet<MemosTrouble> = new Set([
  "server",
  "timeout",
  "unreachable",
  "forbidden",
  "not_found",
  "exists",
  "file_too_large",
]);

/** Whether the error leaves open if the server or the job is in trouble: then Memos is asked. */
export function needsProbe(error: unknown): boolean {
  return isMemosError(error) && JOB_TROUBLE.has(error.kind);
}

/** Since when a job fails, as its first failure was noted. */
export const failingFor = (firstFailedAt: number | null, now: number): number =>
  firstFailedAt === null ? 0 : now - firstFailedAt;

export function decide(error: unknown, now: Circumstances): Outcome {
  if (isMemosError(error)) {
    if (error.reason === "slow_text" && now.memosAnswers && now.attempts >= SLOW_TEXT_TRIES - 1) {
      return { kind: "bury", reason: "slow_text" };
    }
    switch (error.kind) {
      case "aborted":
        return { kind: "hand_back" };
      case "token_refused":
        return { kind: "token_refused" };
      case "invalid":
        return { kind: "bury", reason: "refused_by_memos" };
      case "content_too_long":
        return { kind: "bury", reason: "content_too_long" };
      case "not_memos":
      case "unsupported_version":
        return { kind: "snooze", waiting_for: "memos", pauseMs: 0 };
      case "busy":
        return { kind: "snooze", waiting_for: "memos", pauseMs: asked(error, jittered(2_000, now)) };
      default:
        return now.memosAnswers ? retry(now) : { kind: "snooze", waiting_for: "memos", pauseMs: 0 };
    }
  }
  if (isTelegramError(error)) {
    switch (error.kind) {
      case "aborted":
        return { kind: "hand_back" };
      case "unreachable":
      case "bad_token":
      case "conflict":
        return { kind: "snooze", waiting_for: "telegram", pauseMs: jittered(15_000, now) };
      case "throttled":
        return { kind: "snooze", waiting_for: "telegram", pauseMs: asked(error, 5_000) };
      default:
        return retry(now);
    }
  }
  if (diskFull(error)) return { kind: "snooze", waiting_for: "disk", pauseMs: 30_000 };
  return retry(now);
}

function retry(now: Circumstances): Outcome {
  if (now.failingForMs > GIVE_UP_MS) return { kind: "bury", reason: "failed_for_a_day" };
  const pause = HOLDING_PAUSES_MS[now.attempts];
  return {
    kind: "retry",
    pauseMs: jittered(pause ?? LONGEST_PAUSE_MS, now),
    aside: pause === undefined,
  };
}

/** What the server asked for, within bounds: a due time far ahead is taken for a clock that was set back, and is due at once. */
function asked({ retryAfterMs }: { readonly retryAfterMs: number | undefined }, otherwise: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_ASKED_MS, retryAfterMs ?? otherwise));
}

/** Between half and all of `ms`, so that many jobs do not come back at once. */
function jittered(ms: number, { random }: Circumstances): number {
  return ms / 2 + (ms / 2) * random;
}

function diskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ENOSPC" || code === "SQLITE_FULL" || code === "EDQUOT";
}
