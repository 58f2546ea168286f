import type { TelegramUser } from "gramio";
import type { BotName } from "../domain/telegram.ts";
import type { TelegramApi } from "./api.ts";

export type Identity = ReturnType<typeof createIdentity>;

/** Who the bot is: asked once, as soon as Telegram can be reached. */
export function createIdentity(api: Pick<TelegramApi, "call">, botId: number) {
  let bot: TelegramUser | null = null;
  return {
    /** Null until it was told. */
    known: () => bot,
    /** As far as it is known: its id is a part of its token. */
    name: (): BotName => ({ id: botId, username: bot?.username ?? null }),
    /** @throws TelegramError while Telegram does not tell. */
    async get(signal?: AbortSignal): Promise<TelegramUser> {
      bot ??= await api.call("getMe", undefined, signal);
      return bot;
    },
  };
}
