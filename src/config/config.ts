import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { AppError, codeOf } from "../base/errors.ts";
import { isPrivateHost } from "../base/hosts.ts";
import {
  cannotBeRead,
  clean,
  DEFAULT_API_URL,
  type Environment,
  entries,
  fileForm,
  SETTINGS,
  type Setting,
  type Settings,
} from "./settings.ts";

/** The exit code of a start that the configuration forbids (sysexits.h). */
export const EX_CONFIG = 78;

/** The service of `memoferry install`: its settings, which root alone may read, and its data. */
export const INSTALLED = {
  envFile: "/etc/memoferry/memoferry.env",
  dataDir: "/var/lib/memoferry",
} as const;

/** All settings, checked. URLs have no trailing slash, folders are absolute; what isn't given is `null`. */
export interface Config extends Settings {
  /** The bot's user id: the number that its token begins with. */
  readonly botId: number;
  /** What the start should say though nothing is wrong, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

/** One thing wrong: `variable` is what was set (`NAME`, `NAME_FILE` or `--env-file`). */
interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
}

/** Every problem of a configuration at once, a line each. Holds no value of a secret variable. */
export class ConfigError extends AppError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem }) => `  ${variable}: ${problem}`);
    super("invalid", ["The configuration cannot be used:", ...lines].join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** What is set, and lines of its file that set nothing. */
interface Given {
  readonly env: Environment;
  readonly odd: readonly ConfigProblem[];
}

/** All settings, from the process and from the file of `--env-file`. @throws ConfigError with all that is wrong. */
export function readConfig(argvEnvFile: string | undefined): Config {
  const { env, odd } = readEnvironment(argvEnvFile);
  return loadConfig(env, odd);
}

/**
 * The environment for `loadConfig`: the process's, then what a dotenv file adds (`argvEnvFile`, else `.env` if there is
 * one, else that of the service where this user may read it). Removes the proxy variables from the process for good, before the first fetch: Bun's obeys them for every call,
 * and its `proxy: ""` does not switch that off (Bun 1.4.5).
 */
export function readEnvironment(
  argvEnvFile: string | undefined,
  processEnv: Environment = process.env,
): Given {
  const given = Object.fromEntries(Object.entries(processEnv).filter(isSet));
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) {
    delete processEnv[name];
    delete processEnv[name.toLowerCase()];
  }
  const { file, text } = readEnvFile(argvEnvFile);
  const isOfService = resolve(file) === INSTALLED.envFile;
  const written: Environment = Object.fromEntries(Object.entries(parseEnv(text)).filter(isSet));
  if (!written[fileForm("DATA_DIR")])
    written["DATA_DIR"] ??= isOfService ? INSTALLED.dataDir : SETTINGS.DATA_DIR.fallback;
  const env: Environment = { ...given };
  for (const [name, value] of Object.entries(written)) {
    // A setting is given by the process or by the file, whichever of its two forms each has.
    const setting = name.replace(/_FILE$/, "");
    if (setting in given || fileForm(setting) in given) continue;
    env[name] = PATHS.has(name) ? besideFile(file, name, clean(value)) : value;
  }
  const odd = oddLines(text).map((line) => ({
    variable: argvEnvFile === undefined ? file : "--env-file",
    problem: `line ${line} is not NAME=value, so it sets nothing`,
  }));
  const late = isOfService
    ? "counts for the service alone: this command runs already when the file is read"
    : "counts in the environment alone: the program runs already when the file is read";
  return { env, odd: [...odd, ...passedOver(given, written, late), ...forRootAlone(file, env)] };
}

/** Where the service's settings may be meant, and this user may not read them. */
function forRootAlone(file: string, env: Environment): ConfigProblem[] {
  const { envFile } = INSTALLED;
  if (file === envFile || env["BOT_TOKEN"] || env[fileForm("BOT_TOKEN")] || !existsSync(envFile)) return [];
  return [
    { variable: envFile, problem: "has the settings of the service, for root alone: try it with sudo" },
  ];
}

/** What documents of ours name, and Bun reads when it starts: it says nothing of what it cannot use. */
export const OF_THE_PROCESS: Record<string, (value: string) => string | null> = {
  TZ: timeZoneProblem,
  NODE_EXTRA_CA_CERTS: unreadable,
  SSL_CERT_FILE: unreadable,
  SSL_CERT_DIR: unreadable,
};

/** `late`: why it does not count in the file. */
function passedOver(given: Environment, written: Environment, late: string): ConfigProblem[] {
  return Object.entries(OF_THE_PROCESS).flatMap(([variable, look]) => {
    const value = clean(given[variable]);
    const isLate = !value && variable in written;
    const problem = isLate ? late : value && look(value);
    return problem ? [{ variable, problem }] : [];
  });
}

function timeZoneProblem(zone: string): string | null {
  try {
    Intl.DateTimeFormat("en", { timeZone: zone.replace(/^:/, "") });
    return null;
  } catch {
    return `is ${zone}, which is no time zone: dates are those of UTC (example: Europe/Berlin)`;
  }
}

function unreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    // Deno reads it by itself, and shows it to no program that it does not let read there.
    return codeOf(error) === undefined ? null : cannotBeRead(path, error);
  }
}

const isSet = ([, value]: [string, string | undefined]) => clean(value) !== "";

const PATHS = new Set(
  entries.flatMap(({ name, setting }) => [fileForm(name), ...(setting.isPath ? [name] : [])]),
);

/** A path that stands in a file of settings: the same from whichever folder the program is started. */
function besideFile(file: string, name: string, path: string): string {
  // Refused later, since only a shell knows it.
  if (path.startsWith("~")) return path;
  const found = resolve(dirname(file), path);
  // Older versions took it from the working directory: what they left there is not begun anew elsewhere.
  const former = resolve(path);
  const isOurs = (folder: string) => existsSync(join(folder, "memoferry.db"));
  if (name === "DATA_DIR" && isOurs(former) && !isOurs(found)) {
    const problem = `is ${found} now, beside ${file}, and the database is in ${former}: write DATA_DIR=${former} into that file, or move the folder`;
    throw new ConfigError([{ variable: name, problem }]);
  }
  return found;
}

/** Numbers of the lines that are neither blank, nor a comment, nor NAME=value, nor within the quotes of a value. */
function oddLines(text: string): number[] {
  const unquoted = text.replace(/=[ \t]*(["'`])[\s\S]*?\1/g, (quoted) => `=${quoted.replace(/[^\n]/g, "")}`);
  const isOdd = (line: string) => !/^[\s\ufeff]*(#|(export\s+)?[\w.-]+\s*=|$)/.test(line);
  return unquoted.split("\n").flatMap((line, at) => (isOdd(line) ? [at + 1] : []));
}

/** Its path, and its text: empty where no file was asked for and there is none. */
function readEnvFile(argvEnvFile: string | undefined): { file: string; text: string } {
  const file = argvEnvFile ?? usualEnvFile();
  if (file === null) return { file: ".env", text: "" };
  try {
    return { file, text: readFileSync(file, "utf8") };
  } catch (error) {
    throw new ConfigError([{ variable: "--env-file", problem: cannotBeRead(file, error) }]);
  }
}

function usualEnvFile(): string | null {
  // Only a file: a Python environment is a folder that is often called `.env`.
  if (statSync(".env", { throwIfNoEntry: false })?.isFile()) return ".env";
  try {
    accessSync(INSTALLED.envFile, constants.R_OK);
    return INSTALLED.envFile;
  } catch {
    return null;
  }
}

/**
 * Checks an environment and throws `ConfigError` with all that is wrong in it. Touches nothing but the files that it
 * names; relative folders are taken from the working directory. `odd`: what is to be said of where it comes from.
 */
export function loadConfig(env: Environment, odd: readonly ConfigProblem[] = []): Config {
  const problems: ConfigProblem[] = [];
  const values = new Map<keyof Settings, unknown>();
  for (const { name, key, setting } of entries) {
    const read = readSetting(name, setting, env);
    if ("problem" in read) problems.push(read);
    else values.set(key, read.value);
  }

  // What only shows with several settings in view. Undefined is one that has its own problem already.
  const { receive, webhookUrl, telegramApiUrl } = Object.fromEntries(values) as Partial<Settings>;
  const noWebhook =
    receive === "webhook" && webhookUrl === null
      ? "is missing: RECEIVE=webhook needs it"
      : webhookUrl && telegramApiUrl === DEFAULT_API_URL && webhookProblem(new URL(webhookUrl));
  if (noWebhook) {
    problems.push({ variable: "WEBHOOK_URL", problem: `${noWebhook}${exampleOf(SETTINGS.WEBHOOK_URL)}` });
  }

  const remarks = [...findMisspelt(env), ...odd];
  if (problems.length > 0) throw new ConfigError([...problems, ...remarks]);
  const warnings = remarks.map(({ variable, problem }) => `${variable} ${problem}`);
  // Without a problem every key has the value that its own setting parsed.
  const settings = Object.fromEntries(values) as unknown as Settings;
  return { ...settings, botId: Number.parseInt(settings.botToken.reveal(), 10), warnings };
}

/** The value of a setting, null where nothing is given and nothing is the default; or what is wrong with it. */
function readSetting(name: string, setting: Setting, env: Environment): { value: unknown } | ConfigProblem {
  const { fallback = "", parse, required, description } = setting;
  const given = clean(env[name]);
  const path = clean(env[fileForm(name)]);
  if (given && path) {
    return { variable: name, problem: `is given twice, also as ${fileForm(name)}: take one of them away` };
  }
  const variable = path ? fileForm(name) : name;
  let text = given;
  if (path) {
    try {
      text = clean(readFileSync(path, "utf8"));
    } catch (error) {
      return { variable, problem: cannotBeRead(path, error) };
    }
    if (!text) return { variable, problem: `names an empty file` };
  }
  text ||= typeof fallback === "string" ? fallback : fallback(env);
  if (!text && required) return { variable, problem: `is missing: ${description}${exampleOf(setting)}` };
  try {
    return { value: text ? parse(text) : null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const whose = path ? "what its file holds " : given ? "" : "its default, HTTPS_PROXY, ";
    return { variable, problem: `${whose}${error.message}${exampleOf(setting)}` };
  }
}

const exampleOf = ({ example, fallback }: Setting) => ` (example: ${example ?? fallback})`;

/** https://core.telegram.org/bots/api#setwebhook; a local Bot API server takes http, any port and any address. */
function webhookProblem(url: URL): string | undefined {
  if (url.protocol !== "https:") return "must begin with https://: Telegram calls nothing else";
  if (!["", "80", "88", "8443"].includes(url.port)) {
    return "has a port that Telegram does not call: only 443, 80, 88 and 8443";
  }
  if (isPrivateHost(url.hostname)) return "is a private address, which Telegram cannot reach";
  return undefined;
}

/** Every setting as a printable pair of variable and value; a secret is only `[redacted]`. */
export const redactedConfig = (config: Config) =>
  entries.map(({ name, key, setting }) => [name, String(config[key] ?? unsetText(setting))] as const);

/** A default that depends on others was tried already. */
const unsetText = ({ defaultText, fallback }: Setting) =>
  `not set (${fallback === undefined && defaultText ? defaultText.replaceAll("`", "") : "none"})`;

/** Names that people bring along, mostly from Memogram. */
const ALIASES: Record<string, string> = {
  TELEGRAM_TOKEN: "BOT_TOKEN",
  TELEGRAM_BOT_TOKEN: "BOT_TOKEN",
  SERVER_ADDR: "MEMOS_URL",
  MEMOS_HOST: "MEMOS_URL",
  MEMOS_SERVER: "MEMOS_URL",
  MEMOS_API_URL: "MEMOS_URL",
  BOT_PROXY_ADDR: "TELEGRAM_API_URL",
  ALLOWED_USERNAMES: "ALLOWED_USERS",
  ALLOWED_USER_IDS: "ALLOWED_USERS",
};

/** Variables that are close to one of ours. A name of another program's beside ours is that program's. */
function findMisspelt(env: Environment): ConfigProblem[] {
  const isGiven = (name: string) => clean(env[name]) !== "";
  const known = entries.map(({ name }) => name);
  return Object.keys(env)
    .filter((variable) => isGiven(variable) && !known.includes(variable.replace(/_FILE$/, "")))
    .flatMap((variable) => {
      const name = variable.toUpperCase().replace(/^MEMOFERRY_|_FILE$/g, "");
      const meant = known.find((setting) => isOneSlip(name, setting)) ?? ALIASES[name];
      if (meant === undefined) return [];
      const isFree = !isGiven(meant) && !isGiven(fileForm(meant));
      if (!isFree && name in ALIASES) return [];
      const mend = isFree ? `did you mean ${meant}?` : `${meant} is given beside it, and counts`;
      return [{ variable, problem: `is not a setting of memoferry: ${mend}` }];
    });
}

/** Whether one letter added, dropped, replaced or swapped with its neighbour, or none, makes one text the other. */
function isOneSlip(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const isSameAfter = (inA: number, inB: number) => a.slice(at + inA) === b.slice(at + inB);
  const isSwapped = a[at] === b[at + 1] && a[at + 1] === b[at] && isSameAfter(2, 2);
  return isSameAfter(1, 0) || isSameAfter(0, 1) || isSameAfter(1, 1) || isSwapped;
}
