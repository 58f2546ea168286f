import { Command } from "commander";
import { withoutSecrets } from "../base/access-token.ts";
import { readConfig } from "../config/config.ts";
import { bold } from "./format.ts";
import { serve } from "./serve.ts";
import { createCommandLine, type Terminal } from "./terminal.ts";

/** The command line with `serve` alone, which needs none of the other commands. */
export function createServe(terminal: Terminal) {
  const program = new Command("memoferry")
    .description("memoferry turns what you send to your Telegram bot into memos on your Memos server.")
    .usage("[command] [options]")
    .option(
      "--env-file <path>",
      "a file with settings; without it .env in the working directory, or the settings of `install`",
    )
    .helpCommand(false)
    // For what is wrong before the other commands are there.
    .showHelpAfterError("See: memoferry help")
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
  serve(program, commandLine);
  return { program, commandLine };
}
