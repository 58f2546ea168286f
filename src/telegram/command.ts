import type { TelegramMessage } from "gramio";
import { accessTokensIn } from "../access-token.ts";
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

/**
 * Whether an access token is offered: `/bind x` does so whatever x looks like, `/start x` where x looks like one. What
 * else comes with /start is from some link to the bot.
 */
export function offersToken({ name, argument }: Command): boolean {
  if (name === "start") return accessTokensIn(argument).length > 0;
  return name === "bind" && argument !== "";
}

/** The token that is offered, without the brackets or quotes that it was put in. */
export function offeredToken({ argument }: Command): string {
  return accessTokensIn(argument)[0] ?? argument.replace(/^[<>"'`«»“”„]+|[<>"'`«»“”„]+$/g, "").trim();
}

/** `/start inv_…`, as the link of an invitation sends it. */
export function redeemsInvitation({ name, argument }: Command): boolean {
  return name === "start" && argument.startsWith("inv_");
}

/** An access token or an invitation: who has it gets in. */
export function bringsSecret(command: Command): boolean {
  return offersToken(command) || redeemsInvitation(command);
}

/** The data of a button that only the bot's question for tags has. */
export const TAG_QUESTION = "c:tags:none";
/** What the data of every button of the settings begins with. */
const SETTINGS = /^c(:|$)/;

/** Whether a message replies to the bot's settings, and is no memo. */
export function answersSettings(message: TelegramMessage): boolean {
  const settings = message.reply_to_message;
  if (!settings?.from?.is_bot || typeof message.text !== "string" || message.forward_origin) return false;
  return buttonData(settings).some((data) => typeof data === "string" && SETTINGS.test(data));
}

export function asksForTags(settings: Pick<TelegramMessage, "reply_markup">): boolean {
  return buttonData(settings).includes(TAG_QUESTION);
}

/** `#inbox #phone` */
export function isOnlyTags(text: string): boolean {
  return /^\s*(?:#[^\s#]+\s*)+$/u.test(text);
}

/** More words than these are rather something to save. */
const MOST_BARE_WORDS = 5;

/** `inbox, phone`: an answer to that question, if it is open, also when it is no reply. A token is none. */
export function mayBeTags(text: string): boolean {
  if (isOnlyTags(text)) return true;
  if (accessTokensIn(text).length > 0) return false;
  const words = text.trim().split(/[ ,]+/u);
  return words.length <= MOST_BARE_WORDS && words.every((word) => isTag(word.replace(/^#/u, "")));
}

const TAG_LIMIT = 100;

/** A tag as Memos reads it, without its `#`. */
export function isTag(word: string): boolean {
  return (
    word.length <= TAG_LIMIT &&
    /^(?:[\p{L}\p{M}\p{N}\p{S}_\-/&]|\u200d)+$/u.test(word) &&
    /[\p{L}\p{N}\p{S}]/u.test(word)
  );
}

/** What the buttons under a message send when they are pressed, whatever was sent for buttons. */
export function buttonData(message: Pick<TelegramMessage, "reply_markup">): unknown[] {
  const markup = message.reply_markup as { inline_keyboard?: unknown } | undefined;
  const rows = markup?.inline_keyboard;
  const buttons: ({ callback_data?: unknown } | null)[] = Array.isArray(rows) ? rows.flat() : [];
  return buttons.map((button) => button?.callback_data);
}
