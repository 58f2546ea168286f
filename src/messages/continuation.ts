import type { TelegramMessage, TelegramMessageEntity, TelegramUpdate } from "../domain/telegram.ts";
import { messageText } from "./message-text.ts";
import { messageIn } from "./versions.ts";

/** Telegram's clients cut a long text here, in UTF-16 code units. */
const CUT_AT = 4_096;
/** A cut looks for a border between words: a first part that is shorter than this was not cut. */
const CUT_FROM = 3_500;
const MAX_APART_SECONDS = 1;

/**
 * Whether a message goes on with what the one before it in the chat began: a long text that
 * Telegram cut into several messages, or what was forwarded right after a comment on it. `leader` is the first of
 * those that belong together already, `before` the last. How far their ids are apart says nothing: the confirmation of
 * the one may have taken the next id before the other was sent.
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

/**
 * The messages of one memo with long texts made whole again: nothing is put between the parts where Telegram cut at its
 * limit, a newline where it cut at one. An entity that was cut goes on, over that newline too.
 */
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

function joined(first: TelegramMessage, second: TelegramMessage, between: string): TelegramMessage {
  const [before, after] = [messageText(first), messageText(second)];
  const offset = before.text.length + between.length;
  const entities = [...before.entities];
  for (const entity of after.entities) {
    const moved = { ...entity, offset: entity.offset + offset };
    const open = entities.findIndex((other) => continuesEntity(other, moved, between));
    const begun = entities[open];
    if (begun) entities[open] = { ...begun, length: begun.length + between.length + moved.length };
    else entities.push(moved);
  }
  return { ...first, text: before.text + between + after.text, entities };
}

/** What a person formats, which may be of any number of lines; all else is found by Telegram within one. */
const OVER_LINES =
  /^(bold|italic|underline|strikethrough|spoiler|code|pre|text_link|text_mention|(expandable_)?blockquote)$/;

function continuesEntity(
  before: TelegramMessageEntity,
  after: TelegramMessageEntity,
  between: string,
): boolean {
  const { offset: _, length: __, ...kind } = before;
  const { offset: ___, length: ____, ...other } = after;
  return (
    (between === "" || OVER_LINES.test(before.type)) &&
    before.offset + before.length + between.length === after.offset &&
    JSON.stringify(kind) === JSON.stringify(other)
  );
}
