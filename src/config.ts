import { existsSync, readFileSync, statSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { editDistance } from "./edit-distance.ts";
import { AppError } from "./errors.ts";
import { Secret } from "./secret.ts";

/** The exit code of a start that the configuration forbids (sysexits.h). */
export const EX_CONFIG = 78;

/** One thing wrong: `variable` is what was set (`NAME`, `NAME_FILE` or `--env-file`), `example` a right value. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly example: string;
}

/** Every problem of a configuration at once, a line each. Holds no value of a secret variable. */
export class ConfigError extends AppError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(
      ({ variable, problem, example }) => `  ${variable}: ${problem} (example: ${example})`,
    );
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    super("invalid", [`The configuration has ${count}:`, ...lines].join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

export interface AllowedUsers {
  readonly ids: readonly number[];
  /** Lower case, without `@`. */
  readonly usernames: readonly string[];
}

export type Environment = Record<string, string | undefined>;

/** Where the content of `NAME_FILE` comes from; `read` throws as `readFileSync` does. */
export interface Files {
  read(path: string): string;
}

export const systemFiles: Files = { read: (path) => readFileSync(path, "utf8") };

/** What a default can depend on. */
interface Outside {
  readonly env: Environment;
  readonly isTerminal: boolean;
  /** The text of a variable, from `NAME` or `NAME_FILE`. */
  given(name: string): string | undefined;
}

interface OptionText<T> {
  readonly name: string;
  readonly description: string;
  /** A right value, shown with every problem: `parse` accepts it. */
  readonly example: string;
  /** Throws `BadValue`. What it throws for a secret must not hold the value. */
  parse(text: string): T;
  /** The value is kept in a `Secret` and no message, table or dump shows it. */
  readonly secret?: boolean;
  /** How the configuration table shows the default. */
  readonly defaultText?: string;
  show?(value: T): string;
}

interface Option<T> extends OptionText<T> {
  readonly required: boolean;
  /** The text parsed when nothing is given; undefined is no value, `null` in the config. */
  fallback(outside: Outside): string | undefined;
}

const required = <T>(option: OptionText<T>): Option<T> => ({
  ...option,
  required: true,
  fallback: () => undefined,
});

const withDefault = <T>(text: string | ((outside: Outside) => string), option: OptionText<T>): Option<T> => ({
  ...(typeof text === "string" && { defaultText: `\`${text}\`` }),
  ...option,
  required: false,
  fallback: typeof text === "string" ? () => text : text,
});

const optional = <T>(
  option: OptionText<T>,
  fallback: (outside: Outside) => string | undefined = () => undefined,
): Option<T | null> => ({ ...option, required: false, fallback }) as Option<T | null>;

/** What `parse` throws: a problem to be listed. `example` replaces the option's, except for a secret. */
class BadValue extends Error {
  readonly example: string | undefined;

  constructor(problem: string, example?: string) {
    super(problem);
    this.example = example;
  }
}

const DEFAULT_API_URL = "https://api.telegram.org";

/** The one list of settings: the config, its type, its problems, the README's table and the dump follow it. */
const OPTIONS = {
  botToken: required({
    name: "BOT_TOKEN",
    description: "bot token from @BotFather",
    example: "123456789:replace-with-your-own-token",
    secret: true,
    parse: (text) => {
      if (!/^\d+:[A-Za-z0-9_-]{24,}$/.test(text) || !Number.isSafeInteger(botIdOf(text))) {
        throw new BadValue("is not a bot token: copy it whole from @BotFather in Telegram");
      }
      return new Secret(text);
    },
  }),
  memosUrl: required({
    name: "MEMOS_URL",
    description: "base URL of the Memos server, path prefix allowed",
    example: "https://memos.example.com",
    parse: baseUrl,
  }),
  memosPublicUrl: optional({
    name: "MEMOS_PUBLIC_URL",
    defaultText: "what the server reports as its instance URL, else `MEMOS_URL`",
    description: "base of the links shown in the chat",
    example: "https://memos.example.com",
    parse: baseUrl,
  }),
  dataDir: withDefault("./data", {
    name: "DATA_DIR",
    description: "database, keys, generated tokens; created with mode 0700; on a local disk",
    example: "/var/lib/memoferry",
    parse: absolutePath,
  }),
  httpHost: withDefault("127.0.0.1", {
    name: "HTTP_HOST",
    description: "address that the admin API, health and webhooks listen on",
    example: "127.0.0.1",
    parse: (text) => {
      const host = text.replace(/^\[(.*)\]$/, "$1");
      if (isIP(host) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)) {
        throw new BadValue("is not an address or host name (the port goes into HTTP_PORT)");
      }
      return host;
    },
  }),
  httpPort: withDefault("8081", {
    name: "HTTP_PORT",
    description: "its port; 0 = any free one, printed",
    example: "8081",
    parse: integer(0, 65535),
  }),
  adminToken: optional({
    name: "ADMIN_TOKEN",
    defaultText: "generated into `DATA_DIR/admin-token` at the first start",
    description: "bearer token of the admin API, at least 16 characters",
    example: "a-long-random-text-of-yours",
    secret: true,
    parse: (text) => {
      // It must fit into an Authorization header.
      if (!/^[\x21-\x7e]{16,}$/.test(text)) {
        throw new BadValue("must be at least 16 letters, digits and signs of ASCII, without spaces");
      }
      return new Secret(text);
    },
  }),
  secretKey: optional({
    name: "SECRET_KEY",
    defaultText: "generated into `DATA_DIR/secret-key` at the first start",
    description: "encrypts the Memos access tokens at rest, at least 16 characters",
    example: "another-long-random-text-of-yours",
    secret: true,
    parse: (text) => {
      if (text.length < 16) throw new BadValue("must be at least 16 characters");
      return new Secret(text);
    },
  }),
  receive: withDefault("auto", {
    name: "RECEIVE",
    description: "how updates come in: `auto`, `polling` or `webhook`",
    example: "auto",
    parse: oneOf("auto", "polling", "webhook"),
  }),
  webhookUrl: optional({
    name: "WEBHOOK_URL",
    description:
      "public https base URL that reaches `HTTP_PORT`; Telegram allows the ports 443, 80, 88, 8443 and no private addresses (a local Bot API server allows both)",
    example: "https://memoferry.example.com",
    parse: baseUrl,
  }),
  telegramApiUrl: withDefault(DEFAULT_API_URL, {
    name: "TELEGRAM_API_URL",
    description: "reverse proxy of the Bot API, or a local Bot API server",
    example: "http://127.0.0.1:8082",
    parse: baseUrl,
  }),
  telegramFilesDir: optional({
    name: "TELEGRAM_FILES_DIR",
    description:
      "where the files of a local Bot API server (`--local`) are found on this machine, if its folder is mounted elsewhere",
    example: "/var/lib/telegram-bot-api",
    parse: absolutePath,
  }),
  telegramProxy: optional(
    {
      name: "TELEGRAM_PROXY",
      defaultText: "`HTTPS_PROXY`",
      description: "http(s) proxy for Telegram only",
      example: "http://proxy.example.com:3128",
      secret: true,
      parse: (text) => {
        const url = httpUrl(text);
        if (url.pathname !== "/" || url.search || url.hash)
          throw new BadValue("must end after host and port");
        return new Secret(url.href);
      },
    },
    // By its custom HTTPS_PROXY is for https: a Bot API server in the own network is asked directly.
    ({ env, given }) =>
      /^http:/i.test(given("TELEGRAM_API_URL") ?? "")
        ? undefined
        : clean(env["HTTPS_PROXY"]) || clean(env["https_proxy"]) || undefined,
  ),
  allowedUsers: optional<AllowedUsers>({
    name: "ALLOWED_USERS",
    defaultText: "any Telegram user who has a Memos access token",
    description: "comma list of numeric ids and @usernames",
    example: "123456789,@alice",
    parse: userList,
    show: ({ ids, usernames }) => [...ids, ...usernames.map((name) => `@${name}`)].join(", "),
  }),
  logLevel: withDefault("info", {
    name: "LOG_LEVEL",
    description: "`debug`, `info`, `warn` or `error`",
    example: "info",
    parse: oneOf("debug", "info", "warn", "error"),
  }),
  logFormat: withDefault(({ isTerminal }) => (isTerminal ? "text" : "json"), {
    name: "LOG_FORMAT",
    defaultText: "`text` on a terminal, else `json`",
    description: "`text` or `json`",
    example: "json",
    parse: oneOf("text", "json"),
  }),
  keepDays: withDefault("30", {
    name: "KEEP_DAYS",
    description: "how many days the raw updates of finished work are kept",
    example: "30",
    parse: integer(1, 36500),
  }),
};

type Settings = {
  readonly [Key in keyof typeof OPTIONS]: (typeof OPTIONS)[Key] extends Option<infer T> ? T : never;
};

/** All settings, checked. URLs have no trailing slash, folders are absolute; what isn't given is `null`. */
export interface Config extends Settings {
  /** The bot's user id: the number that its token begins with. */
  readonly botId: number;
  /** What the start should say though nothing is wrong, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

const entries = Object.entries(OPTIONS) as [keyof Settings, Option<unknown>][];
const optionNames = entries.map(([, option]) => option.name);

/**
 * Checks an environment and throws `ConfigError` with all that is wrong in it. Touches nothing but `files`;
 * relative folders are taken from the working directory.
 */
export function loadConfig(env: Environment, files: Files, isTerminal = false): Config {
  const problems: ConfigProblem[] = [];
  const misspelt = findMisspelt(env);
  const { given, unusable } = readGiven(env, files, problems);
  const outside: Outside = { env, isTerminal, given: (name) => given.get(name)?.text };
  const values = new Map<keyof Settings, unknown>();

  for (const [key, option] of entries) {
    const { name, description, example, secret } = option;
    if (unusable.has(name)) continue;
    const source = given.get(name);
    const text = source?.text ?? option.fallback(outside);
    if (text === undefined) {
      if (!option.required) {
        values.set(key, null);
        continue;
      }
      const hints = misspelt
        .filter(({ meant }) => meant === name || meant === fileForm(name))
        .map((typo) => `; ${typo.written} is set: did you mean ${typo.meant}?`);
      problems.push({ variable: name, problem: `is missing: ${description}${hints.join("")}`, example });
      continue;
    }
    try {
      values.set(key, option.parse(text));
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      const whose = source ? (source.fromFile ? "its content " : "") : "its default, HTTPS_PROXY, ";
      problems.push({
        variable: source?.fromFile ? fileForm(name) : name,
        problem: `${whose}${error.message}`,
        example: secret ? example : (error.example ?? example),
      });
    }
  }

  const value = <Key extends keyof Settings>(key: Key) => values.get(key) as Settings[Key] | undefined;
  const combined = checkCombinations(value);
  problems.push(...combined.problems);
  if (problems.length > 0) throw new ConfigError(problems);

  // Without a problem every key has the value that its own option parsed.
  const settings = Object.fromEntries(values) as unknown as Settings;
  const typos = misspelt.map(
    ({ written, meant }) => `${written} is not a setting of memoferry: did you mean ${meant}?`,
  );
  return {
    ...settings,
    botId: botIdOf(settings.botToken.reveal()),
    warnings: [...typos, ...combined.warnings],
  };
}

/** What only shows with several settings in view. A value is undefined when it has its own problem already. */
function checkCombinations(value: <Key extends keyof Settings>(key: Key) => Settings[Key] | undefined): {
  problems: ConfigProblem[];
  warnings: string[];
} {
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  const receive = value("receive");
  const webhookUrl = value("webhookUrl");
  const isPublicApi = value("telegramApiUrl") === DEFAULT_API_URL;

  const { name: variable, example } = OPTIONS.webhookUrl;
  if (receive === "webhook" && webhookUrl === null) {
    problems.push({ variable, problem: "is missing: RECEIVE=webhook needs it", example });
  }
  if (webhookUrl && isPublicApi) {
    const problem = webhookProblem(new URL(webhookUrl));
    if (problem) problems.push({ variable, problem, example });
  }
  if (receive === "polling" && webhookUrl) {
    warnings.push("WEBHOOK_URL is not used: RECEIVE=polling never sets a webhook");
  }
  if (value("telegramFilesDir") && isPublicApi) {
    warnings.push("TELEGRAM_FILES_DIR is for a local Bot API server only, and TELEGRAM_API_URL names none");
  }
  return { problems, warnings };
}

/** https://core.telegram.org/bots/api#setwebhook; a local Bot API server takes http, any port and any address. */
function webhookProblem(url: URL): string | undefined {
  if (url.protocol !== "https:") return "must begin with https://: Telegram calls nothing else";
  if (!["", "80", "88", "8443"].includes(url.port)) {
    return "has a port that Telegram does not call: only 443, 80, 88 and 8443";
  }
  if (isPrivateHost(url.hostname)) return "is a private address, which Telegram cannot reach";
  return undefined;
}

interface Given {
  readonly text: string;
  readonly fromFile: boolean;
}

/** The text of every variable that is given; `unusable` are those with a problem already. */
function readGiven(
  env: Environment,
  files: Files,
  problems: ConfigProblem[],
): { given: Map<string, Given>; unusable: Set<string> } {
  const given = new Map<string, Given>();
  const unusable = new Set<string>();
  for (const [, { name, example }] of entries) {
    const text = clean(env[name]);
    const path = clean(env[fileForm(name)]);
    const refuse = (variable: string, problem: string, right: string) => {
      unusable.add(name);
      problems.push({ variable, problem, example: right });
    };
    if (text && path) {
      refuse(name, `is given twice, also as ${fileForm(name)}: remove one of them`, example);
    } else if (text) {
      given.set(name, { text, fromFile: false });
    } else if (path) {
      const examplePath = `/run/secrets/${name.toLowerCase().replaceAll("_", "-")}`;
      try {
        const content = clean(files.read(path));
        if (content) given.set(name, { text: content, fromFile: true });
        else refuse(fileForm(name), "names an empty file", examplePath);
      } catch (error) {
        // The path stays unsaid: people also put the secret itself here.
        refuse(fileForm(name), `names a file that cannot be read: ${whyUnread(error)}`, examplePath);
      }
    }
  }
  return { given, unusable };
}

/** Trims spaces and one pair of quotes around a value, which Docker's `--env-file` keeps. Empty means none. */
function clean(text: string | undefined): string {
  return (text ?? "")
    .trim()
    .replace(/^(["'])(.*)\1$/s, "$2")
    .trim();
}

function fileForm(name: string): string {
  return `${name}_FILE`;
}

function whyUnread(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "this user may not read it";
  if (code === "EISDIR") return "it is a folder";
  return typeof code === "string" ? code : "unknown error";
}

// --- Values

function botIdOf(token: string): number {
  return Number(token.slice(0, token.indexOf(":")));
}

/** An http or https URL; never repeats what it refuses, since that may hold a password. */
function httpUrl(text: string): URL {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw new BadValue("must begin with http:// or https://", withScheme(text));
  }
  if (!/^https?:/i.test(text)) throw new BadValue("must begin with http:// or https://, nothing else works");
  if (!URL.canParse(text)) throw new BadValue("is not a URL");
  return new URL(text);
}

/** A URL that paths can be appended to. */
function baseUrl(text: string): string {
  const url = httpUrl(text);
  if (url.username || url.password) throw new BadValue("must not hold a user name or password");
  if (url.search || url.hash) throw new BadValue("must not have a query (?) or fragment (#)");
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/** The same address with its likely scheme, if it is clearly no more than host, port and path. */
function withScheme(text: string): string | undefined {
  const host = /^([a-z0-9.-]{1,60})(:\d{1,5})?(\/[a-z0-9/-]{0,40})?$/i.exec(text);
  if (!host?.[1]) return undefined;
  return `${host[2] || isPrivateHost(host[1]) || isIP(host[1]) ? "http" : "https"}://${text}`;
}

const privateAddresses = new BlockList();
for (const [network, prefix, family] of [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["::", 127, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
] as const) {
  privateAddresses.addSubnet(network, prefix, family);
}

/** True for an address or name that only the own machine or network knows. Asks no resolver. */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const version = isIP(host);
  if (version !== 0) return privateAddresses.check(host, version === 4 ? "ipv4" : "ipv6");
  return !host.includes(".") || /\.(localhost|local|lan|internal|home\.arpa)$/i.test(host);
}

function absolutePath(text: string): string {
  if (text.startsWith("~")) throw new BadValue("begins with ~, which only a shell knows");
  return resolve(text);
}

function integer(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < lowest || value > highest) {
      throw new BadValue(`must be a whole number from ${lowest} to ${highest}`);
    }
    return value;
  };
}

function oneOf<const Word extends string>(...words: Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text.toLowerCase());
    if (word === undefined) throw new BadValue(`must be one of ${words.join(", ")}`);
    return word;
  };
}

function userList(text: string): AllowedUsers {
  const ids = new Set<number>();
  const usernames = new Set<string>();
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const name = entry.replace(/^@/, "").toLowerCase();
    if (/^\d+$/.test(entry) && Number(entry) > 0 && Number.isSafeInteger(Number(entry)))
      ids.add(Number(entry));
    // Names bought on Fragment can be as short as 4.
    else if (/^[a-z][a-z0-9_]{3,31}$/.test(name)) usernames.add(name);
    else throw new BadValue(`has the entry ${quote(entry)}, neither the id of a person nor a @username`);
  }
  // Only commas must not come to mean "everybody".
  if (ids.size + usernames.size === 0) throw new BadValue("names nobody");
  return { ids: [...ids], usernames: [...usernames] };
}

/** A value shown in a message, unless it is long: then it may be a token in the wrong variable. */
function quote(text: string): string {
  return text.length <= 20 ? `"${text}"` : `of ${text.length} characters`;
}

// --- Misspelt variables

/** Names that people bring along, mostly from Memogram. */
const ALIASES: Record<string, string> = {
  TELEGRAM_TOKEN: "BOT_TOKEN",
  TELEGRAM_BOT_TOKEN: "BOT_TOKEN",
  TELEGRAM_API_TOKEN: "BOT_TOKEN",
  TG_TOKEN: "BOT_TOKEN",
  TG_BOT_TOKEN: "BOT_TOKEN",
  SERVER_ADDR: "MEMOS_URL",
  MEMOS_HOST: "MEMOS_URL",
  MEMOS_SERVER: "MEMOS_URL",
  MEMOS_BASE_URL: "MEMOS_URL",
  MEMOS_API_URL: "MEMOS_URL",
  BOT_PROXY_ADDR: "TELEGRAM_API_URL",
  ALLOWED_USERNAMES: "ALLOWED_USERS",
  ALLOWED_USER_IDS: "ALLOWED_USERS",
};

interface Misspelt {
  readonly written: string;
  readonly meant: string;
}

/** Variables that are close to one of ours which isn't given: whoever gives both means something else. */
function findMisspelt(env: Environment): Misspelt[] {
  const ours = optionNames.flatMap((name) => [name, fileForm(name)]);
  const isGiven = (name: string) => clean(env[name]) !== "";
  const free = optionNames
    .filter((name) => !isGiven(name) && !isGiven(fileForm(name)))
    .flatMap((name) => [name, fileForm(name)]);
  return Object.keys(env)
    .filter((written) => isGiven(written) && !ours.includes(written))
    .flatMap((written) => {
      const meant = meantBy(written);
      return meant !== undefined && free.includes(meant) ? [{ written, meant }] : [];
    });

  function meantBy(written: string): string | undefined {
    const name = written.toUpperCase().replace(/^MEMOFERRY_/, "");
    const suffix = name.endsWith("_FILE") ? "_FILE" : "";
    const alias = ALIASES[name.slice(0, name.length - suffix.length)];
    if (alias) return alias + suffix;
    // Two slips only in long names that begin alike: SMTP_HOST is not HTTP_HOST, GIT_TOKEN not BOT_TOKEN.
    return ours
      .map((known) => ({ known, slips: editDistance(name, known) }))
      .filter(({ known, slips }) => slips <= (known.length >= 10 && known[0] === name[0] ? 2 : 1))
      .sort((a, b) => a.slips - b.slips)[0]?.known;
  }
}

// --- The process

/**
 * The environment for `loadConfig`: the process's, then what a dotenv file adds (`argvEnvFile`, else `.env` in
 * `folder` if there is one). Throws `ConfigError` when the file cannot be read: all else would only be missing.
 *
 * Removes the proxy variables from the process for good, so call it once, before the first fetch: Bun's fetch
 * obeys them for every call, and its `proxy: ""` does not switch that off (Bun 1.4.5).
 */
export function readEnvironment({
  argvEnvFile,
  processEnv = process.env,
  folder = ".",
}: {
  argvEnvFile?: string | undefined;
  processEnv?: Environment;
  folder?: string;
} = {}): Environment {
  const own = { ...processEnv };
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) {
    delete processEnv[name];
    delete processEnv[name.toLowerCase()];
  }
  const merged: Environment = readEnvFile(argvEnvFile, folder);
  for (const [name, value] of Object.entries(own)) {
    if (!clean(value)) continue;
    merged[name] = value;
    // The process's NAME also wins over the file's NAME_FILE, and the other way round.
    const base = name.replace(/_FILE$/, "");
    const twin = base === name ? fileForm(name) : base;
    if (optionNames.includes(base) && !clean(own[twin])) delete merged[twin];
  }
  return merged;
}

function readEnvFile(argvEnvFile: string | undefined, folder: string): Environment {
  const path = argvEnvFile ?? resolve(folder, ".env");
  try {
    // Only a file: a Python environment is a folder that is often called `.env`.
    if (argvEnvFile === undefined && !(existsSync(path) && statSync(path).isFile())) return {};
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ConfigError([
      {
        variable: "--env-file",
        problem: `${argvEnvFile === undefined ? "the default, " : ""}${path}, cannot be read: ${whyUnread(error)}`,
        example: "/etc/memoferry/memoferry.env",
      },
    ]);
  }
}

// --- Showing it

/** Every setting as a printable pair of variable and value; a secret is only `[set]` or `[not set]`. */
export function redactedConfig(config: Config): [variable: string, value: string][] {
  return entries.map(([key, option]) => {
    const value = config[key];
    if (value === null) return [option.name, "[not set]"];
    if (option.secret) return [option.name, "[set]"];
    return [option.name, option.show ? option.show(value) : String(value)];
  });
}

/** The README's configuration table, in Markdown. */
export function configTable(): string {
  const rows = entries.map(([, option]) => [
    `\`${option.name}\``,
    option.required ? "required" : (option.defaultText ?? "none"),
    option.description,
  ]);
  return [["Variable", "Default", "Meaning"], ["---", "---", "---"], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("");
}
