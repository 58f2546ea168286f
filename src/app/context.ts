import { createAccounts } from "../accounts/accounts.ts";
import { createBackground } from "../base/background.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { createKeyedMutex } from "../base/keyed-mutex.ts";
import { logger } from "../base/log.ts";
import { createMemoUrls } from "../chat/memo-urls.ts";
import type { Config } from "../config/config.ts";
import { DEFAULT_API_URL } from "../config/settings.ts";
import { createPace } from "../delivery/pace.ts";
import type { WritingRules } from "../domain/saved.ts";
import { type TextsFor, textsOf } from "../locales/texts.ts";
import { createMemosClient } from "../memos/client.ts";
import { openStore } from "../store/store.ts";
import { createIdentity, createTelegramApi } from "../telegram/api.ts";
import { createMetrics } from "./metrics.ts";

const CLOCK_TOLERANCE_MS = 5 * 60_000;

export function createClients(config: Config, clock: Clock, metrics = createMetrics()) {
  const { memosUrl, memosHeaders, telegramApiUrl, botToken: token, telegramProxy: proxy } = config;
  return {
    memos: createMemosClient({ baseUrl: memosUrl, headers: memosHeaders, clock, fetch: metrics.memosFetch }),
    api: createTelegramApi({ baseUrl: telegramApiUrl, token, proxy, clock, fetch: metrics.telegramFetch }),
  };
}

export type Context = ReturnType<typeof createContext>;

export interface ContextOptions extends Partial<ReturnType<typeof createClients>> {
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** What all parts of the program work with. Opens the store; nothing runs yet. @throws AppError as `openStore` does. */
export function createContext(config: Config, options: ContextOptions = {}) {
  const { clock = systemClock, random = Math.random } = options;
  const metrics = createMetrics();
  const { memos, api } = { ...createClients(config, clock, metrics), ...options };
  const { botId, telegramApiUrl, telegramFilesDir } = config;
  const store = openStore(config, clock);
  store.attemptBell.listen(metrics.attempted);

  return {
    config,
    store,
    memos: {
      ...memos,
      async createAttachment(...upload: Parameters<typeof memos.createAttachment>) {
        const uploaded = await memos.createAttachment(...upload);
        metrics.uploaded(upload[1].size);
        return uploaded;
      },
    },
    api,
    metrics,
    background: createBackground({ clock, log: logger("app") }),
    clock,
    random,
    botId,
    identity: createIdentity(api, botId),
    accounts: createAccounts({ ...store, memos, log: logger("accounts") }),
    textsFor: ((telegramId) => textsOf(store.bindings.get(telegramId ?? 0))) satisfies TextsFor,
    urls: createMemoUrls({ ...config, memos }),
    /** How memos are written for the Memos that was last spoken with. */
    writingRules(): WritingRules | null {
      const known = memos.known();
      return known && { limit: known.contentLimitBytes, memos: known.version };
    },
    /** A Bot API server of one's own, on this machine. */
    isLocalTelegram: telegramApiUrl !== DEFAULT_API_URL && telegramFilesDir !== null,
    /** Whether stored times can be compared with now, as far as Telegram's clock tells; null while that is not known. */
    clockIsRight(): boolean | null {
      const time = api.time();
      return time === null ? null : Math.abs(time - clock.now()) <= CLOCK_TOLERANCE_MS;
    },
    /** One change at a time for each memo: by an edit of its message, or by a command. */
    memoMutex: createKeyedMutex(),
    pace: createPace(clock),
  };
}
