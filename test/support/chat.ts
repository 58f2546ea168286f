import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClients, createContext } from "../../src/app/context.ts";
import { createSaving } from "../../src/app/saving.ts";
import { configureLogging, logger } from "../../src/base/log.ts";
import { Secret } from "../../src/base/secret.ts";
import { createChat } from "../../src/chat/chat.ts";
import { createDue } from "../../src/chat/reminders/due.ts";
import { type Config, loadConfig } from "../../src/config/config.ts";
import { createSendFile } from "../../src/delivery/send-file.ts";
import type { Changed } from "../../src/domain/changed.ts";
import type { JobQueue } from "../../src/domain/job.ts";
import { createMemosClient } from "../../src/memos/client.ts";
import { idKey } from "../../src/memos/names.ts";
import { ALLOWED_UPDATES, readUpdate } from "../../src/messages/update.ts";
import { createNews } from "../../src/news/news.ts";
import { callParams, closedGroupWords } from "../../src/replies/messages.ts";
import { type TelegramMethod, UPLOAD_LIMIT_BYTES } from "../../src/telegram/api.ts";
import { isTelegramError } from "../../src/telegram/errors.ts";
import type { FakeMemosOptions } from "../fakes/memos/types.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { type FakeTelegram, type FakeTelegramOptions, startFakeTelegram } from "../fakes/telegram.ts";
import { openWork, type Until, type until } from "./app.ts";
import { createFakeClock, type FakeClock } from "./clock.ts";
import { emptyDatabase } from "./empty-database.ts";
import { lookAtLanes } from "./lanes.ts";
import { expectPlans } from "./plans.ts";
import { expectNoSecret, saidBy } from "./secrets.ts";

/** A message waits for so long at most for what belongs to it. */
const A_MOMENT_MS = 2_000;
const STEP_MS = 15_000;
const STEPS = 240;

/** What Telegram may refuse without a fault of ours. */
const REFUSED =
  /not found|can't be (edited|deleted)|blocked by the user|REACTION_INVALID|not enough rights|TOPIC_CLOSED|initiate|not here any more/;

export interface ChatOptions {
  readonly telegram?: FakeTelegramOptions;
  readonly memos?: FakeMemosOptions;
  readonly env?: Record<string, string>;
}

export type ChatWorld = Awaited<ReturnType<typeof chatWorld>>;

/**
 * The chat where it is decided: updates are accepted into a real store, commands and messages worked, and what is owed
 * is sent, each when the test waits for it, one after another. Time stands still but for a second a step. Left out is
 * what only waits or connects: polling, workers, the sender's pace.
 */
export async function chatWorld(options: ChatOptions = {}) {
  const clock = createFakeClock();
  const telegram = await startFakeTelegram({
    limits: false,
    clock,
    wallClock: clock.now,
    ...options.telegram,
  });
  const memos = await startFakeMemos({ now: clock.now, ...options.memos });
  const dataDir = mkdtempSync(join(tmpdir(), "memoferry-chat-"));
  emptyDatabase(dataDir);
  const log: Record<string, unknown>[] = [];
  configureLogging("debug", "json", (line) => void log.push(JSON.parse(line)));
  const env: Record<string, string> = {
    BOT_TOKEN: telegram.token,
    TELEGRAM_API_URL: telegram.url,
    MEMOS_URL: memos.url,
    DATA_DIR: dataDir,
    ...options.env,
  };
  const start = () => startChat(loadConfig(env), clock, telegram);
  let chat = start();

  let last: Promise<void> = Promise.resolve();
  /** One after another: several may wait at once. */
  function quiet(): Promise<void> {
    const mine = last.then(async () => {
      await clock.advance(1_000);
      await chat.drain();
    });
    last = mine.catch(() => undefined);
    return mine;
  }

  async function passes(ms: number): Promise<void> {
    await quiet();
    await clock.advance(ms);
    chat.openGate();
    await quiet();
  }

  async function eventually<T>(
    what: string,
    condition: Parameters<typeof until<T>>[1],
    stepMs = STEP_MS,
  ): Promise<T> {
    for (let step = 0; step <= STEPS; step += 1) {
      const found = await condition();
      if (found) return found;
      await passes(stepMs);
    }
    throw new Error(`not even after ${STEPS} steps: ${what}`);
  }

  return {
    telegram,
    memos,
    dataDir,
    clock,
    get store() {
      return chat.store;
    },
    log,
    /** The environment that the chat is configured by. */
    env,
    /** Does all that is due, and gives what `condition` gives then; fails where that is nothing. */
    until: (async (what, condition) => {
      await quiet();
      const found = await condition();
      if (!found) throw new Error(`not so: ${what}`);
      return found;
    }) satisfies Until as Until,
    /** Does all that is due. */
    quiet,
    /** Memos may have something new for all who are told, or somebody reacted to a memo: what the watch rings. */
    async changed(reactionsTo?: string): Promise<void> {
      const accounts = chat.store.bindings.toldNews().map(({ account_key }) => account_key);
      for (const account of new Set(accounts)) {
        if (reactionsTo === undefined) chat.changed({ account, what: "notifications" });
        else chat.changed({ account, what: "reactions", name: reactionsTo });
      }
      await quiet();
    },
    /** Lets time pass, in which a Memos that was away is asked again. */
    passes,
    /** Lets time pass, step by step, until `condition` gives something, and gives that; fails after 240 steps. */
    eventually,
    /** Lets time pass until nothing is left to do, not later either. */
    async settled(): Promise<void> {
      await quiet();
      await eventually("nothing left to do", () => openWork({ dataDir }) === 0);
    },
    /** Stops and starts again, with what is in `env` by then. */
    async restart(change?: () => unknown): Promise<void> {
      await chat.stop();
      await change?.();
      chat = start();
    },
    bind: (telegramId: number, accessToken: string): Promise<void> => chat.bind(telegramId, accessToken),
    /** The watch rings: posts in channels follow. */
    async rings(change: Changed): Promise<void> {
      chat.changed(change);
      await quiet();
    },
    async [Symbol.asyncDispose]() {
      await chat.stop();
      await telegram.close();
      await memos.stop();
      const texts = {
        "the log": log.map((line) => JSON.stringify(line)).join("\n"),
        "what the bot said": saidBy(telegram),
      };
      expectPlans();
      expectNoSecret({ env, dataDir, secrets: memos.tokens(), texts });
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function startChat(config: Config, clock: FakeClock, telegram: FakeTelegram) {
  /** Calls that are under way, also of what goes on in the background. */
  const calls = new Set<Promise<unknown>>();
  function tracked<T>(call: Promise<T>): Promise<T> {
    const ended = call.catch(() => null).finally(() => calls.delete(ended));
    calls.add(ended);
    return call;
  }
  const trackedFetch = Object.assign(
    (...request: Parameters<typeof fetch>) => tracked(fetch(...request)),
    fetch,
  );
  const { api: untracked } = createClients(config, clock);
  const api: typeof untracked = { ...untracked, upload: (...upload) => tracked(untracked.upload(...upload)) };
  const memos = createMemosClient({ baseUrl: config.memosUrl, clock, fetch: trackedFetch });
  const context = createContext(config, { memos, api, clock, random: () => 0 });
  const { store, identity, textsFor, accounts, background } = context;
  const { jobs, outbox, deadLetters } = store;
  jobs.recover();
  deadLetters.buryForLeftAccounts();
  outbox.recover();
  let breakerIsClosed = true;
  const breaker = {
    get closed() {
      return breakerIsClosed;
    },
    tripped: null,
    report() {
      breakerIsClosed = false;
    },
  };
  const bot = store.bots.ensure(() => Buffer.from(idKey(config.botToken)).toString("hex"));
  const saving = createSaving(
    { ...context, bot },
    { breaker, reserve: () => undefined, concurrency: { measure: (making) => making() } },
  );
  const { work, follow } = createChat({
    ...context,
    health: async () => ({
      receiving: true,
      memos: { reachable: breakerIsClosed, version: memos.known()?.version ?? null },
    }),
    suspectToken: saving.tokenWatch.suspect,
    suspectMemos: () => undefined,
    takeUp: saving.takeUp,
    uploadLimitBytes: UPLOAD_LIMIT_BYTES,
  });
  const news = createNews({
    ...context,
    suspectToken: saving.tokenWatch.suspect,
    stirred: () => undefined,
    background: {
      ...background,
      run: (what, work) => background.run(what, (signal) => tracked(Promise.try(work, signal))),
    },
    log: logger("news"),
  });
  store.wantedBell.listen(() => queueMicrotask(news.begin));
  const due = createDue({ ...context, suspectToken: saving.tokenWatch.suspect });
  const stopping = new AbortController();
  memos.wroteBell.listen((name) => void tracked(follow.wrote(name, stopping.signal)));
  const sendFile = createSendFile(api, store.uploads.pathOf);
  const toCall = callParams(context);
  let taken = 0;
  let throttledUntil = 0;
  /** Of lanes whose message is to be sent again. */
  const restingUntil = new Map<number, number>();

  async function receive(): Promise<boolean> {
    const { pendingUpdates } = telegram;
    if (!pendingUpdates.some(({ update_id }) => update_id > taken)) return false;
    await identity.get();
    const allowed_updates = [...ALLOWED_UPDATES];
    const updates = await api.call("getUpdates", { offset: taken + 1, timeout: 0, allowed_updates });
    taken = updates.at(-1)?.update_id ?? taken;
    store.inbox.accept(
      updates.map((update) => readUpdate(update, identity.name())),
      { polled: true },
    );
    return true;
  }

  async function workOf(
    queue: JobQueue,
    work: (leased: ReturnType<typeof jobs.lease>, signal: AbortSignal) => Promise<void>,
  ): Promise<boolean> {
    const [first] = lookAtLanes(jobs, queue).due;
    if (!first) return false;
    await work(jobs.lease(first), stopping.signal);
    return true;
  }

  /** Tells a person what is due. */
  async function remind(): Promise<boolean> {
    if (!due.isReady()) return false;
    for (const person of due.people()) {
      const next = due.next(person);
      if (!next?.item) continue;
      await due.work(next.item, stopping.signal);
      return true;
    }
    return false;
  }

  /** As the sender does, but that a message which Telegram refuses fails the test, unless what it changes is gone or its chat closed. */
  async function send(): Promise<boolean> {
    const chat = outbox
      .chats()
      .find((chat) => clock.now() >= Math.max(throttledUntil, restingUntil.get(chat) ?? 0));
    const message = chat === undefined ? undefined : outbox.take(chat);
    if (!message) return false;
    try {
      const answer =
        message.method === "sendDocument"
          ? await sendFile(message, stopping.signal)
          : await api.call(message.method as TelegramMethod, toCall(message) as never);
      const { message_id = null } = typeof answer === "object" ? (answer as { message_id?: number }) : {};
      outbox.sent(message, message_id);
    } catch (error) {
      if (!isTelegramError(error)) throw error;
      const { kind, message: why, retryAfterMs = 2_000 } = error;
      const isOwed = kind === "throttled" || (kind === "unreachable" && message.promise === "notice");
      if (kind === "throttled") throttledUntil = clock.now() + retryAfterMs;
      else if (isOwed && chat !== undefined) restingUntil.set(chat, clock.now() + retryAfterMs);
      if (isOwed) outbox.again(message);
      else if (error.migrateToChatId !== undefined) outbox.move(message, error.migrateToChatId);
      else if (/not modified/.test(why)) outbox.sent(message, null);
      else if (kind === "unreachable") outbox.drop(message);
      else if (REFUSED.test(why)) outbox.refused(message, closedGroupWords(textsFor), why);
      else throw error;
    }
    return true;
  }

  /** Does one thing that is due; false when there was nothing. */
  async function step(): Promise<boolean> {
    if (await receive()) return true;
    if (await workOf("commands", work)) return true;
    if (breakerIsClosed && (await workOf("messages", saving.work))) return true;
    if (await remind()) return true;
    if (await send()) return true;
    if (calls.size === 0) return false;
    await Promise.all(calls);
    return true;
  }

  return {
    store,
    changed(change: Changed): void {
      news.changed(change);
      void tracked(follow.changed(change, stopping.signal));
    },
    openGate() {
      breakerIsClosed = true;
    },
    /** Does all that is due, and what is due in a moment, such as an album that waits for its other parts. */
    async drain(): Promise<void> {
      if (!memos.known()) await memos.info().catch(() => null);
      // What time it is, Telegram tells with its first answer.
      await identity.get().catch(() => null);
      for (;;) {
        while (!stopping.signal.aborted && (await step()));
        if (stopping.signal.aborted) return;
        const inMs = Math.min(...(breakerIsClosed ? lookAtLanes(jobs, "messages").laterInMs : []));
        if (inMs > A_MOMENT_MS) return;
        await clock.advance(inMs);
      }
    },
    async bind(telegram_id: number, accessToken: string) {
      await accounts.bind({ telegram_id, access_token: new Secret(accessToken) });
    },
    async stop() {
      stopping.abort();
      await background.stop();
      store.close();
    },
  };
}
