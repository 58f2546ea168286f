import type { TelegramMessage } from "../domain/telegram.ts";

/** The message that another one replies to, if enough of it is told to know which one it is. */
export function replyTarget({ reply_to_message: target }: TelegramMessage): TelegramMessage | undefined {
  if (!Number.isSafeInteger(target?.message_id) || !Number.isSafeInteger(target?.chat?.id)) return undefined;
  return target as TelegramMessage;
}
