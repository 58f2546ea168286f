import { createAccounts } from "../accounts/accounts.ts";
import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import { logger } from "../base/log.ts";
import { createMemoUrls } from "../chat/memo-urls.ts";
import type { Config } from "../config/config.ts";
import { createPace } from "../delivery/pace.ts";
import { createTextsFor } from "../locales/texts.ts";
import { createMemosClient, type MemosClient } from "../memos/client.ts";
import { idKey } from "../memos/names.ts";
import { createKeyedMutex } from "../saving/keyed-mutex.ts";
import type { Store } from "../store/store.ts";
import { createTelegramApi, type TelegramApi } from "../telegram/api.ts";
import { createIdentity } from "../telegram/identity.ts";

/** As far as this machine's clock may be off. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;
const OFFICIAL_API = "https://api.telegram.org";

/** The servers on both sides. */
export function createClients(config: Config, clock: Clock) {
  return {
    memos: createMemosClient({ baseUrl: config.memosUrl, clock }),
    api: createTelegramApi({
      baseUrl: config.telegramApiUrl,
      token: config.botToken,
      proxy: config.telegramProxy,
      clock,
    }),
  };
}

export type Context = ReturnType<typeof createContext>;

/** What all parts of the program work with. Nothing runs yet. */
export function createContext(given: {
  readonly config: Config;
  readonly store: Store;
  readonly memos: MemosClient;
  readonly api: TelegramApi;
  readonly background: Background;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
}) {
  const { config, store, memos, api, clock } = given;
  const { botId, memosUrl, memosPublicUrl, telegramApiUrl, telegramFilesDir } = config;
  const bot = store.bots.ensure(() => Buffer.from(idKey(config.botToken)).toString("hex"));

  /** Whether stored times can be compared with now, as far as Telegram's clock tells; null while that is not known. */
  function clockIsRight(): boolean | null {
    const time = api.time();
    return time === null ? null : Math.abs(time - clock.now()) <= CLOCK_TOLERANCE_MS;
  }

  return {
    ...given,
    botId,
    bot,
    identity: createIdentity(api, botId),
    accounts: createAccounts({ ...store, memos, log: logger("accounts") }),
    textsFor: createTextsFor(store.bindings),
    urls: createMemoUrls({ memos, memosUrl, memosPublicUrl }),
    /** A Bot API server of one's own, on this machine. */
    isLocalTelegram: telegramApiUrl !== OFFICIAL_API && telegramFilesDir !== null,
    clockIsRight,
    /** One change at a time for each memo: by an edit of its message, or by a command. */
    memoMutex: createKeyedMutex(),
    /** Kept by all that is sent. */
    pace: createPace(clock),
  };
}
