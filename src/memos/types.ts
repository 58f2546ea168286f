import type { MapPoint } from "../domain/saved.ts";
import type { Visibility } from "../domain/visibility.ts";

export type MemoState = "NORMAL" | "ARCHIVED";

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
  location?: MapPoint;
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
  location?: MapPoint | null;
}

export interface AttachmentSearch {
  /** Any of them. */
  filenames: readonly string[];
  /** Null: whatever it is. */
  size: number | null;
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
