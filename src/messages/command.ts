import { accessTokensIn } from "../base/access-token.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { type MessageText, messageText } from "./message-text.ts";

export interface Command {
  /** In lower case, without the slash and the bot's name. */
  readonly name: string;
  /** What follows it, trimmed. */
  readonly argument: string;
  /** False for `/name@another_bot`. */
  readonly forUs: boolean;
}

/** The command that a message begins with, or null; with a caption it is the file that matters. */
export function parseCommand(message: TelegramMessage, botUsername: string | null): Command | null {
  if (typeof message.text !== "string" || message.forward_origin) return null;
  return leadingCommand(messageText(message), botUsername);
}

/** The command that a text begins with, and its length. Of a path such as `/etc/hosts` Telegram marks `/etc`: it is none. */
export function leadingCommand(
  { text, entities }: MessageText,
  botUsername: string | null,
): (Command & { readonly length: number }) | null {
  const entity = entities.find(({ type, offset }) => type === "bot_command" && offset === 0);
  const rest = text.slice(entity?.length);
  if (!entity || !/^(?:\s|$)/.test(rest)) return null;
  const [name = "", bot] = text.slice(1, entity.length).toLowerCase().split("@");
  const forUs = bot === undefined || botUsername === null || bot === botUsername.toLowerCase();
  return { name, argument: rest.trim(), forUs, length: entity.length };
}

/** By `/bind x` whatever x looks like, by `/start x` where it looks like one: else it is from some link to the bot. */
export function offersToken({ name, argument }: Command): boolean {
  if (name === "start") return accessTokensIn(argument).length > 0;
  return name === "bind" && argument !== "" && !namesChat(argument);
}

/** `@name` or a link of Telegram's, which no token looks like. */
export const namesChat = (argument: string) => /^(?:@|(?:https?:\/\/)?(?:t|telegram)\.me\/)/i.test(argument);

/** The token that is offered, without the brackets or quotes that it was put in. */
export function offeredToken({ argument }: Command): string {
  return accessTokensIn(argument)[0] ?? withoutQuotes(argument);
}

/** The user name of a channel, say, without its @. No token looks so: it is longer, and begins as `accessTokensIn` knows. */
export const isUserName = (offered: string): boolean =>
  /^[a-z]\w{3,31}$/i.test(offered) && accessTokensIn(offered).length === 0;

/** The access token that a text is, with nothing else in it. */
export function tokenAlone(text: string | undefined): string | undefined {
  const [token] = accessTokensIn(text ?? "");
  return token !== undefined && withoutQuotes(text ?? "") === token ? token : undefined;
}

const withoutQuotes = (text: string) =>
  text
    .trim()
    .replace(/^[<>"'`«»“”„]+|[<>"'`«»“”„]+$/g, "")
    .trim();

/** `/start inv_…`, as the link of an invitation sends it. */
export function redeemsInvitation({ name, argument }: Command): boolean {
  return name === "start" && argument.startsWith("inv_");
}

/** Whether it brings an access token or an invitation, by which anybody could get in. */
export function bringsSecret(command: Command): boolean {
  return offersToken(command) || redeemsInvitation(command);
}
