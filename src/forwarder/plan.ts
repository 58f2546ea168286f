import { createHash } from "node:crypto";
import type { TelegramMessage } from "gramio";
import type { Texts } from "../chat/texts.ts";
import type { MemosServerInfo, Visibility } from "../memos/client.ts";
import { attachmentUid, memoUid, safeFilename, safeMimeType } from "../memos/names.ts";
import { type MemoPlace, type ReadContent, readContent } from "../telegram/content.ts";
import type { ContentFile } from "../telegram/content-files.ts";
import { sourceLines } from "../telegram/forward-source.ts";
import type { Formatting, MarkdownDialect } from "../telegram/markdown.ts";
import { replyQuote } from "../telegram/reply-quote.ts";

/**
 * All that is decided before the first call to Memos. It is stored with the job, and every retry follows it
 * rather than today's settings: so a retry asks for the same thing, and asking twice makes one.
 */
export interface Plan {
  readonly memo_id: string;
  /** Where the server chose it: the memo's name, once it is known. Null: the memo is `memos/<memo_id>`. */
  readonly memo_name: string | null;
  /** When its first create began on a server that chooses ids: since then there may be a memo to be found. */
  readonly create_began_at: number | null;
  /** Raised only when a GET showed that the id is somebody else's. */
  readonly n: number;
  readonly visibility: Visibility;
  /** It was to be PUBLIC, which this instance allows nobody. */
  readonly public_refused?: true;
  /** RFC 3339, whole seconds. */
  readonly create_time: string;
  readonly content: string;
  /** The first place that one of the messages is about. */
  readonly location?: MemoPlace;
  /** In message order. */
  readonly files: readonly PlannedFile[];
  /** Messages it takes in. */
  readonly message_ids: readonly number[];
  /** True once it was carried out. */
  readonly done: boolean;
  /** What the memo was when a late part made this plan a new revision; null in a first plan. */
  readonly before: { readonly content: string; readonly attachments: readonly string[] } | null;
}

export interface PlannedFile {
  readonly attachment_id: string;
  /** Where the server chose it: the file's name, once it is known. Null: it is `attachments/<attachment_id>`. */
  readonly name: string | null;
  /** When its first upload began on a server that chooses ids: since then there may be a file to be found. */
  readonly upload_began_at: number | null;
  readonly message_id: number;
  /** Empty where the message itself brought the file, as `text`. */
  readonly file_id: string;
  /** What is in it, where Telegram has no such file: the vCard of a contact. */
  readonly text?: string;
  readonly filename: string;
  readonly type: string;
  /** Bytes, where Telegram gives it; and once an upload began. */
  readonly size: number | null;
  /** Why it stays in Telegram; null when it is to be saved. */
  readonly left_out: string | null;
}

/** What the ids of a job are made from. */
export interface Identity {
  readonly id_key: string;
  readonly bot_id: number;
  readonly server: string;
  readonly account: string;
  readonly chat_id: number;
  readonly job_key: string;
}

export interface Limits {
  /** Telegram's, for downloads. */
  readonly downloadBytes: number;
  /** Memos', for uploads. */
  readonly uploadBytes: number;
}

export function makePlan(input: {
  readonly identity: Identity;
  readonly messages: readonly TelegramMessage[];
  readonly visibility: Visibility;
  /** Added to every memo of this person. */
  readonly tags: readonly string[];
  readonly limits: Limits;
  /** What the server shows. */
  readonly markdown: MarkdownDialect;
  readonly texts: Texts;
  /** Whether Markdown that was typed counts. Default `as_typed`. */
  readonly formatting?: Formatting;
  /** Whether it is said where forwarded messages come from. Default true. */
  readonly sourceLine?: boolean;
}): Plan {
  const {
    identity,
    messages,
    visibility,
    tags,
    limits,
    markdown,
    texts,
    formatting,
    sourceLine = true,
  } = input;
  const contents = messages.map((message) =>
    readContent(message, { dialect: markdown, ...(formatting && { formatting }) }),
  );
  const files = messages.flatMap((message, index) =>
    plannedFiles(identity, message, contents[index]?.files ?? [], limits, texts),
  );
  const location = contents.find((content) => content.location)?.location;
  return {
    memo_id: memoIdOf(identity, 0),
    memo_name: null,
    create_began_at: null,
    n: 0,
    visibility,
    create_time: timeOf(messages[0]),
    content: contentFor(messages, contents, files, { tags, markdown, texts, sourceLine }),
    ...(location && { location }),
    files,
    message_ids: messages.map((message) => message.message_id),
    done: false,
    before: null,
  };
}

/** A later plan of the same job, with parts that came after the memo was made. */
export function revise(plan: Plan, next: Plan): Plan {
  return {
    ...next,
    memo_id: plan.memo_id,
    memo_name: plan.memo_name,
    create_began_at: plan.create_began_at,
    n: plan.n,
    visibility: plan.visibility,
    create_time: plan.create_time,
    files: next.files.map((file) => savedBefore(plan, file) ?? file),
    before: { content: plan.content, attachments: attachmentNames(plan) },
  };
}

/** What an earlier revision saved keeps its names: they were made for the account as it was called then. */
function savedBefore(plan: Plan, next: PlannedFile): PlannedFile | undefined {
  return savedFiles(plan).find(
    (file) =>
      file.message_id === next.message_id &&
      file.file_id === next.file_id &&
      file.filename === next.filename &&
      file.text === next.text,
  );
}

/** The same plan under another id: the one it had belongs to somebody else. */
export function withNextId(plan: Plan, identity: Identity): Plan {
  const n = plan.n + 1;
  return { ...plan, n, memo_id: memoIdOf(identity, n) };
}

/** The same plan with what is known of a file by now. */
export function withFile(plan: Plan, file: PlannedFile): Plan {
  return {
    ...plan,
    files: plan.files.map((other) => (other.attachment_id === file.attachment_id ? file : other)),
  };
}

/** The same plan without a file that turned out not to be savable. */
export function withoutFile(plan: Plan, file: PlannedFile, why: string, texts: Texts): Plan {
  const line = leftOutLine(texts, file.filename, why);
  return {
    ...withFile(plan, { ...file, left_out: why }),
    content: plan.content === "" ? line : `${plan.content}\n\n${line}`,
  };
}

export const memoName = (plan: Plan) => plan.memo_name ?? `memos/${plan.memo_id}`;
export const attachmentName = (file: PlannedFile) => file.name ?? `attachments/${file.attachment_id}`;
export const savedFiles = (plan: Plan) => plan.files.filter((file) => file.left_out === null);
export const attachmentNames = (plan: Plan) => savedFiles(plan).map(attachmentName);

/** What the sender is told about files that are not in the memo. */
export function remarks(plan: Plan, texts: Texts): string[] {
  const missing = plan.files.flatMap(({ filename, left_out }) =>
    left_out === null ? [] : [texts.missingFile(filename, left_out)],
  );
  return plan.public_refused ? [texts.publicDisallowed, ...missing] : missing;
}

export function megabytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}

function memoIdOf({ id_key, bot_id, server, account, chat_id, job_key }: Identity, n: number): string {
  return memoUid(Buffer.from(id_key, "hex"), [bot_id, server, account, chat_id, job_key, n]);
}

/** A tag as Memos reads it: it ends at punctuation. */
const TAG = /(?<!\\)#(?:[\p{L}\p{M}\p{N}\p{S}_\-/&]|\u200d)+/gu;

function contentFor(
  messages: readonly TelegramMessage[],
  contents: readonly ReadContent[],
  files: readonly PlannedFile[],
  {
    tags,
    markdown: dialect,
    texts,
    sourceLine,
  }: { tags: readonly string[]; markdown: MarkdownDialect; texts: Texts; sourceLine: boolean },
): string {
  const sources = sourceLine ? sourceLines(messages, { dialect }) : [];
  // All parts of an album reply to the same message.
  const quote = messages.map((message) => replyQuote(message, { dialect })).find((text) => text !== "");
  const captions = contents.flatMap(({ markdown }, index) => [sources[index] ?? "", markdown]);
  const missing = files.flatMap(({ filename, left_out }) =>
    left_out === null ? [] : [leftOutLine(texts, filename, left_out)],
  );
  const text = [quote ?? "", ...captions, ...missing].filter((part) => part !== "").join("\n\n");
  const present = new Set(text.match(TAG) ?? []);
  const added = new Set(tags.map((tag) => `#${tag}`).filter((tag) => !present.has(tag)));
  return [text, [...added].join(" ")].filter((part) => part !== "").join("\n\n");
}

const leftOutLine = (texts: Texts, filename: string, why: string) =>
  `📎 ${texts.onlyInTelegram(filename.replace(/[\\`*_[\]<>~$#]/g, "\\$&"), why)}`;

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
  return files.map((file) => {
    const unique = file.file_unique_id ?? createHash("sha256").update(file.file_id).digest("hex");
    const stem = `${file.kind}-${timeOf(message).slice(0, 10)}-${message.message_id}`;
    const wanted = safeFilename(file.name ?? "", `${stem}.${file.extension}`);
    const copy = nth(`name/${wanted.toLowerCase()}`);
    return {
      attachment_id: attachmentUid(Buffer.from(identity.id_key, "hex"), [
        identity.bot_id,
        identity.server,
        identity.account,
        identity.chat_id,
        message.message_id,
        unique,
        nth(`file/${unique}`),
      ]),
      name: null,
      upload_began_at: null,
      message_id: message.message_id,
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
  if (fromTelegram && size > limits.downloadBytes) return texts.tooBigForBots(megabytes(size));
  if (size > limits.uploadBytes) return texts.tooBigForMemos(megabytes(size));
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

/** Too long for this server: the bytes it has, or null. */
export function overLimit(content: string, info: Pick<MemosServerInfo, "contentLimitBytes">): number | null {
  const bytes = Buffer.byteLength(content);
  return bytes > info.contentLimitBytes ? bytes : null;
}
