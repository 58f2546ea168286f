import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type App, startApp } from "../../src/app/app.ts";
import { configureLogging } from "../../src/base/log.ts";
import { loadConfig } from "../../src/config/config.ts";
import type { TopicTags } from "../../src/domain/choices.ts";
import { databasePath } from "../../src/store/db/data-dir.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";
import type { FakeMemosOptions } from "../fakes/memos/types.ts";
import { type FakeMemos, type FakeUser, startFakeMemos } from "../fakes/memos.ts";
import { type FakeTelegram, type FakeTelegramOptions, startFakeTelegram } from "../fakes/telegram.ts";
import { emptyDatabase } from "./empty-database.ts";
import { createFastClock, type FastClock } from "./fast-clock.ts";
import { expectPlans } from "./plans.ts";
import { expectNoSecret, saidBy, webhookSecretsOf } from "./secrets.ts";

/** The whole program in a data folder of its own, between the Telegram fake and some Memos server. */
export interface ProgramWorld {
  readonly telegram: FakeTelegram;
  readonly dataDir: string;
  /** Bearer token of the API. */
  readonly adminToken: string;
  /** Lines of the log, as JSON objects. */
  readonly log: Record<string, unknown>[];
  /** What its API answered. */
  readonly answers: string[];
  readonly app: App;
  /** The program's clock, the same over its restarts. The fakes have the real time; Telegram shows this one's, unset. */
  readonly clock: FastClock;
  /** The environment that the program is configured by. */
  readonly env: Record<string, string>;
  /** Stops the program; the servers and the data folder stay. */
  stopApp(): Promise<void>;
  startApp(): Promise<void>;
  /** Waits for it. */
  readonly until: Until;
  /** Waits until the program has nothing left to do. */
  quiet(): Promise<void>;
  bind(telegramId: number, accessToken: string): Promise<void>;
  /** Stops the program and the fakes, and removes the data folder. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Waits until `condition` gives something, and gives that. */
export type Until = <T>(
  what: string,
  condition: () => Maybe<T> | Promise<Maybe<T>>,
  timeoutMs?: number,
) => Promise<T>;
type Maybe<T> = T | undefined | null | false | 0 | "";

/** The same between both fakes. */
export interface World extends ProgramWorld {
  readonly memos: FakeMemos;
}

interface ProgramOptions {
  readonly telegram?: FakeTelegramOptions;
  readonly env?: Record<string, string>;
  /** How fast the program's time passes. Default 1, the real time. Otherwise Telegram does not limit sending. */
  readonly rate?: number;
}

interface Preparing {
  readonly telegram: FakeTelegram;
  readonly env: Record<string, string>;
}

export interface WorldOptions extends ProgramOptions {
  readonly memos?: FakeMemosOptions;
  /** Runs before the program starts, such as to let updates wait for it. */
  readonly prepare?: (fakes: Preparing & { memos: FakeMemos }) => void | Promise<void>;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const memos = await startFakeMemos(options.memos ?? {});
  const world = await createProgramWorld(memos.url, options, {
    prepare: (fakes) => options.prepare?.({ ...fakes, memos }),
    close: () => memos.stop(),
    tokens: memos.tokens,
  });
  return Object.assign(world, { memos });
}

/** Whatever a test was about, these show no secret of it at its end. */
const SHOWN = ["/metrics", "/readyz", "/api/v1/status", "/api/v1/updates?limit=200", "/api/v1/bindings"];

export async function createProgramWorld(
  memosUrl: string,
  options: ProgramOptions,
  {
    prepare,
    close,
    tokens,
  }: {
    prepare?: (fakes: Preparing) => unknown;
    close?: () => Promise<void>;
    tokens?: () => string[];
  } = {},
): Promise<ProgramWorld> {
  const clock = createFastClock({ rate: options.rate ?? 1 });
  const telegram = await startFakeTelegram({
    limits: (options.rate ?? 1) === 1,
    wallClock: clock.rightNow,
    ...options.telegram,
  });
  const dataDir = mkdtempSync(join(tmpdir(), "memoferry-test-"));
  emptyDatabase(dataDir);
  const adminToken = "test-admin-token-0123456789";
  const log: Record<string, unknown>[] = [];
  const env: Record<string, string> = {
    BOT_TOKEN: telegram.token,
    TELEGRAM_API_URL: telegram.url,
    MEMOS_URL: memosUrl,
    DATA_DIR: dataDir,
    HTTP_PORT: "0",
    ADMIN_TOKEN: adminToken,
    LOG_LEVEL: "debug",
    ...options.env,
  };
  const start = () => {
    configureLogging("debug", "json", (line) => void log.push(JSON.parse(line)));
    return startApp(loadConfig(env), { clock });
  };
  await prepare?.({ telegram, env });
  let app: App | null = await start();
  const answers: string[] = [];
  const world: ProgramWorld = {
    telegram,
    dataDir,
    adminToken,
    log,
    answers,
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
    until,
    // Memos of the older engine takes seconds for a long text.
    quiet: () => settled(world, 60_000),
    async bind(telegram_id, access_token) {
      const body = { telegram_id, access_token };
      const { status, text } = await api(world, "POST", "/api/v1/bindings", body);
      if (status !== 201) throw new Error(`binding failed: ${status} ${text}`);
    },
    async [Symbol.asyncDispose]() {
      if (app) for (const path of SHOWN) await api(world, "GET", path);
      if (app) answers.push(await dashboard(world));
      await app?.stop();
      await telegram.close();
      await close?.();
      const secrets = [...(tokens?.() ?? []), ...webhookSecretsOf(telegram)];
      const texts = {
        "the log": log.map((line) => JSON.stringify(line)).join("\n"),
        "an answer": answers.join("\n"),
        "what the bot said": saidBy(telegram),
      };
      expectPlans();
      expectNoSecret({ env, dataDir, secrets, texts });
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return world;
}

/** What the whole program and the chat alone have in common. */
export type Place = Pick<ProgramWorld, "telegram" | "dataDir" | "until" | "quiet" | "bind">;
export type PlaceWithMemos = Place & Pick<World, "memos">;

/** A person in Telegram who is bound to an account of the same name in Memos. */
export async function boundPerson(
  world: PlaceWithMemos,
  name = "alice",
): Promise<{ person: ReturnType<FakeTelegram["user"]>; account: FakeUser }> {
  const account = world.memos.addUser(name);
  return { person: await bindPerson(world, name, account.token), account };
}

/** Somebody in Telegram, and an account in Memos of the same name, not yet joined. */
export function stranger({ memos, telegram }: PlaceWithMemos, name = "alice") {
  return { account: memos.addUser(name), person: telegram.user({ first_name: name, username: name }) };
}

/** What each memo says, in the order in which they were made. */
export const contents = ({ memos }: Pick<World, "memos">): string[] =>
  memos.memos().map(({ content }) => content);

/** How many messages the bot said it saved: one by one, or many as one. */
export const confirmed = (world: Pick<ProgramWorld, "telegram">, chat: { readonly id: number }): number =>
  botTexts(world, chat).reduce((sum, text) => {
    const many = /^Saved (\d+) messages$/.exec(text)?.[1];
    return sum + (many === undefined ? Number(text.startsWith("Saved as")) : Number(many));
  }, 0);

/** What was spent on each message so far. */
export const attempts = (world: Pick<ProgramWorld, "dataDir">): number[] =>
  rows<{ attempts: number }>(world, "SELECT attempts FROM jobs WHERE queue = 'messages' ORDER BY id").map(
    (row) => row.attempts,
  );

/** A file's name as it was sent: up to Memos 0.26 it holds the beginning of its id. */
export const sentName = ({ filename }: { readonly filename: string }): string =>
  filename.replace(/-[0-9a-f]{8}(?=(?:\.[^.]*)?$)/, "");

/** A person in Telegram who is bound to the account of this access token. */
export async function bindPerson(
  world: Place,
  name: string,
  accessToken: string,
): Promise<ReturnType<FakeTelegram["user"]>> {
  const person = world.telegram.user({ first_name: name, username: name });
  await world.bind(person.id, accessToken);
  return person;
}

/** Resolves with what `condition` gives as soon as it is true-ish; looks again every few milliseconds. */
export async function until<T>(
  what: string,
  condition: () => Maybe<T> | Promise<Maybe<T>>,
  timeoutMs = 30_000,
  pauseMs = 5,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited too long for: ${what}`);
    await setTimeout(pauseMs);
  }
}

/** One call of the program's own HTTP API, with the admin token. */
export async function api(
  world: ProgramWorld,
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
  world.answers.push(text);
  const isJson = answer.headers.get("content-type")?.includes("json");
  return { status: answer.status, body: isJson ? JSON.parse(text) : {}, text };
}

/** The page as it is shown to who signs in. */
async function dashboard({ app: { url }, env, dataDir }: ProgramWorld): Promise<string> {
  const token = env["ADMIN_TOKEN"] || readFileSync(join(dataDir, "admin-token"), "utf8");
  const body = new URLSearchParams({ token });
  const { headers } = await fetch(`${url}/sign-in`, { method: "POST", body, redirect: "manual" });
  const page = await fetch(url, { headers: { cookie: headers.get("set-cookie") ?? "" } });
  if (headers.get("location") !== "./" || !page.ok) throw new Error("the dashboard is not shown");
  return page.text();
}

/** Rows of the program's database, as they are on disk. */
export function rows<Row>(world: Pick<ProgramWorld, "dataDir">, sql: string): Row[] {
  const database = openSqlite(databasePath(world.dataDir), { readonly: true });
  try {
    return database.all(sql);
  } finally {
    database.close();
  }
}

/** What `/settings` changes, by the names of the row. */
export interface PersonSettings {
  readonly visibility?: "PRIVATE" | "PROTECTED" | "PUBLIC" | null;
  readonly tags?: readonly string[];
  readonly confirmation?: "reply" | "reaction" | "off";
  readonly source_line?: boolean;
  readonly formatting?: "as_typed" | "exact";
  readonly time_zone?: string | null;
}

/** All that is said in a group or channel, of which nothing came yet, becomes memos of somebody. */
export function giveChat(
  world: Pick<ProgramWorld, "dataDir">,
  chatId: number,
  ownerId: number,
  { author_line = false, topic_tags = "off" }: GivenSettings = {},
): void {
  const database = openSqlite(databasePath(world.dataDir));
  try {
    database.run(
      `INSERT INTO chats (bot_id, chat_id, mode, owner_id, owner_account, author_line, topic_tags)
         SELECT max(bot_id), ?, 'all', telegram_id, account_key, ?, ? FROM bots, bindings WHERE telegram_id = ?
         ON CONFLICT DO NOTHING`,
      chatId,
      Number(author_line),
      topic_tags,
      ownerId,
    );
  } finally {
    database.close();
  }
}

/** What memos of a group have besides what is said. */
export interface GivenSettings {
  readonly author_line?: boolean;
  readonly topic_tags?: TopicTags;
}

/** Changes settings of a bound person, from the next message on; returns those that were in their place. */
export function changeSettings(
  world: Pick<ProgramWorld, "dataDir">,
  person: { readonly id: number },
  settings: PersonSettings,
): PersonSettings {
  const names = Object.keys(settings) as (keyof PersonSettings)[];
  if (names.length === 0) return {};
  const database = openSqlite(databasePath(world.dataDir));
  try {
    const before = database.get<Record<string, unknown>>(
      `SELECT ${names.join(", ")} FROM bindings WHERE telegram_id = ?`,
      person.id,
    );
    const stored = (name: keyof PersonSettings) =>
      name === "tags"
        ? JSON.stringify(settings.tags)
        : name === "source_line"
          ? Number(settings.source_line)
          : (settings[name] ?? null);
    database.run(
      `UPDATE bindings SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE telegram_id = ?`,
      ...names.map(stored),
      person.id,
    );
    const read = (name: string, value: unknown) =>
      name === "tags" ? JSON.parse(String(value)) : name === "source_line" ? value === 1 : value;
    return Object.fromEntries(Object.entries(before ?? {}).map(([name, value]) => [name, read(name, value)]));
  } finally {
    database.close();
  }
}

/** Whether any file of the data folder holds these bytes. */
export function onDisk(world: Pick<ProgramWorld, "dataDir">, text: string): boolean {
  return readdirSync(world.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(text));
}

/** The updates of a file of test/fixtures/telegram/updates, in their order. Most are sent by Ada, `SAMPLE_USER`. */
export function sample(name: string): Record<string, unknown>[] {
  const path = join(import.meta.dirname, "../fixtures/telegram/updates", `${name}.json`);
  return [JSON.parse(readFileSync(path, "utf8"))].flat();
}

export const SAMPLE_USER = 7_215_338_901;

/** Texts of the bot's messages in a chat as they are now, oldest first. */
export function botTexts(world: Pick<ProgramWorld, "telegram">, chat: { readonly id: number }): string[] {
  return world.telegram.botMessages(chat.id).map((message) => message.text ?? "");
}

/** Waits for so many memos on the server and returns them in the order in which they were made. */
export async function memosSaved(world: PlaceWithMemos, count: number, timeoutMs?: number) {
  await world.until(`${count} memos`, () => world.memos.memos().length >= count, timeoutMs);
  return world.memos.memos();
}

/** Jobs that are not done, and messages that are owed, in the program's database. */
export function openWork(world: Pick<ProgramWorld, "dataDir">): number {
  const sql = `SELECT (SELECT count(*) FROM jobs WHERE state = 'waiting') +
    (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')) AS open`;
  return rows<{ open: number }>(world, sql)[0]?.open ?? 0;
}

/** Waits until the program has nothing left to do: every message taken, worked and confirmed. */
export async function settled(world: ProgramWorld, timeoutMs?: number): Promise<void> {
  await until(
    "nothing left to do",
    () =>
      (world.telegram.isPollWaiting || world.telegram.webhook["url"] !== "") &&
      world.telegram.pendingUpdates.length === 0 &&
      openWork(world) === 0,
    timeoutMs,
  );
}

/** Jobs that the program works right now. */
export async function jobsAtWork(world: ProgramWorld): Promise<number> {
  const { body } = await api(world, "GET", "/api/v1/status");
  return (body["jobs"] as { working: number }).working;
}

/**
 * Lets the program's time pass, a step whenever nothing is at work, until `condition` holds. A call that runs must
 * not see its own time limit pass. `polled`: steps are short while no poll waits at Telegram, shorter than a poll that
 * is on its way may take. The time of its answer, read after a step of more than five minutes, would make our clock a
 * wrong one.
 */
export async function passTime<T>(
  world: ProgramWorld,
  what: string,
  condition: () => T | undefined | null | false | 0 | "",
  { stepMs = 15_000, timeoutMs = 30_000, polled = false } = {},
): Promise<T> {
  return until(
    what,
    async () => {
      const found = condition();
      const isCalm = !polled || world.telegram.isPollWaiting;
      if (!found && (await jobsAtWork(world)) === 0) world.clock.advance(isCalm ? stepMs : 10_000);
      return found;
    },
    timeoutMs,
  );
}
