import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { codeOf } from "../base/errors.ts";
import { ConfigError, type ConfigProblem } from "./problems.ts";
import { cannotBeRead, clean, type Environment, entries, fileForm, SETTINGS } from "./settings.ts";

/** The service of `memoferry install`: its settings, which root alone may read, and its data. */
export const INSTALLED = {
  envFile: "/etc/memoferry/memoferry.env",
  dataDir: "/var/lib/memoferry",
} as const;

/** What is set, and lines of its file that set nothing. */
interface Given {
  readonly env: Environment;
  readonly odd: readonly ConfigProblem[];
}

/**
 * The environment for `loadConfig`: the process's, then what a dotenv file adds (`argvEnvFile`, else `.env` if there is
 * one, else that of the service where this user may read it). Removes the proxy variables from the process for good,
 * before the first fetch: Bun's obeys them for every call, and its `proxy: ""` does not switch that off (Bun 1.4.5).
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
