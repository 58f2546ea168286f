import { styleText } from "node:util";
import { Command, CommanderError } from "commander";
import { withoutSecrets } from "../base/access-token.ts";
import { keepMemoryFromCoreFiles } from "../base/core-file.ts";
import { AppError, errorText } from "../base/errors.ts";
import { isJournal } from "../base/output.ts";
import { COMMIT, TARGET, VERSION } from "../base/version.ts";
import { ConfigError, EX_CONFIG, readConfig } from "../config/config.ts";
import { bind, bindings, unbind } from "./bindings.ts";
import { check } from "./check.ts";
import { commandsOf, pathOf } from "./command-tree.ts";
import { completion } from "./completion.ts";
import { backup, forgetTokens, restoreCommand } from "./database.ts";
import { EXAMPLES, type Example } from "./examples.ts";
import { UsageError } from "./format.ts";
import { importCommand } from "./import.ts";
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
  importCommand,
  updates,
  retry,
  webhook,
  backup,
  restoreCommand,
  forgetTokens,
  install,
  uninstall,
  completion,
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
export function tellUncaught(terminal: Terminal = systemTerminal): void {
  const tell = (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
    const lines = [`memoferry: nobody caught this error: ${errorText(error)}`, ...frames];
    terminal.complain(asError(withoutSecrets(lines.join("\n"))));
  };
  process.on("uncaughtException", tell);
  process.on("unhandledRejection", tell);
}

/** Where stderr is systemd's journal, each line begins with the priority of an error. sd-daemon(3) */
const asError = (text: string) => (isJournal(2) ? text.replace(/^/gm, "<3>") : text);

export function createProgram(terminal: Terminal) {
  const program = new Command("memoferry")
    .description("memoferry turns what you send to your Telegram bot into memos on your Memos server.")
    .usage("[command] [options]")
    .option(
      "--env-file <path>",
      "a file with settings; without it .env in the working directory, or the settings of `install`",
    )
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, styleTitle: bold })
    .addHelpText(
      "after",
      "\nWithout a command it runs the bot. Settings are environment variables; BOT_TOKEN" +
        "\nand MEMOS_URL are required. Where the environment and the file both have one," +
        "\nthe environment counts. Relative paths in the file are relative to it.",
    )
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
  for (const command of [program, ...commandsOf(program)]) {
    const path = pathOf(command);
    command.showHelpAfterError(`See: ${["memoferry", "help", ...path].join(" ")}`);
    const examples = EXAMPLES[path.join(" ")] ?? [];
    if (examples.length > 0)
      command.addHelpText("after", () => ["", bold("Examples:"), ...examples.map(shown)].join("\n"));
  }
  return { program, commandLine };
}

/** Commander takes it away where the output has no colours. */
const bold = (text: string) => styleText("bold", text, { validateStream: false });

const shown = ([line, what]: Example) => `  ${line}\n      ${what}`;

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
    .argument("[command...]")
    .action((names: readonly string[]) => {
      let command = program;
      for (const name of names) {
        if (command.commands.length === 0) break;
        const next = command.commands.find((candidate) => candidate.name() === name);
        // Commander says what was perhaps meant.
        if (!next) return void command.parse([name], { from: "user" });
        command = next;
      }
      command.help();
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
