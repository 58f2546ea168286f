import type { UNKNOWN_KIND } from "../domain/job.ts";
import type { FailureReason } from "../locales/texts.ts";
import { isMemosError, type MemosTrouble } from "../memos/errors.ts";
import type { Later as PutOff } from "../store/queue/jobs.ts";
import { isTelegramError, type TelegramTrouble } from "../telegram/errors.ts";

/**
 * It waits. For a server that is in trouble, which spends no attempt, or to be tried again, which spends one where the
 * trouble is its own. `detail`: what its error says, where it is not given.
 */
export type Later = { readonly kind: "later"; readonly detail?: string } & Omit<
  PutOff,
  "detail" | "untouched" | "tried"
>;

/** What becomes of a job that was not done. */
export type Outcome =
  | Later
  /** Never again by itself. */
  | { readonly kind: "bury"; readonly reason: FailureReason | "payload_missing" | typeof UNKNOWN_KIND }
  /** The process is stopping, or the job is another's by now: it is due again, and no attempt is spent. */
  | { readonly kind: "hand_back" }
  /** The access token was refused: whether it died has to be found out. */
  | { readonly kind: "token_refused" };

export interface Circumstances {
  /** Attempts spent before this one. */
  readonly attempts: number;
  /** How often it was put off in a row without one. */
  readonly snoozes: number;
  /** Since the first failed attempt, in ms; 0 while this machine's clock cannot be trusted. */
  readonly failingForMs: number;
  /** Since the first of the tries in a row that came to nothing began, in ms. */
  readonly heldForMs: number;
  /** This one, in ms: the next will take as long. */
  readonly tookMs: number;
  /** Whether a probe, where the failure needed one, went without an answer. */
  readonly memosIsAway: boolean;
  /** For jitter. */
  readonly random: number;
}

/** So long it holds its lane, then it goes on beside it: nothing behind it waits for more than ten seconds. */
const HOLDING_MS = 7_500;
/** Then its sender is told, and its words are saved without a file that is not to be had. */
const SILENT_MS = 30_000;
const PAUSES_MS = [5_000, 5_000, 30_000, 90_000, 180_000] as const;
const LONGEST_PAUSE_MS = 300_000;
const BUSY_MS = 2_000;
/** Whoever is away for a moment holds the lane: what was sent since keeps its order. */
const AWAY_MS = 2_000;
/** Telegram is back at any moment, and a chat waits with the file: asked for more often than a busy Memos. */
const LONGEST_AWAY_MS = 120_000;
const DISK_MS = 30_000;
const SHORTEST_ASKED_MS = 1_000;
/** Each of them may keep Memos busy for minutes. */
const SLOW_TEXT_TRIES = 3;
/** Longer no server means to be waited for, and no job of its own trouble is tried, … */
const DAY_MS = 24 * 3_600_000;
/** … if it was really tried all that time: the machine may have been off, or its clock set. */
const GIVE_UP_ATTEMPTS = 20;

type Rule = (now: Circumstances, error: { readonly retryAfterMs: number | undefined }) => Outcome;

const waitsFor = (waiting_for: "memos" | "telegram" | "disk", pauseMs: number): Later => ({
  kind: "later",
  waiting_for,
  pauseMs,
  reason: "server_trouble",
});
/** For a file: what was sent since can be saved without Telegram. */
const waitsForTelegram = (now: Circumstances, pauseMs: number): Later => ({
  ...waitsFor("telegram", pauseMs),
  aside: isAside(now, pauseMs),
});
const telegramIsAway: Rule = (now) =>
  waitsForTelegram(now, inTime(now, grown(AWAY_MS, now, LONGEST_AWAY_MS)));

/** Failures of Memos that tell by themselves who is in trouble, the server or this job, and what they lead to. */
const MEMOS: { readonly [Kind in MemosTrouble]?: Rule } = {
  aborted: () => ({ kind: "hand_back" }),
  token_refused: () => ({ kind: "token_refused" }),
  // It has just answered, to the question which one it is.
  version_changed: tryAgain,
  invalid: () => ({ kind: "bury", reason: "refused_by_memos" }),
  content_too_long: () => ({ kind: "bury", reason: "content_too_long" }),
  busy: (now, error) => waitsFor("memos", asked(now, error)),
};

/** One that gives up leaves out the file, and not the message. */
const TELEGRAM: { readonly [Kind in TelegramTrouble]?: Rule } = {
  aborted: () => ({ kind: "hand_back" }),
  unreachable: telegramIsAway,
  bad_token: telegramIsAway,
  conflict: telegramIsAway,
  throttled: (now, error) => waitsForTelegram(now, asked(now, error)),
};

/** For all others Memos is asked: also what a proxy before it answers may be about this message only. */
export const needsProbe = (error: unknown) => isMemosError(error) && MEMOS[error.kind] === undefined;

export function decide(error: unknown, now: Circumstances): Outcome {
  if (isMemosError(error)) {
    const rule = MEMOS[error.kind];
    if (rule) return rule(now, error);
    // Without a pause: the circuit breaker holds back all jobs until Memos answers.
    if (now.memosIsAway) return waitsFor("memos", 0);
    const isTooSlow = error.reason === "slow_text" && now.attempts >= SLOW_TEXT_TRIES - 1;
    return isTooSlow ? { kind: "bury", reason: "slow_text" } : tryAgain(now);
  }
  if (isTelegramError(error)) return (TELEGRAM[error.kind] ?? tryAgain)(now, error);
  return troubleOfDisk(error) ? waitsFor("disk", DISK_MS) : tryAgain(now);
}

/** Whether somebody would wait too long for the next try without a word. */
export const isSilentTooLong = (now: Circumstances, pauseMs = 0) => nextEndsAfterMs(now, pauseMs) > SILENT_MS;

const isAside = (now: Circumstances, pauseMs: number) => nextEndsAfterMs(now, pauseMs) > HOLDING_MS;

/** When the next try will have come to nothing, by what this one took. */
const nextEndsAfterMs = ({ heldForMs, tookMs }: Circumstances, pauseMs: number) =>
  heldForMs + pauseMs + tookMs;

/**
 * A pause ends early enough for one more try before the lane goes on, and before a word is said: tries before a restart
 * have made it long.
 */
function inTime(now: Circumstances, pauseMs: number): number {
  const left = [HOLDING_MS, SILENT_MS].map((until) => until - nextEndsAfterMs(now, 0));
  return Math.min(pauseMs, left.find((ms) => ms >= SHORTEST_ASKED_MS) ?? pauseMs);
}

export function tryAgain(now: Circumstances): Outcome {
  if (now.failingForMs > DAY_MS && now.attempts >= GIVE_UP_ATTEMPTS)
    return { kind: "bury", reason: "failed_for_a_day" };
  const pauseMs = inTime(now, jittered(PAUSES_MS[now.attempts] ?? LONGEST_PAUSE_MS, now));
  const waits = { waiting_for: "retry", reason: "failed", pauseMs, aside: isAside(now, pauseMs) } as const;
  return { kind: "later", ...waits, attempt: true };
}

/** What the server asked for, and a little more, so that not all come back at once. */
function asked(now: Circumstances, { retryAfterMs }: Parameters<Rule>[1]): number {
  if (retryAfterMs === undefined) return grown(BUSY_MS, now);
  const wait = Math.min(DAY_MS, Math.max(SHORTEST_ASKED_MS, retryAfterMs));
  return wait + now.random * Math.min(wait / 10, LONGEST_PAUSE_MS);
}

/** Twice as long each time in a row. */
function grown(first: number, now: Circumstances, longest = LONGEST_PAUSE_MS): number {
  return jittered(Math.min(longest, first * 2 ** now.snoozes), now);
}

/** Between half and all of `ms`, so that many jobs do not come back at once. */
function jittered(ms: number, { random }: Circumstances): number {
  return ms / 2 + (ms / 2) * random;
}

/** A full, read-only or broken disk, under the database, or what it made of that. */
const DISK_CODES =
  /^(?:ENOSPC|EDQUOT|EROFS|EIO|SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB)(?:_\w+)?)$/;

/** Looks through the causes, since the database's errors come wrapped. */
function troubleOfDisk(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return (typeof code === "string" && DISK_CODES.test(code)) || (cause != null && troubleOfDisk(cause));
}
