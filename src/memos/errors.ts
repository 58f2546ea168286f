/** What went wrong between us and Memos, as a caller can act on it. */
export type MemosTrouble =
  /** No connection, or it broke before an answer was there; also TLS. What was asked may have been done. */
  | "unreachable"
  | "timeout"
  /** 5xx, or an answer that is no whole JSON of Memos. What was asked may have been done. */
  | "server"
  /** Asked to come back later: 429, or SQLite under pressure. */
  | "busy"
  /** Something else answers at this address: a redirect, an HTML page, a proxy's refusal. */
  | "not_memos"
  | "unsupported_version"
  /** Memos was upgraded, or set back, since it was last looked at. What was asked may have been done; the next try fits. */
  | "version_changed"
  /** Memos itself refused the access token: 401 with code 16 in its own JSON, nothing else. */
  | "token_refused"
  | "forbidden"
  | "not_found"
  /** The chosen id is taken, perhaps by what an earlier try of ours made: GET it. */
  | "exists"
  | "invalid"
  | "content_too_long"
  | "file_too_large"
  /** The caller's signal ended the call. What was asked may have been done. */
  | "aborted";

/** Trouble of the server, which may be over by another try. */
export const TROUBLE_OF_MEMOS: readonly MemosTrouble[] = [
  "unreachable",
  "timeout",
  "server",
  "busy",
  "not_memos",
  "unsupported_version",
  "version_changed",
];

/** Finer than the kind, where a caller needs it. */
export type MemosReason =
  /** The instance allows no public memos (0.26 and older). Kind `forbidden`. */
  | "public_disallowed"
  /** The account is archived or deleted (0.24 and older): a dead token that is not told as one. */
  | "account_gone"
  /** Not Memos but a proxy before it takes no request of this size (413). Kinds `file_too_large`, `content_too_long`. */
  | "proxy_limit"
  /** The database is locked. Kind `busy`. */
  | "locked"
  /** Memos was not done with parsing the text (0.25.2 and older): another try may take as long. Kind `timeout`. */
  | "slow_text";

/** A failed call to Memos. The message is fit for people: it names the server or the mend, and never holds a token. */
export class MemosError extends Error {
  readonly kind: MemosTrouble;
  /** HTTP status of the answer. */
  readonly status: number | undefined;
  /** What `Retry-After` asked for. */
  readonly retryAfterMs: number | undefined;
  readonly reason: MemosReason | undefined;
  /** The server's own words, where it had some. */
  readonly ownWords: string | undefined;

  constructor(kind: MemosTrouble, message: string, details: MemosErrorDetails = {}) {
    super(message);
    this.name = "MemosError";
    this.kind = kind;
    Object.assign(this, details);
  }
}

type MemosErrorDetails = Partial<Omit<MemosError, keyof Error | "kind">>;

/** The source of an upload ended too early or gave too much. Nothing was stored: ask the source again. */
export class UploadSizeError extends Error {
  /** `received`: at least so many; counting stops where it is too much. */
  constructor(expected: number, received: number) {
    const verb = received < expected ? "ended after" : "gave more than its size,";
    super(`the file ${verb} ${received} bytes, ${expected} were announced`);
    this.name = "UploadSizeError";
  }
}

export function isMemosError(error: unknown, ...kinds: MemosTrouble[]): error is MemosError {
  return error instanceof MemosError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** What a call answers; undefined where what it is about is not there, or for one of these other reasons. */
export async function unlessGone<T>(call: Promise<T>, ...others: MemosTrouble[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isMemosError(error, "not_found", ...others)) return undefined;
    throw error;
  }
}

/**
 * The same for what is known to have been there: looked at twice, since a server in trouble may answer once that it does
 * not have what it has (0.25.3 and 0.26.2 do while a query of theirs hangs).
 */
export const unlessTwiceGone = async <T>(look: () => Promise<T>, ...others: MemosTrouble[]) =>
  (await unlessGone(look(), ...others)) ?? (await unlessGone(look(), ...others));
