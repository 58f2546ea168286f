import type { Command } from "commander";
import { memogram } from "./import/memogram.ts";
import { telegram } from "./import/telegram.ts";
import type { CommandLine } from "./terminal.ts";

export function importCommand(program: Command, commandLine: CommandLine): void {
  const command = program
    .command("import")
    .summary("brings in what was there before: Memogram's people, Telegram's exports")
    .description("Works beside a running memoferry.")
    .helpCommand(false);
  memogram(command, commandLine);
  telegram(command, commandLine);
}
