import { type Config, loadConfig, readEnvironment, systemFiles } from "../config.ts";
import { configureLogging, logger } from "../log.ts";
import type { Invocation } from "./command.ts";

/** The configuration of this run, with the log set up by it. @throws ConfigError with every problem. */
export function settings({ options }: Invocation): Config {
  const envFile = options["env-file"];
  const environment = readEnvironment(typeof envFile === "string" ? { argvEnvFile: envFile } : {});
  const config = loadConfig(environment, systemFiles, process.stdout.isTTY === true);
  configureLogging({ level: config.logLevel, format: config.logFormat });
  for (const warning of config.warnings) logger("config").warn(warning);
  return config;
}
