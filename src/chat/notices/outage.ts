import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { TextsFor } from "../../locales/texts.ts";
import { say } from "../../replies/messages.ts";
import type { Outages } from "../../store/intake/outages.ts";

/** Tells who waits that Memos is down: once in an outage, and only when it is more than a hiccup. */
export interface OutageNotice {
  /** Memos went away. */
  begin(): void;
  /** It is there. */
  end(): void;
  stop(): Promise<void>;
}

/** A message has waited for so long, and Memos been away, before a word is said. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 5_000;

export function createOutageNotice(deps: {
  outages: Outages;
  /** Whether ALLOWED_USERS still has this person. */
  isAllowed: (telegramId: number) => boolean;
  textsFor: TextsFor;
  clock: Clock;
  log: Log;
}): OutageNotice {
  const { outages, isAllowed, textsFor, clock, log } = deps;
  const stopping = new AbortController();
  let back = new AbortController();
  /** What goes on, one after the other. */
  let work: Promise<void> = Promise.resolve();

  const next = (step: () => void | Promise<void>) => {
    work = work.then(step).catch((error) => log.error("an outage of memos could not be noted", { error }));
  };

  async function watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const before = clock.now() - PATIENCE_MS;
        if (outages.begin() <= before) tell(before);
      } catch (error) {
        // A full disk, say.
        log.error("a chat could not be told that memos is down", { error });
      }
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  function tell(before: number): void {
    // A private chat has the id of its person.
    for (const chatId of outages.untold(before).filter(isAllowed)) {
      // At most once: twice the same would worry more than none, and what they sent is kept in any case.
      outages.tell(chatId, say(chatId, { text: textsFor(chatId).memosDown }, { promise: "confirmation" }));
      log.info("told a chat that memos is down", { chat_id: chatId });
    }
  }

  return {
    begin() {
      back = new AbortController();
      const signal = AbortSignal.any([back.signal, stopping.signal]);
      next(() => watch(signal));
    },
    end() {
      back.abort();
      next(outages.end);
    },
    async stop() {
      stopping.abort();
      await work;
    },
  };
}
