import { logger } from "../base/log.ts";
import { createSender } from "../delivery/sender.ts";
import { laneOf, type OwedMessage } from "../domain/outgoing.ts";
import type { SumWords } from "../store/outbox/outbox.ts";
import type { Context } from "./context.ts";

export type Sending = ReturnType<typeof createSending>;

/** Sends what is owed: by calls, and where Telegram cannot be called in the answers to its deliveries. */
export function createSending({ store, api, pace, textsFor, clock }: Context) {
  const { outbox, owed } = store;
  const words: SumWords = (telegramId, count) => textsFor(telegramId).savedMany({ count });
  const take = (lane: string) => outbox.take(lane, words);
  const lanesOf = (chat_id: number) =>
    (["sendMessage", "deleteMessage"] as const).map((method) => laneOf({ chat_id, method }));
  const queue = { ...outbox, take };
  const log = logger("sender");
  const sender = createSender({ api, queue, pace, clock, log });
  owed.listen(sender.ring);
  return {
    sender,
    /** What rides in the answers to deliveries. */
    riding: {
      take(chatId: number): OwedMessage | undefined {
        const [messages = "", deletions = ""] = lanesOf(chatId);
        return take(messages) ?? take(deletions);
      },
      sent: (message: OwedMessage) => outbox.sent(message, null),
      lost: outbox.again,
    },
  };
}
