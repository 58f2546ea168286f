import { type Command, CommanderError } from "commander";
import { withoutSecrets } from "../base/access-token.ts";
import { keepMemoryFromCoreFiles } from "../base/core-file.ts";
import { AppError, errorText } from "../base/errors.ts";
import { isJournal } from "../base/output.ts";
import { EX_CONFIG } from "../config/config.ts";
import { ConfigError } from "../config/problems.ts";
import { commandNamed, pathOf } from "./command-tree.ts";
import { UsageError } from "./format.ts";
import { createServe } from "./program.ts";
import { systemTerminal, type Terminal } from "./terminal.ts";

/** Runs a command line; returns the exit code: 0, 1 failed, 2 usage, 78 configuration. */
export async function runCli(argv: readonly string[], terminal: Terminal = systemTerminal): Promise<number> {
  keepMemoryFromCoreFiles();
  const { program, commandLine } = createServe(terminal);
  try {
    if (!isServe(program, argv)) {
      const { addCommands } = await import("./commands.ts");
      addCommands(program, commandLine);
    }
    await program.parseAsync(withCommand(program, argv), { from: "user" });
    return commandLine.exitCode;
  } catch (error) {
    // Help, or a wrong command line: it was said already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) {
      const command = commandNamed(program, program.parseOptions([...argv]).operands);
      terminal.complain(`memoferry: ${error.message}\nSee: memoferry help ${pathOf(command).join(" ")}`);
      return 2;
    }
    // A ConfigError holds no secret, but an example of a bot token.
    const text = error instanceof ConfigError ? error.message : withoutSecrets(textOf(error));
    terminal.complain(asError(`memoferry: ${text}`));
    const isMisconfigured =
      error instanceof ConfigError || (error instanceof AppError && error.code === "key_mismatch");
    return isMisconfigured ? EX_CONFIG : 1;
  }
}

/**
 * An error that nobody caught is told in words. Bun would print all that it holds: of a failed call the address, with the
 * bot token in it. As without this, the program goes on: what it was doing is tried again, or ends where it is awaited.
 */
export function tellUncaught(): void {
  const tell = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
    const lines = [`memoferry: nobody caught this error: ${errorText(error)}`, ...frames];
    systemTerminal.complain(asError(withoutSecrets(lines.join("\n"))));
  };
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
}

/** Where stderr is systemd's journal, each line begins with the priority of an error. sd-daemon(3) */
const asError = (text: string) => (isJournal(2) ? text.replace(/^/gm, "<3>") : text);

/** People try both letters. */
const VERSION_OPTION = /^(--version|-[vV])$/;
const HELP_OPTION = /^(--help|-h)$/;

/** Whether the bot is to run, and there is nothing to be said of its options. */
function isServe(program: Command, argv: readonly string[]): boolean {
  const { operands, unknown } = program.parseOptions([...argv]);
  return unknown.length === 0 && operands.every((name, at) => at === 0 && name === "serve");
}

/** With the command that is meant where none is named. */
function withCommand(program: Command, argv: readonly string[]): string[] {
  if (VERSION_OPTION.test(argv[0] ?? "")) return ["version", ...argv.slice(1)];
  const { operands, unknown } = program.parseOptions([...argv]);
  const isNamed = operands.length > 0 || unknown.some((option) => HELP_OPTION.test(option));
  return isNamed ? [...argv] : ["serve", ...argv];
}

/** What a person can act on, or, for what nobody foresaw, all messages down to the first cause. */
const textOf = (error: unknown) =>
  error instanceof AppError && error.code !== "internal" ? error.message : errorText(error);
