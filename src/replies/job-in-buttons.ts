import type { TelegramMessage } from "../domain/telegram.ts";
import { parsePress } from "./callback-data.ts";

/**
 * The job that a message of the bot is about, by the buttons under it: the note of where the message was sent may have
 * been lost. Undefined for whoever else wrote it: in a group other bots could make buttons with the same data.
 */
export function jobIdInButtons(message: TelegramMessage, botId: number): number | undefined {
  if (message.from?.id !== botId) return undefined;
  for (const data of buttonData(message)) {
    const press = typeof data === "string" ? parsePress(data) : null;
    if (press && "job_id" in press) return press.job_id;
  }
  return undefined;
}

/** What the buttons under a message send when they are pressed, whatever was sent for buttons. */
function buttonData(message: Pick<TelegramMessage, "reply_markup">): unknown[] {
  const markup = message.reply_markup as { inline_keyboard?: unknown } | undefined;
  const rows = markup?.inline_keyboard;
  const buttons: ({ callback_data?: unknown } | null)[] = Array.isArray(rows) ? rows.flat() : [];
  return buttons.map((button) => button?.callback_data);
}
