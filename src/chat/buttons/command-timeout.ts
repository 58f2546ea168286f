import type { Clock } from "../../base/clock.ts";

const PATIENCE_MS = 20_000;

/** Runs a call to Memos that a person waits for, and ends it when it takes longer than people wait. */
export function createCommandTimeout(clock: Clock) {
  return async <T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const done = new AbortController();
    const slow = new AbortController();
    const timer = clock.sleep(PATIENCE_MS, done.signal).then(() => slow.abort());
    try {
      return await work(AbortSignal.any([signal, slow.signal]));
    } finally {
      done.abort();
      await timer;
    }
  };
}
