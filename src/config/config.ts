import { readFileSync } from "node:fs";
import { AppError } from "../base/errors.ts";
import { isPrivateHost } from "../base/hosts.ts";
import { Secret } from "../base/secret.ts";
import { findMisspelt } from "./misspelt.ts";
import {
  DEFAULT_API_URL,
  type Environment,
  entries,
  SETTINGS,
  type Setting,
  type Settings,
} from "./settings.ts";
import { clean, fileForm, whyUnread } from "./values.ts";

/** The exit code of a start that the configuration forbids (sysexits.h). */
export const EX_CONFIG = 78;

/** All settings, checked. URLs have no trailing slash, folders are absolute; what isn't given is `null`. */
export interface Config extends Settings {
  /** The bot's user id: the number that its token begins with. */
  readonly botId: number;
  /** What the start should say though nothing is wrong, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

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

/**
 * Checks an environment and throws `ConfigError` with all that is wrong in it. Touches nothing but the files that it
 * names; relative folders are taken from the working directory.
 */
export function loadConfig(env: Environment): Config {
  const problems: ConfigProblem[] = [];
  const warnings: string[] = [];
  const misspelt = findMisspelt(env);
  const values = new Map<keyof Settings, unknown>();

  for (const { name, key, setting } of entries) {
    const read = readSetting(name, setting, env);
    if ("problem" in read) problems.push(read);
    else if (read.value !== null || !setting.required) values.set(key, read.value);
    else {
      const hints = misspelt
        .filter(({ meant }) => meant === name || meant === fileForm(name))
        .map(({ written, meant }) => `; ${written} is set: did you mean ${meant}?`);
      const problem = `is missing: ${setting.description}${hints.join("")}`;
      problems.push({ variable: name, problem, example: exampleOf(setting) });
    }
  }

  // What only shows with several settings in view. Undefined is one that has its own problem already.
  const { receive, webhookUrl, telegramApiUrl, telegramFilesDir } = Object.fromEntries(
    values,
  ) as Partial<Settings>;
  const isPublicApi = telegramApiUrl === DEFAULT_API_URL;
  const noWebhook =
    receive === "webhook" && webhookUrl === null
      ? "is missing: RECEIVE=webhook needs it"
      : webhookUrl && isPublicApi && webhookProblem(new URL(webhookUrl));
  const { example } = SETTINGS.WEBHOOK_URL;
  if (noWebhook) problems.push({ variable: "WEBHOOK_URL", problem: noWebhook, example });
  if (problems.length > 0) throw new ConfigError(problems);

  for (const { written, meant } of misspelt) {
    warnings.push(`${written} is not a setting of memoferry: did you mean ${meant}?`);
  }
  if (receive === "polling" && webhookUrl) {
    warnings.push("WEBHOOK_URL is not used: RECEIVE=polling never sets a webhook");
  }
  if (telegramFilesDir && isPublicApi) {
    warnings.push("TELEGRAM_FILES_DIR is for a local Bot API server only, and TELEGRAM_API_URL names none");
  }
  // Without a problem every key has the value that its own setting parsed.
  const settings = Object.fromEntries(values) as unknown as Settings;
  return { ...settings, botId: Number.parseInt(settings.botToken.reveal(), 10), warnings };
}

/** The value of a setting, null where nothing is given and nothing is the default; or what is wrong with it. */
function readSetting(name: string, setting: Setting, env: Environment): { value: unknown } | ConfigProblem {
  const { fallback = "", parse } = setting;
  const given = clean(env[name]);
  const path = clean(env[fileForm(name)]);
  const wrong = (problem: string, example = exampleOf(setting)) => ({
    variable: path && !given ? fileForm(name) : name,
    problem,
    example,
  });
  if (given && path) return wrong(`is given twice, also as ${fileForm(name)}: remove one of them`);
  let text = given;
  if (path) {
    const pathExample = `/run/secrets/${name.toLowerCase().replaceAll("_", "-")}`;
    try {
      text = clean(readFileSync(path, "utf8"));
    } catch (error) {
      // The path stays unsaid: people also put the secret itself here.
      return wrong(`names a file that cannot be read: ${whyUnread(error)}`, pathExample);
    }
    if (!text) return wrong("names an empty file", pathExample);
  }
  text ||= typeof fallback === "string" ? fallback : fallback(env);
  if (!text) return { value: null };
  try {
    return { value: parse(text) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const whose = path ? "its content " : given ? "" : "its default, HTTPS_PROXY, ";
    return wrong(`${whose}${error.message}`);
  }
}

const exampleOf = ({ example, fallback }: Setting) => example ?? String(fallback);

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
  return entries.map(({ name, key }) => {
    const value = config[key];
    if (value === null) return [name, "[not set]"];
    return [name, value instanceof Secret ? "[set]" : String(value)];
  });
}
