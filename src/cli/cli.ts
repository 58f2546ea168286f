import { parseArgs } from "node:util";
import { ConfigError, EX_CONFIG } from "../config.ts";
import { AppError, messageOf } from "../errors.ts";
import { logger } from "../log.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { help } from "./help.ts";

const EX_FAILED = 1;
const EX_USAGE = 2;

/** Runs a command line; returns the exit code: 0, 1 failed, 2 usage, 78 configuration. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const first = argv[0];
  const named = first !== undefined && !first.startsWith("-");
  if (first === "--help" || first === "-h") return help.run({ positionals: [], options: {} });
  const name = first === "--version" || first === "-V" ? "version" : named ? first : "serve";
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) return usage(`there is no command "${name}"`);
  const rest = argv.slice(named || name === "version" ? 1 : 0);
  if (rest.includes("--help") || rest.includes("-h")) {
    return help.run({ positionals: [command.name], options: {} });
  }
  const parsed = parse(command, rest);
  if (typeof parsed === "string") return usage(parsed, command);
  try {
    return await command.run(parsed);
  } catch (error) {
    return failed(error);
  }
}

function parse(command: Command, rest: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options: { ...command.options, "env-file": { type: "string" } },
      allowPositionals: true,
      strict: true,
    });
    const { min, max } = command.positionals;
    if (positionals.length < min) return `"${command.name}" needs ${command.usage}`;
    if (positionals.length > max) return `"${command.name}" does not take "${positionals[max]}"`;
    return { positionals, options: values as Record<string, string | boolean | undefined> };
  } catch (error) {
    return messageOf(error);
  }
}

function usage(problem: string, command?: Command): number {
  const hint = command ? `memoferry help ${command.name}` : "memoferry help";
  console.error(`memoferry: ${problem}. See: ${hint}`);
  return EX_USAGE;
}

function failed(error: unknown): number {
  if (error instanceof ConfigError) {
    console.error(`memoferry: ${error.message}`);
    return EX_CONFIG;
  }
  if (error instanceof AppError && error.code !== "internal") {
    console.error(`memoferry: ${error.message}`);
    return error.code === "key_mismatch" ? EX_CONFIG : EX_FAILED;
  }
  // Not foreseen: the log takes tokens out of it.
  logger("app").error("memoferry failed", { error });
  console.error(`memoferry: ${messageOf(error)}`);
  return EX_FAILED;
}
