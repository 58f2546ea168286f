import type { TelegramMessage } from "gramio";
import { buttonData } from "../telegram/command.ts";
import { parsePress } from "./press-data.ts";

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
