import type { Clock } from "../../src/base/clock.ts";

/** A clock for the program under test: runs `rate` times as fast as the real one, and can be moved ahead. */
export interface FastClock extends Clock {
  /** Lets `ms` pass at once; what falls due on the way wakes up. */
  advance(ms: number): void;
  /** Sets the time of day by so much, forwards or back: no duration passes by it. */
  set(byMs: number): void;
  /** What `now` would be if it had never been set: the time that others have. */
  rightNow(): number;
}

/**
 * Waiting takes 1/rate of its time, so pauses of seconds need no seconds. Pick the rate so that what must not run
 * out (an album's 1.5 s, a lease's 60 s) still has the time that the machine needs.
 */
export function createFastClock({ rate = 1 }: { rate?: number } = {}): FastClock {
  const startedAt = Date.now();
  const startedMonotonic = performance.now();
  let ahead = 0;
  let setBy = 0;
  const sleepers = new Set<() => void>();

  const monotonic = () => (performance.now() - startedMonotonic) * rate + ahead;

  return {
    now: () => Math.floor(startedAt + setBy + monotonic()),
    rightNow: () => Math.floor(startedAt + monotonic()),
    monotonic,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const due = monotonic() + ms;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const done = () => {
          clearTimeout(timer);
          sleepers.delete(look);
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const look = () => {
          clearTimeout(timer);
          const left = due - monotonic();
          if (left <= 0) return done();
          timer = setTimeout(look, left / rate);
        };
        sleepers.add(look);
        signal?.addEventListener("abort", done, { once: true });
        look();
      }),
    set(byMs) {
      setBy += byMs;
    },
    advance(ms) {
      ahead += ms;
      for (const look of [...sleepers]) look();
    },
  };
}
