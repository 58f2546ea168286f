/** What went wrong, as a caller can act on it, with its status in the HTTP API. */
export const ERROR_STATUSES = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  too_slow: 408,
  conflict: 409,
  too_large: 413,
  unsupported_type: 415,
  unprocessable: 422,
  rate_limited: 429,
  internal: 500,
  /** SECRET_KEY is not the one the database was written with. */
  key_mismatch: 500,
  unavailable: 503,
} as const;
export type ErrorCode = keyof typeof ERROR_STATUSES;

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

/** The code of an error of the system, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** Messages of an error and its causes, joined by colons; one that repeats the next is said once. */
export function errorText(error: unknown): string {
  const texts: string[] = [];
  let current = error;
  for (let depth = 0; current != null && depth < 8; depth++) {
    const text = current instanceof Error ? current.message || current.name : String(current);
    if (!texts.at(-1)?.includes(text)) texts.push(text);
    current = current instanceof Error ? current.cause : undefined;
  }
  return texts.join(": ");
}
