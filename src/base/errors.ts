/** What went wrong, as a caller can act on it. `http/problem.ts` maps each to one HTTP status. */
export type ErrorCode =
  | "invalid"
  | "unauthorized"
  | "not_found"
  | "conflict"
  | "unprocessable"
  | "too_large"
  | "rate_limited"
  | "unavailable"
  /** SECRET_KEY is not the one the database was written with. */
  | "key_mismatch"
  | "internal";

/** An error whose message is meant for the person who caused it: it names the thing and the mend, never a secret. */
export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
