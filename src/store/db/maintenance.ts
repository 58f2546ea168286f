import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Pruning } from "../queue/pruning.ts";
import { FULL_BYTES, freeBytes, TIGHT_BYTES } from "./data-dir.ts";
import type { Database } from "./database.ts";

const NO_ROOM = "too little disk space: no more updates are taken, Telegram keeps them for 24 hours";
const WRONG_CLOCK =
  "this machine's clock is not Telegram's: nothing is pruned, or given up after a day, until it is set, best by NTP";
const LOOK_MS = 10_000;
/** After a failure of the disk; then each pause is twice as long, up to that of the looks. */
const MEND_MS = 250;
const PRUNE_MS = 3_600_000;
/** Between two steps of pruning: after a long time there may be many, and messages must not wait for them. */
const STEP_PAUSE_MS = 20;
const DAY_MS = 86_400_000;
/** Updates are recognised for so long at least: nothing is delivered again after a day, but clocks can be wrong. */
const KEYS_DAYS = 7;

export type Maintenance = ReturnType<typeof createMaintenance>;

/** Keeps the store small, and watches the disk it lies on. */
export function createMaintenance(deps: {
  database: Pick<Database, "emptyLogSoon" | "emptyLog" | "mend" | "refusal">;
  pruning: Pruning;
  dataDir: string;
  keepDays: number;
  clock: Clock;
  /** Whether this machine's clock agrees with another one; null while that is not known. */
  clockIsRight: () => boolean | null;
  log: Log;
  free?: (dataDir: string) => number;
}) {
  const { database, pruning, dataDir, keepDays, clock, clockIsRight, log, free = freeBytes } = deps;
  let room = true;
  let bytes = free(dataDir);
  /** When nothing was left to prune. */
  let prunedAt = Number.NEGATIVE_INFINITY;
  let isClockTold = false;

  /** One look at it all; how long to pause before the next. */
  function look(): number {
    if (!database.mend()) return LOOK_MS;
    watch();
    const isRight = clockIsRight();
    if (isRight === false && !isClockTold) log.warn(WRONG_CLOCK);
    isClockTold = isRight === false;
    const tight = bytes < TIGHT_BYTES;
    const isDue = tight || clock.monotonic() - prunedAt > PRUNE_MS;
    // By a clock that is ahead everything would be old. One that nothing is known of must do where room is needed.
    if (isDue && (isRight ?? tight) && prune()) return STEP_PAUSE_MS;
    database.emptyLog();
    return LOOK_MS;
  }

  /** A step; true when there is more. */
  function prune(): boolean {
    const daysAgo = (days: number) => clock.now() - days * DAY_MS;
    const before = { payloads: daysAgo(keepDays), keys: daysAgo(Math.max(keepDays, KEYS_DAYS)) };
    const { pruned, more } = pruning.step(before);
    if (pruned > 0) log.debug("old updates pruned", { rows: pruned, keep_days: keepDays });
    if (more) return true;
    prunedAt = clock.monotonic();
    database.emptyLogSoon();
    return false;
  }

  function watch(): void {
    bytes = free(dataDir);
    const before = room;
    room = bytes >= (room ? FULL_BYTES : TIGHT_BYTES);
    if (before && !room) log.error(NO_ROOM, { data_dir: dataDir, free_bytes: bytes });
    if (!before && room) log.info("enough disk space again: updates are taken", { free_bytes: bytes });
  }

  /** What the system has in its memory alone after a failure of the disk may be gone in seconds. */
  async function mendSoon(signal: AbortSignal): Promise<void> {
    for (let pauseMs = MEND_MS; pauseMs < LOOK_MS && !signal.aborted; pauseMs *= 2) {
      await clock.sleep(pauseMs, signal);
      if (!signal.aborted && database.mend()) return;
    }
  }

  return {
    look,
    mendSoon,
    /** Why no updates are taken now, or no files of so many bytes; null where they are. */
    refusal: (filesBytes = 0): string | null =>
      database.refusal() ?? (room && bytes - filesBytes >= FULL_BYTES ? null : NO_ROOM),
    hasRoom: () => room,
    freeBytes: () => bytes,
  };
}
