import type { Command } from "commander";
import { COMMIT, TARGET, VERSION } from "../base/version.ts";
import { bind, bindings, unbind } from "./bindings.ts";
import { bindChat, chats, unbindChat } from "./chats.ts";
import { check } from "./check.ts";
import { commandsOf, pathOf } from "./command-tree.ts";
import { completion } from "./completion.ts";
import { backup, forgetTokens, restoreCommand } from "./database.ts";
import { EXAMPLES, type Example } from "./examples.ts";
import { bold } from "./format.ts";
import { importCommand } from "./import.ts";
import { install, uninstall } from "./install/install.ts";
import { invite } from "./invite.ts";
import { createServe } from "./program.ts";
import { healthcheck } from "./serve.ts";
import type { CommandLine, Terminal } from "./terminal.ts";
import { token } from "./tokens.ts";
import { retry, updates } from "./updates.ts";
import { webhook } from "./webhook.ts";

const COMMANDS = [
  check,
  healthcheck,
  bind,
  bindings,
  unbind,
  chats,
  bindChat,
  unbindChat,
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

/** The whole command line. */
export function createProgram(terminal: Terminal) {
  const made = createServe(terminal);
  addCommands(made.program, made.commandLine);
  return made;
}

/** All but `serve`, which needs none of them, and what the help and the errors of all say. */
export function addCommands(program: Command, commandLine: CommandLine): void {
  for (const add of COMMANDS) add(program, commandLine);
  for (const command of [program, ...commandsOf(program)]) {
    const path = pathOf(command);
    command.showHelpAfterError(`See: ${["memoferry", "help", ...path].join(" ")}`);
    const examples = EXAMPLES[path.join(" ")] ?? [];
    if (examples.length > 0)
      command.addHelpText("after", () => ["", bold("Examples:"), ...examples.map(shown)].join("\n"));
  }
}

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
