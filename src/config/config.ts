import { readFileSync } from "node:fs";
import { AppError } from "../base/errors.ts";
import { isPrivateHost } from "../base/hosts.ts";
import { readEnvironment } from "./environment.ts";
import { ConfigError, type ConfigProblem } from "./problems.ts";
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

/** All settings, checked. URLs have no trailing slash, folders are absolute; what isn't given is `null`. */
export interface Config extends Settings {
  /** The bot's user id: the number that its token begins with. */
  readonly botId: number;
  /** What the start should say though nothing is wrong, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

/** All settings, from the process and from the file of `--env-file`. @throws ConfigError with all that is wrong. */
export function readConfig(argvEnvFile: string | undefined): Config {
  const { env, odd } = readEnvironment(argvEnvFile);
  return loadConfig(env, odd);
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
