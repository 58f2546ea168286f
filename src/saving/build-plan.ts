import { createHash } from "node:crypto";
import type { BotName } from "../domain/bot-name.ts";
import type { MarkdownFlavor } from "../domain/markdown-flavor.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import type { Visibility } from "../domain/visibility.ts";
import { type Texts, textsIn } from "../locales/texts.ts";
import { EARLY_SPACE_BYTES, withEarlySpace } from "../markdown/split/snippet-bug-0-25-3.ts";
import { splitMarkdown } from "../markdown/split/split.ts";
import { attachmentUid, safeFilename, safeMimeType } from "../memos/names.ts";
import { withoutAddress } from "../messages/addressed.ts";
import { capturedFrom } from "../messages/captured.ts";
import { readContent } from "../messages/content.ts";
import type { ContentFile } from "../messages/content-files.ts";
import type { ReadContent } from "../messages/content-read.ts";
import { wholeTexts } from "../messages/continuation.ts";
import { openedAt, sourceLines } from "../messages/forward-source.ts";
import { replyQuote } from "../messages/reply-quote.ts";
import {
  commentIdOf,
  commentKey,
  type Identity,
  leftOutLine,
  megabytes,
  memoIdOf,
  type Plan,
  type PlannedComment,
  type PlannedFile,
  type PlannedReply,
  type PlanSettings,
  tooBig,
} from "./plan.ts";
import type { UploadLimit } from "./upload-limit.ts";

export interface Limits {
  /** Telegram's, for downloads. */
  readonly downloadBytes: number;
  /** Memos', for uploads. */
  readonly upload: UploadLimit;
  /** Memos', for the content of a memo or comment. */
  readonly contentBytes: number;
}

export interface PlanInput {
  readonly identity: Identity;
  /** In message order. */
  readonly messages: readonly TelegramMessage[];
  /** The newest update among them. */
  readonly seq: number;
  readonly visibility: Visibility;
  readonly reply: PlannedReply;
  readonly settings: PlanSettings;
  readonly limits: Limits;
  /** What the server shows. */
  readonly markdown: MarkdownFlavor;
  readonly texts: Texts;
  /** Sets of messages whose words stand in comments of their own: they came when the memo was the person's already. */
  readonly apart: readonly (readonly number[])[];
  /** What only calls the bot is no part of what was said. */
  readonly bot: BotName;
}

/** The first plan of a job. */
export function makePlan(input: PlanInput): Plan {
  const { identity, messages, seq, visibility, reply, settings, limits, apart } = input;
  const isApart = ({ message_id }: TelegramMessage) => apart.some((ids) => ids.includes(message_id));
  // A text that goes on with one of another set was cut, but is not made whole: the memo is the person's.
  const readParts = (of: readonly TelegramMessage[]) =>
    wholeTexts(of).map((message) => readPart(withoutAddress(message, input.bot), input));
  const main = readParts(messages.filter((message) => !isApart(message)));
  const sets = apart.map((ids) => readParts(messages.filter(({ message_id }) => ids.includes(message_id))));
  const parts = [main, ...sets].flat().toSorted((a, b) => a.message.message_id - b.message.message_id);
  const files = parts.flatMap(({ files }) => files);
  const unknown = parts.flatMap(({ content }) => content.unknown);
  const location = parts.find(({ content }) => content.location)?.content.location;
  const [content = "", ...overflow] = cutToSize(main, input);
  const said = apart.map((ids, at) => ({
    ids,
    contents: cutToSize(sets[at] ?? [], { ...input, settings: { ...settings, tags: [] } }),
  }));
  const rest: PlannedComment[] = [{ ids: [], contents: overflow }, ...said]
    .flatMap(({ ids, contents }) =>
      contents.filter((text) => text !== "").map((text) => ({ message_ids: ids, content: text })),
    )
    .map((comment, at, all) => ({
      comment_id: commentIdOf(identity, 0, commentKey(all, at)),
      name: null,
      began_at: null,
      ...comment,
    }));
  return {
    memo_id: memoIdOf(identity, 0),
    memo_name: null,
    create_began_at: null,
    n: 0,
    visibility,
    create_time: timeOf(messages[0]),
    reply,
    content,
    rest,
    limit: limits.contentBytes,
    ...(location && { location }),
    files,
    ...(unknown.length > 0 && { unknown }),
    ...(messages.some(isPartOfCapturedAlbum) && { album_part: true }),
    message_ids: [...new Set(messages.map((message) => message.message_id))],
    seq,
    settings,
    done: false,
    before: null,
  };
}

const isPartOfCapturedAlbum = (message: TelegramMessage) =>
  capturedFrom(message)?.media_group_id !== undefined;

/** A message as it goes into the memo. */
interface Part {
  readonly message: TelegramMessage;
  readonly content: ReadContent;
  readonly files: readonly PlannedFile[];
}

function readPart(message: TelegramMessage, input: PlanInput): Part {
  const { identity, limits, markdown: dialect, texts, settings } = input;
  const content = readContent(message, {
    dialect,
    words: textsIn(settings.language).memo,
    formatting: settings.formatting,
  });
  return { message, content, files: plannedFiles(identity, message, content.files, limits, texts) };
}

/** What the messages say, in as many pieces as the server's limit makes of it. */
function cutToSize(parts: readonly Part[], input: PlanInput): string[] {
  const { limits, settings, reply, markdown } = input;
  const text = wordsOf(parts, input).toWellFormed();
  // A comment is found by the tags of its memo.
  const wanted = reply.parent === null ? [...new Set(settings.tags.map((tag) => `#${tag}`))] : [];
  const missingIn = (of: string) => {
    const present = new Set(of.match(TAG) ?? []);
    return wanted.filter((tag) => !present.has(tag));
  };
  const missing = missingIn(text);
  const room = limits.contentBytes - (markdown.earlySpace ? EARLY_SPACE_BYTES : 0);
  const pieces = cut(text, missing, room);
  // Those that were written where only a comment has room for them.
  const lost = missingIn(pieces[0] ?? "");
  const all = lost.length === 0 ? pieces : cut(text, [...missing, ...lost], room);
  return markdown.earlySpace ? all.map(withEarlySpace) : all;
}

/** The first piece ends in the tags. */
function cut(text: string, added: readonly string[], limit: number): string[] {
  const tags = added.join(" ").toWellFormed();
  const withTags = (first: string) => [first, tags].filter((part) => part !== "").join("\n\n");
  const firstBytes = limit - Buffer.byteLength(withTags("-")) + 1;
  const [first = "", ...others] = splitMarkdown(text, { firstBytes, restBytes: limit });
  return [withTags(first), ...others];
}

/** A tag as Memos reads it: it ends at punctuation. */
const TAG = /(?<!\\)#(?:[\p{L}\p{M}\p{N}\p{S}_\-/&]|\u200d)+/gu;

/**
 * Whether it answers a part that was chosen by hand: words, a task of a checklist, an option of a poll. A quote that the
 * server added says nothing that the memo above does not say.
 */
const choosesPart = ({ quote, reply_to_checklist_task_id, reply_to_poll_option_id }: TelegramMessage) =>
  quote?.is_manual === true || (reply_to_checklist_task_id ?? reply_to_poll_option_id) !== undefined;

function wordsOf(parts: readonly Part[], { markdown: dialect, texts, settings, reply }: PlanInput): string {
  const messages = parts.map(({ message }) => message);
  const options = { dialect, words: textsIn(settings.language).memo };
  const sources = sourceLines(messages, { ...options, forwards: settings.source_line });
  // All parts of an album reply to the same message.
  const quotes = messages
    .filter((message) => reply.quote === "all" || choosesPart(message))
    .map((message) => replyQuote(message, options));
  const said = parts.flatMap(({ content }, index) => [sources[index] ?? "", content.markdown]);
  const missing = parts.flatMap(({ files }) =>
    files.flatMap((file) => (file.left_out === null ? [] : [leftOutLine(texts, file, file.left_out)])),
  );
  const quote = quotes.find((text) => text !== "") ?? "";
  return [quote, ...said, ...missing].filter((part) => part !== "").join("\n\n");
}

function plannedFiles(
  identity: Identity,
  message: TelegramMessage,
  files: readonly ContentFile[],
  limits: Limits,
  texts: Texts,
): PlannedFile[] {
  const seen = new Map<string, number>();
  /** How often this was there before. */
  const nth = (what: string) => {
    const before = seen.get(what) ?? 0;
    seen.set(what, before + 1);
    return before;
  };
  const link = openedAt(message);
  return files.map((file) => {
    const unique = file.file_unique_id ?? createHash("sha256").update(file.file_id).digest("hex");
    const stem = `${file.kind}-${timeOf(message).slice(0, 10)}-${message.message_id}`;
    const wanted = safeFilename(file.name ?? "", `${stem}.${file.extension}`);
    const copy = nth(`name/${wanted.toLowerCase()}`);
    return {
      attachment_id: attachmentUid(Buffer.from(identity.id_key, "hex"), [
        identity.bot_id,
        identity.server,
        identity.id_name,
        identity.chat_id,
        message.message_id,
        unique,
        nth(`file/${unique}`),
      ]),
      name: null,
      upload_began_at: null,
      message_id: message.message_id,
      ...(link !== null && { link }),
      file_id: file.file_id,
      ...(file.text !== undefined && { text: file.text }),
      // Files of one message with one name could not be told apart, and some storages of Memos keep only the last.
      filename: copy === 0 ? wanted : safeFilename(numbered(wanted, copy + 1)),
      type: safeMimeType(file.type),
      size: file.size,
      left_out: file.size === null ? null : tooLarge(file.size, file.text === undefined, limits, texts),
    };
  });
}

/** `photo-2026-11-22-7-2.jpg` */
function numbered(filename: string, number: number): string {
  const dot = filename.lastIndexOf(".");
  if (dot <= 0) return `${filename}-${number}`;
  return `${filename.slice(0, dot)}-${number}${filename.slice(dot)}`;
}

function tooLarge(size: number, fromTelegram: boolean, limits: Limits, texts: Texts): string | null {
  if (fromTelegram && size > limits.downloadBytes) return texts.tooBigForBots({ megabytes: megabytes(size) });
  if (size > limits.upload.bytes) return tooBig(texts, size, limits.upload);
  return null;
}

/** The end of the year 9999: RFC 3339 goes no further. */
const LAST_SECOND = 253_402_300_799;

function timeOf(message: TelegramMessage | undefined): string {
  const seconds = message?.date;
  // A date of 0 marks an inaccessible message; such a memo is made now, and one with a date that cannot be.
  const dated = Number.isSafeInteger(seconds) && Number(seconds) > 0 && Number(seconds) <= LAST_SECOND;
  const at = dated ? Number(seconds) * 1000 : Date.now();
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
