import type { Secret } from "../secret.ts";

export type Visibility = "PRIVATE" | "PROTECTED" | "PUBLIC";
export type MemoState = "NORMAL" | "ARCHIVED";

/** Whose ids things get: ours by the version, as long as nothing came back under another one. */
export type IdsOf = "ours" | "servers";

export interface MemosServerInfo {
  /** As the server says it: `0.30.0`, or `dev` on a self-built one. */
  version: string;
  /** Name of the dialect spoken with it. */
  dialect: string;
  /** Where its owner says it is found, without a trailing slash. */
  instanceUrl: string | null;
  /** The longest content in bytes of UTF-8. */
  contentLimitBytes: number;
  /** What access tokens are there: JSON web tokens (`eyJ…`), or personal access tokens (`memos_pat_…`). */
  tokens: "jwt" | "pat";
  /** Of memos and comments. Unless they are ours: `findMade` before a create is repeated. */
  memoIds: IdsOf;
  /** Unless they are ours: `findAttachments` before an upload is repeated. */
  fileIds: IdsOf;
  /** The create takes the memo's time. False: `createMemo` sets it by a second call. */
  setsTimeOnCreate: boolean;
  /** The create binds files. False: `createMemo` binds them by a second call. */
  bindsOnCreate: boolean;
  /** What its pages show. */
  markdown: Markdown;
  /** Worth a line in the log and in `check`: the version is newer than what we know, or cannot be read. */
  note?: string;
}

/** What the pages of a server make of Markdown. */
export interface Markdown {
  /** `gomark`: nothing nests but a link in bold text. */
  engine: "commonmark" | "gomark";
  /** `ins`: `<ins>` is drawn underlined. */
  underline: "ins" | "none";
  /** `pipes`: `||x||`. `details`: `<details>` folds. */
  spoiler: "details" | "pipes" | "none";
  /** Inline HTML is kept. */
  html: boolean;
  /** `$…$` is math. */
  escapeDollar: boolean;
  /** A newline is shown as a space unless two spaces stand before it. */
  hardBreaks: boolean;
  /** `tg://` links keep their address. */
  userLinks: boolean;
  /** The beginning needs a space within 64 bytes, unless it is ASCII: see `forwarder/early-space.ts`. */
  earlySpace?: true;
}

export interface MemosAccount {
  /** `users/alice` (0.27 and newer) or `users/1`: the identity, to be used as it is. */
  name: string;
  username: string;
  /** Never empty: the user name where none was chosen. */
  displayName: string;
}

export interface Attachment {
  /** `attachments/<id>` */
  name: string;
  filename: string;
  type: string;
  size: number;
  createTime: string;
  /** `memos/<id>` of the memo that holds it, where the answer tells. */
  memo?: string;
}

export interface MemoLocation {
  placeholder: string;
  latitude: number;
  longitude: number;
}

export interface Memo {
  /** `memos/<id>`: the id we chose, or the server's. It outlives upgrades, also from the servers that number memos. */
  name: string;
  /** `users/alice`, comparable with the name of a `MemosAccount`. */
  creator: string;
  content: string;
  visibility: Visibility;
  state: MemoState;
  pinned: boolean;
  createTime: string;
  updateTime: string;
  attachments: Attachment[];
  /** The memo this one comments. */
  parent?: string;
  location?: MemoLocation;
}

export interface MemoDraft {
  /** 1–32 of `[a-z0-9-]`, see `memoUid`. */
  id: string;
  /** May be empty when there are attachments or a location. */
  content: string;
  visibility: Visibility;
  /** Kept in whole seconds; null: now. */
  createTime: Date | null;
  /** Names as `createAttachment` gave them, in the order to be shown. */
  attachments: readonly string[];
  location?: MemoLocation;
}

/** It is seen by whoever sees its memo: Memos itself sees to that from 0.29 on, and up to then the client. */
export type CommentDraft = Omit<MemoDraft, "visibility">;

export interface MemoPatch {
  content?: string;
  visibility?: Visibility;
  pinned?: boolean;
  createTime?: Date;
  state?: MemoState;
  /** Null removes it. Passed over where memos have none (0.22). */
  location?: MemoLocation | null;
}

/** Times are of the server, to be compared with `createTime`. */
export interface MemoSearch {
  /** Made, or dated, since then. */
  since?: Date;
  /** Occurs in the content, whatever the case; up to 0.25 the case counts beyond ASCII letters. `%` and `_` are themselves. */
  content?: string;
  /** Default NORMAL. */
  state?: MemoState;
  /** Made, or dated, in one of these times. Where the server cannot look for that, all it has are gone through. */
  spans?: readonly Span[];
  /** Asked about each memo that fits: false leaves it out, `stop` ends the search with what was found so far. */
  look?: (memo: Memo) => boolean | "stop";
  limit: number;
}

/** From a time on, and up to another one that is not in it. */
export interface Span {
  from: Date;
  to: Date;
}

export interface AttachmentSearch {
  filename: string;
  size: number;
  /** By this machine's clock: uploaded since then. */
  since: Date;
}

export interface FileUpload {
  /** 1–32 of `[a-z0-9-]`, see `attachmentUid`. */
  id: string;
  /** See `safeFilename`. */
  filename: string;
  /** See `safeMimeType`. */
  type: string;
  /** Exact size in bytes: a source that gives more or fewer ends the upload, and nothing is stored. */
  size: number;
  /** The bytes; asked once per try. The signal aborts when the upload ends early. What it throws is thrown on as it is. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
  /** `memos/<id>`: binds the file to this memo at once, before its other files. */
  memo?: string;
}

/**
 * One Memos server. Everything that fails throws a `MemosError`, except what the source of an upload throws.
 * Each call has its own time limit: 30 s (120 s up to 0.25.2), for uploads 60 s without any byte moving.
 */
export interface MemosClient {
  /** Normalised base URL: the identity of the server. */
  readonly server: string;
  /** Which Memos this is. Asked once, then again daily, after `forgetInfo`, and when the server stops knowing a path. */
  info(signal?: AbortSignal): Promise<MemosServerInfo>;
  forgetInfo(): void;
  whoAmI(token: Secret, signal?: AbortSignal): Promise<MemosAccount>;
  /** The visibility the user chose in Memos for new memos; null when it cannot be told. The server itself never applies it. */
  defaultVisibility(token: Secret, account: string, signal?: AbortSignal): Promise<Visibility | null>;
  /**
   * The memo may exist although this throws, without its files and its time: look for it before deciding, except after
   * `invalid` and `content_too_long`. Under its id (`getMemo`); where the server chooses ids, by `findMade`. Then
   * `finishMemo`. Whether the id was taken over tells the name of the memo. A file that another memo holds moves here.
   */
  createMemo(token: Secret, draft: MemoDraft, signal?: AbortSignal): Promise<Memo>;
  /**
   * Completes what an interrupted create of a memo or comment left: binds files of the draft that are there and not
   * bound to it, and sets the time where the create could not. Changes nothing that is done, so it can be called at any
   * time, any number of times. A file that another memo holds moves here: the draft must not name what was moved away.
   */
  finishMemo(token: Secret, memo: Memo, draft: MemoDraft, signal?: AbortSignal): Promise<Memo>;
  /** Own memos (no comments), newest first. They are looked at in the server's order, in which pinned ones may come first. */
  findMemos(token: Secret, account: string, search: MemoSearch, signal?: AbortSignal): Promise<Memo[]>;
  /**
   * Memos that an earlier try of this create, begun at `since` by this machine's clock, may have made: of the same
   * content and visibility, without files that are not the draft's, and made since then or finished already. One that
   * holds a file of the draft comes first and is surely meant; of the others the oldest. The person may have made one
   * like it by hand, and another message may say the same: leave out what other messages are linked to.
   */
  findMade(
    token: Secret,
    account: string,
    draft: MemoDraft,
    since: Date,
    signal?: AbortSignal,
  ): Promise<Memo[]>;
  /** Own files of this name and size, the oldest first; those with `memo` are bound already. */
  findAttachments(token: Secret, search: AttachmentSearch, signal?: AbortSignal): Promise<Attachment[]>;
  /** A memo or a comment, which tells its `parent`; a comment that lost its parent, or never got it, tells none. */
  getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
  updateMemo(token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal): Promise<Memo>;
  /** Deletes it with its comments and files, for good. */
  deleteMemo(token: Secret, name: string, signal?: AbortSignal): Promise<void>;
  /** All comments, in the server's order. */
  listComments(token: Secret, name: string, signal?: AbortSignal): Promise<Memo[]>;
  /**
   * Kind `not_found` where the parent is gone, `forbidden` where it is not to be read; an archived one takes comments.
   * The comment may exist although this throws, without its files and its time, or standing alone without its parent. A
   * used id is kind `server` (Memos answers 500), so after all but `invalid` and `content_too_long` look: where ids are
   * ours by `getMemo`, and what stands alone is to be deleted before a repeat (Memos cannot mend it); else by
   * `findMadeComments`. Then `finishMemo`.
   */
  createComment(token: Secret, parent: string, draft: CommentDraft, signal?: AbortSignal): Promise<Memo>;
  /** As `findMade`, among the comments of `parent`. */
  findMadeComments(
    token: Secret,
    account: string,
    parent: string,
    draft: CommentDraft,
    since: Date,
    signal?: AbortSignal,
  ): Promise<Memo[]>;
  /** Replaces the memo's whole list, in this order. DELETES every file not named; a file that another memo holds moves here. */
  setAttachments(token: Secret, memo: string, names: readonly string[], signal?: AbortSignal): Promise<void>;
  getAttachment(token: Secret, name: string, signal?: AbortSignal): Promise<Attachment>;
  /**
   * Streams a file. A used id is kind `exists`, but leaves an orphaned copy on the server's disk: GET before a retry;
   * where the server chooses ids, `findAttachments`. The name of the answer counts.
   */
  createAttachment(token: Secret, file: FileUpload, signal?: AbortSignal): Promise<Attachment>;
  deleteAttachment(token: Secret, name: string, signal?: AbortSignal): Promise<void>;
  /** The bytes of a file as they come, once; throws `UploadSizeError` when they are not the whole file. */
  download(token: Secret, file: Attachment, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** The page of a memo, for people, as the server last spoken with has it. */
  memoUrl(publicBase: string, memo: string): string;
}
