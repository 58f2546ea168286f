import type { TelegramChat } from "../domain/telegram.ts";
import type { Texts } from "../locales/texts.ts";
import type { TelegramApi } from "../telegram/api.ts";
import { isTelegramError } from "../telegram/errors.ts";
import { mayPost } from "./administrators.ts";
import type { Asking, ChatContext } from "./context.ts";

/** A channel as Telegram tells of it now. */
export type Channel = Pick<TelegramChat, "id" | "title" | "username">;

/** What getChat takes for what somebody wrote: `@name`, `t.me/name`, `t.me/c/123` or an id; null for anything else. */
export function chatNamed(text: string): string | number | null {
  const [, path = text] = /^(?:https?:\/\/)?(?:t|telegram)\.me\/(?:s\/)?(.+)$/i.exec(text.trim()) ?? [];
  const [, members] = /^c\/(\d{1,15})(?:\/|$)/.exec(path) ?? [];
  if (members !== undefined) return Number(`-100${members}`);
  if (/^-100\d{1,15}$/.test(path)) return Number(path);
  const [, name] = /^@?([a-z]\w{3,31})(?:[/?]|$)/i.exec(path) ?? [];
  return name !== undefined && (path !== text.trim() || path.startsWith("@")) ? `@${name}` : null;
}

/**
 * The channel that is meant; null where there is none, or the bot is not in it.
 * @throws TelegramError when Telegram cannot be asked now.
 */
export async function findChannel(
  api: Pick<TelegramApi, "call">,
  chat_id: string | number,
  signal: AbortSignal,
): Promise<Channel | null> {
  try {
    const chat = await api.call("getChat", { chat_id }, signal);
    return chat.type === "channel" ? chat : null;
  } catch (error) {
    if (isTelegramError(error, "refused")) return null;
    throw error;
  }
}

/** What people call it. */
export const channelName = (texts: Texts, channel: Partial<Channel> | null) =>
  channel?.username ? `@${channel.username}` : (channel?.title ?? texts.aChannel);

/**
 * Why nothing of somebody's may be posted in a channel now; null where it may.
 * @throws TelegramError when Telegram cannot be asked now.
 */
export async function whyNotPost(
  { api, botId }: Pick<ChatContext, "api" | "botId">,
  { channel, from, texts, signal }: Pick<Asking, "from" | "texts" | "signal"> & { readonly channel: Channel },
): Promise<string | null> {
  const { id: chat_id } = channel;
  const named = { channel: channelName(texts, channel) };
  if (!(await mayPost(api, { chat_id, user_id: botId }, signal))) return texts.publish.botMayNot(named);
  if (!(await mayPost(api, { chat_id, user_id: from }, signal))) return texts.publish.youMayNot(named);
  return null;
}
