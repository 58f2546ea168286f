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

  async function once(what: string, work: (signal: AbortSignal) => unknown): Promise<void> {
    try {
      await work(signal);
    } catch (error) {
      if (!signal.aborted) log.error("what goes on in the background failed", { what, error });
    }
  }

  async function again(what: string, step: Step): Promise<void> {
    while (!signal.aborted) {
      let pauseMs: number | null = FAILED_MS;
      await once(what, async () => {
        pauseMs = await step(signal);
      });
      if (pauseMs === null) return;
      await clock.sleep(pauseMs, signal);
    }
  }

  function keep(task: Promise<void>): void {
    const kept = task.finally(() => running.delete(kept));
    running.add(kept);
  }

  return {
    /** Aborts when a stop begins. */
    signal,
    /** Does something once. */
    run(what: string, work: (signal: AbortSignal) => unknown): void {
      if (!signal.aborted) keep(once(what, work));
    },
    /** Does something again and again. */
    repeat(what: string, step: Step): void {
      keep(again(what, step));
    },
    /** Nothing new begins, and what waits ends at once. Resolves when all has ended. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** One step; how long to pause before the next in ms, or null where there is none. */
type Step = (signal: AbortSignal) => number | null | Promise<number | null>;
