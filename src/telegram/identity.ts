import type { TelegramUser } from "gramio";
import type { TelegramApi } from "./api.ts";

/** Who the bot is: asked once, as soon as Telegram can be reached. */
export interface Identity {
  /** @throws TelegramError while Telegram does not tell. */
  get(signal?: AbortSignal): Promise<TelegramUser>;
  /** Null until it was told. */
  known(): TelegramUser | null;
}

export function createIdentity(api: TelegramApi): Identity {
  let bot: TelegramUser | null = null;
  return {
    known: () => bot,
    async get(signal) {
      bot ??= await api.call("getMe", undefined, signal);
      return bot;
    },
  };
}
