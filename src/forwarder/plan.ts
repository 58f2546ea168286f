import { createHash } from "node:crypto";
import type { TelegramMessage } from "gramio";
import type { Texts } from "../chat/texts.ts";
import type { MemosServerInfo, Visibility } from "../memos/client.ts";
import { attachmentUid, memoUid, safeFilename, safeMimeType } from "../memos/names.ts";
import { toMarkdown } from "../telegram/markdown.ts";
import { contentOf } from "../telegram/update.ts";
import { written } from "../telegram/written.ts";

/**
 * All that is decided before the first call to Memos. It is stored with the job, and every retry follows it
 * rather than today's settings: so a retry asks for the same thing, and asking twice makes one.
 */
export interface Plan {
  readonly memo_id: string;
  /** Raised only when a GET showed that the id is somebody else's. */
  readonly n: number;
  readonly visibility: Visibility;
  /** It was to be PUBLIC, which this instance allows nobody. */
  readonly public_refused?: true;
  /** RFC 3339, whole seconds. */
  readonly create_time: string;
  readonly content: string;
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
  readonly message_id: number;
  readonly file_id: string;
  readonly filename: string;
  readonly type: string;
  /** Bytes, where Telegram gives it. */
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
  readonly texts: Texts;
}): Plan {
  const { identity, messages, visibility, tags, limits, texts } = input;
  const files = messages.flatMap((message) => plannedFile(identity, message, limits, texts) ?? []);
  return {
    memo_id: memoIdOf(identity, 0),
    n: 0,
    visibility,
    create_time: timeOf(messages[0]),
    content: contentFor(messages, files, tags, texts),
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
    n: plan.n,
    visibility: plan.visibility,
    create_time: plan.create_time,
    before: { content: plan.content, attachments: attachmentNames(plan) },
  };
}

/** The same plan under another id: the one it had belongs to somebody else. */
export function withNextId(plan: Plan, identity: Identity): Plan {
  const n = plan.n + 1;
  return { ...plan, n, memo_id: memoIdOf(identity, n) };
}

/** The same plan without a file that turned out not to be savable. */
export function withoutFile(plan: Plan, file: PlannedFile, why: string, texts: Texts): Plan {
  const line = leftOutLine(texts, file.filename, why);
  return {
    ...plan,
    content: plan.content === "" ? line : `${plan.content}\n\n${line}`,
    files: plan.files.map((other) =>
      other.attachment_id === file.attachment_id ? { ...other, left_out: why } : other,
    ),
  };
}

export const memoName = (plan: Plan) => `memos/${plan.memo_id}`;
export const attachmentName = (file: PlannedFile) => `attachments/${file.attachment_id}`;
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
  files: readonly PlannedFile[],
  tags: readonly string[],
  texts: Texts,
): string {
  const captions = messages.map((message) => toMarkdown(written(message))).filter((text) => text !== "");
  const missing = files.flatMap(({ filename, left_out }) =>
    left_out === null ? [] : [leftOutLine(texts, filename, left_out)],
  );
  const text = [...captions, ...missing].join("\n\n");
  const present = new Set(text.match(TAG) ?? []);
  const added = new Set(tags.map((tag) => `#${tag}`).filter((tag) => !present.has(tag)));
  return [text, [...added].join(" ")].filter((part) => part !== "").join("\n\n");
}

const leftOutLine = (texts: Texts, filename: string, why: string) =>
  `📎 ${texts.onlyInTelegram(filename.replace(/[\\`*_[\]<>~$#]/g, "\\$&"), why)}`;

/** Telegram's file object of a message, with what it tells of name and type. */
interface TelegramFile {
  readonly file_id: string;
  readonly file_unique_id: string;
  readonly file_size?: number | undefined;
  readonly file_name?: string | undefined;
  readonly mime_type?: string | undefined;
  readonly extension: string;
  readonly kind: string;
}

function fileOf(message: TelegramMessage): TelegramFile | null {
  const content = contentOf(message);
  if (content.kind === "photo") {
    const largest = message.photo?.reduce((best, size) =>
      size.width * size.height >= best.width * best.height ? size : best,
    );
    return largest ? { ...largest, mime_type: "image/jpeg", extension: "jpg", kind: "photo" } : null;
  }
  if (content.kind === "document" && message.document) {
    return { ...message.document, extension: "bin", kind: "document" };
  }
  return null;
}

function plannedFile(
  identity: Identity,
  message: TelegramMessage,
  limits: Limits,
  texts: Texts,
): PlannedFile | null {
  const file = fileOf(message);
  if (!file) return null;
  const size = file.file_size ?? null;
  const fallback = `${file.kind}-${timeOf(message).slice(0, 10)}-${message.message_id}.${file.extension}`;
  return {
    attachment_id: attachmentUid(Buffer.from(identity.id_key, "hex"), [
      identity.bot_id,
      identity.server,
      identity.account,
      identity.chat_id,
      message.message_id,
      file.file_unique_id ?? createHash("sha256").update(file.file_id).digest("hex"),
      0,
    ]),
    message_id: message.message_id,
    file_id: file.file_id,
    filename: safeFilename(file.file_name ?? "", fallback),
    type: safeMimeType(file.mime_type),
    size,
    left_out: size === null ? null : tooLarge(size, limits, texts),
  };
}

function tooLarge(size: number, limits: Limits, texts: Texts): string | null {
  if (size > limits.downloadBytes) return texts.tooBigForBots(megabytes(size));
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
