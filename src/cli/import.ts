import type { Command } from "commander";
import { memogram } from "./import/memogram.ts";
import type { CommandLine } from "./terminal.ts";

export function importCommand(program: Command, commandLine: CommandLine): void {
  const command = program
    .command("import")
    .summary("brings in the people of a Memogram")
    .description("Works beside a running memoferry.")
    .helpCommand(false);
  memogram(command, commandLine);
}
