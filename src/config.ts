import { type Files, fileForm, readGiven } from "./config/given.ts";
import { findMisspelt } from "./config/misspelt.ts";
import { BadValue, type Environment, type Outside } from "./config/option.ts";
import { ConfigError, type ConfigProblem } from "./config/problems.ts";
import { DEFAULT_API_URL, entries, OPTIONS, type Settings } from "./config/table.ts";
import { botIdOf, isPrivateHost } from "./config/values.ts";

/** The exit code of a start that the configuration forbids (sysexits.h). */
export const EX_CONFIG = 78;

/** All settings, checked. URLs have no trailing slash, folders are absolute; what isn't given is `null`. */
export interface Config extends Settings {
  /** The bot's user id: the number that its token begins with. */
  readonly botId: number;
  /** What the start should say though nothing is wrong, such as a misspelt variable. */
  readonly warnings: readonly string[];
}

/**
 * Checks an environment and throws `ConfigError` with all that is wrong in it. Touches nothing but `files`;
 * relative folders are taken from the working directory.
 */
export function loadConfig(env: Environment, files: Files, isTerminal = false): Config {
  const problems: ConfigProblem[] = [];
  const misspelt = findMisspelt(env);
  const { given, unusable } = readGiven(
    entries.map(([, option]) => option),
    env,
    files,
    problems,
  );
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
