import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FakeMemos, type FakeUser, startFakeMemos } from "../fakes/memos.ts";
import { startFakeTelegram } from "../fakes/telegram.ts";
import { createProgram, type Program } from "../support/binary.ts";
import { type Chat, createChat, type SentFile } from "./chat.ts";

/** Someone whose chat and memos the page shows. */
export interface Somebody {
  readonly key: string;
  readonly name: string;
  /** Bound to the Memos account at the start; who is not is a stranger to the bot. */
  readonly isBound: boolean;
  readonly chat: Chat;
  readonly account: FakeUser;
}

/** memoferry, unchanged, in a process of its own between the stand-ins, and the levers that the page has. */
export interface Demo {
  readonly ferry: Program;
  /** Calls the admin API. */
  api(method: "GET" | "POST", path: string, body?: object): Promise<Response>;
  readonly people: readonly Somebody[];
  readonly memos: FakeMemos;
  /** False while the Memos stand-in was told to be away. */
  readonly memosUp: boolean;
  setMemosUp(up: boolean): Promise<void>;
  /** What people sent through the page, by file id. */
  readonly sentFiles: ReadonlyMap<string, SentFile>;
  /** Ends everything and removes the folder. Twice is fine. */
  stop(): Promise<void>;
}

const MAIN = join(import.meta.dir, "../../src/main.ts");

export async function startDemo(): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-demo-"));
  // An empty one, so that no `.env` of the clone is read.
  const cwd = join(folder, "work");
  mkdirSync(cwd);
  const telegram = await startFakeTelegram({ username: "memoferry_demo_bot" });
  const memos = await startFakeMemos();
  const adminToken = `demo-${crypto.randomUUID()}`;
  const sentFiles = new Map<string, SentFile>();
  const somebody = (key: string, name: string, isBound: boolean): Somebody => ({
    key,
    name,
    isBound,
    chat: createChat(telegram, telegram.user({ first_name: name, username: `${key}_demo` }), sentFiles),
    account: memos.addUser(key),
  });
  const ada = somebody("ada", "Ada", true);
  const ferry = await createProgram({
    command: [process.execPath, MAIN, "serve"],
    cwd,
    env: {
      MEMOS_URL: memos.url,
      BOT_TOKEN: telegram.token,
      TELEGRAM_API_URL: telegram.url,
      DATA_DIR: join(folder, "data"),
      HTTP_HOST: "127.0.0.1",
      HTTP_PORT: "0",
      ADMIN_TOKEN: adminToken,
      LOG_FORMAT: "json",
    },
  });
  const api: Demo["api"] = (method, path, body) =>
    fetch(ferry.url + path, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(10_000),
      ...(body && { body: JSON.stringify(body) }),
    });
  let memosUp = true;
  let stopped: Promise<void> | null = null;

  async function stop(): Promise<void> {
    if (ferry.running) await ferry.stop().catch(() => undefined);
    await ferry[Symbol.asyncDispose]();
    await telegram.close();
    await memos.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  const demo: Demo = {
    ferry,
    api,
    people: [ada, somebody("sam", "Sam", false)],
    memos,
    get memosUp() {
      return memosUp;
    },
    async setMemosUp(up) {
      memosUp = up;
      await (up ? memos.start() : memos.stop());
    },
    sentFiles,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
  try {
    await ferry.start();
    const binding = { telegram_id: ada.chat.person.id, access_token: ada.account.token };
    const { status } = await api("POST", "/api/v1/bindings", binding);
    if (status !== 201) throw new Error(`Ada could not be bound: ${status}`);
    return demo;
  } catch (error) {
    await demo.stop();
    throw error;
  }
}
