import type { TokenWatch } from "../accounts/token-watch.ts";
import { createLanes } from "../base/lanes.ts";
import { logger } from "../base/log.ts";
import { createDue } from "../chat/reminders/due.ts";
import type { Context } from "./context.ts";

const PEOPLE_AT_ONCE = 4;

/** Tells people what is due. */
export function createReminders(
  context: Context,
  { suspectToken, graceMs }: { suspectToken: TokenWatch["suspect"]; graceMs: number },
) {
  const { store, clock } = context;
  const due = createDue({ ...context, suspectToken });
  let isTimeKnown = false;
  const lanes = createLanes({
    name: "reminders",
    lanes: due.people,
    next: due.next,
    work: due.work,
    concurrency: () => PEOPLE_AT_ONCE,
    ready: due.isReady,
    graceMs,
    clock,
    log: logger("lanes"),
  });
  store.reminders.changedBell.listen((person) => lanes.ring(person));
  return {
    start: lanes.start,
    stop: lanes.stop,
    /** Telegram has answered, and with that it is known what time it is. */
    contact(): void {
      if (!isTimeKnown) lanes.ringAll();
      isTimeKnown = true;
    },
  };
}
