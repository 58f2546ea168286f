import { logger } from "../base/log.ts";
import { publishProfile } from "../chat/profile.ts";
import { createAwayWords } from "../chat/status.ts";
import type { OwedMessage } from "../domain/outgoing.ts";
import type { UpdateSink } from "../intake/polling.ts";
import { createReceiver } from "../intake/receiver.ts";
import { createWebhook } from "../intake/webhook.ts";
import { callParams, say } from "../replies/messages.ts";
import { type Bot, webhookSecretOf } from "../store/intake/bots.ts";
import type { Outbox } from "../store/outbox/outbox.ts";
import type { Context } from "./context.ts";

const WEBHOOK_PATH = "/telegram/webhook";

export function createIntake(
  context: Context,
  given: {
    bot: Bot;
    owed: Pick<Outbox, "sent" | "again"> & { take(chatId: number): OwedMessage | undefined };
    contact: () => void;
    /** Somebody did something. */
    active: (telegramId: number) => void;
    /** Updates come in. */
    receiving: () => void;
    /** Why nothing is taken now; null where it is. */
    refusal: () => string | null;
  },
) {
  const { config, store, api, identity, textsFor, background, clock, metrics, writingRules } = context;
  const { bot, owed, refusal } = given;
  const { bots, inbox } = store;
  const sink: UpdateSink = {
    accept(batch, from) {
      const taken = inbox.accept(batch, { ...from, form: writingRules() });
      metrics.received(
        batch.map(({ kind }) => kind),
        from.polled ? "polling" : "webhook",
      );
      for (const { sender } of batch) if (sender) given.active(sender.id);
      return taken;
    },
    offset: bots.offset,
    refusal,
  };
  let isIntroduced = false;

  function onContact(): void {
    given.contact();
    if (isIntroduced || !identity.known()) return;
    isIntroduced = true;
    background.run("setting what the bot tells of itself", (signal) =>
      publishProfile({ api, log: logger("profile"), signal }),
    );
  }

  const awayWords = createAwayWords({ ...store, textsFor });
  const webhookSecret = webhookSecretOf(bot);
  const webhookUrl = config.webhookUrl === null ? null : `${config.webhookUrl}${WEBHOOK_PATH}`;
  const receiver = createReceiver({
    setting: config.receive,
    webhookUrl,
    webhookSecret,
    api,
    identity,
    sink,
    store: { load: () => bots.find()?.receive ?? null, save: bots.setReceive },
    onContact,
    note(at, { judged }) {
      given.receiving();
      return bots.seen(at, judged ? awayWords : null);
    },
    clock,
    log: logger("receiver"),
  });
  const webhook = createWebhook({
    secret: webhookSecret,
    olderSecret: bots.storedWebhookSecret(),
    forgetOlderSecret: bots.forgetStoredWebhookSecret,
    sink,
    identity,
    delivered: receiver.delivered,
    refused: receiver.refused,
    apiReachable: api.reachable,
    owed: {
      take: owed.take,
      sent: (message) => owed.sent(message, null),
      lost: owed.again,
    },
    kept: (to) => say(to, { text: textsFor(to.chat_id).kept }),
    callParams: callParams(context),
    clock,
    log: logger("webhook"),
  });
  // Deliveries come with the prefix of WEBHOOK_URL too, since not every proxy removes it.
  const paths = new Set([WEBHOOK_PATH, ...(webhookUrl === null ? [] : [new URL(webhookUrl).pathname])]);
  return { receiver, webhook: { paths, ...webhook } };
}
