import type { TelegramApi } from "../telegram/api.ts";
import { isTelegramError } from "../telegram/errors.ts";

/** What somebody is in a chat. `untold`: the bot is not there, or may not see who else is. */
export type Standing = "administrator" | "other" | "untold";

/**
 * What somebody, or the bot itself, is in a group or a channel now: asked each time, as it may have changed since.
 * @throws TelegramError when Telegram cannot be asked now.
 */
export async function standingIn(
  api: Pick<TelegramApi, "call">,
  member: { readonly chat_id: number; readonly user_id: number },
  signal?: AbortSignal,
): Promise<Standing> {
  try {
    const { status } = await api.call("getChatMember", member, signal);
    return status === "creator" || status === "administrator" ? "administrator" : "other";
  } catch (error) {
    if (isTelegramError(error, "refused")) return "untold";
    throw error;
  }
}
