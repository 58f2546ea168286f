import type { Config } from "../config/config.ts";
import type { Environment } from "../config/settings.ts";
import type { Terminal } from "./terminal.ts";

/** What a command has of the command line that it stands in. */
export interface Context {
  readonly terminal: Terminal;
  /** The environment of this run, with what `--env-file` or `.env` adds. @throws ConfigError when that cannot be read. */
  environment(): Environment;
  /** All settings; the log goes to stderr, if at all. @throws ConfigError with every problem. */
  config(): Config;
  /** Prints a value as JSON where there is one (`--json`), else the text. */
  print(json: unknown, text: () => string): void;
  /** 0 unless a command says otherwise. */
  exitCode: number;
}
