import { Command, CommanderError } from "commander";
import { withoutSecrets } from "../base/access-token.ts";
import { keepMemoryFromCoreFiles } from "../base/core-file.ts";
import { AppError, errorText } from "../base/errors.ts";
import { COMMIT, TARGET, VERSION } from "../base/version.ts";
import { ConfigError, EX_CONFIG, readConfig } from "../config/config.ts";
import { bind, bindings, unbind } from "./bindings.ts";
import { check } from "./check.ts";
import { backup, forgetTokens } from "./database.ts";
import { UsageError } from "./format.ts";
import { install, uninstall } from "./install/install.ts";
import { invite } from "./invite.ts";
import { healthcheck, serve } from "./serve.ts";
import { type CommandLine, createCommandLine, systemTerminal, type Terminal } from "./terminal.ts";
import { token } from "./tokens.ts";
import { retry, updates } from "./updates.ts";
import { webhook } from "./webhook.ts";

const COMMANDS = [
  serve,
  check,
  healthcheck,
  bind,
  bindings,
  unbind,
  invite,
  token,
  updates,
  retry,
  webhook,
  backup,
  forgetTokens,
  install,
  uninstall,
  version,
  help,
];

/** Runs a command line; returns the exit code: 0, 1 failed, 2 usage, 78 configuration. */
export async function runCli(argv: readonly string[], terminal: Terminal = systemTerminal): Promise<number> {
  keepMemoryFromCoreFiles();
  const { program, commandLine } = createProgram(terminal);
  try {
    await program.parseAsync(withCommand(program, argv), { from: "user" });
    return commandLine.exitCode;
  } catch (error) {
    // Help, or a wrong command line: it was said already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) {
      const [command] = program.parseOptions([...argv]).operands;
      terminal.complain(`memoferry: ${error.message}\nSee: memoferry help ${command}`);
      return 2;
    }
    // A ConfigError holds no secret, but an example of a bot token.
    const text = error instanceof ConfigError ? error.message : withoutSecrets(textOf(error));
    terminal.complain(`memoferry: ${text}`);
    const isMisconfigured =
      error instanceof ConfigError || (error instanceof AppError && error.code === "key_mismatch");
    return isMisconfigured ? EX_CONFIG : 1;
  }
}

/**
 * An error that nobody caught is told in words. Bun would print all that it holds: of a failed call the address, with the
 * bot token in it. As without this, the program goes on: what it was doing is tried again, or ends where it is awaited.
 */
export function tellUncaught(terminal: Terminal = systemTerminal): void {
  const tell = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
    const lines = [`memoferry: nobody caught this error: ${errorText(error)}`, ...frames];
    terminal.complain(withoutSecrets(lines.join("\n")));
  };
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
}

export function createProgram(terminal: Terminal) {
  const program = new Command("memoferry")
    .description("memoferry turns what you send to your Telegram bot into memos on your Memos server.")
    .usage("[command] [options]")
    .option(
      "--env-file <path>",
      "a file with settings; without it .env in the working directory, or the settings of `install`",
    )
    .helpCommand(false)
    .addHelpText(
      "after",
      "\nWithout a command it runs the bot. Settings are environment variables; BOT_TOKEN and MEMOS_URL are required." +
        "\nWhere the environment and the file both have one, the environment counts. Relative paths in the file are" +
        "\nrelative to it. `memoferry check` tells whether all is right.",
    )
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(withoutSecrets(text.trimEnd())),
      // The value of an option that nobody knows may be a secret.
      outputError: (text, write) =>
        write(`memoferry: ${text.replace(/^error: /, "").replace(/(unknown option '--[^'=]*)=[^']*/, "$1")}`),
    })
    .exitOverride();
  const readSettings = () => readConfig(program.opts<{ envFile?: string }>().envFile);
  const commandLine = createCommandLine(terminal, readSettings);
  for (const add of COMMANDS) add(program, commandLine);
  for (const command of program.commands) {
    command.showHelpAfterError(`See: memoferry help ${command.name()}`);
  }
  program.showHelpAfterError("See: memoferry help");
  return { program, commandLine };
}

function version(program: Command, { terminal }: CommandLine): void {
  program
    .command("version")
    .summary("prints the version")
    .description("Prints the version, the commit it was built from, and for which platform.")
    .action(() => {
      const built = COMMIT === null ? "" : ` (commit ${COMMIT}, ${TARGET})`;
      terminal.print(`memoferry ${VERSION}${built}`);
    });
}

function help(program: Command): void {
  program
    .command("help")
    .summary("tells about a command, or lists them all")
    .description("Without a command it lists them all.")
    .argument("[command]")
    .action((name: string | undefined) => {
      if (name === undefined) return program.help();
      const command = program.commands.find((candidate) => candidate.name() === name);
      return command ? command.help() : program.error(`error: unknown command '${name}'`);
    });
}

/** People try both letters. */
const VERSION_OPTION = /^(--version|-[vV])$/;
const HELP_OPTION = /^(--help|-h)$/;

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
