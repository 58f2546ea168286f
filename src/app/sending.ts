import { logger } from "../base/log.ts";
import { createSender } from "../delivery/sender.ts";
import { createHeldChats } from "../intake/webhook.ts";
import type { SumWords } from "../store/outbox/owed-sum.ts";
import type { Context } from "./context.ts";

export type Sending = ReturnType<typeof createSending>;

/** Sends what is owed: by calls, and where Telegram cannot be called in the answers to its deliveries. */
export function createSending({ store, api, pace, textsFor, clockIsRight, clock }: Context) {
  const { outbox, owed } = store;
  const words: SumWords = (telegramId, count) => textsFor(telegramId).savedMany({ count });
  const dropsStale = () => clockIsRight() === true;
  const heldChats = createHeldChats();
  const sender = createSender({
    api,
    queue: { ...outbox, take: (busyChats) => outbox.take(busyChats, words, dropsStale()) },
    heldChats: heldChats.list,
    pace,
    clock,
    log: logger("sender"),
  });
  owed.listen(sender.wake);
  heldChats.released.listen(sender.wake);
  return {
    sender,
    heldChats,
    /** What rides in the answers to deliveries. */
    riding: {
      take: (chatId: number) => outbox.takeOf(chatId, words, dropsStale()),
      sent: (id: number) => outbox.sent(id, null),
      lost: (id: number) => outbox.again(id, 0, "its delivery was brought again"),
    },
  };
}
