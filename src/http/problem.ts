import { InvertedStatusMap, NotFoundError, ParseError, ValidationError } from "elysia";
import { AppError, ERROR_STATUSES, type ErrorCode } from "../base/errors.ts";

/** Telegram asks for it; others may go by it too. */
const RETRY_AFTER_SECONDS = "30";

/** An answer of RFC 9457; `members` stand beside `type`, `title`, `status` and `detail` (§3.2). */
export function problem(code: ErrorCode, detail: string, members: Record<string, unknown> = {}): Response {
  const status = ERROR_STATUSES[code];
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (status === 503) headers["retry-after"] = RETRY_AFTER_SECONDS;
  const body = {
    type: `urn:memoferry:problem:${code}`,
    title: InvertedStatusMap[status],
    status,
    detail,
    ...members,
  };
  return Response.json(body, { status, headers });
}

/** What a caller may know of anything thrown; null for a fault of ours, of which nothing is shown. */
export function problemOf(error: unknown): Response | null {
  if (error instanceof NotFoundError) return problem("not_found", "There is nothing at this path.");
  if (error instanceof ParseError) {
    // The parser's own words quote the body, which may hold a token.
    return error.cause instanceof AppError
      ? problemOf(error.cause)
      : problem("invalid", "The body is not valid JSON.");
  }
  if (error instanceof ValidationError && error.type !== "response") return wrongInput(error);
  if (error instanceof AppError && error.code !== "internal") return problem(error.code, error.message);
  return null;
}

/** A name longer than this is more likely a value in the wrong place, perhaps a token: it is not repeated. */
const NAME_LIMIT = 32;

/** Every field that does not fit its schema, in the words of the schema's `error`; no value is repeated. */
function wrongInput({ type, value, ...error }: ValidationError): Response {
  const code = type === "body" ? "unprocessable" : "invalid";
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return problem(code, "The body must be a JSON object.");
  }
  // All of our schemas are objects, and Elysia hands their compiled validator on.
  const validator = error.validator as unknown as {
    schema: { properties: Record<string, { error: string }> };
    Errors(value: unknown): Iterable<{ path: string }>;
  };
  const known = new Map(Object.entries(validator.schema.properties));
  const wrong = new Set([...validator.Errors(value)].map(({ path }) => path.split("/")[1]));
  const errors = [...new Set([...known.keys(), ...Object.keys(value)])]
    .filter((field) => wrong.has(field) || !known.has(field))
    .map((field) => ({
      field: field.length > NAME_LIMIT ? `(a name of ${field.length} characters)` : field,
      detail: Object.hasOwn(value, field)
        ? (known.get(field)?.error ?? `is unknown here; known are ${[...known.keys()].join(", ")}`)
        : "is missing",
    }));
  return problem(code, `${errors.map(({ field, detail }) => `${field} ${detail}`).join("; ")}.`, { errors });
}
