import { withoutSecrets } from "../access-token.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { nearest } from "./nearest.ts";
import { alignColumns } from "./table.ts";

export const help: Command = {
  name: "help",
  usage: "[command]",
  summary: "tells about a command, or lists them all",
  details: "",
  options: {},
  positionals: { min: 0, max: 1 },
  async run({ positionals: [name], terminal }) {
    if (name === undefined) {
      terminal.print(overview());
      return 0;
    }
    const command = commands.find((candidate) => candidate.name === name);
    if (!command) {
      terminal.complain(`memoferry: ${withoutSecrets(unknownCommand(name))} See: memoferry help`);
      return 2;
    }
    terminal.print(page(command));
    return 0;
  },
};

/** Says that there is no such command, and which was probably meant. */
export function unknownCommand(name: string): string {
  const meant = nearest(
    name,
    commands.map((command) => command.name),
  );
  return `there is no command "${name.slice(0, 40)}"${meant ? `: did you mean "${meant}"?` : "."}`;
}

function overview(): string {
  return [
    "memoferry turns what you send to your Telegram bot into memos on your Memos server.",
    "",
    "  memoferry [command] [--env-file PATH]",
    "",
    ...alignColumns(commands.map((command) => [`  ${signature(command)}`, command.summary])),
    "",
    "Settings are environment variables; BOT_TOKEN and MEMOS_URL are required. They can stand in a file:",
    "--env-file PATH, else .env in the working directory. `memoferry check` tells whether they are right.",
  ].join("\n");
}

function page(command: Command): string {
  const { summary, details } = command;
  return [
    `memoferry ${signature(command)}`,
    "",
    `${summary.slice(0, 1).toUpperCase()}${summary.slice(1)}.`,
    ...(details ? ["", details] : []),
  ].join("\n");
}

const signature = ({ name, usage }: Command) => `${name} ${usage}`.trim();
