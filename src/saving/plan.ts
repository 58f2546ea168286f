import type { Formatting } from "../domain/markdown-flavor.ts";
import type { Visibility } from "../domain/visibility.ts";
import type { Language, Texts } from "../locales/texts.ts";
import { memoUid } from "../memos/names.ts";
import type { MemoPlace } from "../messages/content-read.ts";
import type { UploadLimit } from "./upload-limit.ts";

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
  /** Raised when a GET showed that the id is somebody else's, and when a deleted memo is saved again. */
  readonly n: number;
  readonly visibility: Visibility;
  /** It was to be PUBLIC, which this instance allows nobody. */
  readonly public_refused?: true;
  /** RFC 3339, whole seconds. */
  readonly create_time: string;
  readonly reply: PlannedReply;
  readonly content: string;
  /** Comments with what the memo has no room for, and with what was said after the person had changed the memo. */
  readonly rest: readonly PlannedComment[];
  /** The longest content in bytes of UTF-8. */
  readonly limit: number;
  /** The first place that one of the messages is about. */
  readonly location?: MemoPlace;
  /** In message order. */
  readonly files: readonly PlannedFile[];
  /** What this version did not know in the messages, by Telegram's names. */
  readonly unknown?: readonly string[];
  /** It was captured in a group from an album, whose other parts Telegram does not show. */
  readonly album_part?: true;
  /** Hashes of what plans said that this one took the place of before they were carried out, as far as anybody knew. */
  readonly replaced?: readonly string[];
  /** Messages it takes in. */
  readonly message_ids: readonly number[];
  /** The newest update it takes in. */
  readonly seq: number;
  /** As they were at first: an edit does not change them. */
  readonly settings: PlanSettings;
  /** True once it was carried out. */
  readonly done: boolean;
  /** What was carried out before an edit or a late part made this a new revision; null in a first plan. */
  readonly before: Plan | null;
}

/** What a message answers, and so where it belongs. */
export interface PlannedReply {
  /** The memo that it becomes a comment on; null: it is a memo of its own. */
  readonly parent: string | null;
  /** How much of the other message stands above it. `chosen`: the part that was quoted by hand. */
  readonly quote: "all" | "chosen";
  /** Why it could not become a comment. */
  readonly refused: "gone" | "not_yours" | null;
}

export interface PlanSettings {
  /** Added to every memo of this person. */
  readonly tags: readonly string[];
  /** Whether Markdown that was typed counts. */
  readonly formatting: Formatting;
  /** Whether it is said where forwarded messages come from; of captured ones it always is. */
  readonly source_line: boolean;
  /** Of the words that nobody wrote. */
  readonly language: Language;
}

export interface PlannedComment {
  readonly comment_id: string;
  /** As for the memo. */
  readonly name: string | null;
  readonly began_at: number | null;
  readonly content: string;
  /** The messages it stands for; none: it goes on where the memo, or the comment before it, ends. */
  readonly message_ids: readonly number[];
}

export interface PlannedFile {
  readonly attachment_id: string;
  /** Where the server chose it: the file's name, once it is known. Null: it is `attachments/<attachment_id>`. */
  readonly name: string | null;
  /** When its first upload began on a server that chooses ids: since then there may be a file to be found. */
  readonly upload_began_at: number | null;
  readonly message_id: number;
  /** Where the message can be opened in Telegram, if there is an address. */
  readonly link?: string;
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
  /** What Memos calls the account today. */
  readonly account: string;
  /** What it was called first: ids derive from that. */
  readonly id_name: string;
  readonly chat_id: number;
  readonly job_key: string;
}

/** A later plan of the same job: `next` with what stays as it was made. */
export function revise(plan: Plan, next: Plan): Plan {
  return { ...takeUp(plan, next), before: { ...plan, before: null } };
}

/** `next` in place of a plan that could not be carried out: under its ids, with the files it has brought already. */
export function takeUp(plan: Plan, next: Plan): Plan {
  const { memo_id, memo_name, create_began_at, n, visibility, create_time } = plan;
  return {
    ...next,
    ...{ memo_id, memo_name, create_began_at, n, visibility, create_time },
    ...(plan.public_refused && { public_refused: true }),
    ...(plan.replaced && { replaced: plan.replaced }),
    files: next.files.map((file) => knownFile(plan.files, file) ?? file),
    rest: next.rest.map((comment, at) => knownComment(plan.rest, next.rest, at) ?? comment),
    before: null,
  };
}

/** What was brought before keeps its names: they were made for the account as it was called then. */
export function knownFile(known: readonly PlannedFile[], next: PlannedFile): PlannedFile | undefined {
  const same = known.find(
    (file) =>
      file.attachment_id === next.attachment_id ||
      (file.message_id === next.message_id &&
        file.file_id === next.file_id &&
        file.filename === next.filename &&
        file.text === next.text),
  );
  return same?.left_out === null ? same : undefined;
}

/** Tells a comment from the others of its plan, also when there are more or fewer by then. */
export function commentKey(rest: readonly Pick<PlannedComment, "message_ids">[], at: number): string {
  const ids = (of: Pick<PlannedComment, "message_ids"> | undefined) => of?.message_ids.join() ?? "";
  const earlier = rest.slice(0, at).filter((other) => ids(other) === ids(rest[at]));
  return `${ids(rest[at])}#${earlier.length}`;
}

/** The comment that stood for the same: the same messages, or the same part of what the memo has no room for. */
function knownComment(
  known: readonly PlannedComment[],
  next: readonly PlannedComment[],
  at: number,
): PlannedComment | undefined {
  const key = commentKey(next, at);
  const found = known.find((_, index) => commentKey(known, index) === key);
  return found && { ...found, content: next[at]?.content ?? found.content };
}

/** The same plan under another id: the one it had belongs to somebody else, or its memo was deleted. */
export function withNextId(plan: Plan, identity: Identity): Plan {
  const n = plan.n + 1;
  return {
    ...plan,
    n,
    memo_id: memoIdOf(identity, n),
    memo_name: null,
    create_began_at: null,
    rest: plan.rest.map((comment, at) => ({
      ...comment,
      comment_id: commentIdOf(identity, n, commentKey(plan.rest, at)),
      name: null,
      began_at: null,
    })),
  };
}

/** The same plan with what is known of a file by now. */
export function withFile(plan: Plan, file: PlannedFile): Plan {
  return {
    ...plan,
    files: plan.files.map((other) => (other.attachment_id === file.attachment_id ? file : other)),
  };
}

/** The same plan without a file that turned out not to be savable. */
export function withoutFile(
  plan: Plan,
  { file, why, identity, texts }: { file: PlannedFile; why: string; identity: Identity; texts: Texts },
): Plan {
  const line = leftOutLine(texts, file, why);
  const content = plan.content === "" ? line : `${plan.content}\n\n${line}`;
  const without = withFile(plan, { ...file, left_out: why });
  if (Buffer.byteLength(content) <= plan.limit) return { ...without, content };
  const rest = [...plan.rest, { message_ids: [] }];
  const comment_id = commentIdOf(identity, plan.n, commentKey(rest, plan.rest.length));
  const comment = { comment_id, name: null, began_at: null, content: line, message_ids: [] };
  return { ...without, rest: [...plan.rest, comment] };
}

export const memoName = (plan: Plan) => plan.memo_name ?? `memos/${plan.memo_id}`;
export const commentName = (comment: PlannedComment) => comment.name ?? `memos/${comment.comment_id}`;
export const attachmentName = (file: PlannedFile) => file.name ?? `attachments/${file.attachment_id}`;
export const savedFiles = (plan: Plan) => plan.files.filter((file) => file.left_out === null);
export const attachmentNames = (plan: Plan) => savedFiles(plan).map(attachmentName);

/** What the sender has to be told: what is not in the memo, or not where they wanted it. */
export function remarks(plan: Plan, texts: Texts): string[] {
  const missing = plan.files.flatMap(({ filename, left_out }) =>
    left_out === null ? [] : [texts.missingFile({ name: filename, why: left_out })],
  );
  const { refused } = plan.reply;
  return [
    ...(plan.public_refused ? [texts.publicDisallowed] : []),
    ...(refused === "gone" ? [texts.replyGone] : []),
    ...(refused === "not_yours" ? [texts.replyNotYours] : []),
    ...missing,
    ...(plan.unknown ? [texts.unknownPart] : []),
    ...(plan.album_part ? [texts.albumPart] : []),
  ];
}

/** What stands in the memo for a file that stays in Telegram: its name, which leads there where it can. */
export function leftOutLine(texts: Texts, file: Pick<PlannedFile, "filename" | "link">, why: string): string {
  const name = file.filename.replace(/[\\`*_[\]<>~$#|=^]/g, "\\$&");
  return `📎 ${texts.onlyInTelegram({ name: file.link === undefined ? name : `[${name}](${file.link})`, why })}`;
}

/** Why a file stays in Telegram that is larger than a limit. */
export function tooBig(texts: Texts, bytes: number, limit: Pick<UploadLimit, "of">): string {
  const size = megabytes(bytes);
  return limit.of === "proxy"
    ? texts.tooBigForProxy({ megabytes: size })
    : texts.tooBigForMemos({ megabytes: size });
}

export function megabytes(bytes: number): string {
  return (bytes / (1024 * 1024)).toFixed(1);
}

export function memoIdOf({ id_key, bot_id, server, id_name, chat_id, job_key }: Identity, n: number): string {
  return memoUid(Buffer.from(id_key, "hex"), [bot_id, server, id_name, chat_id, job_key, n]);
}

/** The id of the comment with a key, see `commentKey`. */
export function commentIdOf(
  { id_key, bot_id, server, id_name, chat_id, job_key }: Identity,
  n: number,
  key: string,
): string {
  return memoUid(Buffer.from(id_key, "hex"), [bot_id, server, id_name, chat_id, job_key, n, "comment", key]);
}
