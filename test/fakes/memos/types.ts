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

export interface FaultRule {
  match: {
    method?: string;
    /** Tested against the path without base path, and against path and query together. */
    path?: RegExp;
    /** Counting the matching requests from 1: the first one that fails. */
    nth?: number;
  };
  /** How many requests fail. Default: one if `nth` is given, else all. */
  times?: number;
  action: FaultAction;
}

export interface Fault {
  /** Requests that met the fault so far. */
  readonly hits: number;
  clear(): void;
}

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

export interface FakeMemos {
  /** With base path, no trailing slash. The same after `stop` and `start`. */
  readonly url: string;
  readonly version: string;
  /**
   * Another release over the same data, as after an upgrade: at once, between two requests. Tokens made before 0.26 are
   * refused from then on, as by the real one.
   */
  become(version: string): void;
  /** The first user is the administrator unless a role is given. */
  addUser(username: string, options?: { role?: "ADMIN" | "USER"; visibility?: Visibility }): FakeUser;
  /** One more token of an existing user. */
  addToken(username: string, options?: { expiresAt?: number }): string;
  /** What a sign-in on the web page gives: good for a quarter of an hour. */
  signIn(username: string): string;
  revokeToken(token: string): void;
  setUserState(username: string, state: MemoState): void;
  deleteUser(username: string): void;
  /**
   * Memos that are no comments, in the order they were created on the server. Here and below all have the names of later
   * versions: `memos/<uid>`, `attachments/<uid>`.
   */
  memos(): StoredMemo[];
  memo(name: string): StoredMemo | undefined;
  /** Comments of a memo, in the order they were created on the server. */
  comments(memoName: string): StoredMemo[];
  /** All files, unbound ones too, in the order they were created on the server. */
  attachments(): StoredAttachment[];
  readonly requests: LoggedRequest[];
  /** As a person in the web page: the content, and the time of the last change. */
  editContent(memoName: string, content: string): void;
  /** As a person in the web page: where the memo is. */
  editLocation(memoName: string, location: NonNullable<StoredMemo["location"]>): void;
  setMemoState(memoName: string, state: MemoState): void;
  deleteMemo(memoName: string): void;
  /** Returns the new file's name; it stands first among the memo's files, as an upload with `memo` does. */
  addFile(memoName: string, file: { filename: string; type?: string; bytes: Uint8Array }): string;
  deleteFile(attachmentName: string): void;
  setDefaultVisibility(username: string, visibility: Visibility): void;
  setContentLengthLimit(bytes: number): void;
  setUploadSizeLimit(mebibytes: number): void;
  /** Up to 0.26: as the admin does it. */
  disallowPublic(isDisallowed?: boolean): void;
  /** From 0.30 on: as after a restart without, or with, an instance URL. */
  setPrivateInstance(isPrivate: boolean): void;
  fault(rule: FaultRule): Fault;
  clearFaults(): void;
  onRequest: RequestHook | undefined;
  /** Refuses connections from now on and closes the open ones; the state stays. Fine to call twice. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}
