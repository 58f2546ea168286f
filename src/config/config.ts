import { readFileSync, statSync } from "node:fs";
import { parseEnv } from "node:util";
import { AppError } from "../base/errors.ts";
import { isPrivateHost } from "../base/hosts.ts";
import {
  clean,
  DEFAULT_API_URL,
  type Environment,
  entries,
  fileForm,
  SETTINGS,
  type Setting,
  type Settings,
  whyUnread,
} from "./settings.ts";

/** The exit code of a start that the configuration forbids (sysexits.h). */
export const EX_CONFIG = 78;

/** All settings, checked. URLs have no trailing slash, folders are absolute; what isn't given is `null`. */
export interface Config extends Settings {
  /** The bot's user id: the number that its token begins with. */
  readonly botId: number;
  /** What the start should say though nothing is wrong, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

/** One thing wrong: `variable` is what was set (`NAME`, `NAME_FILE` or `--env-file`). */
export interface ConfigProblem {
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

/**
 * The environment for `loadConfig`: the process's, then what a dotenv file adds (`argvEnvFile`, else `.env` if there is
 * one). Removes the proxy variables from the process for good, before the first fetch: Bun's obeys them for every call,
 * and its `proxy: ""` does not switch that off (Bun 1.4.5).
 */
export function readEnvironment(
  argvEnvFile: string | undefined,
  processEnv: Environment = process.env,
): Environment {
  const given = Object.entries(processEnv).filter(([, value]) => clean(value) !== "");
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) {
    delete processEnv[name];
    delete processEnv[name.toLowerCase()];
  }
  return { ...readEnvFile(argvEnvFile), ...Object.fromEntries(given) };
}

function readEnvFile(argvEnvFile: string | undefined): Environment {
  const path = argvEnvFile ?? ".env";
  try {
    // Only a file: a Python environment is a folder that is often called `.env`.
    if (argvEnvFile === undefined && !statSync(path, { throwIfNoEntry: false })?.isFile()) return {};
    return parseEnv(readFileSync(path, "utf8"));
  } catch (error) {
    const problem = `${path} cannot be read: ${whyUnread(error)}`;
    throw new ConfigError([{ variable: "--env-file", problem }]);
  }
}

/**
 * Checks an environment and throws `ConfigError` with all that is wrong in it. Touches nothing but the files that it
 * names; relative folders are taken from the working directory.
 */
export function loadConfig(env: Environment): Config {
  const problems: ConfigProblem[] = [];
  const values = new Map<keyof Settings, unknown>();
  const reject = (variable: string, problem: string, { example, fallback }: Setting) =>
    problems.push({ variable, problem: `${problem} (example: ${example ?? fallback})` });

  for (const { name, key, setting } of entries) {
    const read = readSetting(name, setting, env);
    if ("problem" in read) reject(read.variable, read.problem, setting);
    else values.set(key, read.value);
  }

  // What only shows with several settings in view. Undefined is one that has its own problem already.
  const { receive, webhookUrl, telegramApiUrl } = Object.fromEntries(values) as Partial<Settings>;
  const noWebhook =
    receive === "webhook" && webhookUrl === null
      ? "is missing: RECEIVE=webhook needs it"
      : webhookUrl && telegramApiUrl === DEFAULT_API_URL && webhookProblem(new URL(webhookUrl));
  if (noWebhook) reject("WEBHOOK_URL", noWebhook, SETTINGS.WEBHOOK_URL);

  const misspelt = findMisspelt(env);
  if (problems.length > 0) throw new ConfigError([...problems, ...misspelt]);
  const warnings = misspelt.map(({ variable, problem }) => `${variable} ${problem}`);
  // Without a problem every key has the value that its own setting parsed.
  const settings = Object.fromEntries(values) as unknown as Settings;
  return { ...settings, botId: Number.parseInt(settings.botToken.reveal(), 10), warnings };
}

/** The value of a setting, null where nothing is given and nothing is the default; or what is wrong with it. */
function readSetting(name: string, setting: Setting, env: Environment): { value: unknown } | ConfigProblem {
  const { fallback = "", parse, required, description } = setting;
  const given = clean(env[name]);
  const path = clean(env[fileForm(name)]);
  if (given && path) return { variable: name, problem: `is given twice, also as ${fileForm(name)}` };
  const variable = path ? fileForm(name) : name;
  let text = given;
  if (path) {
    try {
      text = clean(readFileSync(path, "utf8"));
    } catch (error) {
      // The path stays unsaid: people also put the secret itself here.
      return { variable, problem: `names a file that cannot be read: ${whyUnread(error)}` };
    }
    if (!text) return { variable, problem: "names an empty file" };
  }
  text ||= typeof fallback === "string" ? fallback : fallback(env);
  if (!text && required) return { variable, problem: `is missing: ${description}` };
  try {
    return { value: text ? parse(text) : null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const whose = given || path ? "" : "its default, HTTPS_PROXY, ";
    return { variable, problem: `${whose}${error.message}` };
  }
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

/** Every setting as a printable pair of variable and value; a secret is only `[redacted]`. */
export const redactedConfig = (config: Config) =>
  entries.map(({ name, key }) => [name, String(config[key] ?? "[not set]")] as const);

/** Names that people bring along, mostly from Memogram. */
const ALIASES: Record<string, string> = {
  TELEGRAM_TOKEN: "BOT_TOKEN",
  TELEGRAM_BOT_TOKEN: "BOT_TOKEN",
  SERVER_ADDR: "MEMOS_URL",
  BOT_PROXY_ADDR: "TELEGRAM_API_URL",
  ALLOWED_USERNAMES: "ALLOWED_USERS",
};

/** Variables that are close to one of ours which isn't given: whoever gives both means something else. */
function findMisspelt(env: Environment): ConfigProblem[] {
  const isGiven = (name: string) => clean(env[name]) !== "";
  const free = entries.map(({ name }) => name).filter((name) => !isGiven(name) && !isGiven(fileForm(name)));
  return Object.keys(env)
    .filter(isGiven)
    .flatMap((variable) => {
      const name = variable.toUpperCase().replace(/^MEMOFERRY_|_FILE$/g, "");
      const meant = free.find((known) => known === ALIASES[name] || isOneSlip(name, known));
      const problem = `is not a setting of memoferry: did you mean ${meant}?`;
      return meant === undefined ? [] : [{ variable, problem }];
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
