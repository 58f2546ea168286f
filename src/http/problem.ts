import { ParseError, ValidationError } from "elysia";
import { AppError, type ErrorCode } from "../base/errors.ts";

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
  if (error instanceof ParseError) return problemOf(error.cause);
  if (error instanceof ValidationError && error.type !== "response") return wrongInput(error);
  if (error instanceof AppError && error.code !== "internal") return new Problem(error.code, error.message);
  return new Problem("internal", "memoferry failed at this request; its log has the reason.");
}

/** A name longer than this is more likely a value in the wrong place, perhaps a token: it is not repeated. */
const NAME_LIMIT = 32;

/** Every field that does not fit its schema, in the words of the schema's `error`; no value is repeated. */
function wrongInput({ type, value, ...error }: ValidationError): Problem {
  const code = type === "body" ? "unprocessable" : "invalid";
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Problem(code, "The body must be a JSON object.");
  }
  // All of our schemas are objects, and Elysia hands their compiled validator on.
  const validator = error.validator as unknown as {
    schema: { properties: Record<string, { error: string }> };
    Errors(value: unknown): Iterable<{ path: string }>;
  };
  const { properties } = validator.schema;
  const known = Object.keys(properties);
  const wrong = new Set([...validator.Errors(value)].map(({ path }) => path.split("/")[1]));
  const errors = [
    ...Object.entries(properties)
      .filter(([field]) => wrong.has(field))
      .map(([field, { error }]) => ({ field, detail: Object.hasOwn(value, field) ? error : "is missing" })),
    ...Object.keys(value)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        field: name.length > NAME_LIMIT ? `(a name of ${name.length} characters)` : name,
        detail: `is unknown here; known are ${known.join(", ")}`,
      })),
  ];
  const detail = `${errors.map((error) => `${error.field} ${error.detail}`).join("; ")}.`;
  return new Problem(code, detail, { members: { errors } });
}

export function problemResponse({ code, message, extras }: Problem): Response {
  const { status, title } = STATUSES[code];
  const body = { type: `urn:memoferry:problem:${code}`, title, status, detail: message, ...extras.members };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...NOT_STORED, ...extras.headers, "content-type": "application/problem+json" },
  });
}

export const NOT_STORED = { "cache-control": "no-store" };
