import { parseArgs } from "node:util";
import { withoutSecrets } from "../access-token.ts";
import { ConfigError } from "../config/problems.ts";
import { EX_CONFIG } from "../config.ts";
import { AppError, messageOf } from "../errors.ts";
import type { Command, Invocation } from "./command.ts";
import { commands } from "./commands.ts";
import { help, unknownCommand } from "./help.ts";
import { nearest } from "./nearest.ts";
import { systemTerminal, type Terminal } from "./terminal.ts";

const EX_FAILED = 1;
const EX_USAGE = 2;

/** Goes with every command. */
const COMMON = { "env-file": { type: "string" } } as const;

const HELP_OPTION = /^(--help|-h)$/;
/** People try both letters. */
const VERSION_OPTION = /^(--version|-[vV])$/;

/** Runs a command line; returns the exit code: 0, 1 failed, 2 usage, 78 configuration. */
export async function runCli(argv: readonly string[], terminal: Terminal = systemTerminal): Promise<number> {
  const { first, rest } = split(argv);
  if (HELP_OPTION.test(first ?? "")) return help.run({ positionals: [], options: {}, terminal });
  const name = VERSION_OPTION.test(first ?? "") ? "version" : (first ?? "serve");
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) return usage(terminal, unknownCommand(name));
  if (rest.includes("--help") || rest.includes("-h")) {
    return help.run({ positionals: [command.name], options: {}, terminal });
  }
  const parsed = parse(command, rest);
  if (typeof parsed === "string") return usage(terminal, parsed, command);
  try {
    return await command.run({ ...parsed, terminal });
  } catch (error) {
    // A ConfigError holds no secret, but an example of a bot token.
    const text = error instanceof ConfigError ? error.message : withoutSecrets(textOf(error));
    terminal.complain(`memoferry: ${text}`);
    const configuration =
      error instanceof ConfigError || (error instanceof AppError && error.code === "key_mismatch");
    return configuration ? EX_CONFIG : EX_FAILED;
  }
}

/** Finds the command's name, also behind `--env-file PATH`. With another option in front it is `serve`. */
function split(argv: readonly string[]): { first: string | undefined; rest: string[] } {
  const at = argv[0] === "--env-file" ? 2 : argv[0]?.startsWith("--env-file=") ? 1 : 0;
  const word = argv[at];
  const isName =
    word !== undefined && (!word.startsWith("-") || HELP_OPTION.test(word) || VERSION_OPTION.test(word));
  return isName
    ? { first: word, rest: [...argv.slice(0, at), ...argv.slice(at + 1)] }
    : { first: undefined, rest: [...argv] };
}

/** The invocation, or what is wrong with it. */
function parse(command: Command, rest: readonly string[]): Omit<Invocation, "terminal"> | string {
  const options = { ...command.options, ...COMMON };
  let parsed: { values: Invocation["options"]; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
  } catch (error) {
    return badOption(command, options, error);
  }
  const { values, positionals } = parsed;
  const { min, max } = command.positionals;
  if (positionals.length < min) return `"${command.name}" needs ${command.usage}`;
  if (positionals.length > max) {
    return command.tooMany ?? `"${command.name}" does not take "${positionals[max]}"`;
  }
  return { positionals, options: values };
}

function badOption(command: Command, options: Command["options"], error: unknown): string {
  const text = messageOf(error);
  const unknown = /^Unknown option '(-+[^'=]*)/.exec(text)?.[1];
  // Else an option without its value, or with one too many: Node's words name it.
  if (unknown === undefined) return text.split(". ", 1)[0] ?? text;
  const meant = nearest(unknown.replace(/^-+/, ""), Object.keys(options));
  const hint = meant ? `: did you mean --${meant}?` : "";
  return `"${command.name}" has no option ${unknown}${hint}`;
}

function usage(terminal: Terminal, problem: string, command?: Command): number {
  const hint = command ? `memoferry help ${command.name}` : "memoferry help";
  const said = withoutSecrets(problem);
  terminal.complain(`memoferry: ${said}${/[.?!]$/.test(said) ? "" : "."} See: ${hint}`);
  return EX_USAGE;
}

/** What a person can act on, or, for what nobody foresaw, all messages down to the first cause. */
function textOf(error: unknown): string {
  if (error instanceof AppError && error.code !== "internal") return error.message;
  const causes: string[] = [];
  for (let at: unknown = error; at !== undefined && causes.length < 5; ) {
    const text = messageOf(at);
    if (!causes.at(-1)?.includes(text)) causes.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return causes.join(": ");
}
