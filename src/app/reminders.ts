import { createLanes } from "../base/lanes.ts";
import { logger } from "../base/log.ts";
import type { ChatDeps } from "../chat/context.ts";
import { createDue } from "../chat/reminders/due.ts";
import type { Context } from "./context.ts";

const PEOPLE_AT_ONCE = 4;
/** As other work that is under way has at a stop. */
const GRACE_MS = 6_000;

/** Tells people what is due. */
export function createReminders(context: Context, suspectToken: ChatDeps["suspectToken"]) {
  const { store, clock } = context;
  const due = createDue({ ...context, suspectToken });
  let isTimeKnown = false;
  const lanes = createLanes({
    name: "reminders",
    lanes: due.people,
    next: due.next,
    work: due.work,
    concurrency: PEOPLE_AT_ONCE,
    ready: due.isReady,
    graceMs: GRACE_MS,
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
