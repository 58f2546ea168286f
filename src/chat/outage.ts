import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { TextsFor } from "../locales/texts.ts";
import { say } from "../replies/messages.ts";
import type { Admission } from "../store/accounts/admission.ts";
import type { Outages } from "../store/intake/outages.ts";

/** People are told once Memos has been away, and a message of theirs has waited, for so long. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 5_000;

/** Tells who waits that Memos is down: once in an outage, and only when it is more than a hiccup. */
export function createOutageNotice(deps: {
  outages: Outages;
  admission: Pick<Admission, "isAllowed">;
  textsFor: TextsFor;
  background: Background;
  clock: Clock;
  log: Log;
}) {
  const { outages, admission, textsFor, background, clock, log } = deps;
  /** Stands for the present outage, so that the task of an earlier one ends; null while Memos is there. */
  let outage: object | null = null;

  function tell(before: number): void {
    // A private chat has the id of its person.
    for (const to of outages.untold(before)) {
      const { chat_id } = to;
      if (!admission.isAllowed(chat_id)) continue;
      // At most once: twice the same would worry more than none, and what they sent is kept in any case.
      outages.tell(say(to, { text: textsFor(chat_id).memosDown }, { promise: "confirmation" }));
      log.info("told a chat that memos is down", { chat_id });
    }
  }

  return {
    /** Memos went away. */
    begin(): void {
      const mine = {};
      outage = mine;
      background.repeat("telling that memos is down", () => {
        if (outage !== mine) return null;
        const before = clock.now() - PATIENCE_MS;
        if (outages.begin() <= before) tell(before);
        return LOOK_EVERY_MS;
      });
    },
    /** It is there. */
    end(): void {
      outage = null;
      background.repeat("noting that memos is there", () => {
        if (outage === null) outages.end();
        return null;
      });
    },
  };
}
