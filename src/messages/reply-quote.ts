import type {
  TelegramExternalReplyInfo,
  TelegramMessage,
  TelegramMessageEntity,
} from "../domain/telegram.ts";
import {
  chatName,
  formatted,
  lines,
  link,
  listOf,
  messageUrl,
  publicUrl,
  quoted,
  textOf,
  userName,
} from "../markdown/write/markdown-parts.ts";
import { CONTENT, contentOf } from "./content-kinds.ts";
import { type ContentOptions, words } from "./content-read.ts";
import { originName } from "./forward-source.ts";
import { written } from "./message-text.ts";
import { richPlain } from "./rich-text.ts";
import { withoutTokens } from "./shown-token.ts";

/** What was quoted by hand stays whole; of all else only the beginning is needed to know what is meant. */
const MAX_QUOTED = 500;

interface Quoted {
  readonly text: string;
  readonly entities: readonly TelegramMessageEntity[];
}

/**
 * What a message replies to, as a quote block that stands before its content, or "". The part that was chosen, else
 * the beginning of the other message, else a word for what it was; and who said it, where it was somebody else.
 */
export function replyQuote(message: TelegramMessage, options: ContentOptions): string {
  const { quote, reply_to_message: target, external_reply: external, reply_to_story: story } = message;
  if (story) return quoted(`${words(options).storyOf} ${storyName(story, options)}`, options);
  // In a topic all messages reply to its beginning.
  if (target?.forum_topic_created) return "";
  const chosen =
    textOf(quote?.text) === ""
      ? null
      : withoutTokens({ text: textOf(quote?.text), entities: listOf(quote?.entities) });
  if (!target && !external)
    return chosen ? quoted(formatted(chosen.text, chosen.entities, options), options) : "";
  const said =
    chosen ??
    (target ? begun(withoutTokens(saidBy(message, target, options))) : nothingSaid(external, options));
  const who = target ? speakerOf(message, target, options) : sourceOf(external, options);
  const text = formatted(said.text, said.entities, options);
  return quoted(lines([text, who === "" ? "" : `— ${who}`], options), options);
}

export function storyName(
  story: NonNullable<TelegramMessage["reply_to_story"]>,
  options: ContentOptions,
): string {
  const home = publicUrl(story.chat?.username);
  const url = home !== null && Number.isSafeInteger(story.id) ? `${home}/s/${story.id}` : null;
  return link(chatName(story.chat, words(options).deletedAccount), url, options);
}

function saidBy(message: TelegramMessage, target: TelegramMessage, options: ContentOptions): Quoted {
  const { checklist, poll, rich_message } = target;
  const task = listOf(checklist?.tasks).find(({ id }) => id === message.reply_to_checklist_task_id);
  if (task) return { text: textOf(task.text), entities: listOf(task.text_entities) };
  const option = listOf(poll?.options).find(
    ({ persistent_id }) => persistent_id === message.reply_to_poll_option_id,
  );
  if (option) return { text: textOf(option.text), entities: listOf(option.text_entities) };
  const own = written(target);
  if (own.text.trim() !== "") return own;
  const title =
    textOf(checklist?.title) ||
    textOf(poll?.question) ||
    textOf(target.venue?.title) ||
    richPlain(rich_message?.blocks) ||
    kindOf(target, options);
  return { text: title, entities: [] };
}

function kindOf(target: TelegramMessage, options: ContentOptions): string {
  const { kinds } = words(options);
  const { kind } = contentOf(target);
  return kind === "service" || kind === "unknown" ? kinds.text : kinds[kind];
}

/** A message of another chat comes without its text: only what it was is known. */
function nothingSaid(external: TelegramExternalReplyInfo | undefined, options: ContentOptions): Quoted {
  const { kinds } = words(options);
  const fields = external as Partial<Record<string, unknown>> | undefined;
  const kind = CONTENT.find((name) => fields?.[name] !== undefined) ?? "text";
  return { text: kinds[kind], entities: [] };
}

function begun({ text, entities }: Quoted): Quoted {
  if (text.length <= MAX_QUOTED) return { text, entities };
  const cut = text.slice(0, MAX_QUOTED).replace(/[\ud800-\udbff]$/, "");
  const whole = /^[\s\S]*\S(?=\s)/.exec(cut)?.[0] ?? cut;
  const kept = whole.length > MAX_QUOTED / 2 ? whole : cut;
  const inside = entities
    .filter(({ offset }) => offset < kept.length)
    .map((entity) => ({ ...entity, length: Math.min(entity.length, kept.length - entity.offset) }));
  return { text: `${kept} …`, entities: inside };
}

/** Nobody needs to be told of themselves, nor that the bot is the bot. */
function speakerOf(message: TelegramMessage, target: TelegramMessage, options: ContentOptions): string {
  if (target.forward_origin) return originName(target.forward_origin, options);
  const { deletedAccount } = words(options);
  const url = messageUrl(target.chat, target.message_id);
  if (target.sender_chat) return link(chatName(target.sender_chat, deletedAccount), url, options);
  const own = !target.from || target.from.id === message.from?.id;
  if (own || target.chat?.type === "private") return "";
  return link(userName(target.from, deletedAccount), url, options);
}

function sourceOf(external: TelegramExternalReplyInfo | undefined, options: ContentOptions): string {
  if (!external?.origin) return "";
  return originName(external.origin, options, { chat: external.chat, message_id: external.message_id });
}
