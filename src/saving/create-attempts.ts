import { isMemosError } from "../memos/errors.ts";

/**
 * When a job last failed to make something whose name the server chooses. What was asked for may still be under way
 * there: who looks for it too early finds nothing, and makes it twice.
 */
export interface Tries {
  failed(jobId: number, error: unknown): void;
  /** How long it is until it is there or never will be, in ms. */
  settledInMs(jobId: number): number;
}

const UNDER_WAY_MS = 5_000;
/** Who was waited for in vain may still be at it. */
const SLOW_MS = 120_000;

/** `now` is a clock that no setting of the time moves. */
export function createTries(now: () => number): Tries {
  // A try of an earlier run ended with it at the latest.
  const startedAt = now();
  const settled = new Map<number, number>();
  return {
    failed(jobId, error) {
      for (const [id, at] of settled) if (now() > at) settled.delete(id);
      settled.set(jobId, now() + (isMemosError(error, "timeout") ? SLOW_MS : UNDER_WAY_MS));
    },
    settledInMs: (jobId) => Math.max(0, Math.ceil((settled.get(jobId) ?? startedAt + UNDER_WAY_MS) - now())),
  };
}
