import type { FailureReason } from "../locales/texts.ts";
import { isMemosError, type MemosError, type MemosTrouble } from "../memos/errors.ts";
import { isTelegramError } from "../telegram/errors.ts";

/** What becomes of a job whose work failed. */
export type Outcome =
  /** Trouble of the server, not of this job: it waits for it, and spends no attempt. */
  | { readonly kind: "snooze"; readonly waiting_for: "memos" | "telegram" | "disk"; readonly pauseMs: number }
  /** Trouble of this job: tried again, an attempt is spent. `aside`: it holds back its lane no longer. */
  | { readonly kind: "retry"; readonly pauseMs: number; readonly aside: boolean }
  /** The access token was refused: whether it died has to be found out. */
  | { readonly kind: "token_refused" }
  /** Never again by itself. */
  | { readonly kind: "bury"; readonly reason: FailureReason }
  /** The process is stopping: as if it had not been leased. */
  | { readonly kind: "hand_back" };

export interface Circumstances {
  /** Attempts spent before this one. */
  readonly attempts: number;
  /** How often it was put off in a row without one. */
  readonly snoozes: number;
  /** Since the first failed attempt, in ms; 0 while this machine's clock cannot be trusted. */
  readonly failingForMs: number;
  /** Whether a probe, where the failure needed one, went without an answer. */
  readonly memosIsAway: boolean;
  /** 0 to 1, for jitter. */
  readonly random: number;
}

/** A job holds back its lane for so long at most; then it goes on beside it. */
const HOLDING_MS = 10_000;
const HOLDING_TRIES = 2;
const PAUSES_MS = [5_000, 5_000, 30_000, 90_000, 180_000] as const;
const LONGEST_PAUSE_MS = 300_000;
const BUSY_MS = 2_000;
const AWAY_MS = 15_000;
/** Telegram is back at any moment, and a chat waits with the file: asked for more often than a busy Memos. */
const LONGEST_AWAY_MS = 120_000;
const DISK_MS = 30_000;
const SHORTEST_ASKED_MS = 1_000;
/** Each of them may keep Memos busy for minutes. */
const SLOW_TEXT_TRIES = 3;
/** Nobody means more than a day. */
const LONGEST_ASKED_MS = 24 * 3_600_000;
/** Then the job is dead, … */
const GIVE_UP_MS = 24 * 3_600_000;
/** … if it was really tried all that time: the machine may have been off, or its clock set. */
const GIVE_UP_ATTEMPTS = 20;

/** Failures of Memos that tell by themselves who is in trouble, the server or this job, and what they lead to. */
const WITHOUT_PROBE: {
  readonly [Kind in MemosTrouble]?: (error: MemosError, now: Circumstances) => Outcome;
} = {
  aborted: () => ({ kind: "hand_back" }),
  token_refused: () => ({ kind: "token_refused" }),
  // It has just answered, to the question which one it is.
  version_changed: (_error, now) => tryAgain(now),
  invalid: () => ({ kind: "bury", reason: "refused_by_memos" }),
  content_too_long: () => ({ kind: "bury", reason: "content_too_long" }),
  busy: (error, now) => ({
    kind: "snooze",
    waiting_for: "memos",
    pauseMs: asked(error, grown(BUSY_MS, now), now),
  }),
};

/** For all others Memos is asked: also what a proxy before it answers may be about this message only. */
export const needsProbe = (error: unknown) => isMemosError(error) && WITHOUT_PROBE[error.kind] === undefined;

export function decide(error: unknown, now: Circumstances): Outcome {
  if (isMemosError(error)) {
    const rule = WITHOUT_PROBE[error.kind];
    if (rule) return rule(error, now);
    if (now.memosIsAway) return { kind: "snooze", waiting_for: "memos", pauseMs: 0 };
    const isTooSlow = error.reason === "slow_text" && now.attempts >= SLOW_TEXT_TRIES - 1;
    return isTooSlow ? { kind: "bury", reason: "slow_text" } : tryAgain(now);
  }
  if (isTelegramError(error)) {
    switch (error.kind) {
      case "aborted":
        return { kind: "hand_back" };
      case "unreachable":
      case "bad_token":
      case "conflict":
        return { kind: "snooze", waiting_for: "telegram", pauseMs: grown(AWAY_MS, now, LONGEST_AWAY_MS) };
      case "throttled":
        return { kind: "snooze", waiting_for: "telegram", pauseMs: asked(error, grown(BUSY_MS, now), now) };
      default:
        return tryAgain(now);
    }
  }
  if (troubleOfDisk(error)) return { kind: "snooze", waiting_for: "disk", pauseMs: DISK_MS };
  return tryAgain(now);
}

/** Trouble of this job alone. */
export function tryAgain(now: Circumstances): Extract<Outcome, { kind: "retry" | "bury" }> {
  if (now.failingForMs > GIVE_UP_MS && now.attempts >= GIVE_UP_ATTEMPTS)
    return { kind: "bury", reason: "failed_for_a_day" };
  const pauseMs = jittered(PAUSES_MS[now.attempts] ?? LONGEST_PAUSE_MS, now);
  // Counted by its tries as well: the clock may not be trusted.
  const aside = now.attempts >= HOLDING_TRIES || now.failingForMs + pauseMs > HOLDING_MS;
  return { kind: "retry", pauseMs, aside };
}

/** What the server asked for, and a little more, so that not all come back at once. */
function asked(
  { retryAfterMs }: { readonly retryAfterMs: number | undefined },
  otherwise: number,
  { random }: Circumstances,
): number {
  if (retryAfterMs === undefined) return otherwise;
  const wait = Math.min(LONGEST_ASKED_MS, Math.max(SHORTEST_ASKED_MS, retryAfterMs));
  return wait + random * Math.min(wait / 10, LONGEST_PAUSE_MS);
}

/** Twice as long each time in a row. */
function grown(first: number, now: Circumstances, longest = LONGEST_PAUSE_MS): number {
  return jittered(Math.min(longest, first * 2 ** Math.min(now.snoozes, 20)), now);
}

/** Between half and all of `ms`, so that many jobs do not come back at once. */
function jittered(ms: number, { random }: Circumstances): number {
  return ms / 2 + (ms / 2) * random;
}

/** A full, read-only or broken disk, under the database. */
const DISK_CODES = /^(?:ENOSPC|EDQUOT|EROFS|EIO|SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN)(?:_\w+)?)$/;

/** Looks through the causes, since the database's errors come wrapped. */
function troubleOfDisk(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return (typeof code === "string" && DISK_CODES.test(code)) || (cause != null && troubleOfDisk(cause));
}
