import type { JsonObject } from "./json.ts";

/** An error as the Bot API answers it; `message` is the whole description. */
export class ApiError extends Error {
  readonly code: number;
  readonly parameters: JsonObject | undefined;

  constructor(code: number, message: string, parameters?: JsonObject) {
    super(message);
    this.code = code;
    this.parameters = parameters;
  }
}

/** A 400 by the server's wording rule: prefix, then the text with a lowered first letter unless the second is a capital or `_`. */
export function badRequest(text: string): ApiError {
  return new ApiError(400, prefixed("Bad Request", text));
}

/** A 403 worded by the same rule. */
export function forbidden(text: string): ApiError {
  return new ApiError(403, prefixed("Forbidden", text));
}

export function tooManyRequests(seconds: number): ApiError {
  return new ApiError(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds });
}

function prefixed(prefix: string, text: string): string {
  const keepsCase = /^.[A-Z_]/.test(text);
  return `${prefix}: ${keepsCase ? text : text.charAt(0).toLowerCase() + text.slice(1)}`;
}
