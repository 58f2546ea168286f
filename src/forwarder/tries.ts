/**
 * When a job last failed to make something whose name the server chooses. What was asked for may still be under way
 * there: who looks for it too early finds nothing, and makes it twice.
 */
export interface Tries {
  failed(jobId: number): void;
  /** From when on it is there or never will be. */
  settledAt(jobId: number): number;
}

const UNDER_WAY_MS = 5_000;

export function createTries(now: () => number): Tries {
  // A try of an earlier run ended with it at the latest.
  const startedAt = now();
  const failedAt = new Map<number, number>();
  return {
    failed(jobId) {
      for (const [id, at] of failedAt) if (Math.abs(now() - at) > UNDER_WAY_MS) failedAt.delete(id);
      failedAt.set(jobId, now());
    },
    settledAt: (jobId) => (failedAt.get(jobId) ?? startedAt) + UNDER_WAY_MS,
  };
}
