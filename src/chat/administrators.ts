import type { TelegramChatMember } from "../domain/telegram.ts";
import type { TelegramApi } from "../telegram/api.ts";
import { isTelegramError } from "../telegram/errors.ts";

interface Asked {
  readonly chat_id: number;
  readonly user_id: number;
}

/**
 * What somebody, or the bot itself, is in a group or a channel now; undefined where Telegram does not tell: the bot is not
 * there, or may not see who else is. Asked each time, as it may have changed since.
 * @throws TelegramError when Telegram cannot be asked now.
 */
export async function memberOf(
  api: Pick<TelegramApi, "call">,
  asked: Asked,
  signal: AbortSignal,
): Promise<TelegramChatMember | undefined> {
  try {
    return await api.call("getChatMember", asked, signal);
  } catch (error) {
    if (isTelegramError(error, "refused")) return undefined;
    throw error;
  }
}

/** Whether they are one of its administrators. @throws as above. */
export async function isAdministrator(
  api: Pick<TelegramApi, "call">,
  asked: Asked,
  signal: AbortSignal,
): Promise<boolean> {
  return administers(await memberOf(api, asked, signal));
}

export const administers = (member: TelegramChatMember | undefined): boolean =>
  member?.status === "creator" || member?.status === "administrator";

/** Whether the bot gets all that is said in a group: its privacy mode is off, or it is an administrator. @throws as above. */
export async function hearsAll(
  api: Pick<TelegramApi, "call">,
  bot: Asked,
  signal: AbortSignal,
): Promise<boolean> {
  return (await readsAll(api, signal)) || isAdministrator(api, bot, signal);
}

/** Whether its privacy mode is off. @throws as above. */
export async function readsAll(api: Pick<TelegramApi, "call">, signal: AbortSignal): Promise<boolean> {
  const { can_read_all_group_messages } = await api.call("getMe", undefined, signal);
  return can_read_all_group_messages === true;
}

/** Whether they may post in a channel. @throws as above. */
export async function mayPost(
  api: Pick<TelegramApi, "call">,
  asked: Asked,
  signal: AbortSignal,
): Promise<boolean> {
  const member = await memberOf(api, asked, signal);
  if (member?.status === "administrator") return member.can_post_messages === true;
  return member?.status === "creator";
}
