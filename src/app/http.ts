import { timeText } from "../base/clock.ts";
import { AppError, messageOf } from "../base/errors.ts";
import { addressesOf } from "../base/hosts.ts";
import { logger } from "../base/log.ts";
import { COMMIT, VERSION } from "../base/version.ts";
import { givenNotices } from "../chat/bind-channel.ts";
import { boundNotices, unboundNotices } from "../chat/connect.ts";
import type { ApiDeps } from "../http/api.ts";
import { createHttpServer, type Webhook } from "../http/server.ts";
import type { Status } from "../http/status.ts";
import type { Receiver } from "../intake/receiver.ts";
import { generatedSecret } from "../store/db/data-dir.ts";
import type { Maintenance } from "../store/db/maintenance.ts";
import { type Bot, memosWebhookSecretOf } from "../store/intake/bots.ts";
import { ownedBy } from "../store/intake/chats.ts";
import type { Context } from "./context.ts";
import { createImports } from "./imports.ts";
import { createRequests } from "./requests.ts";
import type { MemosWatch } from "./saving.ts";
import { scrape } from "./scrape.ts";
import type { AccountWatch } from "./watch.ts";

const MEMOS_WEBHOOK_PATH = "/memos/webhook";

/** The HTTP server: the API, health, and where Telegram delivers to. */
export function createHttp(
  context: Context,
  parts: {
    bot: Bot;
    memosWatch: MemosWatch;
    accountWatch: AccountWatch;
    receiver: Receiver;
    webhook: Webhook;
    maintenance: Maintenance;
  },
) {
  const { bot, memosWatch, accountWatch, receiver, webhook, maintenance } = parts;
  const { config, clock, store, identity } = context;
  const startedAt = clock.now();

  function status(): Status {
    const { works, detail } = receiver.intake();
    const absence = store.bots.lastAbsence();
    const known = identity.known();
    const { active, paused } = store.bindings.counts();
    return {
      version: VERSION,
      commit: COMMIT,
      started_at: timeText(startedAt),
      bot: known && { id: known.id, username: known.username ?? "", name: known.first_name },
      receive: { setting: config.receive, ...receive() },
      last_absence: absence && {
        from: timeText(absence.from),
        until: timeText(absence.until),
        lost_before: timeText(absence.lostBefore),
      },
      telegram: { reachable: works, detail },
      memos: { url: config.memosUrl, ...memosWatch.health() },
      watched: accountWatch.counts(),
      bindings: { active, paused },
      jobs: store.jobs.counts(),
      oldest_waiting_at: timeOrNull(store.jobs.oldestWaitingAt()),
      last_saved_at: timeOrNull(store.jobs.lastSavedAt()),
      disk: { free_bytes: maintenance.freeBytes(), taking_updates: maintenance.refusal() === null },
    };
  }

  function receive() {
    const { mode, since, reason } = receiver.receive();
    return { mode, since: timeText(since), reason };
  }

  return createHttpServer({
    host: config.httpHost,
    port: config.httpPort,
    isTrustedProxy: addressesOf(config.trustedProxies ?? []),
    adminToken: config.adminToken ?? generatedSecret(config.dataDir, "admin-token"),
    ...apiDeps(context, maintenance.refusal),
    status,
    // Anybody may ask for /readyz.
    lookAtMemos: () => memosWatch.lookUnlessFresh(context.background.signal),
    metrics: () => scrape(context, { ...parts, startedAt }),
    readiness() {
      const telegram = receiver.intake();
      const memos = memosWatch.health();
      const trouble = store.database.trouble();
      return {
        store: part(trouble === null, trouble),
        telegram: part(telegram.works, telegram.detail),
        memos: part(memos.reachable, memos.detail),
        disk: part(maintenance.hasRoom(), "too little disk space"),
      };
    },
    async switchTo(to) {
      try {
        await receiver.switchTo(to);
      } catch (error) {
        throw new AppError("conflict", `cannot change to ${to}: ${messageOf(error)}`);
      }
      return receive();
    },
    savedByHour: store.jobs.savedByHour,
    signOuts: store.signOuts,
    backup: store.backups.make,
    webhook,
    memosWebhook: {
      // With the prefix of WEBHOOK_URL too, since not every proxy removes it.
      paths: new Set([
        MEMOS_WEBHOOK_PATH,
        ...(config.webhookUrl === null
          ? []
          : [new URL(`${config.webhookUrl}${MEMOS_WEBHOOK_PATH}`).pathname]),
      ]),
      secret: memosWebhookSecretOf(bot),
      signingSecrets: config.memosWebhookSecret,
      told: accountWatch.told,
    },
    ...createRequests(context, maintenance),
  });
}

/** What the API reads and changes in the store, also where no program runs. `refusal`: why nothing is taken now. */
export function apiDeps(context: Context, refusal: () => string | null = () => null): ApiDeps {
  const { store, accounts, identity, memos, textsFor, clock } = context;
  return {
    ...store,
    server: memos.server,
    bot: identity.get,
    imports: createImports(context, refusal),
    unbind(telegramId) {
      const told = unboundNotices(context, telegramId);
      if (store.chats.isKnown(telegramId)) store.outbox.owe(told);
    },
    /** Tells the person in their chat too. */
    async bind(request) {
      const bound = await accounts.bind(request);
      store.outbox.owe(boundNotices({ ...store, textsFor }, bound));
      return bound.binding;
    },
    changeChat(chatId, { telegram_id, ...settings }) {
      const owner = store.bindings.get(telegram_id ?? 0) ?? null;
      const told = telegram_id === undefined ? [] : givenNotices(context, chatId, owner);
      store.chats.change(chatId, { ...settings, ...(telegram_id !== undefined && ownedBy(owner)) });
      store.deadLetters.buryForLeftAccounts();
      store.outbox.owe(told);
    },
    log: logger("http"),
    clock,
  };
}

const part = (ready: boolean | null, detail: string | null) =>
  ready ? { ready } : { ready: false, detail: detail ?? "" };

const timeOrNull = (ms: number | null) => (ms === null ? null : timeText(ms));
