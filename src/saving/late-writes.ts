import { isMemosError } from "../memos/errors.ts";

const UNDER_WAY_MS = 5_000;
/** Who was waited for in vain may still be at it. */
const SLOW_MS = 120_000;

export type LateWrites = ReturnType<typeof createLateWrites>;

/**
 * Writes that failed here and that Memos may still carry out, and how long a job waits for that. Where the server chooses
 * ids, who looks for a memo too early finds nothing, and makes it twice; an older content would come after a newer one.
 * `now` is a clock that no setting of the time moves.
 */
export function createLateWrites(now: () => number) {
  // An attempt of an earlier run ended with it at the latest.
  const startedAt = now();
  const settled = new Map<number, number>();
  return {
    failed(jobId: number, error: unknown): void {
      for (const [id, at] of settled) if (now() > at) settled.delete(id);
      settled.set(jobId, now() + (isMemosError(error, "timeout") ? SLOW_MS : UNDER_WAY_MS));
    },
    /** How long it is until it is there or never will be, in ms. `earlier`: an earlier run may have tried as well. */
    settledInMs(jobId: number, { earlier }: { readonly earlier: boolean }): number {
      const ended = earlier ? startedAt + UNDER_WAY_MS : 0;
      return Math.max(0, Math.ceil((settled.get(jobId) ?? ended) - now()));
    },
  };
}
