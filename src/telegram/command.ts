import type { TelegramMessage } from "gramio";
import { written } from "./written.ts";

export interface Command {
  /** In lower case, without the slash and the bot's name. */
  readonly name: string;
  /** What follows it, trimmed. */
  readonly argument: string;
  /** False for `/name@another_bot`. */
  readonly forUs: boolean;
}

/**
 * The command a text begins with, or null; with a caption it is the file that matters. Telegram marks commands by an entity: a path such as
 * `/etc/hosts` is marked as `/etc` with a slash behind it and is no command.
 */
export function parseCommand(message: TelegramMessage, botUsername: string | null): Command | null {
  const { text, entities } = written(message);
  const entity = entities.find((candidate) => candidate.type === "bot_command" && candidate.offset === 0);
  if (typeof message.text !== "string" || !entity || message.forward_origin) return null;
  const rest = text.slice(entity.length);
  if (rest !== "" && !/^\s/.test(rest)) return null;
  const [name = "", bot] = text.slice(1, entity.length).split("@");
  const forUs = bot === undefined || botUsername === null || bot.toLowerCase() === botUsername.toLowerCase();
  return { name: name.toLowerCase(), argument: rest.trim(), forUs };
}

/** `/bind x` and `/start x` offer a token whatever x looks like; invitations begin with `inv_`. */
export function offersToken(command: Command): boolean {
  if (command.argument === "") return false;
  return command.name === "bind" || (command.name === "start" && !command.argument.startsWith("inv_"));
}

/** The data of a button that only the bot's question for tags has: an answer to it is a reply to that message. */
export const TAG_QUESTION = "c:tags:none";

/** Whether a message answers the settings' question for tags, and is no memo. */
export function answersTagQuestion(message: TelegramMessage): boolean {
  const question = message.reply_to_message;
  const markup = question?.reply_markup;
  if (!question?.from?.is_bot || typeof message.text !== "string" || message.forward_origin) return false;
  const rows = markup && "inline_keyboard" in markup ? markup.inline_keyboard : [];
  return (
    Array.isArray(rows) &&
    rows.flat().some((button) => "callback_data" in button && button.callback_data === TAG_QUESTION)
  );
}
