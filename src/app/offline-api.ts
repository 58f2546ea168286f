import { createBackground } from "../base/background.ts";
import { systemClock as clock } from "../base/clock.ts";
import { logger } from "../base/log.ts";
import type { Config } from "../config/config.ts";
import { createApi } from "../http/api.ts";
import { openStore } from "../store/store.ts";
import { createClients, createContext } from "./context.ts";
import { apiDeps } from "./http.ts";

/**
 * The API over the store of a memoferry that does not run, for one command: the same routes, called without a port.
 * What they leave to be done or said waits for the next start. Holds the lock of DATA_DIR until it is closed.
 * @throws AppError as `openStore` does.
 */
export function openOfflineApi(config: Config) {
  const store = openStore(config, clock);
  const background = createBackground({ clock, log: logger("app") });
  const clients = createClients(config, clock);
  const context = createContext({ config, store, ...clients, background, clock, random: Math.random });
  const api = createApi(apiDeps(context));
  return { handle: (request: Request): Promise<Response> => api.handle(request), close: store.close };
}
