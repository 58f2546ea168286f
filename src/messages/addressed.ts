import type { BotName, TelegramMessage, TelegramMessageEntity } from "../domain/telegram.ts";
import { leadingCommand } from "./command.ts";
import { type MessageText, messageText, sliceText } from "./message-text.ts";

/** Administrators in their group's name, and people in a channel's. https://core.telegram.org/bots/api#message */
const HIDDEN: readonly unknown[] = [1_087_968_824, 136_817_688];
/** The same, and the sender of what a channel posts in its group. */
const NOBODY: readonly unknown[] = [...HIDDEN, 777_000];

/** Whether a message is in a group, where others read along. */
export function isInGroup({ chat }: Pick<TelegramMessage, "chat">): boolean {
  return chat?.type === "group" || chat?.type === "supergroup";
}

/** Whether it is a channel's post. */
export const isPost = ({ chat }: Pick<TelegramMessage, "chat">) => chat?.type === "channel";

/** Whether a person wrote it under their own name. */
export function isOfPerson({ from, sender_chat }: TelegramMessage): boolean {
  return Boolean(from) && !from?.is_bot && sender_chat === undefined && !NOBODY.includes(from?.id);
}

/** Whether another bot wrote it, which is none of those that stand for people. */
export const isOfAnotherBot = (message: Pick<TelegramMessage, "from">) =>
  message.from?.is_bot === true && !isOfHiddenPerson(message);

/** Whether a person wrote it under the name of a group or a channel. */
export const isOfHiddenPerson = ({ from }: Pick<TelegramMessage, "from">) => HIDDEN.includes(from?.id);

/** Whether a message of a group mentions the bot, begins with /save or replies to the bot; no forward does. */
export function isAddressed(message: TelegramMessage, bot: BotName): boolean {
  if (message.forward_origin) return false;
  const words = messageText(message);
  return (
    words.entities.some((entity) => mentions(words.text, entity, bot)) ||
    saveLength(words, bot) > 0 ||
    repliesToBot(message, bot)
  );
}

export function repliesToBot({ reply_to_message, external_reply }: TelegramMessage, bot: BotName): boolean {
  if (reply_to_message) return isOfBot(reply_to_message, bot);
  // Where a group became a supergroup, what was said in the one is of another chat for the other.
  const origin = external_reply?.origin;
  return origin?.type === "user" && origin.sender_user?.id === bot.id;
}

/** In a topic all messages reply to its beginning, even where the bot began it. */
export function isOfBot({ from, forum_topic_created }: Partial<TelegramMessage>, bot: BotName): boolean {
  return from?.id === bot.id && !forum_topic_created;
}

/** Without the command /save before it, and in a group without the mention of the bot at its beginning or end. */
export function withoutAddress(message: TelegramMessage, bot: BotName): TelegramMessage {
  if (message.forward_origin || isPost(message)) return message;
  const words = messageText(message);
  const [from, to] = keptRange(words, bot, isInGroup(message));
  if (from === 0 && to === words.text.length) return message;
  const { text, entities } = sliceText(words, from, to);
  return typeof message.text === "string"
    ? { ...message, text, entities: [...entities] }
    : { ...message, caption: text, caption_entities: [...entities] };
}

function keptRange(words: MessageText, bot: BotName, inGroup: boolean): [number, number] {
  const { text, entities } = words;
  const command = saveLength(words, bot);
  let from = command === 0 ? 0 : skip(text, command, /\s*/y);
  let to = text.length;
  if (!inGroup) return [from, to];
  const calls = entities.filter((entity) => mentions(text, entity, bot));
  const first = calls.find(({ offset }) => offset === skip(text, from, /\s*/y));
  if (first) from = skip(text, first.offset + first.length, /[,:]?\s*/y);
  const end = text.trimEnd().length;
  const last = calls.find(({ offset, length }) => offset >= from && offset + length === end);
  if (last) to = Math.max(from, text.slice(0, last.offset).trimEnd().length);
  return [from, to];
}

function skip(text: string, at: number, what: RegExp): number {
  what.lastIndex = at;
  return at + (what.exec(text)?.[0].length ?? 0);
}

function mentions(text: string, entity: TelegramMessageEntity, { id, username }: BotName): boolean {
  if (entity.type === "text_mention") return entity.user?.id === id;
  if (entity.type !== "mention" || username === null) return false;
  const name = text.slice(entity.offset, entity.offset + entity.length);
  return name.toLowerCase() === `@${username.toLowerCase()}`;
}

/** How long the command at the beginning is that has a message saved, also in a caption; 0 where there is none. */
function saveLength(words: MessageText, { username }: BotName): number {
  const command = leadingCommand(words, username);
  return command?.name === "save" && command.forUs ? command.length : 0;
}
