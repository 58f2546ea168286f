import type { Clock } from "../clock.ts";
import type { Secret } from "../secret.ts";
import { MemosError } from "./errors.ts";
import { isObject, type JsonObject } from "./json.ts";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  token: Secret | undefined;
}

export interface Asked {
  server: string;
  url: string;
  path: string;
  upload: boolean;
  clock: Clock;
}

/** Of the server's own words in our messages. */
const MAX_QUOTE = 300;

/** The JSON object of a good answer; a `MemosError` for any other. */
export function interpret(answer: Answer, asked: Asked): JsonObject {
  const { status } = answer;
  if (status >= 300 && status < 400) throw redirected(answer, asked);
  const json = parse(answer.text);
  if (status < 200 || status >= 300) throw refused(answer, json, asked);
  if (isObject(json)) return json;
  const who = `Memos at ${asked.server}`;
  if (isHtml(answer)) throw htmlPage(answer, asked);
  if (json !== undefined)
    throw new MemosError("not_memos", `${asked.server} answered JSON that is not of Memos`, { status });
  if (/^\s*(?:[{[]|$)/.test(answer.text)) {
    throw new MemosError("server", `the answer of ${who} is not whole`, { status });
  }
  throw new MemosError(
    "not_memos",
    `${asked.server} answered something that is not JSON: is MEMOS_URL right?`,
    { status },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isHtml(answer: Answer): boolean {
  return (
    /^text\/html/i.test(answer.headers.get("content-type") ?? "") ||
    /^\s*<(?:!doctype|html)/i.test(answer.text)
  );
}

function htmlPage(answer: Answer, asked: Asked): MemosError {
  return new MemosError(
    "not_memos",
    `${asked.server} answered an HTML page: is MEMOS_URL right, a path prefix missing, or does a login page stand before it?`,
    { status: answer.status },
  );
}

function redirected(answer: Answer, asked: Asked): MemosError {
  const target = URL.parse(answer.headers.get("location") ?? "", asked.url);
  if (!target) {
    return new MemosError("not_memos", `${asked.server} answered ${answer.status}, which Memos never does`, {
      status: answer.status,
    });
  }
  const place = target.origin + target.pathname;
  const mend = place.endsWith(asked.path)
    ? `set MEMOS_URL to ${place.slice(0, -asked.path.length)}`
    : "set MEMOS_URL to where Memos itself answers (a login page may stand before it)";
  return new MemosError(
    "not_memos",
    `${asked.server} redirects to ${place}; redirects are not followed: ${mend}`,
    {
      status: answer.status,
    },
  );
}

const GRPC = {
  unknown: 2,
  invalid: 3,
  notFound: 5,
  exists: 6,
  denied: 7,
  exhausted: 8,
  unimplemented: 12,
  unauthenticated: 16,
};

/** A non-2xx answer. Only what has the form of Memos' own errors is believed to come from Memos. */
function refused(answer: Answer, json: unknown, asked: Asked): MemosError {
  const { status } = answer;
  const own = isObject(json) && typeof json["code"] === "number" ? json : undefined;
  const grpcCode = own ? Number(own["code"]) : undefined;
  const words = isObject(json) && typeof json["message"] === "string" ? json["message"] : "";
  const said = quote(words, answer.token);
  const details = {
    status,
    grpcCode,
    retryAfterMs: retryAfter(answer.headers, asked.clock),
    said: said.slice(2) || undefined,
  };
  const who = `Memos at ${asked.server}`;

  if (status === 429 || /SQLITE_BUSY|database is locked/i.test(words)) {
    return new MemosError("busy", `${who} is busy${said}`, details);
  }
  if (status === 413) {
    return new MemosError(
      asked.upload ? "file_too_large" : "content_too_long",
      `a proxy before ${who} refuses requests of this size (413): with nginx raise client_max_body_size`,
      { ...details, reason: "proxy_limit" },
    );
  }
  if (status === 408)
    return new MemosError("timeout", `${who} or a proxy before it waited too long (408)`, details);
  if (status === 501 && grpcCode === GRPC.unimplemented) return unknownPath(asked, details);
  if (status >= 500) {
    if (asked.upload && /UNIQUE constraint|duplicate (?:key|entry)/i.test(words)) {
      return new MemosError("exists", `${who} has a file with this id already`, details);
    }
    const proxy = own || words ? "" : " (a proxy's page, not Memos' own words)";
    const reason =
      grpcCode === GRPC.unknown && /is archived|not exists/.test(words)
        ? ("account_gone" as const)
        : undefined;
    return new MemosError("server", `${who} answered ${status}${proxy}${said}`, { ...details, reason });
  }
  // Up to 0.21 every unknown path wants a login, in a form of its own.
  if (!own && status === 401 && words === "Missing access token") return unknownPath(asked, details);
  if (!own) return foreign(answer, asked, details);

  switch (status) {
    case 400:
      if (/content too long/i.test(words))
        return new MemosError("content_too_long", `the text is too long for ${who}${said}`, details);
      if (asked.upload && /file size exceeds|body too large|larger than max/i.test(words)) {
        return new MemosError("file_too_large", `the file is too large for ${who}${said}`, details);
      }
      return new MemosError("invalid", `${who} refused the request${said}`, {
        ...details,
        // The filter names its owner.
        ...(/filter.*user not found/.test(words) && { reason: "account_gone" as const }),
      });
    case 401:
      if (grpcCode === GRPC.unauthenticated) {
        const text = `${who} refused the access token${said}`;
        return new MemosError("token_refused", text, details);
      }
      break;
    case 403:
      if (grpcCode === GRPC.denied) {
        const reason = /disable public memos/i.test(words) ? ("public_disallowed" as const) : undefined;
        return new MemosError("forbidden", `${who} does not allow this${said}`, { ...details, reason });
      }
      break;
    case 404:
      if (grpcCode === GRPC.notFound) {
        // The gateway's own words for a path without a route; a missing thing is named.
        if (words === "Not Found") return unknownPath(asked, details);
        return new MemosError("not_found", `${who} does not have it${said}`, details);
      }
      break;
    case 409:
      if (grpcCode === GRPC.exists) return new MemosError("exists", `${who} has this id already`, details);
      break;
  }
  return new MemosError("invalid", `${who} answered ${status}${said}`, details);
}

/** A server of another age. `createMemosClient` looks again which one it is. */
function unknownPath(asked: Asked, details: { status: number }): MemosError {
  return new MemosError(
    "unsupported_version",
    `the Memos at ${asked.server} does not know ${asked.path.split("/", 4).join("/")}: it speaks another version's API`,
    details,
  );
}

/** 4xx from something that stands where Memos should, or before it. */
function foreign(answer: Answer, asked: Asked, details: { status: number }): MemosError {
  const { status } = answer;
  if (/HTTPS server|HTTPS port/i.test(answer.text)) {
    return new MemosError("not_memos", `${asked.server} wants https: change MEMOS_URL to https://`, details);
  }
  if (status === 401 || status === 403 || status === 407) {
    return new MemosError(
      "not_memos",
      `something before Memos at ${asked.server} refuses access (${status}): a proxy with its own sign-in must let /api/ pass`,
      details,
    );
  }
  if (isHtml(answer)) return htmlPage(answer, asked);
  return new MemosError(
    "not_memos",
    `${asked.server} answered ${status}, and not as Memos does: is MEMOS_URL right, or a path prefix missing?`,
    details,
  );
}

function retryAfter(headers: Headers, clock: Clock): number | undefined {
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
