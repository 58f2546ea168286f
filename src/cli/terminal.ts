import { once } from "node:events";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { configureLogging } from "../base/log.ts";
import { writeWhole } from "../base/output.ts";
import { type Config, loadConfig } from "../config/config.ts";
import type { Environment } from "../config/settings.ts";

export type Terminal = typeof systemTerminal;

export const systemTerminal = {
  /** A line or more for stdout: what was asked for. */
  print: (text: string): void => writeWhole(1, `${text}\n`),
  /** A line or more for stderr: what went wrong, and what is said beside. */
  complain: (text: string): void => writeWhole(2, `${text}\n`),
  get interactive(): boolean {
    return process.stdin.isTTY === true;
  },
  readInput: (): Promise<string> => text(process.stdin),
  /** Asks for a text that is not shown while it is typed; null when the person gave up. */
  async askHidden(question: string): Promise<string | null> {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
    const ended = ["line", "SIGINT", "close"].map((event) => once(lines, event));
    // Only now: what is pasted at once would still be shown before.
    writeWhole(2, question);
    const [typed = null]: (string | null)[] = await Promise.race(ended);
    lines.close();
    writeWhole(2, "\n");
    return typed;
  },
};

export type CommandLine = ReturnType<typeof createCommandLine>;

/** What a command has of the command line that it stands in. */
export function createCommandLine(terminal: Terminal, environment: () => Environment) {
  return {
    terminal,
    /** The environment of this run, with what `--env-file` or `.env` adds. @throws ConfigError when that cannot be read. */
    environment,
    /** All settings; the log goes to stderr, if at all. @throws ConfigError with every problem. */
    config(): Config {
      const config = loadConfig(environment());
      const level = config.logLevel === "info" ? "warn" : config.logLevel;
      configureLogging(level, "text", terminal.complain);
      return config;
    },
    /** Prints a value as JSON where there is one (`--json`), else the text. */
    print: (json: unknown, text: () => string): void =>
      terminal.print(json ? JSON.stringify(json, null, 2) : text()),
    exitCode: 0,
  };
}
