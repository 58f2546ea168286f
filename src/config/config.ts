import { readFileSync } from "node:fs";
import { isPrivateHost } from "../base/hosts.ts";
import { findMisspelt, type Misspelt } from "./misspelt.ts";
import {
  BadValue,
  ConfigError,
  type ConfigProblem,
  type Environment,
  type Outside,
  type Setting,
} from "./setting.ts";
import { DEFAULT_API_URL, entries, SETTINGS, type Settings } from "./table.ts";
import { botIdOf, clean, fileForm, whyUnread } from "./values.ts";

/** The exit code of a start that the configuration forbids (sysexits.h). */
export const EX_CONFIG = 78;

/** All settings, checked. URLs have no trailing slash, folders are absolute; what isn't given is `null`. */
export interface Config extends Settings {
  /** The bot's user id: the number that its token begins with. */
  readonly botId: number;
  /** What the start should say though nothing is wrong, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

/** Where the content of `NAME_FILE` comes from; `read` throws as `readFileSync` does. */
export interface Files {
  read(path: string): string;
}

export const systemFiles: Files = { read: (path) => readFileSync(path, "utf8") };

/**
 * Checks an environment and throws `ConfigError` with all that is wrong in it. Touches nothing but `files`;
 * relative folders are taken from the working directory.
 */
export function loadConfig(env: Environment, files: Files, isTerminal = false): Config {
  const problems: ConfigProblem[] = [];
  const misspelt = findMisspelt(env);
  const values = new Map<keyof Settings, unknown>();

  for (const [key, setting] of entries) {
    const telegramApiUrl = values.get("telegramApiUrl") as string | undefined;
    const read = readSetting(setting, { env, isTerminal, telegramApiUrl }, files);
    if (!read) {
      if (!setting.required) values.set(key, null);
      else problems.push(missing(setting, misspelt));
    } else if ("problem" in read) problems.push(read);
    else values.set(key, read.value);
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

/** The value of a setting, or what is wrong with it; undefined where nothing is given and nothing is the default. */
function readSetting(
  { name, example, secret, fallback, parse }: Setting,
  outside: Outside,
  files: Files,
): { value: unknown } | ConfigProblem | undefined {
  let text = clean(outside.env[name]);
  const path = clean(outside.env[fileForm(name)]);
  if (text && path) {
    const problem = `is given twice, also as ${fileForm(name)}: remove one of them`;
    return { variable: name, problem, example };
  }
  const variable = path ? fileForm(name) : name;
  let whose = "";
  if (path) {
    const pathExample = `/run/secrets/${name.toLowerCase().replaceAll("_", "-")}`;
    try {
      text = clean(files.read(path));
    } catch (error) {
      // The path stays unsaid: people also put the secret itself here.
      const problem = `names a file that cannot be read: ${whyUnread(error)}`;
      return { variable, problem, example: pathExample };
    }
    if (!text) return { variable, problem: "names an empty file", example: pathExample };
    whose = "its content ";
  } else if (!text) {
    text = (typeof fallback === "function" ? fallback(outside) : fallback) ?? "";
    if (!text) return undefined;
    whose = "its default, HTTPS_PROXY, ";
  }
  try {
    return { value: parse(text) };
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    const right = secret ? example : (error.example ?? example);
    return { variable, problem: `${whose}${error.message}`, example: right };
  }
}

function missing({ name, description, example }: Setting, misspelt: readonly Misspelt[]): ConfigProblem {
  const hints = misspelt
    .filter(({ meant }) => meant === name || meant === fileForm(name))
    .map((typo) => `; ${typo.written} is set: did you mean ${typo.meant}?`);
  return { variable: name, problem: `is missing: ${description}${hints.join("")}`, example };
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

  const { name: variable, example } = SETTINGS.webhookUrl;
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

/** Every setting as a printable pair of variable and value; a secret is only `[set]` or `[not set]`. */
export function redactedConfig(config: Config): [variable: string, value: string][] {
  return entries.map(([key, { name, secret, show }]) => {
    const value = config[key];
    if (value === null) return [name, "[not set]"];
    if (secret) return [name, "[set]"];
    return [name, show ? show(value as never) : String(value)];
  });
}
