import type { FakeTime } from "./clock.ts";
import { tooManyRequests } from "./errors.ts";

const burstPerChat = 5;
const perSecondOverall = 30;
const perMinuteInGroup = 20;

interface Bucket {
  tokens: number;
  at: number;
}

export type SendLimits = ReturnType<typeof createSendLimits>;

/** Telegram's brakes, as its FAQ names them: 30 messages a second overall, one a second in a chat with bursts of five, 20 a minute in a group. */
export function createSendLimits(time: FakeTime, enabled: boolean) {
  const overall: Bucket = { tokens: perSecondOverall, at: time.now() };
  const chats = new Map<number, Bucket>();
  const groups = new Map<number, number[]>();

  function refill(bucket: Bucket, perSecond: number, size: number): void {
    bucket.tokens = Math.min(size, bucket.tokens + ((time.now() - bucket.at) / 1000) * perSecond);
    bucket.at = time.now();
  }

  return {
    /** Counts a message to a chat, or throws a 429 and counts nothing. */
    spend(chat: { id: number; isGroup: boolean }): void {
      if (!enabled) return;
      const bucket = chats.get(chat.id) ?? { tokens: burstPerChat, at: time.now() };
      chats.set(chat.id, bucket);
      refill(bucket, 1, burstPerChat);
      refill(overall, perSecondOverall, perSecondOverall);
      const sent = (groups.get(chat.id) ?? []).filter((at) => at > time.now() - 60_000);
      if (chat.isGroup && sent.length >= perMinuteInGroup) {
        const free = sent[sent.length - perMinuteInGroup] ?? time.now();
        throw tooManyRequests(Math.max(Math.ceil((free + 60_000 - time.now()) / 1000), 1));
      }
      if (bucket.tokens < 1) throw tooManyRequests(Math.max(Math.ceil(1 - bucket.tokens), 1));
      if (overall.tokens < 1) throw tooManyRequests(1);
      bucket.tokens--;
      overall.tokens--;
      if (chat.isGroup) groups.set(chat.id, [...sent, time.now()]);
    },
  };
}
