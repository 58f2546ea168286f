import type { Clock } from "../base/clock.ts";

/**
 * Telegram takes about one message a second in a chat, and short bursts of more; 20 a minute in a group; 30 a second in
 * all. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 * Each is a bucket of tokens, in which there is one more after each `everyMs`: with all of it spent at once, no minute of
 * a group has more than 19, and no second in all more than 30.
 */
const CHAT = { tokens: 4, everyMs: 1_000 };
const GROUP = { tokens: 4, everyMs: 4_000 };
const ALL = { tokens: 3, everyMs: 1_000 / 28 };
/** What nobody waits for leaves so many, so that an answer is never behind it. */
const FOR_ANSWERS = 1;
/** What all chats share. No chat has this id. */
export const ALL_CHATS = 0;

export type Pace = ReturnType<typeof createPace>;

/** When a chat may be written to again. Forgotten by a restart, after which Telegram's 429 says the rest. */
export function createPace(clock: Pick<Clock, "monotonic">) {
  /** When each bucket is full again, by its chat. Monotonic. */
  const fullAt = new Map<number, number>();
  /** Until then nothing is sent. What Telegram counted before is not known: no bucket has much by then. */
  let stillUntil = clock.monotonic();

  // A group's id is below 0.
  const bucketOf = (chat: number) => (chat === ALL_CHATS ? ALL : chat < 0 ? GROUP : CHAT);

  function fullAgainAt(chat: number): number {
    const { tokens, everyMs } = bucketOf(chat);
    return Math.max(fullAt.get(chat) ?? 0, stillUntil + (tokens - 1 - FOR_ANSWERS) * everyMs);
  }

  function freeAt(chat: number, isAnswer: boolean): number {
    const { tokens, everyMs } = bucketOf(chat);
    return Math.max(stillUntil, fullAgainAt(chat) - (tokens - 1 - (isAnswer ? 0 : FOR_ANSWERS)) * everyMs);
  }

  return {
    /** Something is sent now; to no chat where its limit does not count that. */
    called(chatId?: number): void {
      const now = clock.monotonic();
      for (const [chat, at] of fullAt) if (at <= now) fullAt.delete(chat);
      for (const chat of [ALL_CHATS, chatId ?? []].flat())
        fullAt.set(chat, Math.max(fullAgainAt(chat), now) + bucketOf(chat).everyMs);
    },
    /** Telegram asked for a pause. It does not say whether of one chat or of all, so nothing is sent meanwhile. */
    pause(ms: number): void {
      stillUntil = Math.max(stillUntil, clock.monotonic() + ms);
    },
    /** How long nothing may be sent to a chat, in ms; `isAnswer`: to what somebody there has just done. */
    restsMs: (chatId: number, isAnswer = false): number =>
      Math.max(0, ...[ALL_CHATS, chatId].map((chat) => freeAt(chat, isAnswer) - clock.monotonic())),
  };
}
