import { readFileSync, statSync } from "node:fs";
import { parseEnv } from "node:util";
import { ConfigError } from "./config.ts";
import type { Environment } from "./settings.ts";
import { clean, whyUnread } from "./values.ts";

/**
 * The environment for `loadConfig`: the process's, then what a dotenv file adds (`argvEnvFile`, else `.env` if there
 * is one). Throws `ConfigError` when the file cannot be read: all else would only be missing.
 *
 * Removes the proxy variables from the process for good, so call it once, before the first fetch: Bun's fetch
 * obeys them for every call, and its `proxy: ""` does not switch that off (Bun 1.4.5).
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
