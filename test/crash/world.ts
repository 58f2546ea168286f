import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { databasePath } from "../../src/store/db/data-dir.ts";
import { openSqlite } from "../../src/store/db/sqlite.ts";
import { run } from "../e2e/cli-run.ts";
import { type FakeMemosOptions, type FakeUser, startFakeMemos } from "../fakes/memos.ts";
import { type FakeTelegramOptions, type Person, startFakeTelegram } from "../fakes/telegram.ts";
import { rows, until } from "../support/app.ts";
import { createProgram } from "../support/binary.ts";
import { emptyDatabase } from "../support/empty-database.ts";
import { startProxy } from "../support/proxy.ts";
import { expectNoSecret, saidBy, webhookSecretsOf } from "../support/secrets.ts";
import { createDisk, type Leftover } from "./disk.ts";

export const ADMIN_TOKEN = "test-admin-token-0123456789";
/** Nothing listens there: the program runs, and Telegram sees nothing of it. */
const NO_TELEGRAM = "http://127.0.0.1:9";

/** Many worlds are looked at side by side: each look takes time from all of them. */
const LOOK_MS = 25;
/** Jobs and messages that are owed, but for marks, of which a group takes 20 a minute, and one while there was nothing to do yet. */
const open = `SELECT
  (SELECT count(*) FROM jobs WHERE state = 'waiting') +
  (SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending') AND method <> 'setMessageReaction') +
  (NOT EXISTS (SELECT 1 FROM jobs)) AS open`;

interface Status {
  readonly jobs: { waiting: number; working: number; done: number; dead: number };
}

/** How the power is cut. */
export interface Power {
  readonly strace: string;
  leftover(): Leftover;
  /** Told how many calls each cut undid. */
  cut(calls: number): void;
}

interface ProgramWorldOptions {
  readonly env?: Record<string, string>;
  readonly telegram?: FakeTelegramOptions;
  /** Where its data folder is made. Default: a temporary folder, removed at the end. */
  readonly folder?: string;
  /** The program is ended by power cuts, not by SIGKILL alone. Needs strace. */
  readonly power?: Power;
  /** Updates come by a webhook. */
  readonly webhook?: boolean;
  /** Run in place of the executable, and in the folder. */
  readonly command?: readonly string[];
}

export interface CrashWorldOptions extends ProgramWorldOptions {
  readonly memos?: FakeMemosOptions;
}

export type CrashWorld = Awaited<ReturnType<typeof createCrashWorld>>;

/** The same as `createProgramWorld`, between both fakes. */
export async function createCrashWorld(options: CrashWorldOptions = {}) {
  const reencodeJpeg = (options.memos?.version ?? "0.30.0") >= "0.26";
  const memos = await startFakeMemos({ reencodeJpeg, ...options.memos });
  const close = async () => {
    memos.onRequest = undefined;
    await memos.stop();
  };
  const world = await createProgramWorld(memos.url, options, close, memos.tokens);
  const { program, telegram } = world;
  return Object.assign(world, {
    memos,
    /** A person in Telegram and their account in Memos. */
    people: <const Names extends readonly string[]>(...names: Names) =>
      names.map((name) => ({
        account: memos.addUser(name),
        person: telegram.user({ first_name: name, username: name }),
        // As many as there are names.
      })) as { [At in keyof Names]: { account: FakeUser; person: Person } },
    /** Binds people as an administrator does, before Telegram hears of the program; with `end`, by a program that ends so. */
    async bind(
      people: readonly { person: Person; account: FakeUser }[],
      end?: () => Promise<unknown>,
    ): Promise<void> {
      // With power cuts, the folder's first files have to be made under the eyes of strace.
      if (!options.power && !end) {
        // Only a start makes one.
        if (!existsSync(world.dataDir)) {
          mkdirSync(world.dataDir, { mode: 0o700 });
          emptyDatabase(world.dataDir);
        }
        for (const { person, account } of people) {
          const { code, err } = await run(program.env, ["bind", String(person.id)], { stdin: account.token });
          if (code !== 0) throw new Error(`binding failed: ${err}`);
        }
        return;
      }
      program.env["TELEGRAM_API_URL"] = NO_TELEGRAM;
      await program.start();
      for (const { person, account } of people) await world.bindNow(person, account.token);
      await (end ?? program.stop)();
      program.env["TELEGRAM_API_URL"] = telegram.url;
    },
  });
}

/** The compiled program between the Telegram fake and some Memos, with a data folder that outlives it. */
export async function createProgramWorld(
  memosUrl: string,
  options: ProgramWorldOptions = {},
  close: () => Promise<void> = async () => undefined,
  /** Access tokens that Memos has given. */
  tokens: () => string[] = () => [],
) {
  const deliveries = options.webhook ? startProxy(() => (program.isListening ? program.url : null)) : null;
  const telegram = await startFakeTelegram({
    limits: false,
    ...(deliveries && { webhookConnect: () => deliveries.url }),
    ...options.telegram,
  });
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "memoferry-crash-"));
  const dataDir = join(folder, "data");
  const env: Record<string, string> = {
    BOT_TOKEN: telegram.token,
    TELEGRAM_API_URL: telegram.url,
    MEMOS_URL: memosUrl,
    DATA_DIR: dataDir,
    HTTP_PORT: "0",
    ADMIN_TOKEN,
    LOG_LEVEL: "debug",
    LOG_FORMAT: "json",
    ...(deliveries && { RECEIVE: "webhook", WEBHOOK_URL: "https://bot.example.com" }),
    ...options.env,
  };
  const traceFile = `${folder}.trace`;
  const disk = options.power && createDisk({ folder, traceFile, strace: options.power.strace });
  const { command } = options;
  const program = await createProgram({
    env,
    ...(command && { command, cwd: folder }),
    ...(disk && { under: disk.under }),
  });

  /** A call of the program's API, with the admin token. */
  const call = (method: string, path: string, body?: unknown): Promise<Response> => {
    const isForm = body instanceof FormData;
    return fetch(`${program.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(!isForm && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
    });
  };
  /** Rows of the program's database, read beside it. */
  const rowsOf = <Row>(sql: string): Row[] => rows({ dataDir }, sql);

  return {
    telegram,
    program,
    dataDir,
    /** What a webhook's deliveries go through, also while the program is away. Null without a webhook. */
    deliveries,
    /** Ends the program by SIGKILL; with `power`, by a power cut, which leaves of its files what was synced. */
    async kill(): Promise<void> {
      await program.kill();
      if (disk && options.power) options.power.cut(disk.cut(options.power.leftover()));
    },
    call,
    /** What a GET of it tells. */
    api: async (path: string): Promise<Status> => (await call("GET", path)).json() as Promise<Status>,
    /** Binds a person as an administrator does, while the program runs. */
    async bindNow(person: Pick<Person, "id">, accessToken: string): Promise<void> {
      const body = { telegram_id: person.id, access_token: accessToken };
      const answer = await call("POST", "/api/v1/bindings", body);
      if (answer.status !== 201) throw new Error(`binding failed: ${answer.status} ${await answer.text()}`);
    },
    rows: rowsOf,
    /** Changes the program's database, while the program is away. */
    change(sql: string): void {
      const database = openSqlite(databasePath(dataDir));
      database.exec(sql);
      database.close();
    },
    /** Resolves when nothing is left to do: all confirmed at Telegram, no job unfinished, no message owed. */
    async settled(timeoutMs = 60_000): Promise<void> {
      await until(
        "everything to be settled",
        () => telegram.pendingUpdates.length === 0 && rowsOf<{ open: number }>(open)[0]?.open === 0,
        timeoutMs,
        LOOK_MS,
      );
    },
    async [Symbol.asyncDispose](): Promise<void> {
      telegram.onRequest = undefined;
      await program[Symbol.asyncDispose]();
      await telegram.close();
      await deliveries?.[Symbol.asyncDispose]();
      await close();
      const texts = {
        "the log": program.log.map((line) => JSON.stringify(line)).join("\n"),
        "what it printed": program.text,
        "the title of its process": program.titles.join("\n"),
        "what the bot said": saidBy(telegram),
      };
      expectNoSecret({ env, dataDir, secrets: [...tokens(), ...webhookSecretsOf(telegram)], texts });
      if (!options.folder) rmSync(folder, { recursive: true, force: true });
      rmSync(traceFile, { force: true });
    },
  };
}

/** Worlds that are there at once, in all tests: they mostly wait. */
const AT_ONCE = 4 * availableParallelism();
let free = AT_ONCE;
const queued: (() => void)[] = [];

export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free === 0) await new Promise<void>((resolve) => queued.push(resolve));
  else free -= 1;
  try {
    return await work();
  } finally {
    const next = queued.shift();
    if (next) next();
    else free += 1;
  }
}

/** Runs `work` for each item, some at a time; what failed is reported together, each with its item's name. */
export async function forEach<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: string[] = [];
  const one = async (item: T) => {
    try {
      await inTurn(() => work(item));
    } catch (error) {
      failures.push(`── ${nameOf(item)}\n${error instanceof Error ? (error.stack ?? error) : error}`);
    }
  };
  await Promise.all(items.map(one));
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${items.length} failed:\n${failures.slice(0, 3).join("\n\n")}`);
}
