import type { TelegramChatMember } from "../domain/telegram.ts";
import type { TelegramApi } from "../telegram/api.ts";
import { isTelegramError } from "../telegram/errors.ts";

/** What somebody is in a chat. `untold`: the bot is not there, or may not see who else is. */
export type Standing = "administrator" | "other" | "untold";

interface Asked {
  readonly chat_id: number;
  readonly user_id: number;
}

/** As Telegram tells it now; undefined where it tells it to nobody, or not to this bot. */
export async function memberOf(
  api: Pick<TelegramApi, "call">,
  asked: Asked,
  signal?: AbortSignal,
): Promise<TelegramChatMember | undefined> {
  try {
    return await api.call("getChatMember", asked, signal);
  } catch (error) {
    if (isTelegramError(error, "refused")) return undefined;
    throw error;
  }
}

/**
 * What somebody, or the bot itself, is in a group or a channel now: asked each time, as it may have changed since.
 * @throws TelegramError when Telegram cannot be asked now.
 */
export async function standingIn(
  api: Pick<TelegramApi, "call">,
  asked: Asked,
  signal?: AbortSignal,
): Promise<Standing> {
  const member = await memberOf(api, asked, signal);
  if (!member) return "untold";
  return member.status === "creator" || member.status === "administrator" ? "administrator" : "other";
}

/**
 * Whether the bot gets all that is said in a group: its privacy mode is off, or it is an administrator there.
 * @throws TelegramError when Telegram cannot be asked now.
 */
export async function hearsAll(
  api: Pick<TelegramApi, "call">,
  chat_id: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const { id: user_id, can_read_all_group_messages } = await api.call("getMe", undefined, signal);
  if (can_read_all_group_messages === true) return true;
  return (await standingIn(api, { chat_id, user_id }, signal)) === "administrator";
}

/** Whether somebody, or the bot itself, may post in a channel now. @throws as above. */
export async function mayPost(
  api: Pick<TelegramApi, "call">,
  member: { readonly chat_id: number; readonly user_id: number },
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    const found = await api.call("getChatMember", member, signal);
    return (
      found.status === "creator" || (found.status === "administrator" && found.can_post_messages === true)
    );
  } catch (error) {
    if (isTelegramError(error, "refused")) return false;
    throw error;
  }
}
