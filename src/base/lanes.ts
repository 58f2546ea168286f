import { setImmediate } from "node:timers/promises";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

/** What there is to do in a lane: an item, one that may not be begun before some ms have passed, or nothing. */
export type Next<Item> = { readonly item: Item } | { readonly inMs: number } | undefined;

/** A missed ring is made up for so soon. */
const SEED_MS = 60_000;
/** After the store could not be read or written, such as on a full disk. */
const FAILED_MS = 5_000;

/**
 * Works the items of each lane one at a time and in order, and different lanes side by side. What runs, and what is to
 * be looked at when, is known in memory only: after a restart each lane is looked at.
 */
export function createLanes<Item, Lane = string>(options: {
  readonly name: string;
  /** The lanes that have something waiting. Asked at the start, by `ringAll`, and each minute. */
  readonly lanes: () => Iterable<Lane>;
  /** The next item of a lane in which nothing runs. One that was not brought to an end is the next one again. */
  readonly next: (lane: Lane) => Next<Item>;
  /** Brings an item to an end, or puts it off. The signal aborts at the end of a stop. */
  readonly work: (item: Item, signal: AbortSignal) => Promise<void>;
  /** How many lanes may be at work by now. */
  readonly concurrency: () => number;
  /** False while there is no use in beginning anything; `ringAll` says that this changed. */
  readonly ready: () => boolean;
  /** How long nothing may be begun in any of them, where they share a pace. Asked before each item. */
  readonly restMs?: () => number;
  /** From the beginning of a stop until running work is aborted. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly log: Log;
}) {
  const { name, lanes, next, work, concurrency, ready, restMs = () => 0, graceMs, clock, log } = options;
  /** When each lane is to be looked at, by the monotonic clock; who waits longest is looked at first. */
  const due = new Map<Lane, number>();
  const running = new Map<Lane, Promise<void>>();
  let seedAt = 0;
  let wakeUp = new AbortController();
  let stopping = false;
  const aborting = new AbortController();
  let loop: Promise<void> | null = null;

  const lookIn = (lane: Lane, inMs: number) => due.set(lane, clock.monotonic() + inMs);

  function wake(): void {
    // Most rings come while it is on its way already.
    if (!wakeUp.signal.aborted) wakeUp.abort();
  }

  function ring(lane: Lane, inMs = 0): void {
    lookIn(lane, inMs);
    wake();
  }

  function ringAll(): void {
    seedAt = 0;
    wake();
  }

  async function run(): Promise<void> {
    while (!stopping) {
      wakeUp = new AbortController();
      await clock.sleep(begin(), wakeUp.signal);
      // Answers that come one after another would leave timers and the HTTP server no turn of the event loop.
      await setImmediate();
    }
  }

  /** Begins what can be begun; returns how long there is nothing more to begin. */
  function begin(): number {
    if (!ready()) return SEED_MS;
    const now = clock.monotonic();
    try {
      if (now >= seedAt) {
        for (const lane of lanes()) due.set(lane, now);
        seedAt = now + SEED_MS;
      }
    } catch (error) {
      log.error("what waits could not be read", { lanes: name, error });
      seedAt = now + FAILED_MS;
    }
    let soonest = seedAt;
    // What is put off on the way comes by once more, behind the others.
    for (const [lane, at] of due) {
      // The end of any of them wakes this up.
      if (running.size >= concurrency()) break;
      if (running.has(lane)) continue;
      if (at > now) soonest = Math.min(soonest, at);
      else {
        const inMs = restMs();
        // None of the others is looked at either: they may be hundreds.
        if (inMs > 0) return Math.min(inMs, soonest - now);
        take(lane);
      }
    }
    return soonest - now;
  }

  function take(lane: Lane): void {
    due.delete(lane);
    try {
      const found = next(lane);
      if (found && "inMs" in found) lookIn(lane, Math.max(1, found.inMs));
      else if (found) {
        const ended = handle(lane, found.item).then((inMs) => ring(lane, inMs));
        running.set(lane, ended);
      }
    } catch (error) {
      log.error("work could not be taken", { lanes: name, lane, error });
      lookIn(lane, FAILED_MS);
    }
  }

  /** Returns how long its lane rests. */
  async function handle(lane: Lane, item: Item): Promise<number> {
    try {
      await work(item, aborting.signal);
      return 0;
    } catch (error) {
      log.error("work could not be brought to an end", { lanes: name, lane, error });
      return FAILED_MS;
    } finally {
      running.delete(lane);
    }
  }

  return {
    /** There may be something to do in a lane. */
    ring: (lane: Lane) => ring(lane),
    /** The same for each lane that has something waiting. */
    ringAll,

    /** Keeps a lane in which nothing runs, for work that is not its next item; undefined where something does. */
    hold(lane: Lane) {
      if (!loop || stopping || running.has(lane)) return undefined;
      running.set(lane, Promise.resolve());
      let isUsed = false;
      return {
        work(item: Item): void {
          isUsed = true;
          // Who held it knows that nothing waits there, but for what was rung for since.
          const ended = (inMs: number) => (inMs > 0 ? ring(lane, inMs) : wake());
          running.set(lane, handle(lane, item).then(ended));
        },
        /** Gives it back, unless work began. */
        release(): void {
          if (isUsed) return;
          running.delete(lane);
          wake();
        },
      };
    },

    start(): void {
      loop ??= run();
    },
    /** Resolves when nothing runs any more. Twice, or before a start, is fine. */
    async stop(): Promise<void> {
      if (!loop) return;
      stopping = true;
      wakeUp.abort();
      await loop;
      const quiet = new AbortController();
      const ended = Promise.all(running.values()).then(() => quiet.abort());
      await clock.sleep(graceMs, quiet.signal);
      aborting.abort();
      await ended;
    },
  };
}
