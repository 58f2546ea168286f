import { hash } from "node:crypto";
import { uploadIn } from "../domain/incoming.ts";
import type { LeftOut, MapPoint, MemoSettings, ReplyPlace, Revision, WritingRules } from "../domain/saved.ts";
import { TAGS } from "../domain/tags.ts";
import type { BotName, TelegramMessage } from "../domain/telegram.ts";
import { languageOf, type Texts, textsIn } from "../locales/texts.ts";
import { withoutCode } from "../markdown/code-spans.ts";
import { EARLY_SPACE_BYTES, withEarlySpace } from "../markdown/split/snippet-bug-0-25-3.ts";
import { splitMarkdown } from "../markdown/split/split.ts";
import { flavorOf, keepsEqualNames } from "../memos/dialects.ts";
import { attachmentUid, memoUid, safeFilename, safeMimeType } from "../memos/names.ts";
import { withoutAddress } from "../messages/addressed.ts";
import { readContent } from "../messages/content.ts";
import type { ContentFile } from "../messages/content-files.ts";
import { wholeTexts } from "../messages/continuation.ts";
import { authorLine, openedAt, sourceLines } from "../messages/forward-source.ts";
import { replyQuote } from "../messages/reply-quote.ts";
import { capturedFrom } from "../messages/versions.ts";
import type { Known } from "../store/queue/jobs.ts";

/** What the ids of a job are made from. */
export interface IdSource {
  readonly id_key: string;
  readonly bot_id: number;
  readonly server: string;
  /** What Memos called the account first. */
  readonly id_name: string;
  readonly chat_id: number;
  readonly job_key: string;
}

/** What a memo follows from besides its messages. */
export interface Terms {
  readonly idSource: IdSource;
  /** Raised where the id is somebody else's, and when a deleted memo is saved again. */
  readonly id_generation: number;
  readonly settings: MemoSettings;
  readonly form: WritingRules;
  readonly tried: Known["tried"];
  /** The bot, whose name in a message is not saved. */
  readonly botName: BotName;
}

/** Of its own, with the other message above it where it replies to one. */
export const OWN_MEMO: ReplyPlace = { parent: null, quote: "all", refused: null };

export interface DesiredFile {
  readonly id: string;
  /** Empty where the message itself brought the file, as `text`. */
  readonly file_id: string;
  /** What is in it, where Telegram has no such file: the vCard of a contact. */
  readonly text?: string;
  /** As it was sent. */
  readonly name: string;
  /** In Memos. */
  readonly filename: string;
  readonly type: string;
  /** Bytes, where Telegram gives it. */
  readonly size: number | null;
}

/** What is to be in Memos for some messages. */
export interface Desired {
  readonly id: string;
  /** The memo that it is a comment on. */
  readonly parent: string | null;
  readonly content: string;
  /** Comments in which it goes on. `key`: tells one from the others, also when there are more or fewer by then. */
  readonly rest: readonly { readonly id: string; readonly key: string; readonly content: string }[];
  readonly location: MapPoint | null;
  readonly createTime: Date;
  /** Those to be saved, in message order. */
  readonly files: readonly DesiredFile[];
  /** Those that stay in Telegram. */
  readonly leftOut: readonly DesiredFile[];
  /** What this version did not know in the messages, by Telegram's names. */
  readonly unknown: readonly string[];
  /** It was captured in a group from an album, whose other parts Telegram does not show. */
  readonly isAlbumPart: boolean;
  readonly message_ids: readonly number[];
}

/** What Memos is to hold for these messages, in message order: the same for the same messages and terms. */
export function desired(messages: readonly TelegramMessage[], terms: Terms): Desired {
  const { idSource, id_generation, tried } = terms;
  const apart = tried?.in_own_comments ?? [];
  const isApart = ({ message_id }: TelegramMessage) => apart.some((ids) => ids.includes(message_id));
  // Each set is read by itself: a text is not joined with its beginning in a memo that is the person's by now.
  const read = (of: readonly TelegramMessage[]) =>
    wholeTexts(of).map((message) => readPart(withoutAddress(message, terms.botName), terms));
  const main = read(messages.filter((message) => !isApart(message)));
  const sets = apart.map((ids) => read(messages.filter(({ message_id }) => ids.includes(message_id))));
  const parts = [main, ...sets].flat().toSorted((a, b) => a.message.message_id - b.message.message_id);
  const files = parts.flatMap(({ files }) => files);
  const isLeftOut = ({ id }: DesiredFile) => tried?.left_out?.[id] !== undefined;
  const [content = "", ...overflow] = cutToSize(main, terms, terms.settings.tags);
  const said = apart.flatMap((ids, at) =>
    keyed(
      ids,
      cutToSize(sets[at] ?? [], terms, []).filter((text) => text !== ""),
    ),
  );
  return {
    id: idIn(terms, memoIdOf(idSource, id_generation)),
    parent: placeOf(terms).parent,
    content,
    rest: [...keyed([], overflow), ...said].map((comment) => ({
      ...comment,
      id: idIn(terms, memoIdOf(idSource, id_generation, comment.key)),
    })),
    location: parts.find(({ content }) => content.location)?.content.location ?? null,
    createTime: timeOf(messages[0]),
    files: files.filter((file) => !isLeftOut(file)),
    leftOut: files.filter(isLeftOut),
    unknown: parts.flatMap(({ content }) => content.unknown),
    isAlbumPart: messages.some((message) => capturedFrom(message)?.media_group_id !== undefined),
    message_ids: [...new Set(messages.map(({ message_id }) => message_id))],
  };
}

export function whyLeftOut(texts: Texts, { why, bytes }: LeftOut): string {
  const size = { megabytes: ((bytes ?? 0) / (1024 * 1024)).toFixed(1) };
  const words: Record<LeftOut["why"], string> = {
    bots: texts.tooBigForBots,
    memos: texts.tooBigForMemos(size),
    proxy: texts.tooBigForProxy(size),
    lost: texts.lostInTelegram,
    gone: texts.uploadGone,
    disk: texts.waitsFor.disk,
    refused: texts.refusedByMemos,
    export: texts.notExported,
  };
  return words[why];
}

export const hashOf = (content: string) => hash("sha256", content);

export const placeHash = (place: MapPoint | null | undefined): string | null =>
  place ? hashOf(JSON.stringify([place.latitude, place.longitude, place.placeholder])) : null;

/** What it comes to once it is written. */
export const revisionOf = ({ content, location, rest, files }: Desired): Revision => ({
  main: hashOf(content),
  at: placeHash(location),
  rest: Object.fromEntries(rest.map(({ key, content }) => [key, hashOf(content)])),
  files: files.map(({ id }) => id),
});

/** No ids: it goes on where the memo, or the comment before it, ends. */
const keyed = (message_ids: readonly number[], contents: readonly string[]) =>
  contents.map((content, at) => ({ key: `${message_ids.join()}#${at}`, content }));

/** The id of the memo, or of its comment with this key. */
export function memoIdOf(of: IdSource, generation: number, key?: string): string {
  const { id_key, bot_id, server, id_name, chat_id, job_key } = of;
  const parts = [bot_id, server, id_name, chat_id, job_key, generation];
  if (key !== undefined) parts.push("comment", key);
  return memoUid(Buffer.from(id_key, "hex"), parts);
}

const placeOf = ({ tried }: Terms): ReplyPlace => tried?.place ?? OWN_MEMO;

/** An older version may have given another one, under the name that the account had then. */
export const idIn = ({ tried }: Terms, id: string) => tried?.ids?.[id] ?? id;

/** A message as it goes into the memo. */
function readPart(message: TelegramMessage, terms: Terms) {
  const { formatting } = terms.settings;
  const words = wordsFor(terms).memo;
  const content = readContent(message, { flavor: flavorOf(terms.form.memos), words, formatting });
  return { message, content, files: filesOf(message, content.files, terms) };
}

type Part = ReturnType<typeof readPart>;

const wordsFor = ({ settings }: Terms) => textsIn(languageOf(settings.language) ?? "en");

/** What the messages say, in as many pieces as the server's limit makes of it. */
function cutToSize(parts: readonly Part[], terms: Terms, tags: readonly string[]): string[] {
  const { limit, memos } = terms.form;
  const needsSpace = flavorOf(memos) === "0.25.3";
  const text = wordsOf(parts, terms).toWellFormed();
  // A comment is found by the tags of its memo.
  const wanted = placeOf(terms).parent === null ? [...new Set(tags.map((tag) => `#${tag}`))] : [];
  const missingIn = (of: string) => {
    const present = new Set(withoutCode(of).match(TAGS) ?? []);
    return wanted.filter((tag) => !present.has(tag));
  };
  const room = limit - (needsSpace ? EARLY_SPACE_BYTES : 0);
  // Where the first part ends is known once it is cut; a tag that was written behind that is missing, too.
  const missing = wanted.length === 0 ? [] : missingIn(cut(text, [], room)[0] ?? "");
  const pieces = cut(text, missing, room);
  return needsSpace ? pieces.map(withEarlySpace) : pieces;
}

/** The first piece ends in the tags. */
function cut(text: string, added: readonly string[], limit: number): string[] {
  const tags = added.join(" ").toWellFormed();
  const withTags = (first: string) => [first, tags].filter((part) => part !== "").join("\n\n");
  const firstBytes = limit - Buffer.byteLength(withTags("-")) + 1;
  const [first = "", ...others] = splitMarkdown(text, { firstBytes, restBytes: limit });
  return [withTags(first), ...others];
}

/**
 * Whether it answers a part that was chosen by hand: words, a task of a checklist, an option of a poll. A quote that the
 * server added says nothing that the memo above does not say.
 */
const choosesPart = ({ quote, reply_to_checklist_task_id, reply_to_poll_option_id }: TelegramMessage) =>
  quote?.is_manual === true || (reply_to_checklist_task_id ?? reply_to_poll_option_id) !== undefined;

function wordsOf(parts: readonly Part[], terms: Terms): string {
  const { form, settings, tried } = terms;
  const texts = wordsFor(terms);
  const messages = parts.map(({ message }) => message);
  const options = { flavor: flavorOf(form.memos), words: texts.memo };
  const sources = sourceLines(messages, { ...options, forwards: settings.source_line });
  // All parts of an album reply to the same message.
  const quotes = messages
    .filter((message) => placeOf(terms).quote === "all" || choosesPart(message))
    .map((message) => replyQuote(message, options));
  const said = parts.flatMap(({ content }, index) => [sources[index] ?? "", content.markdown]);
  const missing = parts.flatMap(({ message, files }) =>
    files.flatMap(({ id, file_id, name: sent }) => {
      const leftOut = tried?.left_out?.[id];
      if (!leftOut) return [];
      const name = sent.replace(/[\\`*_[\]<>~$#|=^]/g, "\\$&");
      const link = openedAt(message);
      const why = whyLeftOut(texts, leftOut);
      if (uploadIn(file_id) !== null) return `📎 ${texts.missingFile({ name, why })}`;
      // Its name leads to it where it can.
      return `📎 ${texts.onlyInTelegram({ name: link === null ? name : `[${name}](${link})`, why })}`;
    }),
  );
  const quote = quotes.find((text) => text !== "") ?? "";
  const author = settings.author_line && messages[0] ? authorLine(messages[0], options) : "";
  return [quote, author, ...said, ...missing].filter((part) => part !== "").join("\n\n");
}

function filesOf(
  message: TelegramMessage,
  files: readonly ContentFile[],
  terms: Terms,
): readonly DesiredFile[] {
  const { id_key, bot_id, server, id_name, chat_id } = terms.idSource;
  const seen = new Map<string, number>();
  return files.map((file) => {
    const unique = file.file_unique_id ?? hashOf(file.file_id);
    const nth = seen.get(unique) ?? 0;
    seen.set(unique, nth + 1);
    const parts = [bot_id, server, id_name, chat_id, message.message_id, unique, nth];
    const id = idIn(terms, attachmentUid(Buffer.from(id_key, "hex"), parts));
    const stem = `${file.kind}-${timeOf(message).toISOString().slice(0, 10)}-${Math.abs(message.message_id)}`;
    const name = safeFilename(file.name ?? "", `${stem}.${file.extension}`);
    return {
      id,
      file_id: file.file_id,
      ...(file.text !== undefined && { text: file.text }),
      name,
      filename: needsOwnNames(terms) ? ownName(name, id) : name,
      type: safeMimeType(file.type),
      size: file.size,
    };
  });
}

/**
 * Whether files are to have names of their own: where they are known again by them, and up to Memos 0.26, whose disk and
 * S3 keep only the last of the files that have one name in a second, whoever sent them.
 */
const needsOwnNames = ({ form, tried }: Terms) => !keepsEqualNames(form.memos) || tried?.begun !== undefined;

/** `scan-1f2e3d4c.pdf`: the same in each try. */
function ownName(name: string, id: string): string {
  const dot = name.lastIndexOf(".");
  const at = dot > 0 ? dot : name.length;
  return `${name.slice(0, at)}-${id.slice(0, 8)}${name.slice(at)}`;
}

/** An hour before the end of the year 9999: RFC 3339 goes no further, and comments are seconds later than their memo. */
const LAST_SECOND = 253_402_297_199;

function timeOf(message: TelegramMessage | undefined): Date {
  const seconds = Math.floor(Number(message?.date)) || 0;
  return new Date(Math.min(Math.max(seconds, 0), LAST_SECOND) * 1000);
}
