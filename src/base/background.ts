import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** After a step that failed, such as on a full disk. */
const FAILED_MS = 5_000;

export type Background = ReturnType<typeof createBackground>;

/** What goes on beside the work until the program stops. Whatever it throws is logged. */
export function createBackground({ clock, log }: { clock: Pick<Clock, "sleep">; log: Pick<Log, "error"> }) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Set<Promise<void>>();

  async function steps(what: string, step: Step, afterFailure: number | null): Promise<void> {
    while (!signal.aborted) {
      const pauseMs = await Promise.try(step, signal).catch((error) => {
        if (!signal.aborted) log.error("what goes on in the background failed", { what, error });
        return afterFailure;
      });
      if (pauseMs === null) return;
      await clock.sleep(pauseMs, signal);
    }
  }

  function repeat(what: string, step: Step, afterFailure: number | null = FAILED_MS): void {
    const kept = steps(what, step, afterFailure).finally(() => running.delete(kept));
    running.add(kept);
  }

  return {
    /** Aborts when a stop begins. */
    signal,
    /** Does something once. */
    run: (what: string, work: (signal: AbortSignal) => unknown) =>
      repeat(what, () => Promise.try(work, signal).then(() => null), null),
    /** Does something again and again. */
    repeat,
    /** Nothing new begins, and what waits ends at once. Resolves when all has ended. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** One step; how long to pause before the next in ms, or null where there is none. */
type Step = (signal: AbortSignal) => number | null | Promise<number | null>;
