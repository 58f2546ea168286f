import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../src/base/secret.ts";
import { startFakeMemos } from "../fakes/memos.ts";
import { startFakeTelegram } from "../fakes/telegram.ts";
import { type Chat, createChat, type SentFile } from "./chat.ts";
import { createFerry, type Ferry } from "./ferry.ts";
import { createMemosView, type MemosView } from "./memos-view.ts";
import { DemoError, type DemoSettings } from "./settings.ts";

/** Someone whose chat and memos the page shows. */
export interface Somebody {
  readonly key: string;
  readonly name: string;
  /** Bound to the Memos account at the start; who is not is a stranger to the bot. */
  readonly isBound: boolean;
  /** Null with a real bot: its chats are in Telegram. */
  readonly chat: Chat | null;
  readonly view: MemosView | null;
  /** For `/bind`. Only ever a token of the stand-in: a real one stays away from the page. */
  readonly bindToken: string | null;
}

/** memoferry, what it talks to, and the levers that the page has. */
export interface Demo {
  readonly ferry: Ferry;
  readonly people: readonly Somebody[];
  readonly memosUrl: string;
  readonly isRealMemos: boolean;
  readonly isRealTelegram: boolean;
  /** False while the Memos stand-in was told to be away. */
  readonly memosUp: boolean;
  setMemosUp(up: boolean): Promise<void>;
  /** What people sent through the page, by file id. */
  readonly sentFiles: ReadonlyMap<string, SentFile>;
  /** Ends everything within seconds and removes the folder. Twice is fine. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 2_500;

/** @throws DemoError when the real server or bot that was named cannot be used. */
export async function startDemo(settings: DemoSettings): Promise<Demo> {
  const { realMemos, realTelegram, telegramId } = settings;
  const folder = mkdtempSync(join(tmpdir(), "memoferry-demo-"));
  const workDir = join(folder, "work");
  mkdirSync(workDir);

  const telegram = realTelegram ? null : await startFakeTelegram({ username: "memoferry_demo_bot" });
  const memos = realMemos ? null : await startFakeMemos();
  const memosUrl = realMemos?.url ?? memos?.url ?? "";
  const everyMs = realMemos ? 2_000 : 300;
  let memosUp = true;
  let stopped: Promise<void> | null = null;

  const ada = realMemos?.token ?? new Secret(memos?.addUser("ada").token ?? "");
  const sentFiles = new Map<string, SentFile>();
  const viewOf = (token: Secret) => createMemosView({ url: memosUrl, token, everyMs });
  const people: Somebody[] = [];
  if (telegram) {
    const chatOf = (first_name: string, username: string) =>
      createChat(telegram, telegram.user({ first_name, username }), sentFiles);
    const sam = memos?.addUser("sam").token ?? null;
    people.push(
      {
        key: "ada",
        name: "Ada",
        isBound: true,
        chat: chatOf("Ada", "ada_demo"),
        view: viewOf(ada),
        bindToken: null,
      },
      {
        key: "sam",
        name: "Sam",
        isBound: false,
        chat: chatOf("Sam", "sam_demo"),
        view: sam === null ? null : viewOf(new Secret(sam)),
        bindToken: sam,
      },
    );
  } else {
    const bindToken = realMemos || telegramId !== null ? null : ada.reveal();
    people.push({
      key: "you",
      name: "You",
      isBound: telegramId !== null,
      chat: null,
      view: viewOf(ada),
      bindToken,
    });
  }

  const ferry = createFerry({
    dataDir: join(folder, "data"),
    workDir,
    adminToken: `demo-${crypto.randomUUID()}`,
    env: {
      ...settings.passedOn,
      MEMOS_URL: memosUrl,
      BOT_TOKEN: realTelegram?.token.reveal() ?? telegram?.token ?? "",
      TELEGRAM_API_URL: realTelegram?.apiUrl ?? telegram?.url ?? "",
    },
  });

  async function stop(): Promise<void> {
    await ferry.stop(STOP_GRACE_MS);
    await telegram?.close();
    await memos?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  const demo: Demo = {
    ferry,
    people,
    memosUrl,
    isRealMemos: realMemos !== null,
    isRealTelegram: realTelegram !== null,
    get memosUp() {
      return memosUp;
    },
    async setMemosUp(up) {
      if (!memos) throw new Error("that is a real Memos server: the demo does not touch it");
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
    const bound = people[0]?.chat?.person.id ?? telegramId;
    if (bound != null) await bind(ferry, bound, ada);
    return demo;
  } catch (error) {
    await demo.stop();
    throw error;
  }
}

async function bind(ferry: Ferry, telegram_id: number, token: Secret): Promise<void> {
  const { status, body } = await ferry.api("POST", "/api/v1/bindings", {
    telegram_id,
    access_token: token.reveal(),
  });
  if (status === 201) return;
  const detail = (body as { detail?: string }).detail ?? `it answered ${status}`;
  throw new DemoError(`MEMOS_URL and MEMOS_TOKEN do not work together: ${detail}`);
}
