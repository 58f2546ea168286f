import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { ConfigError, type Environment } from "./setting.ts";
import { entries } from "./table.ts";
import { clean, fileForm, whyUnread } from "./values.ts";

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
    const isOurs = entries.some(([, { name }]) => name === base);
    if (isOurs && !clean(own[twin])) delete merged[twin];
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
