import type { Clock } from "../base/clock.ts";

/** Telegram allows about one message a second in a chat … */
const CHAT_PAUSE_MS = 1_000;
/** … and in a group 20 a minute. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this */
const GROUP_MESSAGES = 20;
const GROUP_SPAN_MS = 60_000;

export type Pace = ReturnType<typeof createPace>;

/** When a chat may be written to again. Forgotten by a restart, after which Telegram's 429 says the rest. */
export function createPace(clock: Pick<Clock, "monotonic">) {
  /** Monotonic times of the last calls to each chat: of a group as many as count. */
  const calls = new Map<number, readonly number[]>();
  let stillUntil = 0;

  function restsUntil(chatId: number): number {
    const times = calls.get(chatId) ?? [];
    // A group's id is below 0.
    const isFull = chatId < 0 && times.length === GROUP_MESSAGES;
    const oldest = isFull ? (times[0] ?? 0) + GROUP_SPAN_MS : 0;
    return Math.max(oldest, (times.at(-1) ?? Number.NEGATIVE_INFINITY) + CHAT_PAUSE_MS);
  }

  function forgetPast(now: number): void {
    for (const [chat, times] of calls) {
      if ((times.at(-1) ?? 0) + GROUP_SPAN_MS <= now) calls.delete(chat);
    }
  }

  return {
    called(chatId: number): void {
      const now = clock.monotonic();
      forgetPast(now);
      calls.set(chatId, [...(calls.get(chatId) ?? []), now].slice(-GROUP_MESSAGES));
    },
    /** Telegram asked for a pause. It does not say whether of one chat or of all, so nothing is sent meanwhile. */
    pause(ms: number): void {
      stillUntil = Math.max(stillUntil, clock.monotonic() + ms);
    },
    /** How long nothing may be sent to a chat, in ms. */
    restsMs: (chatId: number) => Math.max(0, Math.max(stillUntil, restsUntil(chatId)) - clock.monotonic()),
  };
}
