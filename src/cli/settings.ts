import { readEnvironment } from "../config/environment.ts";
import { systemFiles } from "../config/given.ts";
import type { Environment } from "../config/option.ts";
import { type Config, loadConfig } from "../config.ts";
import { configureLogging, logger } from "../log.ts";
import type { Invocation } from "./command.ts";

/** The environment of this run, with what `--env-file` or `.env` adds. @throws ConfigError when that cannot be read. */
export function environmentOf({ options }: Pick<Invocation, "options">): Environment {
  const envFile = options["env-file"];
  return readEnvironment(typeof envFile === "string" ? { argvEnvFile: envFile } : {});
}

/** The configuration of the service, with the log set up by it. @throws ConfigError with every problem. */
export function settings(invocation: Invocation): Config {
  const config = loadConfig(environmentOf(invocation), systemFiles, process.stdout.isTTY === true);
  configureLogging({ level: config.logLevel, format: config.logFormat });
  for (const warning of config.warnings) logger("config").warn(warning);
  return config;
}

/** The same for a command that does one thing: stdout is for what was asked, so the log goes to stderr if at all. */
export function commandSettings(invocation: Invocation): Config {
  const config = loadConfig(environmentOf(invocation), systemFiles);
  const level = config.logLevel === "info" ? "warn" : config.logLevel;
  configureLogging({ level, format: "text", write: (line) => invocation.terminal.complain(line) });
  return config;
}
