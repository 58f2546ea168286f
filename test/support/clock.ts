import type { Clock } from "../../src/base/clock.ts";

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /**
   * Lets `ms` pass. Sleepers wake in the order in which they fall due, each at its own time, and what they do then
   * is done, with what it falls asleep for again, before the next one wakes.
   */
  advance(ms: number): Promise<void>;
  /** Sets the time of day, forwards or back; no duration passes by it. */
  set(now: number): void;
  /** How many are asleep. */
  readonly sleepers: number;
  /** How long each of them still sleeps, in ms, shortest first. */
  readonly pauses: number[];
  /** Resolves once `count` are asleep. */
  asleep(count?: number): Promise<void>;
}

/** 2026-11-22 12:00:00 UTC */
export const START = Date.UTC(2026, 10, 22, 12);

export function createFakeClock(start = START): FakeClock {
  let passed = 0;
  let now = start;
  const sleeping = new Set<{ readonly due: number; readonly wake: () => void }>();
  const waiting = new Set<() => void>();

  function move(ms: number): void {
    passed += ms;
    now += ms;
  }

  return {
    now: () => now,
    monotonic: () => passed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = {
          due: passed + ms,
          wake() {
            sleeping.delete(sleeper);
            signal?.removeEventListener("abort", sleeper.wake);
            resolve();
          },
        };
        sleeping.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake, { once: true });
        for (const look of waiting) look();
      }),
    async advance(ms) {
      const end = passed + ms;
      await settled();
      for (;;) {
        const [next] = [...sleeping].sort((a, b) => a.due - b.due);
        if (!next || next.due > end) break;
        move(Math.max(0, next.due - passed));
        next.wake();
        await settled();
      }
      move(end - passed);
    },
    set(time) {
      now = time;
    },
    get sleepers() {
      return sleeping.size;
    },
    get pauses() {
      return [...sleeping].map(({ due }) => due - passed).sort((a, b) => a - b);
    },
    asleep: (count = 1) =>
      new Promise((resolve) => {
        const look = () => {
          if (sleeping.size < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Resolves when everything that can go on without time passing has gone on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
