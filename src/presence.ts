import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { Absence, Absences } from "./store/absences.ts";
import type { Owed } from "./store/outbox.ts";

/** When updates were last known to come in, and what follows from a gap. */
export interface Presence {
  /**
   * Updates come in right now. `judged`: what was since they last did can be an absence; without, that is only so
   * for the first time after a start. `caughtUp`: none of before is left at Telegram.
   */
  seen(now: { judged: boolean; caughtUp: boolean }): void;
  /** True after a start while buttons may come that were pressed before it, and it was some minutes away. */
  stalePresses(): boolean;
}

/** What was pressed longer ago was meant for something that may have changed since. */
const STALE_PRESS_MS = 2 * 60_000;
/** No press waits at Telegram for longer. */
const PRESS_LIFE_MS = 150_000;
/** Seen again within this is not worth a write. */
const NOTED_MS = 20_000;

export function createPresence(deps: {
  absences: Absences;
  /** Telegram's time, whatever this machine's clock says; null while it is not known. */
  telegramTime: () => number | null;
  /** What people are told who may have written meanwhile. */
  words: (absence: Absence) => readonly Owed[];
  onCaughtUp: () => void;
  onAbsence: () => void;
  clock: Clock;
  log: Log;
}): Presence {
  const { absences, telegramTime, words, onCaughtUp, onAbsence, clock, log } = deps;
  const now = () => telegramTime() ?? clock.now();
  const seenAt = absences.seenAt();
  let notedAt = Number.NEGATIVE_INFINITY;
  /** By the monotonic clock; null while presses are fresh. */
  let staleUntil: number | null = null;
  let first = true;

  function isStale(): boolean {
    if (staleUntil !== null && clock.monotonic() >= staleUntil) staleUntil = null;
    const gap = first && seenAt !== null && now() - seenAt > STALE_PRESS_MS;
    if (gap) staleUntil ??= clock.monotonic() + PRESS_LIFE_MS;
    return staleUntil !== null;
  }

  function note(judged: boolean): void {
    const at = now();
    const absence = absences.seen(at, judged || first ? words : null);
    if (absence) {
      log.warn("away for longer than telegram keeps updates", {
        from: new Date(absence.from).toISOString(),
        until: new Date(absence.until).toISOString(),
        lost_before: new Date(absence.lostBefore).toISOString(),
      });
      onAbsence();
    }
    first = false;
    notedAt = clock.monotonic();
  }

  return {
    seen({ judged, caughtUp }) {
      if (isStale() || first || clock.monotonic() - notedAt >= NOTED_MS) note(judged);
      if (!caughtUp) return;
      staleUntil = null;
      onCaughtUp();
    },
    stalePresses: isStale,
  };
}
