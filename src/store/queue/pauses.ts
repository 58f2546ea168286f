import type { Clock } from "../../base/clock.ts";

/**
 * Which jobs rest after a try, and for how long: known in memory only, and measured by a clock that nobody sets. After a
 * restart all is due.
 */
export function createPauses(clock: Pick<Clock, "monotonic">) {
  const tried = new Map<number, { readonly restsUntil: number; readonly snoozes: number }>();
  return {
    /** `snoozes`: how often in a row it waits for a server by now. */
    rest(jobId: number, pauseMs: number, snoozes = 0): void {
      tried.set(jobId, { restsUntil: clock.monotonic() + pauseMs, snoozes });
    },
    /** It has its turn as if it had never been tried. */
    end: (jobId: number) => void tried.delete(jobId),
    restMs: (jobId: number) => Math.max(0, (tried.get(jobId)?.restsUntil ?? 0) - clock.monotonic()),
    snoozes: (jobId: number) => tried.get(jobId)?.snoozes ?? 0,
  };
}
