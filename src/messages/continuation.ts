import type { TelegramMessage, TelegramUpdate } from "../domain/telegram.ts";
import { messageText } from "./message-text.ts";
import { messageIn } from "./versions.ts";

/** Telegram's clients cut a long text here, in UTF-16 code units. */
const CUT_AT = 4_096;
/** A cut looks for a border between words: a first part that is shorter than this was not cut. */
const CUT_FROM = 3_500;
const MAX_APART_SECONDS = 1;

/**
 * Whether a message goes on with a text that Telegram cut, or is forwarded right after a comment on it. `leader` is the
 * first that belongs to it, `before` the last. Ids may be apart: a confirmation can have taken the one between.
 */
export function continues(
  leader: TelegramUpdate | null,
  before: TelegramUpdate | null,
  message: TelegramMessage,
): boolean {
  const [first, previous] = [messageIn(leader), messageIn(before)];
  if (!first || !previous) return false;
  const together =
    previous.from?.id === message.from?.id &&
    previous.chat?.id === message.chat?.id &&
    previous.message_id < message.message_id &&
    Math.abs(secondOf(message) - secondOf(previous)) <= MAX_APART_SECONDS;
  if (!together || !isPlainText(first)) return false;
  if (message.forward_origin) return true;
  return isPlainText(previous) && isPlainText(message) && isCut(previous);
}

const secondOf = ({ date }: TelegramMessage) => (typeof date === "number" ? date : Number.NaN);

/** Whether a text goes on in the next message of those that were joined. */
const isCut = (message: TelegramMessage) => (message.text?.length ?? 0) >= CUT_FROM;

/** What somebody typed by itself: neither an answer nor a forward, a file or a command. */
function isPlainText(message: TelegramMessage): boolean {
  const { text, entities } = messageText(message);
  const command = entities.some(
    ({ type, offset, length }) =>
      type === "bot_command" && offset === 0 && !/^\/save(@|$)/i.test(text.slice(0, length)),
  );
  return (
    typeof message.text === "string" &&
    text !== "" &&
    !command &&
    !message.forward_origin &&
    !message.reply_to_message &&
    !message.external_reply &&
    !message.reply_to_story
  );
}

/** With long texts made whole again: Telegram cuts at its limit, or at a newline, which it takes away. */
export function wholeTexts(messages: readonly TelegramMessage[]): TelegramMessage[] {
  const whole: TelegramMessage[] = [];
  for (const [index, message] of messages.entries()) {
    const [last, cut] = [whole.at(-1), messages[index - 1]];
    // What was captured stands under the id of what was said with it.
    const isNext = cut !== undefined && cut.message_id !== message.message_id;
    const goesOn = last && isNext && isPlainText(cut) && isPlainText(message);
    if (goesOn) whole.splice(-1, 1, joined(last, message, cut.text?.length === CUT_AT ? "" : "\n"));
    else whole.push(message);
  }
  return whole;
}

/** A block that was cut goes on; what else of one kind meets is joined by the writer of Markdown. */
function joined(first: TelegramMessage, second: TelegramMessage, between: string): TelegramMessage {
  const [before, after] = [messageText(first), messageText(second)];
  const end = before.text.length;
  const cut = before.entities.find(
    ({ type, offset, length }) =>
      /^(pre|spoiler|(expandable_)?blockquote)$/.test(type) && offset + length === end,
  );
  const rest = after.entities.find(({ type, offset }) => type === cut?.type && offset === 0);
  const entities = [
    ...before.entities.map((entity) =>
      entity === cut && rest ? { ...cut, length: cut.length + between.length + rest.length } : entity,
    ),
    ...after.entities
      .filter((entity) => entity !== rest)
      .map((entity) => ({ ...entity, offset: entity.offset + end + between.length })),
  ];
  return { ...first, text: before.text + between + after.text, entities };
}
