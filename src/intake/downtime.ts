import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Absence } from "../domain/receive.ts";

/** Seen again within this is not worth a write. */
const NOTED_MS = 20_000;

/** Notes when updates were last known to come in, and finds out where they did not for too long. */
export function createDowntime(deps: {
  /** Notes it. An absence is found only where it is `judged`; people are told of it in the same transaction. */
  note: (at: number, options: { judged: boolean }) => Absence | null;
  /** Telegram's time, whatever this machine's clock says; null while it is not known. */
  telegramTime: () => number | null;
  clock: Clock;
  log: Log;
}) {
  const { note, telegramTime, clock, log } = deps;
  let notedAt: number | null = null;

  return {
    /**
     * Updates come in right now. `judged`: what was since they last did can be an absence; without, that is only so
     * for the first time after a start.
     */
    seen({ judged }: { judged: boolean }): void {
      if (notedAt !== null && clock.monotonic() - notedAt < NOTED_MS) return;
      const absence = note(telegramTime() ?? clock.now(), { judged: judged || notedAt === null });
      notedAt = clock.monotonic();
      if (absence === null) return;
      log.warn("away for longer than telegram keeps updates", {
        from: new Date(absence.from).toISOString(),
        until: new Date(absence.until).toISOString(),
        lost_before: new Date(absence.lostBefore).toISOString(),
      });
    },
  };
}
