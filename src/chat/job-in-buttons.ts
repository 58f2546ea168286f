import type { TelegramMessage } from "gramio";
import { buttonData } from "../telegram/command.ts";
import { parsePress } from "./press-data.ts";

/**
 * The job that a message of the bot is about, by the buttons under it: the note of where the message was sent may have
 * been lost. Only the bot itself can make buttons with such data.
 */
export function jobIdInButtons(message: TelegramMessage): number | undefined {
  if (!message.from?.is_bot) return undefined;
  for (const data of buttonData(message)) {
    const press = typeof data === "string" ? parsePress(data) : null;
    if (press && "job_id" in press) return press.job_id;
  }
  return undefined;
}
