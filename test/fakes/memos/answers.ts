/** Answers as the gateway, the router below it and the auth check give them. */

export interface Answer {
  status: number;
  contentType: string;
  body: string | Uint8Array;
  headers: Record<string, string>;
}

const httpStatus = { 2: 500, 3: 400, 5: 404, 6: 409, 7: 403, 12: 501, 13: 500, 16: 401 } as const;
export type Code = keyof typeof httpStatus;

/** A refusal with a gRPC code, told by the gateway as JSON. */
export class ApiError extends Error {
  readonly code: Code;
  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

/** A handler of the real server dies here: the router answers 500 in its own shape. */
export class Panic extends Error {}

export const invalid = (message: string) => new ApiError(3, message);
export const notFound = (what: string) => new ApiError(5, `${what} not found`);
export const denied = (message = "permission denied") => new ApiError(7, message);
/** The handler dies of something missing, and is brought back inside the gateway (up to 0.25). */
export const nilPointer = () =>
  new ApiError(13, "runtime error: invalid memory address or nil pointer dereference");
/** What was done stays done. */
export const unencodable = () =>
  new ApiError(13, "grpc: error while marshaling: string field contains invalid UTF-8");
export const unauthenticated = () => new ApiError(16, "user not authenticated");

export function json(value: unknown, status = 200): Answer {
  return { status, contentType: "application/json", body: JSON.stringify(value), headers: {} };
}

/** A refusal of the router under the gateway (files, unknown pages). */
export const routerRefusal = (status: number, message: string) => json({ message }, status);

/** 0.30 refuses before the gateway, as plain text that holds JSON. */
export function authRefusal(): Answer {
  return {
    status: 401,
    contentType: "text/plain; charset=utf-8",
    body: '{"code": 16, "message": "authentication required"}\n',
    headers: {},
  };
}

/** The web page, which the real server also sends for paths it does not know. */
export function webPage(): Answer {
  return {
    status: 200,
    contentType: "text/html; charset=utf-8",
    body: '<!DOCTYPE html>\n<html lang="en">\n  <head>\n    <meta charset="UTF-8" />\n    <title>Memos</title>\n  </head>\n  <body></body>\n</html>\n',
    headers: {},
  };
}

export function errorAnswer(error: unknown): Answer {
  if (error instanceof Panic) return routerRefusal(500, "Internal Server Error");
  if (!(error instanceof ApiError)) throw error;
  return json({ code: error.code, message: error.message, details: [] }, httpStatus[error.code]);
}
