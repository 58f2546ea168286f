import { InvertedStatusMap, NotFoundError, ParseError, t, ValidationError } from "elysia";
import { AppError, ERROR_STATUSES, type ErrorCode } from "../base/errors.ts";
import { COLOR_SCHEME, Html, html, htmlHeaders, htmlPage } from "./html.ts";

/** Of a 503: after so long Telegram, and whoever else goes by it, asks again. */
const RETRY_AFTER_SECONDS = "30";

/** What each kind means to whoever called. docs/problems.md has the same, and `PROBLEMS_PATH` at a running memoferry. */
export const PROBLEMS: Readonly<Record<Exclude<ErrorCode, "key_mismatch">, string>> = {
  invalid:
    "The request cannot be read: its body is not valid JSON, or a part of its path or query does not fit. Where single fields are wrong, `errors` names each of them. Nothing was done.",
  unauthorized:
    "The header `Authorization: Bearer <token>` is missing, or its token is not known. Telegram's webhook: the secret token is missing or wrong.",
  forbidden:
    "The token is known, but is for something else, or for somebody else. `detail` says what it is for.",
  not_found: "There is nothing at this path, or what it names does not exist, or no longer.",
  method_not_allowed: "The path is right, but the method is not one of those in the header `Allow`.",
  not_acceptable: "The answer has a media type that the header `Accept` leaves out. Nothing was done.",
  too_slow: "The body did not come within 30 seconds; a form with files has 5 minutes. Nothing was done.",
  conflict:
    "The request is right, but what it is about is in no state for it, such as an update to be retried that has not failed. `detail` says which.",
  too_large:
    "The body has more than 1 MiB; a form with files may have 32 MiB, and so may JSON of a monitor that says its length. Nothing was done.",
  unsupported_type:
    "The header `Content-Type` says that the body is something other than JSON, or a form where files may come. Nothing was done.",
  unprocessable:
    "The body can be read, but does not fit: `errors` names each wrong field. Or it cannot be done as it is: Memos refuses the access token, for example. `detail` says which.",
  rate_limited:
    "More than ten requests within a minute came from this address without a right token. Wait as many seconds as the header `Retry-After` says.",
  internal:
    "A fault of memoferry. Its log has the reason, beside the `request_id` that the header `X-Request-Id` has.",
  unavailable:
    "Something that is needed cannot be reached or has no room: Memos, Telegram, the disk. `detail` says which. Nothing was done; the header `Retry-After` says after how many seconds to try again.",
};
export type ProblemCode = keyof typeof PROBLEMS;

/** The body of an answer that is an error. */
export const problemSchema = t.Object({
  type: t.String(),
  title: t.String(),
  status: t.Number(),
  detail: t.String(),
  errors: t.Optional(t.Array(t.Object({ field: t.String(), detail: t.String() }))),
});

/** For the document: what a route answers besides what all of its kind do. */
export const answering = <Code extends ProblemCode>(...codes: Code[]) =>
  Object.fromEntries(codes.map((code) => [ERROR_STATUSES[code], problemSchema])) as Record<
    (typeof ERROR_STATUSES)[Code],
    typeof problemSchema
  >;

export const PROBLEMS_PATH = "/problems";

/**
 * A relative reference (RFC 9457, 3.1.1): whoever asks is told by the memoferry that answered, of its version, also
 * where there is no internet.
 */
export const problemType = (code: ProblemCode) => `${PROBLEMS_PATH}#${code}`;

/** The page that `type` leads to. */
export function problemsPage(): Response {
  const parts = Object.entries(PROBLEMS).map(([code, meaning]) => {
    const words = new Html(html`${meaning}`.text.replace(/`([^`]*)`/g, "<code>$1</code>"));
    return html`<h2 id="${code}">${ERROR_STATUSES[code as ProblemCode]} ${code}</h2><p>${words}</p>
`;
  });
  const main = html`<main><h1>Problems</h1>${parts}</main>`;
  return new Response(htmlPage("Problems of memoferry's API", COLOR_SCHEME, main), {
    headers: htmlHeaders(),
  });
}

/** An answer of RFC 9457; `members` stand beside `type`, `title`, `status` and `detail` (§3.2). */
export function problem(code: ProblemCode, detail: string, members: Record<string, unknown> = {}): Response {
  const status = ERROR_STATUSES[code];
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (status === 503) headers["retry-after"] = RETRY_AFTER_SECONDS;
  const body = {
    type: problemType(code),
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
  if (error instanceof AppError && error.code !== "internal" && error.code !== "key_mismatch") {
    return problem(error.code, error.message);
  }
  return null;
}

/** A name longer than this is more likely a value in the wrong place, perhaps a token: it is not repeated. */
const NAME_LIMIT = 32;
/** Whoever sends thousands of wrong fields is told of some. */
const MOST_ERRORS = 20;

/** The fields that do not fit its schema, in the words of the schema's `error`; no value is repeated. */
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
    .slice(0, MOST_ERRORS)
    .map((field) => ({
      field: field.length > NAME_LIMIT ? `(a name of ${field.length} characters)` : field,
      detail: Object.hasOwn(value, field)
        ? (known.get(field)?.error ?? `is unknown here; known are ${[...known.keys()].join(", ")}`)
        : "is missing",
    }));
  return problem(code, `${errors.map(({ field, detail }) => `${field} ${detail}`).join("; ")}.`, { errors });
}
