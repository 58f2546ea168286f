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
  // Node's own makes an error of each sleep that is cut short, which is what becomes of most.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener("abort", wake);
    }),
};

/** As answers show it (RFC 3339). */
export const timeText = (ms: number) => new Date(ms).toISOString();
