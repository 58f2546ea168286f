import type { Command } from "commander";

/** All commands below one, each before its own. */
export const commandsOf = (command: Command): Command[] =>
  command.commands.flatMap((each) => [each, ...commandsOf(each)]);

/** Its names from the program on, such as `token add`. */
export const pathOf = (command: Command): string[] =>
  command.parent ? [...pathOf(command.parent), command.name()] : [];

/** The command that these words begin with. */
export function commandNamed(command: Command, [name, ...rest]: readonly string[]): Command {
  const named = command.commands.find((each) => each.name() === name);
  return named ? commandNamed(named, rest) : command;
}
