import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import { isObject, type JsonObject } from "./answers.ts";
import { MemosError, type MemosErrorDetails, type MemosReason, type MemosTrouble } from "./errors.ts";

/** What came, and to what. */
interface Answer {
  server: string;
  url: string;
  request: { path: string; token?: Secret; upload?: boolean };
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
  if (isHtml(answer)) throw htmlPage(answer);
  if (json === undefined && /^\s*(?:[{[]|$)/.test(text)) {
    throw new MemosError("server", `the answer of Memos at ${server} is not whole`, { status });
  }
  const what =
    json === undefined ? "something that is not JSON: is MEMOS_URL right?" : "JSON that is not of Memos";
  throw new MemosError("not_memos", `${server} answered ${what}`, { status });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHtml({ headers, text }: Answer): boolean {
  return /^text\/html/i.test(headers.get("content-type") ?? "") || /^\s*<(?:!doctype|html)/i.test(text);
}

function htmlPage({ server, status }: Answer): MemosError {
  const text = `${server} answered an HTML page: is MEMOS_URL right, a path prefix missing, or does a login page stand before it?`;
  return new MemosError("not_memos", text, { status });
}

function redirected({ server, url, request, status, headers }: Answer): MemosError {
  const { path } = request;
  const target = URL.parse(headers.get("location") ?? "", url);
  if (!target) {
    return new MemosError("not_memos", `${server} answered ${status}, which Memos never does`, { status });
  }
  const place = target.origin + target.pathname;
  const mend = place.endsWith(path)
    ? `set MEMOS_URL to ${place.slice(0, -path.length)}`
    : "set MEMOS_URL to where Memos itself answers (a login page may stand before it)";
  const text = `${server} redirects to ${place}; redirects are not followed: ${mend}`;
  return new MemosError("not_memos", text, { status });
}

const GRPC = { unknown: 2, notFound: 5, exists: 6, denied: 7, unimplemented: 12, unauthenticated: 16 };

/** A non-2xx answer. Only what has the form of Memos' own errors is believed to come from Memos. */
function refused(answer: Answer, json: unknown): MemosError {
  const { server, status, request } = answer;
  const own = isObject(json) && typeof json["code"] === "number";
  const words = isObject(json) && typeof json["message"] === "string" ? json["message"] : "";
  const said = quote(words, request.token);
  const who = `Memos at ${server}`;
  const details = {
    status,
    grpcCode: own ? Number(json["code"]) : undefined,
    retryAfterMs: retryAfter(answer),
    said: said.slice(2) || undefined,
  };
  const trouble = (kind: MemosTrouble, text: string, reason?: MemosReason) =>
    new MemosError(kind, text, { ...details, reason });
  // A server of another age: which one it is is looked at again.
  const unknownPath = () =>
    trouble(
      "unsupported_version",
      `the Memos at ${server} does not know ${request.path.split("/", 4).join("/")}: it speaks another version's API`,
    );

  if (status === 429 || /SQLITE_BUSY|database is locked/i.test(words)) {
    return trouble("busy", `${who} is busy${said}`);
  }
  if (status === 413) {
    const text = `a proxy before ${who} refuses requests of this size (413): with nginx raise client_max_body_size`;
    return trouble(request.upload ? "file_too_large" : "content_too_long", text, "proxy_limit");
  }
  if (status === 408) return trouble("timeout", `${who} or a proxy before it waited too long (408)`);
  if (status === 501 && details.grpcCode === GRPC.unimplemented) return unknownPath();
  if (status >= 500) {
    if (request.upload && /UNIQUE constraint|duplicate (?:key|entry)/i.test(words)) {
      return trouble("exists", `${who} has a file with this id already`);
    }
    const isGone = details.grpcCode === GRPC.unknown && /is archived|not exists/.test(words);
    const proxy = own || words ? "" : " (a proxy's page, not Memos' own words)";
    return trouble("server", `${who} answered ${status}${proxy}${said}`, isGone ? "account_gone" : undefined);
  }
  // Up to 0.21 every unknown path wants a login, in a form of its own.
  if (!own && status === 401 && words === "Missing access token") return unknownPath();
  if (!own) return foreign(answer, details);

  switch (`${status} ${details.grpcCode}`) {
    case `401 ${GRPC.unauthenticated}`:
      return trouble("token_refused", `${who} refused the access token${said}`);
    case `403 ${GRPC.denied}`: {
      const isPublic = /disable public memos/i.test(words);
      return trouble(
        "forbidden",
        `${who} does not allow this${said}`,
        isPublic ? "public_disallowed" : undefined,
      );
    }
    case `404 ${GRPC.notFound}`:
      // The gateway's own words for a path without a route; a missing thing is named.
      return words === "Not Found" ? unknownPath() : trouble("not_found", `${who} does not have it${said}`);
    case `409 ${GRPC.exists}`:
      return trouble("exists", `${who} has this id already`);
  }
  if (status !== 400) return trouble("invalid", `${who} answered ${status}${said}`);
  if (/content too long/i.test(words)) {
    return trouble("content_too_long", `the text is too long for ${who}${said}`);
  }
  if (request.upload && /file size exceeds|body too large|larger than max/i.test(words)) {
    return trouble("file_too_large", `the file is too large for ${who}${said}`);
  }
  // The filter names its owner.
  const isOwnerGone = /filter.*user not found/.test(words);
  return trouble("invalid", `${who} refused the request${said}`, isOwnerGone ? "account_gone" : undefined);
}

/** 4xx from something that stands where Memos should, or before it. */
function foreign(answer: Answer, details: MemosErrorDetails): MemosError {
  const { server, status } = answer;
  if (/HTTPS server|HTTPS port/i.test(answer.text)) {
    return new MemosError("not_memos", `${server} wants https: change MEMOS_URL to https://`, details);
  }
  if (status === 401 || status === 403 || status === 407) {
    const text = `something before Memos at ${server} refuses access (${status}): a proxy with its own sign-in must let /api/ pass`;
    return new MemosError("not_memos", text, details);
  }
  if (isHtml(answer)) return htmlPage(answer);
  const text = `${server} answered ${status}, and not as Memos does: is MEMOS_URL right, or a path prefix missing?`;
  return new MemosError("not_memos", text, details);
}

function retryAfter({ headers, clock }: Answer): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - clock.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The server's own words, on one line, short, and never with the token in them. */
function quote(words: string, token: Secret | undefined): string {
  const clean = (token ? words.replaceAll(token.reveal(), "[redacted]") : words)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  if (!clean) return "";
  return `: ${clean.length > MAX_QUOTE ? `${clean.slice(0, MAX_QUOTE)}…` : clean}`;
}

/** Only the code of what fetch threw is used: the rest of it may quote the request. */
export function unreachable(server: string, error: unknown): MemosError {
  return new MemosError("unreachable", unreachableText(server, codeOf(error)));
}

function unreachableText(server: string, code: string): string {
  if (/ALTNAME|HOSTNAME/.test(code))
    return `the certificate at ${server} is made out to another name (${code})`;
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return `the certificate of Memos at ${server} is not valid today (${code}): renew it, or set this machine's clock`;
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|TLS|SSL|ISSUER/.test(code)) {
    return `the certificate of Memos at ${server} is not trusted (${code}): for a certificate authority of your own set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS to its PEM file`;
  }
  if (code === "EPROTO")
    return `${server} does not speak TLS on this port: is it http:// instead of https://?`;
  if (/ENOTFOUND|EAI_|DNS/i.test(code)) return `the host name of ${server} is not found (${code})`;
  if (/REFUSED|FailedToOpenSocket/i.test(code)) {
    return `Memos at ${server} is not reachable: nothing listens there (${code})`;
  }
  return `the connection to Memos at ${server} failed${code && ` (${code})`}`;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  const { code } = error;
  return typeof code === "string" && /^\w{1,60}$/.test(code) ? code : "";
}
