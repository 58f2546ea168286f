import { configureLogging } from "../base/log.ts";
import { type Config, loadConfig } from "../config/config.ts";
import type { Environment } from "../config/settings.ts";
import type { Terminal } from "./terminal.ts";

export type Context = ReturnType<typeof createContext>;

/** What a command has of the command line that it stands in. */
export function createContext(terminal: Terminal, environment: () => Environment) {
  return {
    terminal,
    /** The environment of this run, with what `--env-file` or `.env` adds. @throws ConfigError when that cannot be read. */
    environment,
    /** All settings; the log goes to stderr, if at all. @throws ConfigError with every problem. */
    config(): Config {
      const config = loadConfig(environment());
      const level = config.logLevel === "info" ? "warn" : config.logLevel;
      configureLogging({ level, format: "text", write: terminal.complain });
      return config;
    },
    /** Prints a value as JSON where there is one (`--json`), else the text. */
    print: (json: unknown, text: () => string): void =>
      terminal.print(json ? JSON.stringify(json, null, 2) : text()),
    /** 0 unless a command says otherwise. */
    exitCode: 0,
  };
}
