import { once } from "node:events";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { styleText } from "node:util";
import { AppError } from "../base/errors.ts";
import { configureLogging } from "../base/log.ts";
import { writeWaiting } from "../base/output.ts";
import type { Config } from "../config/config.ts";
import { requireDatabase } from "../store/db/data-dir.ts";
import { alignColumns } from "./format.ts";

export type Terminal = typeof systemTerminal;

/** How long a complaint waits for its reader: `serve` must be able to end with nobody there. */
const COMPLAINT_MS = 1_000;

const sayBeside = (text: string) => writeWaiting(2, text, COMPLAINT_MS).length === 0;

export const systemTerminal = {
  /** A line or more for stdout: what was asked for, however long its reader takes. */
  print: (text: string): void => void writeWaiting(1, `${text}\n`, Number.POSITIVE_INFINITY),
  /** For what is printed: the text as it is where stdout is no terminal, or NO_COLOR says so. */
  colored: (color: "green" | "yellow" | "red", text: string): string => styleText(color, text),
  /** A line or more for stderr: what went wrong, and what is said beside. False where nobody took it. */
  complain: (text: string): unknown => sayBeside(`${text}\n`),
  /** How far something came, in place of what it said before; null: it is over. On a terminal only. */
  progress(text: string | null): void {
    if (process.stderr.isTTY === true) sayBeside(`\r\u001b[K${text ?? ""}`);
  },
  get interactive(): boolean {
    return process.stdin.isTTY === true;
  },
  readInput: (): Promise<string> => text(process.stdin),
  /** Asks for a line; null when the person gave up. */
  ask: (question: string): Promise<string | null> => askLine(question, process.stderr),
  /** Asks for a text that is not shown while it is typed; null when the person gave up. */
  askHidden: (question: string): Promise<string | null> => askLine(question, null),
};

/** @throws AppError where the person gave up. */
export async function answered(answer: Promise<string | null>): Promise<string> {
  const text = await answer;
  if (text === null) throw new AppError("invalid", "given up, nothing was changed");
  return text;
}

async function askLine(question: string, shownOn: NodeJS.WritableStream | null): Promise<string | null> {
  // Loaded by who is asked: the bot needs none of it.
  const { createInterface } = await import("node:readline");
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: shownOn ?? nowhere,
    terminal: true,
    prompt: question,
  });
  const ended = ["line", "SIGINT", "close"].map((event) => once(lines, event));
  lines.prompt();
  // Only now: what is pasted at once would still be shown before.
  if (!shownOn) sayBeside(question);
  const [typed = null]: (string | null)[] = await Promise.race(ended);
  lines.close();
  if (!shownOn) sayBeside("\n");
  return typed;
}

export type CommandLine = ReturnType<typeof createCommandLine>;

/** What a command has of the command line that it stands in. */
export function createCommandLine(terminal: Terminal, readSettings: () => Config) {
  /** All settings; the log goes to stderr, if at all. @throws ConfigError with every problem. */
  function config(): Config {
    const settings = readSettings();
    const level = settings.logLevel === "info" ? "warn" : settings.logLevel;
    configureLogging(level, "text", terminal.complain);
    return settings;
  }

  const print = (json: unknown, text: () => string): void =>
    terminal.print(json ? JSON.stringify(json, null, 2) : text());

  return {
    terminal,
    /** Without a log yet. @throws ConfigError with every problem. */
    readSettings,
    config,
    /**
     * The settings of a command that works with the database: says which one, since another folder would be another
     * one. Only `serve` makes a folder. @throws AppError "not_found" where there is no database.
     */
    onDatabase(): Config {
      const settings = config();
      requireDatabase(settings.dataDir);
      terminal.complain(`DATA_DIR is ${settings.dataDir}`);
      return settings;
    },
    /** Prints a value as JSON where there is one (`--json`), else the text. */
    print,
    /** A whole list as the API gives its last page (`--json`), else as a table, or `none` where it is empty. */
    printList: <Item>(
      json: boolean | undefined,
      items: readonly Item[],
      { none, head, row }: { none: string; head: readonly string[]; row: (item: Item) => string[] },
    ): void =>
      print(json && { items, next: null }, () =>
        items.length === 0 ? none : alignColumns([head, ...items.map(row)]),
      ),
    exitCode: 0,
  };
}
