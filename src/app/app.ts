import { createBackground } from "../base/background.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { logger } from "../base/log.ts";
import { createChat } from "../chat/chat.ts";
import type { Config } from "../config/config.ts";
import { explainStoreError } from "../store/db/database.ts";
import { createMaintenance } from "../store/db/maintenance.ts";
import { openStore } from "../store/store.ts";
import { LOCAL_UPLOAD_LIMIT_BYTES, UPLOAD_LIMIT_BYTES } from "../telegram/api.ts";
import { type Context, createClients, createContext } from "./context.ts";
import { createHttp } from "./http.ts";
import { createIntake } from "./intake.ts";
import { createJobLanes } from "./job-lanes.ts";
import { createMemosWatch, createSaving } from "./saving.ts";
import { createSending } from "./sending.ts";
import { type App, start } from "./start.ts";

export type { App };

/** Four creates at once are what a Memos on SQLite saves fastest. */
const MESSAGES_AT_ONCE = 4;
const COMMANDS_AT_ONCE = 8;

/**
 * Builds the whole program from its configuration and starts it. Neither Telegram nor Memos needs to be reachable.
 * @throws AppError when the data folder, the database or the port cannot be used.
 */
export async function startApp(
  config: Config,
  { clock = systemClock, random = Math.random }: { clock?: Clock; random?: () => number } = {},
): Promise<App> {
  const store = openStore(config, clock);
  const background = createBackground({ clock, log: logger("app") });
  const clients = createClients(config, clock);
  try {
    const context = createContext({ config, store, ...clients, background, clock, random });
    return await start(context, compose(context));
  } catch (error) {
    store.close();
    throw explainStoreError(store.database.path, error);
  }
}

/** Every part, made before the parts that are given it. */
function compose(context: Context) {
  const { config, store, isLocalTelegram, clockIsRight, clock } = context;
  const { dataDir, keepDays } = config;

  const sending = createSending(context);

  const memosWatch = createMemosWatch(context);
  const { breaker, isBack } = memosWatch;
  const saving = createSaving(context, { breaker, reserve: sending.sender.reserve });
  const messages = createJobLanes(context, {
    queue: "messages",
    concurrency: MESSAGES_AT_ONCE,
    ready: () => breaker.closed,
    work: saving.work,
  });
  isBack.listen(messages.ringAll);

  const maintenance = createMaintenance({
    ...store,
    dataDir,
    keepDays,
    clock,
    clockIsRight,
    log: logger("store"),
  });

  const { receiver, webhook } = createIntake(context, {
    sending,
    mayAccept: maintenance.mayAccept,
    onCaughtUp() {
      if (store.jobs.openAlbums()) messages.ringAll();
    },
  });

  const chat = createChat({
    ...context,
    health: () => ({
      mode: receiver.receive().mode,
      receiving: receiver.intake().works,
      memos: memosWatch.health(),
      absence: store.bots.lastAbsence(),
      now: clock.now(),
    }),
    suspectToken: saving.suspectToken,
    uploadLimitBytes: isLocalTelegram ? LOCAL_UPLOAD_LIMIT_BYTES : UPLOAD_LIMIT_BYTES,
  });
  const commands = createJobLanes(context, {
    queue: "commands",
    concurrency: COMMANDS_AT_ONCE,
    ready: () => true,
    work: chat,
  });

  const http = createHttp(context, { memosWatch, receiver, webhook, maintenance });
  return { sender: sending.sender, memosWatch, messages, commands, maintenance, receiver, http };
}
