import type { MarkdownFlavor } from "../domain/markdown-flavor.ts";
import type { Visibility } from "../domain/visibility.ts";
export type MemoState = "NORMAL" | "ARCHIVED";

export interface MemosServerInfo {
  /** As the server says it: `0.30.0`, or `dev` on a self-built one. */
  version: string;
  /** Where its owner says it is found, without a trailing slash. */
  instanceUrl: string | null;
  /** The longest content in bytes of UTF-8. */
  contentLimitBytes: number;
  /** What access tokens are there: JSON web tokens (`eyJ…`), or personal access tokens (`memos_pat_…`). */
  tokens: "jwt" | "pat";
  /** Whose ids memos and comments get: ours by the version, until one came back under another. Unless ours: `findMade` before a create is repeated. */
  memoIds: "ours" | "servers";
  /** Unless they are ours: `findAttachments` before an upload is repeated. */
  fileIds: "ours" | "servers";
  /** What its pages show. */
  markdown: MarkdownFlavor;
  /** Worth a line in the log and in `check`: the version is newer than what we know, or cannot be read. */
  note?: string;
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
