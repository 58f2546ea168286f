import type { Clock } from "../base/clock.ts";

/** Telegram allows about one message a second in a chat … */
const CHAT_PAUSE_MS = 1_000;
/**
 * … and in a group 20 a minute. These are some quick ones and then one every few seconds, so that nobody waits for most
 * of a minute after much was said. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
const GROUP_QUICK = 5;
const GROUP_PAUSE_MS = 4_000;

export type Pace = ReturnType<typeof createPace>;

/** When a chat may be written to again. Forgotten by a restart, after which Telegram's 429 says the rest. */
export function createPace(clock: Pick<Clock, "monotonic">) {
  /** Of each chat: when it was last written to, and until when that would take at the slow pace. Monotonic. */
  const calls = new Map<number, { readonly at: number; readonly spentUntil: number }>();
  let stillUntil = 0;

  function restsUntil(chatId: number): number {
    const last = calls.get(chatId);
    if (!last) return 0;
    // A group's id is below 0.
    const slowly = chatId < 0 ? last.spentUntil - (GROUP_QUICK - 1) * GROUP_PAUSE_MS : 0;
    return Math.max(slowly, last.at + CHAT_PAUSE_MS);
  }

  return {
    called(chatId: number): void {
      const now = clock.monotonic();
      for (const [chat, { spentUntil }] of calls) if (spentUntil <= now) calls.delete(chat);
      calls.set(chatId, {
        at: now,
        spentUntil: Math.max(calls.get(chatId)?.spentUntil ?? 0, now) + GROUP_PAUSE_MS,
      });
    },
    /** Telegram asked for a pause. It does not say whether of one chat or of all, so nothing is sent meanwhile. */
    pause(ms: number): void {
      stillUntil = Math.max(stillUntil, clock.monotonic() + ms);
    },
    /** How long nothing may be sent to a chat, in ms. */
    restsMs: (chatId: number) => Math.max(0, Math.max(stillUntil, restsUntil(chatId)) - clock.monotonic()),
  };
}
