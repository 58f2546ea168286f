import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Accounts, createAccounts } from "../accounts/accounts.ts";
import { revivePaused } from "../accounts/revive.ts";
import { createTokenWatch } from "../accounts/token-watch.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { AppError, messageOf } from "../base/errors.ts";
import { createLanes } from "../base/lanes.ts";
import { type Log, logger } from "../base/log.ts";
import { VERSION } from "../base/version.ts";
import { createMemoUrls } from "../chat/memo-urls.ts";
import { createOutageNotice } from "../chat/notices/outage.ts";
import { carryOutDeletions } from "../chat/notices/owed-deletions.ts";
import { publishProfile } from "../chat/notices/profile.ts";
import { datesOf } from "../chat/notices/status.ts";
import type { Config } from "../config/config.ts";
import { createPace } from "../delivery/pace.ts";
import { createSender } from "../delivery/sender.ts";
import type { Absence } from "../domain/absence.ts";
import type { Owed } from "../domain/outgoing.ts";
import { createHttpServer } from "../http/server.ts";
import { createDowntime } from "../intake/downtime.ts";
import type { UpdateSink } from "../intake/polling.ts";
import { createReceiver } from "../intake/receiver.ts";
import { createWebhook } from "../intake/webhook.ts";
import { createTextsFor } from "../locales/texts.ts";
import { createMemosClient, type MemosServerInfo } from "../memos/client.ts";
import { idKey } from "../memos/names.ts";
import { say } from "../replies/messages.ts";
import { createCircuitBreaker } from "../saving/circuit-breaker.ts";
import { createVisibility } from "../saving/default-visibility.ts";
import { createKeyedMutex } from "../saving/keyed-mutex.ts";
import { createMessageWork } from "../saving/message-worker.ts";
import { createForwarder } from "../saving/save-message.ts";
import { forgetOlderTokens } from "../store/accounts/older-tokens.ts";
import { generatedSecret } from "../store/db/data-dir.ts";
import { explainStoreError } from "../store/db/database.ts";
import { checkIntegrity } from "../store/db/integrity.ts";
import { createMaintenance } from "../store/db/maintenance.ts";
import { webhookSecretOf } from "../store/intake/bots.ts";
import type { SumWords } from "../store/outbox/owed-sum.ts";
import { openStore, type Store } from "../store/store.ts";
import { createTelegramApi, LOCAL_UPLOAD_LIMIT_BYTES, UPLOAD_LIMIT_BYTES } from "../telegram/api.ts";
import { createTelegramFiles } from "../telegram/files.ts";
import { createIdentity } from "../telegram/identity.ts";
import { createStatus, storeApi } from "./api-views.ts";
import { createChat } from "./chat.ts";

/** A running memoferry. */
export interface App {
  /** Where the HTTP API listens. */
  readonly url: string;
  /** Stops taking, finishes or hands back what runs, and closes the store. Twice is fine. */
  stop(): Promise<void>;
}

export interface AppDeps {
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Four creates at once are what a Memos on SQLite saves fastest. */
const MESSAGES_AT_ONCE = 4;
const COMMANDS_AT_ONCE = 8;
/** A stop takes 10 s at most: this long for work to end by itself, the rest for it to be broken off. */
const GRACE_MS = 6_000;
const HOUR_MS = 3_600_000;
/** As far as this machine's clock may be off. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
const WEBHOOK_PATH = "/telegram/webhook";
const OFFICIAL_API = "https://api.telegram.org";

/**
 * Builds the whole program from its configuration and starts it: the one place where everything meets.
 * Neither Telegram nor Memos needs to be reachable.
 * @throws AppError when the data folder, the database or the port cannot be used.
 */
export async function startApp(config: Config, deps: AppDeps = {}): Promise<App> {
  const { clock = systemClock, random = Math.random } = deps;
  const log = logger("app");
  const store = openStore(config, clock);
  try {
    return await run(config, store, { clock, random, log });
  } catch (error) {
    store.close();
    throw explainStoreError(store.database.path, error);
  }
}

async function run(
  config: Config,
  store: Store,
  { clock, random, log }: { clock: Clock; random: () => number; log: Log },
): Promise<App> {
  const { bindings, jobs, outbox, bots, inbox, admission, database } = store;
  const bot = bots.ensure(config.botId, () => Buffer.from(idKey(config.botToken)).toString("hex"));
  const recovered = jobs.recover();
  store.deadLetters.leaveOthers();
  outbox.recover();
  if (recovered > 0) log.info("going on with interrupted work", { jobs: recovered });
  const upgrade = store.noteVersion(VERSION);
  if (upgrade?.before !== undefined)
    log.info("another version than before", { version: VERSION, ...upgrade });

  const stopping = new AbortController();
  const memos = createMemosClient({ baseUrl: config.memosUrl, clock });
  const api = createTelegramApi({
    baseUrl: config.telegramApiUrl,
    token: config.botToken,
    proxy: config.telegramProxy,
    clock,
  });
  /** Whether stored times can be compared with now, as far as Telegram's clock tells; null while that is not known. */
  const clockIsRight = () => {
    const time = api.time();
    return time === null ? null : Math.abs(time - clock.now()) <= CLOCK_TOLERANCE_MS;
  };
  const failingForMs = (firstFailedAt: number | null) =>
    firstFailedAt !== null && clockIsRight() === true ? clock.now() - firstFailedAt : 0;
  const isLocalTelegram = config.telegramApiUrl !== OFFICIAL_API && config.telegramFilesDir !== null;
  const identity = createIdentity(api, config.botId);
  const textsFor = createTextsFor(bindings);
  forgetOlderTokens({
    database,
    botId: config.botId,
    clock,
    words: (telegramId) =>
      say(telegramId, { text: textsFor(telegramId).tokenExpired }, { promise: "notice" }),
  });
  const savedMany: SumWords = (telegramId, saved) => textsFor(telegramId).savedMany({ count: saved });
  const pace = createPace(clock);
  const sender = createSender({
    api,
    pace,
    queue: { ...outbox, take: (busyChats) => outbox.take(busyChats, savedMany, clockIsRight() === true) },
    heldChats: () => webhook.heldChats(),
    clock,
    log: logger("sender"),
  });

  let server: MemosServerInfo | null = null;
  const learn = async (signal: AbortSignal) => {
    const first = server === null;
    server = await memos.info(signal);
    if (first) {
      log.info("memos found", { url: memos.server, version: server.version });
      if (server.note) log.warn(server.note, { version: server.version });
      place.warn(log);
    }
    return server;
  };
  const { memosUrl, memosPublicUrl } = config;
  const place = createMemoUrls({ memos, memosUrl, memosPublicUrl, info: () => server });
  const { memoUrl, tokenPlace } = place;

  const outage = createOutageNotice({
    outages: store.outages,
    isAllowed: admission.isAllowed,
    textsFor,
    clock,
    log: logger("memos"),
  });
  const breaker = createCircuitBreaker({
    probe: (signal) => {
      memos.forgetInfo();
      return learn(signal);
    },
    onTripped: () => outage.begin(),
    onClosed: () => {
      outage.end();
      messages.ringAll();
    },
    clock,
    log: logger("memos"),
    random,
  });
  const { invitations, waitingTokens, deadLetters } = store;
  const accounts: Accounts = createAccounts({
    memos,
    bindings,
    invitations,
    waitingTokens,
    deadLetters,
    jobs,
    admission,
    log: logger("accounts"),
  });

  const memoMutex = createKeyedMutex();
  const forwarder = createForwarder({
    botId: config.botId,
    idKey: bot.id_key,
    memos,
    files: createTelegramFiles({
      api,
      local: isLocalTelegram,
      filesDir: config.telegramFilesDir,
    }),
    jobs,
    bindings,
    links: store.memoLinks,
    messageJobs: store.messageJobs,
    groups: store.groups,
    bot: (signal) =>
      identity.get(signal).then(
        () => identity.name(),
        () => identity.name(),
      ),
    isAllowed: admission.isAllowed,
    reserve: sender.reserve,
    visibilityOf: createVisibility({ memos, clock }),
    memoMutex,
    memoUrl,
    textsFor,
    log: logger("forwarder"),
    failingForMs,
    now: clock.now,
    monotonic: clock.monotonic,
  });

  const tokenWatch = createTokenWatch({
    bindings,
    memos,
    owe: outbox.owe,
    textsFor,
    tokenPlace,
    clock,
    log: logger("accounts"),
  });

  const messages = createLanes({
    name: "messages",
    concurrency: MESSAGES_AT_ONCE,
    ...queueOf("messages"),
    work: createMessageWork({
      forwarder,
      breaker,
      jobs,
      bindings,
      memos,
      tokenWatch,
      textsFor,
      clock,
      failingForMs,
      log: logger("forwarder"),
      random,
    }),
    ready: () => breaker.closed,
    clock,
    log: logger("lanes"),
    graceMs: GRACE_MS,
  });

  const chat = createChat({
    botId: config.botId,
    store,
    memos,
    api,
    identity,
    accounts,
    health: () => ({
      mode: receiver.receive().mode,
      receiving: receiver.intake().works,
      now: clock.now(),
      absence: store.absences.last(),
      memos: breaker.closed && server !== null,
      memosVersion: server?.version ?? null,
    }),
    uploadLimitBytes: isLocalTelegram ? LOCAL_UPLOAD_LIMIT_BYTES : UPLOAD_LIMIT_BYTES,
    memoMutex,
    memoUrl,
    tokenPlace,
    suspectToken: tokenWatch.suspect,
    textsFor,
    pace,
    clock,
    random,
    log,
  });
  const commands = createLanes({
    name: "commands",
    concurrency: COMMANDS_AT_ONCE,
    ...queueOf("commands"),
    work: chat.work,
    ready: () => true,
    clock,
    log: logger("lanes"),
    graceMs: GRACE_MS,
  });

  store.turns.listen(({ queue, lane }) => {
    if (queue === "messages") messages.ring(lane);
    if (queue === "commands") commands.ring(lane);
  });
  store.owed.listen(sender.wake);

  function queueOf(queue: "messages" | "commands") {
    return {
      lanes: () => jobs.lanes(queue),
      next(lane: string) {
        const found = jobs.next(queue, lane);
        return found && "item" in found ? { item: jobs.lease(found.item) } : found;
      },
    };
  }

  const maintenance = createMaintenance({
    database,
    pruning: store.pruning,
    dataDir: config.dataDir,
    keepDays: config.keepDays,
    clock,
    clockIsRight,
    log: logger("store"),
  });

  let profile: Promise<void> | null = null;

  /** Telegram can be called. */
  function contact(): void {
    identity.get(stopping.signal).catch(() => undefined);
    // Once a start, as soon as Telegram is there: what the chat offers, in each language.
    profile ??= publishProfile({ api, log: logger("profile"), signal: stopping.signal });
    sender.contact();
  }

  /** Nothing more waits at Telegram from the time before this start. */
  function caughtUp(): void {
    jobs.openAlbums();
    messages.ringAll();
  }

  const downtime = createDowntime({
    note: (at, { judged }) => store.absences.seen(at, judged ? awayWords : null),
    telegramTime: api.time,
    clock,
    log: logger("downtime"),
  });

  const sink: UpdateSink = {
    accept: inbox.accept,
    offset: () => bots.offset(config.botId, clock.now()),
    mayAccept: maintenance.mayAccept,
  };

  const webhookUrl = config.webhookUrl === null ? null : `${config.webhookUrl}${WEBHOOK_PATH}`;
  const webhookSecret = webhookSecretOf(bot);
  const receiver = createReceiver({
    setting: config.receive,
    webhookUrl,
    webhookSecret,
    api,
    identity,
    sink,
    store: {
      load: () => bots.receive(config.botId),
      save: (receive, options) => bots.setReceive(config.botId, receive, options),
    },
    onContact: contact,
    onSeen: downtime.seen,
    onCaughtUp: caughtUp,
    clock,
    log: logger("receiver"),
    random,
  });
  const webhook = createWebhook({
    secret: webhookSecret,
    olderSecret: bots.storedWebhookSecret(config.botId),
    forgetOlderSecret: () => bots.forgetStoredWebhookSecret(config.botId),
    sink,
    identity,
    delivered: receiver.delivered,
    apiReachable: api.reachable,
    owed: {
      take: (chatId) => outbox.takeOf(chatId, savedMany, clockIsRight() === true),
      sent: (id) => outbox.sent(id, null),
      lost: (id) => outbox.again(id, 0, "its delivery was brought again"),
    },
    kept: (chat_id) => ({
      method: "sendMessage",
      params: { chat_id, text: textsFor(chat_id).kept, disable_notification: true },
    }),
    released: sender.wake,
    clock,
    log: logger("webhook"),
  });

  /** Telegram has forgotten what it could not deliver for a day: each bound person is told what to send again. */
  function awayWords(absence: Absence): Owed[] {
    const times = datesOf(absence);
    const people = bindings.list({ limit: 10_000, after: null });
    const served = people.filter(({ telegram_id }) => admission.isAllowed(telegram_id));
    return served.map(({ telegram_id }) => {
      const text = textsFor(telegram_id).away(times);
      return say(telegram_id, { text }, { promise: "notice" });
    });
  }

  const http = createHttpServer({
    host: config.httpHost,
    port: config.httpPort,
    adminToken: config.adminToken ?? generatedSecret(config.dataDir, "admin-token"),
    clock,
    log: logger("http"),
    ...storeApi({
      store,
      accounts,
      identity,
      server: memos.server,
      textsFor,
    }),
    async switchTo(mode) {
      try {
        await receiver.switchTo(mode);
      } catch (error) {
        throw new AppError("conflict", `cannot change to ${mode}: ${messageOf(error)}`);
      }
      const { mode: live, since, reason } = receiver.receive();
      return { mode: live, since: new Date(since).toISOString(), reason };
    },
    webhook: { paths: webhookPaths(config.webhookUrl), receive: webhook.receive },
    ...createStatus({
      config,
      store,
      breaker,
      identity,
      receiver,
      maintenance,
      startedAt: clock.now(),
      memosInfo: () => server,
    }),
  });

  async function everyHour(): Promise<void> {
    while (!stopping.signal.aborted) {
      const { deletions } = store;
      await carryOutDeletions({ deletions, bindings, memos, log, signal: stopping.signal });
      await clock.sleep(HOUR_MS, stopping.signal);
      if (stopping.signal.aborted) return;
      await revivePaused({ bindings, memos, release: jobs.release, log, signal: stopping.signal });
    }
  }

  // Where a stopped memoferry listened is no place to send the admin token to: the file is there only while it is true.
  // Where older versions put files of unknown length.
  rmSync(join(config.dataDir, "spool"), { recursive: true, force: true });
  const address = join(config.dataDir, "http-address");
  rmSync(address, { force: true });
  const { url } = await http.start();
  writeFileSync(`${address}.new`, `${url}\n`);
  renameSync(`${address}.new`, address);
  maintenance.start();
  sender.start();
  commands.start();
  messages.start();
  chat.fileSending.start();
  await receiver.start();
  const hourly = everyHour().catch((error) => log.error("hourly work failed", { error }));
  const learning = learn(stopping.signal).then(
    () => outage.end(),
    (error) => breaker.report(error),
  );
  log.info("started", { url, data_dir: config.dataDir });
  warnOfMovedBindings(store, memos.server, log);
  if (database.unclean) checkIntegrity(database.path, log);

  let stopped: Promise<void> | null = null;
  return {
    url,
    stop() {
      stopped ??= (async () => {
        log.info("stopping");
        stopping.abort();
        await receiver.stop();
        await Promise.all([
          messages.stop(),
          commands.stop(),
          chat.fileSending.stop(),
          tokenWatch.stop(),
          breaker.stop(),
        ]);
        await outage.stop();
        await Promise.all([sender.stop(), maintenance.stop(), hourly, learning, profile]);
        rmSync(address, { force: true });
        await http.stop();
        store.close();
        log.info("stopped");
      })();
      return stopped;
    },
  };
}

/** Where deliveries come in: with the prefix of WEBHOOK_URL too, since not every proxy removes it. */
function webhookPaths(webhookUrl: string | null): string[] {
  const prefix = webhookUrl === null ? "" : new URL(webhookUrl).pathname.replace(/\/$/, "");
  return [...new Set([WEBHOOK_PATH, `${prefix}${WEBHOOK_PATH}`])];
}

/** Access tokens are for the server they were made on: with another MEMOS_URL they are sent nowhere. */
function warnOfMovedBindings({ bindings }: Store, server: string, log: Log): void {
  const others = bindings.servers().filter((bound) => bound !== server);
  if (others.length === 0) return;
  log.warn("people are bound to another Memos server; their tokens are not sent to this one", {
    memos_url: server,
    bound_to: others.join(", "),
    mend: "set MEMOS_URL back, let them bind anew, or run `memoferry bindings --move` if it is the same server",
  });
}
