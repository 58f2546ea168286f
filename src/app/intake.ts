import { logger } from "../base/log.ts";
import { publishProfile } from "../chat/profile.ts";
import { createAwayWords } from "../chat/status.ts";
import type { Form } from "../domain/saved.ts";
import { createDowntime } from "../intake/downtime.ts";
import type { UpdateSink } from "../intake/polling.ts";
import { createReceiver } from "../intake/receiver.ts";
import { createWebhook } from "../intake/webhook.ts";
import { webhookSecretOf } from "../store/intake/bots.ts";
import type { Context } from "./context.ts";
import type { Sending } from "./sending.ts";

const WEBHOOK_PATH = "/telegram/webhook";

/** Takes updates in, by polls or by deliveries. */
export function createIntake(
  context: Context,
  {
    sending,
    mayAccept,
    onCaughtUp,
  }: {
    readonly sending: Sending;
    /** False while there is no room for more. */
    readonly mayAccept: () => boolean;
    /** No more updates of before this start wait at Telegram. */
    readonly onCaughtUp: () => void;
  },
) {
  const { config, bot, store, memos, api, identity, textsFor, background, clock, random } = context;
  const { bots, inbox } = store;
  const sink: UpdateSink = {
    accept: (batch, from) => inbox.accept(batch, { ...from, form: formNow() }),
    offset: bots.offset,
    mayAccept,
  };
  /** How memos are written for the Memos that was last spoken with. */
  function formNow(): Form | null {
    const known = memos.known();
    return known && { limit: known.contentLimitBytes, memos: known.version };
  }

  let isIntroduced = false;

  /** Telegram can be called. */
  function contact(): void {
    sending.sender.contact();
    if (isIntroduced) return;
    isIntroduced = true;
    background.run("asking who the bot is, and setting what it tells of itself", async (signal) => {
      isIntroduced = await identity.get(signal).then(
        () => true,
        () => false,
      );
      if (isIntroduced) await publishProfile({ api, log: logger("profile"), signal });
    });
  }

  const awayWords = createAwayWords({ ...store, textsFor });
  const downtime = createDowntime({
    note: (at, { judged }) => bots.seen(at, judged ? awayWords : null),
    telegramTime: api.time,
    clock,
    log: logger("downtime"),
  });
  const webhookSecret = webhookSecretOf(bot);
  const receiver = createReceiver({
    setting: config.receive,
    webhookUrl: config.webhookUrl === null ? null : `${config.webhookUrl}${WEBHOOK_PATH}`,
    webhookSecret,
    api,
    identity,
    sink,
    store: { load: bots.receive, save: bots.setReceive },
    onContact: contact,
    onSeen: downtime.seen,
    onCaughtUp,
    clock,
    log: logger("receiver"),
    random,
  });
  const webhook = createWebhook({
    secret: webhookSecret,
    olderSecret: bots.storedWebhookSecret(),
    forgetOlderSecret: bots.forgetStoredWebhookSecret,
    sink,
    identity,
    delivered: receiver.delivered,
    apiReachable: api.reachable,
    owed: sending.riding,
    kept: (chat_id) => ({
      method: "sendMessage",
      params: { chat_id, text: textsFor(chat_id).kept, disable_notification: true },
    }),
    clock,
    log: logger("webhook"),
  });
  return { receiver, webhook: { paths: webhookPaths(config.webhookUrl), receive: webhook } };
}

/** Where deliveries come in: with the prefix of WEBHOOK_URL too, since not every proxy removes it. */
function webhookPaths(webhookUrl: string | null): string[] {
  const prefix = webhookUrl === null ? "" : new URL(webhookUrl).pathname.replace(/\/$/, "");
  return [...new Set([WEBHOOK_PATH, `${prefix}${WEBHOOK_PATH}`])];
}
