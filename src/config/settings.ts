import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { withoutSecrets } from "../base/access-token.ts";
import { AppError, messageOf } from "../base/errors.ts";
import { addressesOf } from "../base/hosts.ts";
import { Secret } from "../base/secret.ts";

export type Environment = Record<string, string | undefined>;

/** One setting: a variable of the environment. */
export interface Setting {
  readonly description: string;
  /** A right value, shown with every problem: `parse` accepts it. Left out where `fallback` is one. */
  readonly example?: string;
  /** Throws `AppError`. What it throws for a secret must not hold the value. */
  parse(text: string): unknown;
  /** Missing is a problem. */
  readonly required?: true;
  /** A path: in a file of settings a relative one is relative to that file. */
  readonly isPath?: true;
  /** The text parsed when nothing is given. Without it, or where it is empty, the value is `null`. */
  readonly fallback?: string | ((env: Environment) => string);
  /** How the configuration table shows the default, where that is not the text of `fallback`. */
  readonly defaultText?: string;
}

/** What is wrong with a value. */
const invalid = (problem: string) => new AppError("invalid", problem);

const secret = (pattern: RegExp, problem: string) => (text: string) => {
  if (!pattern.test(text)) throw invalid(problem);
  return new Secret(text);
};

/** An http or https URL; never repeats what it refuses, since that may hold a password. */
function httpUrl(text: string): URL {
  if (!/^https?:\/\//i.test(text)) throw invalid("must begin with http:// or https://, nothing else works");
  if (!URL.canParse(text)) throw invalid("is not a URL");
  return new URL(text);
}

/** A URL that paths can be appended to. */
function baseUrl(text: string): string {
  const url = httpUrl(text);
  if (url.username || url.password) throw invalid("must not hold a user name or password");
  if (url.search || url.hash) throw invalid("must not have a query (?) or fragment (#)");
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** `added`: what memoferry itself puts behind the URL, told as `shown`. */
const baseUrlBefore = (shown: string, added: RegExp) => (text: string) => {
  const url = baseUrl(text);
  if (added.test(url)) throw invalid(`goes on with ${shown}, which memoferry adds itself: leave that out`);
  return url;
};

const memosUrl = baseUrlBefore("/api/v1", /\/api\/v1(\/|$)/);

function absolutePath(text: string): string {
  if (text.startsWith("~")) throw invalid("begins with ~, which only a shell knows");
  return resolve(text);
}

/** They are memoferry's own, or those of the connection. */
const OWN_HEADERS = /^(?:accept|authorization|content-.*|connection|transfer-encoding|host)$/i;

/** `Name: value`, one a line or with a comma before the next name; read by `createMemosHttp` one a line. */
function headers(text: string): Secret {
  const lines = text.split(/(?:[\r\n]|,(?=\s*[\w-]+:))+/).map((line) => line.trim());
  const given = lines.filter((line) => line !== "");
  for (const line of given) {
    const [, name = ""] = /^([\w-]+):\s*[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.exec(line) ?? [];
    // Not shown: it holds a secret.
    if (!name) throw invalid("has an entry that is not `Name: value`, in ASCII");
    const why = /^authorization$/i.test(name)
      ? "which carries each person's access token: let a proxy with basic auth take Proxy-Authorization, or pass /api/ and /file/"
      : "which memoferry sets itself";
    if (OWN_HEADERS.test(name)) throw invalid(`has ${name}, ${why}`);
  }
  return new Secret(given.join("\n"));
}

/** Of Memos' webhooks, one each, as Memos shows them. */
function signingSecrets(text: string): readonly Secret[] {
  const given = text.split(/[\s,]+/).filter((entry) => entry !== "");
  const isRight = (entry: string) => /^whsec_[A-Za-z0-9+/]{16,}=*$/.test(entry);
  if (given.length > 0 && given.every(isRight)) return given.map((entry) => new Secret(entry));
  throw invalid("must be what Memos shows as the signing secret of a webhook: it begins with whsec_");
}

const integerWithin = (lowest: number, highest: number) => (text: string) => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
  throw invalid(`must be a whole number from ${lowest} to ${highest}`);
};

const oneOf =
  <const Word extends string>(...words: Word[]) =>
  (text: string): Word => {
    const word = words.find((candidate) => candidate === text.toLowerCase());
    if (word === undefined) throw invalid(`must be one of ${words.join(", ")}`);
    return word;
  };

/** Ids, and names in lower case without `@`, each once. */
function userList(text: string): readonly string[] {
  const given = text.split(/\s*,\s*/).filter((entry) => entry !== "");
  // Only commas must not come to mean "everybody".
  if (given.length === 0) throw invalid("names nobody");
  // Names bought on Fragment can be as short as 4.
  const wrong = given.findIndex((entry) => !/^([1-9]\d{0,14}|@?[a-z]\w{3,31})$/i.test(entry));
  // Not shown: it may be a token in the wrong variable.
  if (wrong >= 0)
    throw invalid(`has an entry, number ${wrong + 1}, that is neither the id of a person nor a @username`);
  return [...new Set(given.map((entry) => entry.replace("@", "").toLowerCase()))];
}

/** Addresses, and networks such as `10.0.0.0/8`. */
function networkList(text: string): readonly string[] {
  const given = text.split(/[\s,]+/).filter((entry) => entry !== "");
  try {
    // Half a network, such as `10.0.0.0/`, must not come to mean every address.
    if (!given.every((entry) => /^[\da-f.:]+(\/\d+)?$/i.test(entry))) throw new Error("no network");
    addressesOf(given);
    return given;
  } catch {
    throw invalid("has an entry that is neither an address nor a network such as 10.0.0.0/8");
  }
}

/** Trims spaces and one pair of quotes around a value, which Docker's `--env-file` keeps. Empty means none. */
export function clean(text: string | undefined): string {
  return (text ?? "")
    .trim()
    .replace(/^(["'])(.*)\1$/s, "$2")
    .trim();
}

export const fileForm = (name: string) => `${name}_FILE`;

/** Names the file. People also put the secret itself where its path belongs: what looks like one is not repeated. */
export function cannotBeRead(path: string, error: unknown): string {
  const shown = withoutSecrets(path).replace(/[^/\\.]{16,}$/, (name) => (/\d/.test(name) ? "[…]" : name));
  // In the system's words, such as `ENOENT: no such file or directory`, which the path follows.
  return `${shown} cannot be read: ${messageOf(error).split(", ")[0]}`;
}

/** The text of a file that `named` (an option or a variable) names, or an argument. @throws AppError "invalid". */
export function textOfFile(path: string, named?: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new AppError("invalid", `${named ? `${named}: ` : ""}${cannotBeRead(path, error)}`);
  }
}

export const DEFAULT_API_URL = "https://api.telegram.org";

/** The one table of settings: the config, its type, its problems, the README's table and the dump follow it. */
export const SETTINGS = {
  BOT_TOKEN: {
    required: true,
    description: "bot token from @BotFather",
    example: "123456789:replace-with-your-own-token",
    parse: secret(
      /^\d{1,15}:[\w-]{24,}$/,
      "is not a bot token: copy it whole from @BotFather in Telegram (an address belongs into TELEGRAM_API_URL)",
    ),
  },
  MEMOS_URL: {
    required: true,
    description: "base URL of the Memos server, path prefix allowed",
    example: "https://memos.example.com",
    parse: memosUrl,
  },
  MEMOS_PUBLIC_URL: {
    defaultText: "what the server reports as its instance URL, else `MEMOS_URL`",
    description: "base of the links shown in the chat",
    example: "https://memos.example.com",
    parse: memosUrl,
  },
  MEMOS_HEADERS: {
    description:
      "HTTP headers sent with every call to Memos, for a sign-in before it such as Cloudflare Access or Authelia: `Name: value`, one a line or with commas between",
    example: "CF-Access-Client-Id: your-id.access, CF-Access-Client-Secret: your-secret",
    parse: headers,
  },
  MEMOS_WEBHOOK_SECRET: {
    description:
      "signing secret of Memos' webhook (0.30 and newer), of several webhooks with commas between: then deliveries without a right signature are refused",
    example: "whsec_bWVtb2ZlcnJ5LWV4YW1wbGUtc2VjcmV0LWtleQ==",
    parse: signingSecrets,
  },
  DATA_DIR: {
    isPath: true,
    fallback: "./data",
    defaultText: "`data` beside the file of settings, without one `./data`",
    description: "database, keys, generated tokens; created with mode 0700; on a local disk",
    example: "/var/lib/memoferry",
    parse: absolutePath,
  },
  HTTP_HOST: {
    fallback: "127.0.0.1",
    description: "address that the admin API, health and webhooks listen on",
    parse: (text: string) => text.replace(/^\[(.*)\]$/, "$1"),
  },
  HTTP_PORT: {
    fallback: "8081",
    description: "its port; 0 = any free one, printed",
    parse: integerWithin(0, 65535),
  },
  TRUSTED_PROXIES: {
    description:
      "comma list of the addresses or networks of reverse proxies before `HTTP_PORT`: whom they name in `X-Forwarded-For` is the one who counts as the caller",
    example: "127.0.0.1, 172.16.0.0/12",
    parse: networkList,
  },
  ADMIN_TOKEN: {
    defaultText: "generated into `DATA_DIR/admin-token` at the first start",
    description: "bearer token of the admin API, at least 16 characters",
    example: "a-long-random-text-of-yours",
    // It must fit into an Authorization header.
    parse: secret(
      /^[\x21-\x7e]{16,}$/,
      "must be at least 16 letters, digits and signs of ASCII, without spaces",
    ),
  },
  SECRET_KEY: {
    defaultText: "generated into `DATA_DIR/secret-key` at the first start",
    description: "encrypts the Memos access tokens at rest, at least 16 characters",
    example: "another-long-random-text-of-yours",
    parse: secret(/^.{16,}$/s, "must be at least 16 characters"),
  },
  RECEIVE: {
    fallback: "auto",
    description: "how updates come in: `auto`, `polling` or `webhook`",
    parse: oneOf("auto", "polling", "webhook"),
  },
  WEBHOOK_URL: {
    description:
      "public https base URL that reaches `HTTP_PORT`; Telegram allows the ports 443, 80, 88, 8443 and no private addresses (a local Bot API server allows both)",
    example: "https://memoferry.example.com",
    parse: baseUrlBefore("/telegram/webhook", /\/telegram\/webhook$/),
  },
  TELEGRAM_API_URL: {
    fallback: DEFAULT_API_URL,
    description: "reverse proxy of the Bot API, or a local Bot API server",
    example: "http://127.0.0.1:8082",
    parse: baseUrlBefore("/bot and the token", /\/bot\d+(:|%3A)/i),
  },
  TELEGRAM_FILES_DIR: {
    description:
      "where the files of a local Bot API server (`--local`) are found on this machine, if its folder is mounted elsewhere",
    isPath: true,
    example: "/var/lib/telegram-bot-api",
    parse: absolutePath,
  },
  TELEGRAM_PROXY: {
    defaultText: "`HTTPS_PROXY`",
    description: "http(s) proxy for Telegram only",
    example: "http://proxy.example.com:3128",
    // By its custom HTTPS_PROXY is for https: a Bot API server in the own network is asked directly.
    fallback: (env: Environment) =>
      /^http:/i.test(clean(env["TELEGRAM_API_URL"]))
        ? ""
        : clean(env["HTTPS_PROXY"]) || clean(env["https_proxy"]),
    parse(text: string) {
      if (/^socks/i.test(text))
        throw invalid("is a SOCKS proxy: put an HTTP proxy, such as privoxy, before it");
      return new Secret(httpUrl(text).href);
    },
  },
  ALLOWED_USERS: {
    defaultText: "any Telegram user who has a Memos access token",
    description: "comma list of numeric ids and @usernames",
    example: "123456789,@alice",
    parse: userList,
  },
  ALLOW_PRIVATE_URLS: {
    fallback: "no",
    description:
      "whether files of messages by the API may be fetched from this machine and its own network: `yes` or `no`",
    parse: oneOf("yes", "no"),
  },
  LOG_LEVEL: {
    fallback: "info",
    description: "`debug`, `info`, `warn` or `error`",
    parse: oneOf("debug", "info", "warn", "error"),
  },
  LOG_FORMAT: {
    defaultText: "`text` on a terminal, else `json`",
    description: "`text` or `json`",
    example: "json",
    parse: oneOf("text", "json"),
  },
  KEEP_DAYS: {
    fallback: "30",
    description: "how many days the raw updates of finished work are kept",
    parse: integerWithin(1, 36500),
  },
} as const satisfies Record<string, Setting>;

type ValueOf<S extends Setting> = S extends { required: true } | { fallback: string }
  ? ReturnType<S["parse"]>
  : ReturnType<S["parse"]> | null;

type CamelCase<Name extends string> = Name extends `${infer Word}_${infer Rest}`
  ? `${Lowercase<Word>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>;

/** The values, as `memosUrl` for MEMOS_URL. */
export type Settings = {
  readonly [Name in keyof typeof SETTINGS as CamelCase<Name>]: ValueOf<(typeof SETTINGS)[Name]>;
};

export const entries = Object.entries<Setting>(SETTINGS).map(([name, setting]) => {
  const key = name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase()) as keyof Settings;
  return { name, key, setting };
});
