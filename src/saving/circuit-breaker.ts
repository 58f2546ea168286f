import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";

/**
 * Whether Memos can be called. While it is shut, no job is worked: one probe at a time asks, with growing
 * pauses, and the first answer opens it for all.
 */
export interface Gate {
  readonly open: boolean;
  /** Why it is shut and since when; null while it is open. */
  readonly shut: { readonly since: number; readonly detail: string } | null;
  /** Memos was found in trouble: shuts, and probes until it answers. */
  report(error: unknown): void;
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 500;
/** One small request: often enough that nobody waits long once Memos is back. */
const LONGEST_PAUSE_MS = 30_000;

export function createGate(deps: {
  /** Resolves when Memos answers as it should. */
  probe(signal: AbortSignal): Promise<unknown>;
  onShut(): void;
  onOpen(): void;
  clock: Clock;
  log: Log;
  random(): number;
}): Gate {
  const { probe, onShut, onOpen, clock, log, random } = deps;
  const stopping = new AbortController();
  let shut: { since: number; detail: string } | null = null;
  let probing: Promise<void> | null = null;
  /** Reasons that were logged of this outage: they can take turns. */
  const told = new Set<string>();

  function tell(detail: string): void {
    if (!told.has(detail)) log.warn("memos does not answer", { detail });
    told.add(detail);
  }

  async function run(): Promise<void> {
    for (let tries = 0; shut && !stopping.signal.aborted; tries += 1) {
      const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(tries, 12));
      await clock.sleep(ceiling / 2 + (ceiling / 2) * random(), stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await probe(stopping.signal);
        log.info("memos answers again", { away_ms: clock.now() - (shut?.since ?? clock.now()) });
        shut = null;
      } catch (error) {
        const detail = messageOf(error);
        tell(detail);
        shut = { since: shut?.since ?? clock.now(), detail };
      }
    }
    if (!stopping.signal.aborted) onOpen();
  }

  return {
    get open() {
      return shut === null;
    },
    get shut() {
      return shut;
    },
    report(error) {
      if (shut || stopping.signal.aborted) return;
      shut = { since: clock.now(), detail: messageOf(error) };
      told.clear();
      tell(shut.detail);
      onShut();
      probing = run().finally(() => {
        probing = null;
      });
    },
    async stop() {
      stopping.abort();
      await probing;
    },
  };
}
