import { AppError, type ErrorCode } from "../errors.ts";
import { json } from "./answer.ts";

type ProblemCode = ErrorCode | "method_not_allowed" | "unsupported_media_type";

/** Every code that can leave the API, with its HTTP status. */
const STATUSES: Record<ProblemCode, { status: number; title: string }> = {
  invalid: { status: 400, title: "Bad Request" },
  unauthorized: { status: 401, title: "Unauthorized" },
  not_found: { status: 404, title: "Not Found" },
  method_not_allowed: { status: 405, title: "Method Not Allowed" },
  conflict: { status: 409, title: "Conflict" },
  too_large: { status: 413, title: "Content Too Large" },
  unsupported_media_type: { status: 415, title: "Unsupported Media Type" },
  unprocessable: { status: 422, title: "Unprocessable Content" },
  rate_limited: { status: 429, title: "Too Many Requests" },
  internal: { status: 500, title: "Internal Server Error" },
  unavailable: { status: 503, title: "Service Unavailable" },
  key_mismatch: { status: 500, title: "Internal Server Error" },
};

interface ProblemExtras {
  /** Headers of the answer, such as `Allow`. */
  headers?: Record<string, string>;
  /** Members beside `type`, `title`, `status` and `detail` (RFC 9457 §3.2). */
  members?: Record<string, unknown>;
}

/** An answer of RFC 9457, thrown from anywhere below the root. Its message is the `detail`, so it holds no secret. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.extras = extras;
  }
}

/** What a caller may know of anything thrown: an unknown error is `internal`, and nothing of it is shown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof AppError && error.code !== "internal") return new Problem(error.code, error.message);
  return new Problem("internal", "memoferry failed at this request; its log has the reason.");
}

export function problemResponse({ code, message, extras }: Problem): Response {
  const { status, title } = STATUSES[code];
  const body = { type: `urn:memoferry:problem:${code}`, title, status, detail: message, ...extras.members };
  return json(body, { status, headers: { ...extras.headers, "content-type": "application/problem+json" } });
}
