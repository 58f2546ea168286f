/** What a test sees of the fake Memos server. */
import type { NotImitated } from "../not-imitated.ts";
import type { KeptMemos } from "./state.ts";

export type Visibility = "PRIVATE" | "PROTECTED" | "PUBLIC";
export type MemoState = "NORMAL" | "ARCHIVED";

export interface FakeMemosOptions {
  /** A release that the fake knows: 0.22.3 to 0.30.0 without 0.23.0 (or "dev", which behaves as 0.30). Default "0.30.0". */
  version?: string;
  /** Default 0: any free port, kept over `stop` and `start`. */
  port?: number;
  /** What the profile reports. Default: the fake's own address from 0.30 on, empty before. */
  instanceUrl?: string;
  /** Path prefix, as behind a reverse proxy: "/memos". Everything outside answers the proxy's 404 page. */
  basePath?: string;
  /** Bytes of a memo's content. Below 8192 it has no effect, as in the real server. */
  contentLengthLimit?: number;
  /** Default 30. */
  uploadSizeLimitMb?: number;
  /** From 0.30 on: nearly everything needs a login. */
  privateInstance?: boolean;
  /**
   * Real servers decode and write every JPEG anew from 0.26 on, so its bytes and size change. The fake cannot do
   * that and keeps a JPEG as it was sent, unless this is set: then each JPEG gets a comment segment more, which
   * proves that nothing relies on the bytes.
   */
  reencodeJpeg?: boolean;
  /** The server's clock, milliseconds since the epoch. Default: the system's. */
  now?: () => number;
  /** What becomes of a call that memoferry never made. By default it fails the test. */
  onNotImitated?: (error: NotImitated) => void;
  /** What it holds from the beginning. */
  kept?: KeptMemos;
}

export interface StoredAttachment {
  name: string;
  creator: string;
  filename: string;
  type: string;
  size: number;
  bytes: Uint8Array;
  createTime: string;
  /** Name of the memo it is bound to; undefined while unbound. */
  memo: string | undefined;
}

export interface StoredMemo {
  name: string;
  creator: string;
  content: string;
  visibility: Visibility;
  state: MemoState;
  pinned: boolean;
  createTime: string;
  updateTime: string;
  tags: string[];
  location: { placeholder: string; latitude: number; longitude: number } | undefined;
  /** In the order shown. */
  attachments: StoredAttachment[];
  /** The memo that this one comments on. */
  parent: string | undefined;
}

export interface FakeUser {
  /** As the server of this version names it: "users/1" up to 0.26, "users/alice" from 0.27. */
  name: string;
  username: string;
  token: string;
}

export interface LoggedRequest {
  method: string;
  /** Without the base path and without the query. */
  path: string;
  query: Record<string, string>;
  /** Of the answer that was decided, even if it was then lost; null when none was (dropped before, hanging, aborted). */
  status: number | null;
  /** Whether the whole answer was handed to the socket. */
  answered: boolean;
  /** Milliseconds since the epoch when the request began to arrive. */
  at: number;
  /** Whether an Authorization header was there. */
  authorization: boolean;
}

export type FaultAction =
  /** Answer this and do nothing. A body that is no string is sent as JSON. */
  | { status: number; body?: unknown; contentType?: string; headers?: Record<string, string> }
  /** Close the connection and do nothing. */
  | "drop-before"
  /** Do it, then close the connection without an answer: the lost answer. */
  | "drop-after"
  /** Do it, send half of the answer's body and close the connection. */
  | "truncate"
  /** Answer as usual, but so many milliseconds later; done before the wait. */
  | { delayMs: number }
  /** 500 "database is locked", nothing done. */
  | "busy"
  /** Of a comment: made, but not put under its memo, and answered 500. It stands alone, as a memo of its own. */
  | "comment-alone"
  /** Never answer; nothing done. Ends when the client goes or the server stops. */
  | "hang";

export interface RequestInfo {
  method: string;
  path: string;
  query: Record<string, string>;
  /** The whole body as it came. */
  body: Uint8Array;
  /** In phase "after": what will be answered. */
  status?: number;
}

/**
 * "before": the whole request was received, nothing is done yet. "after": the state is committed, the answer not
 * sent yet; left out for requests that a fault kept from being done.
 */
export type RequestHook = (info: RequestInfo, phase: "before" | "after") => void | Promise<void>;
