import type { Clock } from "../base/clock.ts";

/** Telegram allows about one message a second in a chat … */
const CHAT_PAUSE_MS = 1_000;
/** … and in a group 20 a minute. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this */
const GROUP_MESSAGES = 20;
const GROUP_SPAN_MS = 60_000;

/** When a chat may be written to again. Forgotten by a restart, after which Telegram's 429 says the rest. */
export interface Pace {
  /** Chats that are left alone right now. */
  resting(): number[];
  /** Until the first of them may be written to again, in ms. */
  nextInMs(): number | undefined;
  /** Something was sent to a chat, or tried. */
  called(chatId: number): void;
  /** Telegram asked for a pause. It does not say whether of one chat or of all, so nothing is sent meanwhile. */
  pause(ms: number): void;
  /** How long nothing at all may be sent, in ms. */
  stillInMs(): number;
  /** How long nothing may be sent to a chat, in ms. */
  restsMs(chatId: number): number;
}

export function createPace(clock: Pick<Clock, "monotonic">): Pace {
  /** Monotonic times until which a chat is left alone. */
  const restingUntil = new Map<number, number>();
  /** Monotonic times of the last calls to each group. */
  const calls = new Map<number, number[]>();
  let stillUntil = 0;

  const rest = (chatId: number, until: number) =>
    restingUntil.set(chatId, Math.max(until, restingUntil.get(chatId) ?? 0));

  function forgetPast(now: number): void {
    for (const [chat, until] of restingUntil) if (until <= now) restingUntil.delete(chat);
    for (const [chat, times] of calls) {
      if ((times.at(-1) ?? 0) <= now - GROUP_SPAN_MS) calls.delete(chat);
    }
  }

  return {
    resting() {
      forgetPast(clock.monotonic());
      return [...restingUntil.keys()];
    },
    nextInMs: () =>
      restingUntil.size === 0 ? undefined : Math.min(...restingUntil.values()) - clock.monotonic(),
    called(chatId) {
      const now = clock.monotonic();
      rest(chatId, now + CHAT_PAUSE_MS);
      // A group's id is below 0.
      if (chatId >= 0) return;
      const times = [...(calls.get(chatId) ?? []), now].slice(-GROUP_MESSAGES);
      calls.set(chatId, times);
      const oldest = times[0];
      if (times.length === GROUP_MESSAGES && oldest !== undefined) rest(chatId, oldest + GROUP_SPAN_MS);
    },
    pause(ms) {
      stillUntil = Math.max(stillUntil, clock.monotonic() + ms);
    },
    stillInMs: () => Math.max(0, stillUntil - clock.monotonic()),
    restsMs: (chatId) => Math.max(0, Math.max(stillUntil, restingUntil.get(chatId) ?? 0) - clock.monotonic()),
  };
}
