import { listOf, textOf } from "../base/read-values.ts";
import { isExported } from "../domain/exported.ts";
import type { TelegramExternalReplyInfo, TelegramMessage } from "../domain/telegram.ts";
import { messageUrl } from "../markdown/write/markdown-parts.ts";
import { type ContentOptions, createWriter, type Writer } from "./content-read.ts";
import { originName } from "./forward-source.ts";
import { type MessageText, messageText, sliceText } from "./message-text.ts";
import { richPlain } from "./rich/rich-text.ts";
import { withoutTokens } from "./shown-token.ts";

/** What was quoted by hand stays whole; of all else only the beginning is needed to know what is meant. */
const MAX_QUOTED = 500;

/** What a message replies to, as a quote block, or "": the chosen part, else how it began, else what it was; and by whom. */
export function replyQuote(message: TelegramMessage, options: ContentOptions): string {
  const { quote, reply_to_message: target, external_reply: external, reply_to_story: story } = message;
  const write = createWriter(options);
  if (story) return write.quoted(write.story(story));
  // In a topic all messages reply to its beginning.
  if (target?.forum_topic_created) return "";
  // An export tells which message it was, and no more.
  if (isExported(target?.chat?.id ?? null)) return "";
  const quotedText = textOf(quote?.text);
  const chosen =
    quotedText === "" ? null : withoutTokens({ text: quotedText, entities: listOf(quote?.entities) });
  if (!target && !external && !chosen) return "";
  // A message of another chat comes without its text: only what it was is known.
  const said =
    chosen ??
    (target
      ? begun(withoutTokens(saidBy(message, target, write)))
      : { text: wordFor(external, write), entities: [] });
  const who = target ? speakerOf(message, target, write) : sourceOf(external, write);
  const text = write.formatted(said.text, said.entities);
  return write.quoted(write.lines([text, who === "" ? "" : `— ${who}`]));
}

function saidBy(message: TelegramMessage, target: TelegramMessage, write: Writer): MessageText {
  const said = wordsOf(message, target, write);
  // Tags are those that people write: an example in a question of the bot is none. Of one length, so that entities fit.
  return target.from?.is_bot ? { ...said, text: said.text.replace(/(?<=^|\s)#(?=\S)/gu, "＃") } : said;
}

function wordsOf(message: TelegramMessage, target: TelegramMessage, write: Writer): MessageText {
  const { checklist, poll, rich_message, venue } = target;
  const task = listOf(checklist?.tasks).find(({ id }) => id === message.reply_to_checklist_task_id);
  if (task) return { text: textOf(task.text), entities: listOf(task.text_entities) };
  const own = messageText(target);
  if (own.text.trim() !== "") return own;
  const title = textOf(checklist?.title) || textOf(poll?.question) || textOf(venue?.title);
  return { text: title || richPlain(rich_message?.blocks) || wordFor(target, write), entities: [] };
}

function wordFor(fields: object | undefined, { words: { kinds } }: Writer): string {
  const known = Object.keys(fields ?? {});
  return Object.entries(kinds).find(([kind]) => known.includes(kind))?.[1] ?? kinds.text;
}

function begun(said: MessageText): MessageText {
  const { text } = said;
  if (text.length <= MAX_QUOTED) return said;
  const cut = text.slice(0, MAX_QUOTED).replace(/[\ud800-\udbff]$/, "");
  // Cut at the end of a word, unless that is far off.
  const kept = /^[\s\S]{250,}\S(?=\s)/.exec(cut)?.[0] ?? cut;
  const { entities } = sliceText(said, 0, kept.length);
  return { text: `${kept} …`, entities };
}

/** Who wrote what is replied to; "" for the person themselves and for the bot. */
function speakerOf(message: TelegramMessage, target: TelegramMessage, write: Writer): string {
  if (target.forward_origin) return originName(target.forward_origin, write);
  const own = !target.from || target.from.id === message.from?.id || target.chat?.type === "private";
  if (own && !target.sender_chat) return "";
  return write.link(write.senderName(target), messageUrl(target.chat, target.message_id));
}

function sourceOf(external: TelegramExternalReplyInfo | undefined, write: Writer): string {
  if (!external?.origin) return "";
  return originName(external.origin, write, { chat: external.chat, message_id: external.message_id });
}
