import { Database } from "bun:sqlite";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, startApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { configureLogging } from "../../src/log.ts";
import type { FakeMemosOptions } from "../fakes/memos/types.ts";
import { type FakeMemos, type FakeUser, startFakeMemos } from "../fakes/memos.ts";
import { type FakeTelegram, type FakeTelegramOptions, startFakeTelegram } from "../fakes/telegram.ts";
import { createFastClock, type FastClock } from "./fast-clock.ts";

/** The whole program against both fakes, in a data folder of its own. */
export interface World {
  readonly telegram: FakeTelegram;
  readonly memos: FakeMemos;
  readonly dataDir: string;
  /** Bearer token of the API. */
  readonly adminToken: string;
  /** Lines of the log, as JSON objects. */
  readonly log: Record<string, unknown>[];
  readonly app: App;
  /** The program's clock, the same over its restarts. The fakes have the real time. */
  readonly clock: FastClock;
  /** The environment that the program is configured by. */
  readonly env: Record<string, string>;
  /** Stops the program; the fakes and the data folder stay. */
  stopApp(): Promise<void>;
  startApp(): Promise<void>;
  /** Stops everything and removes the data folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface WorldOptions {
  readonly telegram?: FakeTelegramOptions;
  readonly memos?: FakeMemosOptions;
  readonly env?: Record<string, string>;
  /** Runs before the program starts, such as to let updates wait for it. */
  readonly prepare?: (fakes: {
    telegram: FakeTelegram;
    memos: FakeMemos;
    env: Record<string, string>;
  }) => void | Promise<void>;
  /** How fast the program's time passes. Default 1, the real time. Otherwise Telegram does not limit sending. */
  readonly rate?: number;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const telegram = await startFakeTelegram({ limits: (options.rate ?? 1) === 1, ...options.telegram });
  const memos = await startFakeMemos(options.memos ?? {});
  const dataDir = mkdtempSync(join(tmpdir(), "memoferry-test-"));
  const adminToken = "test-admin-token-0123456789";
  const log: Record<string, unknown>[] = [];
  const clock = createFastClock({ rate: options.rate ?? 1 });
  const env: Record<string, string> = {
    BOT_TOKEN: telegram.token,
    TELEGRAM_API_URL: telegram.url,
    MEMOS_URL: memos.url,
    DATA_DIR: dataDir,
    HTTP_PORT: "0",
    ADMIN_TOKEN: adminToken,
    LOG_LEVEL: "debug",
    ...options.env,
  };
  const start = () => {
    configureLogging({ level: "debug", format: "json", write: (line) => log.push(JSON.parse(line)) });
    return startApp(loadConfig(env, { read: () => "" }), { clock });
  };
  await options.prepare?.({ telegram, memos, env });
  let app: App | null = await start();
  return {
    telegram,
    memos,
    dataDir,
    adminToken,
    log,
    clock,
    env,
    get app() {
      if (!app) throw new Error("the program is stopped");
      return app;
    },
    async stopApp() {
      await app?.stop();
      app = null;
    },
    async startApp() {
      app ??= await start();
    },
    async [Symbol.asyncDispose]() {
      await app?.stop();
      await telegram.close();
      await memos.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A person in Telegram who is bound to an account of the same name in Memos. */
export async function boundPerson(
  world: World,
  name = "alice",
): Promise<{ person: ReturnType<FakeTelegram["user"]>; account: FakeUser }> {
  const account = world.memos.addUser(name);
  const person = world.telegram.user({ first_name: name, username: name });
  const answer = await fetch(`${world.app.url}/api/v1/bindings`, {
    method: "POST",
    headers: { authorization: `Bearer ${world.adminToken}`, "content-type": "application/json" },
    body: JSON.stringify({ telegram_id: person.id, access_token: account.token }),
  });
  if (answer.status !== 201) throw new Error(`binding failed: ${answer.status} ${await answer.text()}`);
  return { person, account };
}

/** Resolves with what `condition` gives as soon as it is true-ish; looks again every few milliseconds. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | null | false | 0 | "" | Promise<T | undefined | null | false | 0 | "">,
  timeoutMs = 15_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited too long for: ${what}`);
    await Bun.sleep(5);
  }
}

/** One call of the program's own HTTP API, with the admin token. */
export async function api(
  world: World,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown>; text: string }> {
  const answer = await fetch(`${world.app.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${world.adminToken}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? {} : JSON.parse(text), text };
}

/** Rows of the program's database, as they are on disk. */
export function rows<Row>(world: World, sql: string): Row[] {
  const database = new Database(join(world.dataDir, "memoferry.db"), { readonly: true });
  try {
    return database.query(sql).all() as Row[];
  } finally {
    database.close();
  }
}

/** Whether any file of the data folder holds these bytes. */
export function onDisk(world: World, text: string): boolean {
  return readdirSync(world.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text));
}

/** The updates of a file of test/fixtures/telegram/updates, in their order. Most are sent by Ada, `SAMPLE_USER`. */
export function sample(name: string): Record<string, unknown>[] {
  const path = join(import.meta.dir, "../fixtures/telegram/updates", `${name}.json`);
  return [JSON.parse(readFileSync(path, "utf8"))].flat();
}

export const SAMPLE_USER = 7_215_338_901;

/** Texts of the bot's messages in a chat as they are now, oldest first. */
export function botTexts(world: World, chat: { readonly id: number }): string[] {
  return world.telegram.botMessages(chat.id).map((message) => message.text ?? "");
}

/** Waits for so many memos on the server and returns them in the order in which they were made. */
export async function memosSaved(world: World, count: number, timeoutMs?: number) {
  await until(`${count} memos`, () => world.memos.memos().length >= count, timeoutMs);
  return world.memos.memos();
}

/** Waits until the program has nothing left to do: every message taken, worked and confirmed. */
export async function settled(world: World, timeoutMs?: number): Promise<void> {
  const open = `SELECT (SELECT count(*) FROM jobs WHERE state IN ('waiting', 'working')) +
    (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')) AS open`;
  await until(
    "nothing left to do",
    () =>
      (world.telegram.isPollWaiting || world.telegram.webhook["url"] !== "") &&
      world.telegram.pendingUpdates.length === 0 &&
      rows<{ open: number }>(world, open)[0]?.open === 0,
    timeoutMs,
  );
}

/**
 * Lets the program's time pass, a step whenever nothing is at work, until `condition` holds. A call that runs must
 * not see its own time limit pass.
 */
export async function passTime<T>(
  world: World,
  what: string,
  condition: () => T | undefined | null | false | 0 | "",
  { stepMs = 15_000, timeoutMs = 15_000 } = {},
): Promise<T> {
  const working = "SELECT id FROM jobs WHERE state = 'working'";
  return until(
    what,
    () => {
      const found = condition();
      if (!found && rows(world, working).length === 0) world.clock.advance(stepMs);
      return found;
    },
    timeoutMs,
  );
}
