import { redact } from "../base/access-token.ts";
import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import { isObject, type JsonObject } from "./answers.ts";
import { MemosError, type MemosReason, type MemosTrouble } from "./errors.ts";

/** What came, and to what. */
interface Answer {
  server: string;
  url: string;
  request: { path: string; token?: Secret; upload?: boolean };
  /** Beside the token; the server may repeat them. */
  secrets: readonly string[];
  status: number;
  headers: Headers;
  text: string;
  clock: Clock;
}

/** Of the server's own words in our messages. */
const MAX_QUOTE = 300;

/** The JSON object of a good answer; a `MemosError` for any other. */
export function interpret(answer: Answer): JsonObject {
  const { server, status, text } = answer;
  if (status >= 300 && status < 400) throw redirected(answer);
  const json = parse(text);
  if (status < 200 || status >= 300) throw refused(answer, json);
  if (isObject(json)) return json;
  if (/<input[^>]+type=.?password/i.test(text))
    throw loginPage(answer, "it answers with a page that asks for a password");
  if (json === undefined && /^\s*(?:[{[]|$)/.test(text)) {
    throw new MemosError("server", `the answer of Memos at ${server} is not whole`, { status });
  }
  throw notMemos(answer);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Something that stands where Memos should, or before it: a page, a proxy, another service. */
function notMemos({ server, status }: Pick<Answer, "server" | "status">): MemosError {
  const text = `${server} answered ${status}, but not as Memos does: is MEMOS_URL right (https:// or http://, a path prefix)? A proxy with its own sign-in must let /api/ pass`;
  return new MemosError("not_memos", text, { status });
}

/** Not followed: the token would go along. */
function redirected(answer: Answer): MemosError {
  const { server, url, secrets, status, headers } = answer;
  const target = URL.parse(headers.get("location") ?? "", url);
  if (!target) return notMemos({ server, status });
  const where = redact(`${target.origin}${target.pathname}`, secrets);
  if (isLogin(target)) throw loginPage(answer, `it redirects to ${where}`);
  const text = `${server} redirects to ${where}: set MEMOS_URL to where Memos itself answers (a login page may stand before it)`;
  return new MemosError("not_memos", text, { status });
}

/** Where Cloudflare Access, Authelia and their like send who is not signed in. */
const isLogin = ({ hostname, pathname, searchParams }: URL) =>
  /\/(?:cdn-cgi\/access|oauth2?|outpost\.goauthentik\.io)\/|\b(?:log-?in|sign-?in|authorize)\b/i.test(
    pathname,
  ) ||
  /^(?:auth|login|sso)\./i.test(hostname) ||
  searchParams.has("rd");

/** A sign-in of another program stands before Memos. `how` it showed. */
function loginPage({ server, status }: Pick<Answer, "server" | "status">, how: string): MemosError {
  const text = `a login page stands before Memos at ${server} and does not let memoferry in (${how}): let it pass /api/ and /file/ without a sign-in, or set MEMOS_HEADERS to the headers by which it lets programs in`;
  return new MemosError("not_memos", text, { status });
}

/** A non-2xx answer. `code`: gRPC's, of an error in Memos' own form alone. */
interface Refusal {
  readonly status: number;
  readonly code: number | undefined;
  readonly words: string;
  readonly isUpload: boolean;
}

const is =
  (status: number, code?: number, words = /^/) =>
  (answer: Refusal) =>
    answer.status === status && (code === undefined || answer.code === code) && words.test(answer.words);

const says = (words: RegExp) => (answer: Refusal) => words.test(answer.words);

const UNIQUE = /UNIQUE constraint|duplicate (?:key|entry)/i;
const LIMIT = /content too long|file size exceeds|body too large|larger than max/i;

const OTHER_API = "speaks another version's API";
const TOO_LARGE = "or a proxy before it takes nothing so large, with nginx raise client_max_body_size";

/**
 * What an answer means, by the first rule that fits: its kind, the text behind `Memos at <server>`, and sometimes a
 * reason. What is tried again, and when, follows from the kind alone.
 */
const RULES: readonly [MemosTrouble, string, (answer: Refusal) => boolean, MemosReason?][] = [
  ["busy", "is busy", is(429)],
  ["busy", "is busy", says(/SQLITE_BUSY|database is locked/i), "locked"],
  ["content_too_long", TOO_LARGE, is(413), "proxy_limit"],
  ["timeout", "or a proxy before it waited too long", is(408)],
  ["unsupported_version", OTHER_API, is(501, 12)],
  // Up to 0.21 every unknown path wants a login, in a form of its own.
  ["unsupported_version", OTHER_API, is(401, undefined, /^Missing access token$/)],
  ["exists", "has a file with this id already", (answer) => answer.isUpload && says(UNIQUE)(answer)],
  ["server", "has no such account any more", is(500, 2, /is archived|not exists/), "account_gone"],
  ["server", "is in trouble", ({ status }) => status >= 500],
  ["not_memos", "", ({ code }) => code === undefined],
  ["token_refused", "refused the access token", is(401, 16)],
  ["forbidden", "allows no public memos", is(403, 7, /disable public memos/i), "public_disallowed"],
  ["forbidden", "does not allow this", is(403, 7)],
  // The gateway's own words for a path without a route; a missing thing is named.
  ["unsupported_version", OTHER_API, is(404, 5, /^Not Found$/)],
  ["not_found", "does not have it", is(404, 5)],
  ["exists", "has this id already", is(409, 6)],
  ["content_too_long", "takes nothing so large", says(LIMIT)],
  // The filter names its owner.
  ["invalid", "refused the request", says(/filter.*user not found/), "account_gone"],
  ["invalid", "refused the request", () => true],
];

function refused(answer: Answer, json: unknown): MemosError {
  const { server, status, request, secrets } = answer;
  const { code, message } = isObject(json) ? json : {};
  const words = typeof message === "string" ? message : "";
  const isUpload = request.upload === true;
  const refusal = { status, code: typeof code === "number" ? code : undefined, words, isUpload };
  const rule = RULES.find(([, , fits]) => fits(refusal));
  if (!rule || rule[0] === "not_memos") {
    const scheme = /^\w+/.exec(answer.headers.get("www-authenticate") ?? "")?.[0];
    if (scheme) return loginPage(answer, `${status}, it asks for a login by ${scheme}`);
    return [401, 403, 407].includes(status) ? loginPage(answer, `it answers ${status}`) : notMemos(answer);
  }
  const [kind, text, , reason] = rule;
  const ownWords = quote(words, [...(request.token ? [request.token.reveal()] : []), ...secrets]);
  return new MemosError(
    kind === "content_too_long" && isUpload ? "file_too_large" : kind,
    `Memos at ${server} ${text} (${status})${ownWords && `: ${ownWords}`}`,
    { status, retryAfterMs: retryAfter(answer), ownWords: ownWords || undefined, reason },
  );
}

function retryAfter({ headers, clock }: Answer): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - clock.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The server's own words, on one line, short, and never with a secret in them. */
function quote(words: string, secrets: readonly string[]): string {
  const clean = redact(words, secrets)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  return clean.length > MAX_QUOTE ? `${clean.slice(0, MAX_QUOTE)}…` : clean;
}

/** By the code of what fetch threw. */
const CAUSES: readonly [RegExp, string][] = [
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|TLS|SSL|ISSUER/,
    "its certificate is not trusted, not of this name or not of today; for a certificate authority of your own set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS to its PEM file",
  ],
  [/EPROTO/, "it speaks no TLS on this port, is it http:// instead of https://?"],
  [/ENOTFOUND|EAI_|DNS/i, "its host name is not found"],
  [/REFUSED|FailedToOpenSocket/i, "nothing listens there"],
];

/** Only the code of what fetch threw is used: the rest of it may quote the request. */
export function unreachable(server: string, error: unknown): MemosError {
  const given = error instanceof Error && "code" in error ? error.code : "";
  const code = typeof given === "string" && /^\w{1,60}$/.test(given) ? given : "";
  const cause = CAUSES.find(([codes]) => codes.test(code))?.[1] ?? "the connection failed";
  return new MemosError(
    "unreachable",
    `Memos at ${server} is not reachable, ${cause}${code && ` (${code})`}`,
  );
}
