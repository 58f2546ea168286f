import { setTimeout } from "node:timers/promises";

/**
 * Time and waiting, injected so that tests decide when time passes.
 * Durations come from `monotonic`, which no clock change moves; stored times from `now`.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since some fixed moment of this process; never goes back. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal aborts: check the signal after it. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
};

/** As answers show it (RFC 3339). */
export const timeText = (ms: number) => new Date(ms).toISOString();
