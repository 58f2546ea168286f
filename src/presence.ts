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
}

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
  let notedAt = Number.NEGATIVE_INFINITY;
  let first = true;

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
      if (first || clock.monotonic() - notedAt >= NOTED_MS) note(judged);
      if (caughtUp) onCaughtUp();
    },
  };
}
