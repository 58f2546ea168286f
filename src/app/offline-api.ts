import { createAccounts } from "../accounts/accounts.ts";
import { systemClock } from "../base/clock.ts";
import { logger } from "../base/log.ts";
import type { Config } from "../config/config.ts";
import { createApi } from "../http/api.ts";
import { createTextsFor } from "../locales/texts.ts";
import { createMemosClient } from "../memos/client.ts";
import { openStore } from "../store/store.ts";
import { createTelegramApi } from "../telegram/api.ts";
import { createIdentity } from "../telegram/identity.ts";
import { storeApi } from "./api-views.ts";

/**
 * The API over the store of a memoferry that does not run, for one command: the same routes, called without a port.
 * What they leave to be done or said waits for the next start. Holds the lock of DATA_DIR until it is closed.
 * @throws AppError as `openStore` does.
 */
export function openOfflineApi(config: Config): {
  handle(request: Request): Promise<Response>;
  close(): void;
} {
  const store = openStore(config, systemClock);
  const memos = createMemosClient({ baseUrl: config.memosUrl, clock: systemClock });
  const telegram = createTelegramApi({
    baseUrl: config.telegramApiUrl,
    token: config.botToken,
    proxy: config.telegramProxy,
    clock: systemClock,
  });
  const accounts = createAccounts({
    ...store,
    memos,
    log: logger("accounts"),
  });
  const api = createApi({
    ...storeApi({
      store,
      accounts,
      identity: createIdentity(telegram, config.botId),
      server: memos.server,
      textsFor: createTextsFor(store.bindings),
    }),
    log: logger("http"),
  });
  return { handle: (request) => api.handle(request), close: store.close };
}
