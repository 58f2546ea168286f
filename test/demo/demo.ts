import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeMemos } from "../fakes/memos.ts";
import { startFakeTelegram } from "../fakes/telegram.ts";
import { createProgram } from "../support/binary.ts";
import { createChat } from "./chat.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");
const KEEPER = join(import.meta.dir, "keeper.ts");

export type Demo = Awaited<ReturnType<typeof startDemo>>;
/** Someone whose chat and memos the page shows. */
export type Somebody = Demo["people"][number];

/**
 * memoferry, unchanged, in a process of its own between the stand-ins, and the levers that the page has. `httpPort`: its
 * own, "0" for any that is free, another one after each start.
 */
export async function startDemo(httpPort = "0") {
  const folder = mkdtempSync(join(tmpdir(), "memoferry-demo-"));
  // An empty one, so that no `.env` of the clone is read.
  const cwd = join(folder, "work");
  mkdirSync(cwd);
  // In a session of its own, so that Ctrl-C leaves it.
  const keeper = spawn(process.execPath, [KEEPER, folder], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const telegram = await startFakeTelegram({ username: "memoferry_demo_bot" });
  const memos = await startFakeMemos();
  const adminToken = `demo-${crypto.randomUUID()}`;
  const somebody = (key: string, name: string) => ({
    key,
    name,
    chat: createChat(telegram, telegram.user({ first_name: name, username: `${key}_demo` })),
    account: memos.addUser(key),
  });
  const ada = somebody("ada", "Ada");
  const ferry = await createProgram({
    command: [process.execPath, MAIN, "serve"],
    cwd,
    env: {
      MEMOS_URL: memos.url,
      BOT_TOKEN: telegram.token,
      TELEGRAM_API_URL: telegram.url,
      DATA_DIR: join(folder, "data"),
      HTTP_HOST: "127.0.0.1",
      HTTP_PORT: httpPort,
      ADMIN_TOKEN: adminToken,
      LOG_FORMAT: "json",
    },
  });
  let memosUp = true;

  async function start(): Promise<void> {
    const started = ferry.start();
    keeper.stdin.write(`${ferry.pid}\n`);
    await started;
  }

  const sam = somebody("sam", "Sam");
  const demo = {
    ferry,
    start,
    /** What a terminal needs for the README's examples with curl. */
    forCurl: () =>
      `memoferry itself: ${ferry.url}/ (dashboard). For curl:\n` +
      `  api=${ferry.url}/api/v1 auth="Authorization: Bearer ${adminToken}"\n` +
      `  Ada, who is connected: telegram_id ${ada.chat.person.id}\n` +
      `  Sam, who is not at the start: telegram_id ${sam.chat.person.id}, access_token ${sam.account.token}`,
    telegram,
    /** Who was bound when memoferry was last asked, by their Telegram ids; the others are strangers to the bot. */
    bound: new Set<number>(),
    /** What waited in each chat when memoferry was last asked. */
    waiting: new Map<number, Map<number, string>>(),
    /** Calls the admin API. */
    api: (method: "GET" | "POST", path: string, body?: object) =>
      fetch(ferry.url + path, {
        method,
        headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
        signal: AbortSignal.timeout(10_000),
        ...(body && { body: JSON.stringify(body) }),
      }),
    people: [ada, sam],
    memos,
    /** False while the Memos stand-in was told to be away. */
    get memosUp() {
      return memosUp;
    },
    async setMemosUp(up: boolean): Promise<void> {
      memosUp = up;
      await (up ? memos.start() : memos.stop());
    },
    /** Ends everything and removes the folder. */
    async stop(): Promise<void> {
      if (ferry.running) await ferry.stop().catch(() => undefined);
      await ferry[Symbol.asyncDispose]();
      await telegram.close();
      await memos.stop();
      keeper.stdin.end();
      await once(keeper, "exit");
    },
  };
  try {
    await start();
    const binding = { telegram_id: ada.chat.person.id, access_token: ada.account.token };
    const { status } = await demo.api("POST", "/api/v1/bindings", binding);
    if (status !== 201) throw new Error(`Ada could not be bound: ${status}`);
    // A bot may write only to who has written to it.
    ada.chat.send({ text: "/start", entities: [{ type: "bot_command", offset: 0, length: 6 }], files: [] });
    return demo;
  } catch (error) {
    await demo.stop();
    throw error;
  }
}
