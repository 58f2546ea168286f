import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";

const FIRST_PAUSE_MS = 500;
/** What waits is tried so soon after Memos is back, at the latest. */
const LONGEST_PAUSE_MS = 10_000;

export type CircuitBreaker = ReturnType<typeof createCircuitBreaker>;

/**
 * Whether Memos can be called. Once it is tripped, no job is worked: one probe at a time asks, with growing
 * pauses. The first answer closes it again, to whatever call it was.
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
  /** Ends the probing of this outage. */
  let probing = new AbortController();
  let pause = new AbortController();

  async function probeUntilItAnswers(since: number, signal: AbortSignal): Promise<void> {
    for (let ceiling = FIRST_PAUSE_MS; ; ceiling = Math.min(LONGEST_PAUSE_MS, ceiling * 2)) {
      pause = new AbortController();
      await clock.sleep(ceiling / 2 + (ceiling / 2) * random(), AbortSignal.any([signal, pause.signal]));
      if (signal.aborted) return;
      try {
        await probe(signal);
        return answered();
      } catch (error) {
        if (signal.aborted) return;
        tripped = { since, detail: messageOf(error) };
      }
    }
  }

  /** Memos has answered a call, of whatever part. */
  function answered(): void {
    if (!tripped) return;
    log.info("memos answers again", { away_ms: clock.now() - tripped.since });
    tripped = null;
    probing.abort();
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
      probing = new AbortController();
      const { signal } = probing;
      background.run("probing memos", (stop) => probeUntilItAnswers(since, AbortSignal.any([stop, signal])));
    },
    answered,
    /** Somebody waits for what they have just asked for: the next probe need not wait for its time. */
    askNow: () => pause.abort(),
  };
}
