import type { TelegramUser } from "gramio";
import type { BotName } from "../domain/bot-name.ts";
import type { TelegramApi } from "./api.ts";

/** Who the bot is: asked once, as soon as Telegram can be reached. */
export interface Identity {
  /** @throws TelegramError while Telegram does not tell. */
  get(signal?: AbortSignal): Promise<TelegramUser>;
  /** Null until it was told. */
  known(): TelegramUser | null;
  /** As far as it is known: its id is a part of its token. */
  name(): BotName;
}

export function createIdentity(api: Pick<TelegramApi, "call">, botId: number): Identity {
  let bot: TelegramUser | null = null;
  return {
    known: () => bot,
    name: () => ({ id: botId, username: bot?.username ?? null }),
    async get(signal) {
      bot ??= await api.call("getMe", undefined, signal);
      return bot;
    },
  };
}
