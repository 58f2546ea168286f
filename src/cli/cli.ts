import { Command, CommanderError } from "commander";
import { withoutSecrets } from "../base/access-token.ts";
import { AppError, errorText } from "../base/errors.ts";
import { COMMIT, VERSION } from "../base/version.ts";
import { ConfigError, EX_CONFIG, readEnvironment } from "../config/config.ts";
import { bind, bindings, unbind } from "./bindings.ts";
import { check } from "./check.ts";
import { backup, forgetTokens } from "./database.ts";
import { invite } from "./invite.ts";
import { healthcheck, serve } from "./serve.ts";
import { type CommandLine, createCommandLine, systemTerminal, type Terminal } from "./terminal.ts";
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
  updates,
  retry,
  webhook,
  backup,
  forgetTokens,
  version,
];

/** Runs a command line; returns the exit code: 0, 1 failed, 2 usage, 78 configuration. */
export async function runCli(argv: readonly string[], terminal: Terminal = systemTerminal): Promise<number> {
  const { program, commandLine } = createProgram(terminal);
  try {
    await program.parseAsync(withCommand(program, argv), { from: "user" });
    return commandLine.exitCode;
  } catch (error) {
    // Help, or a wrong command line: it was said already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    // A ConfigError holds no secret, but an example of a bot token.
    const text = error instanceof ConfigError ? error.message : withoutSecrets(textOf(error));
    terminal.complain(`memoferry: ${text}`);
    const isMisconfigured =
      error instanceof ConfigError || (error instanceof AppError && error.code === "key_mismatch");
    return isMisconfigured ? EX_CONFIG : 1;
  }
}

export function createProgram(terminal: Terminal) {
  const program = new Command("memoferry")
    .description("memoferry turns what you send to your Telegram bot into memos on your Memos server.")
    .usage("[command] [options]")
    .option("--env-file <path>", "a file with settings; without it .env in the working directory is read")
    .helpCommand("help [command]", "tells about a command, or lists them all")
    .addHelpText(
      "after",
      "\nWithout a command it runs the bot. Settings are environment variables; BOT_TOKEN and MEMOS_URL are required." +
        "\n`memoferry check` tells whether they are right.",
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
  const environment = () => readEnvironment(program.opts<{ envFile?: string }>().envFile);
  const commandLine = createCommandLine(terminal, environment);
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
    .description("Prints the version, and the commit it was built from.")
    .action(() => terminal.print(`memoferry ${VERSION}${COMMIT === null ? "" : ` (${COMMIT})`}`));
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
