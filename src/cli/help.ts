import type { Command } from "./command.ts";
import { commands } from "./commands.ts";

export const help: Command = {
  name: "help",
  usage: "[command]",
  summary: "tells about a command, or lists them all",
  details: "",
  options: {},
  positionals: { min: 0, max: 1 },
  async run({ positionals: [name] }) {
    if (name === undefined) {
      console.log(overview());
      return 0;
    }
    const command = commands.find((candidate) => candidate.name === name);
    if (!command) {
      console.error(`memoferry: there is no command "${name}". See: memoferry help`);
      return 2;
    }
    console.log(
      [`memoferry ${command.name} ${command.usage}`.trim(), "", `${command.summary}.`, command.details]
        .join("\n")
        .trim(),
    );
    return 0;
  },
};

function overview(): string {
  const signatures = commands.map(({ name, usage }) => `${name} ${usage}`.trim());
  const width = Math.max(...signatures.map((text) => text.length));
  return [
    "memoferry turns what you send to your Telegram bot into memos on your Memos server.",
    "",
    "  memoferry [command] [--env-file PATH]",
    "",
    ...commands.map(({ summary }, at) => `  ${signatures[at]?.padEnd(width)}  ${summary}`),
    "",
    "Settings are environment variables: BOT_TOKEN and MEMOS_URL are required.",
  ].join("\n");
}
