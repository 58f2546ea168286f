import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export type CircuitBreaker = ReturnType<typeof createCircuitBreaker>;

/**
 * Whether Memos can be called. Once it is tripped, no job is worked: one probe at a time asks, with growing
 * pauses, and the first answer closes it again.
 */
export function createCircuitBreaker(deps: {
  /** Resolves when Memos answers as it should. */
  probe(signal: AbortSignal): Promise<unknown>;
  onTripped(): void;
  onClosed(): void;
  background: Background;
  clock: Clock;
  log: Log;
  random(): number;
}) {
  const { probe, onTripped, onClosed, background, clock, log, random } = deps;
  let tripped: { readonly since: number; readonly detail: string } | null = null;

  async function probeUntilItAnswers(since: number, signal: AbortSignal): Promise<void> {
    for (let ceiling = FIRST_PAUSE_MS; tripped; ceiling = Math.min(LONGEST_PAUSE_MS, ceiling * 2)) {
      await clock.sleep(ceiling / 2 + (ceiling / 2) * random(), signal);
      if (signal.aborted) return;
      try {
        await probe(signal);
        tripped = null;
      } catch (error) {
        tripped = { since, detail: messageOf(error) };
      }
    }
    if (signal.aborted) return;
    log.info("memos answers again", { away_ms: clock.now() - since });
    onClosed();
  }

  return {
    get closed(): boolean {
      return tripped === null;
    },
    /** Why it was tripped and since when; null while it is closed. */
    get tripped() {
      return tripped;
    },
    /** Memos was found in trouble: trips, and probes until it answers. */
    report(error: unknown): void {
      if (tripped || background.signal.aborted) return;
      const since = clock.now();
      tripped = { since, detail: messageOf(error) };
      log.warn("memos does not answer", { detail: tripped.detail });
      onTripped();
      background.run("probing memos", (signal) => probeUntilItAnswers(since, signal));
    },
  };
}
