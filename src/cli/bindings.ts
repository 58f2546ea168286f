import { type Command, Option } from "commander";
import { AppError } from "../base/errors.ts";
import { textOfFile } from "../config/settings.ts";
import type { Binding } from "../http/bindings.ts";
import { callApi, listFromApi } from "./api.ts";
import { accountText, oneLine, readTelegramId } from "./format.ts";
import { moveBindings } from "./move.ts";
import { answered, type CommandLine, type Terminal } from "./terminal.ts";

export function bind(program: Command, { onDatabase, terminal }: CommandLine): void {
  program
    .command("bind")
    .summary("joins a Telegram user to a Memos account")
    .description(
      "The access token is made in Memos, in Settings › Access Tokens (before 0.30 in Settings › My Account). It is asked for, or read from stdin if that is no terminal, and checked with Memos first. Somebody who is bound already is bound anew. Works beside a running memoferry.",
    )
    .argument("<telegram id>", "the number that the bot answers to /id", readTelegramId)
    .option("--token-file <file>", "the file that holds the access token; - is stdin")
    .action(async (telegram_id: number, { tokenFile }: { tokenFile?: string }) => {
      const settings = onDatabase();
      const body = { telegram_id, access_token: await readToken(tokenFile, terminal) };
      const bound = await callApi<Binding>(settings, "POST", "/api/v1/bindings", body);
      const who = accountText(bound.account, bound.display_name);
      terminal.print(`Telegram user ${telegram_id} is bound to ${who} on ${bound.server}.`);
    });
}

async function readToken(file: string | undefined, terminal: Terminal): Promise<string> {
  const { text, from } = await tokenText(file, terminal);
  const token = text.trim();
  if (/^\S+$/.test(token)) return token;
  const why = token === "" ? "no access token" : "more than an access token, which is one word,";
  throw new AppError("invalid", `there is ${why} in ${from}`);
}

async function tokenText(
  file: string | undefined,
  terminal: Terminal,
): Promise<{ text: string; from: string }> {
  if (file === "-" || (file === undefined && !terminal.interactive))
    return { text: await terminal.readInput(), from: "stdin" };
  if (file === undefined) {
    const text = await answered(terminal.askHidden("Access token of the Memos account (not shown): "));
    return { text, from: "what was typed" };
  }
  return { text: textOfFile(file, "--token-file"), from: "the file of --token-file" };
}

export function unbind(program: Command, { onDatabase, terminal }: CommandLine): void {
  program
    .command("unbind")
    .summary("parts a Telegram user from the Memos account")
    .description(
      "The access token is forgotten; memos stay as they are. Messages that wait are kept, and saved once this user is bound to the same account again. Works beside a running memoferry.",
    )
    .argument("<telegram id>", "the number that the bot answers to /id", readTelegramId)
    .action(async (telegramId: number) => {
      await callApi(onDatabase(), "DELETE", `/api/v1/bindings/${telegramId}`);
      terminal.print(
        `Telegram user ${telegramId} is no longer bound. Messages that wait are kept, and saved once the account is ` +
          "bound again.",
      );
    });
}

export function bindings(program: Command, commandLine: CommandLine): void {
  program
    .command("bindings")
    .summary("lists who is bound to which Memos account")
    .description(
      "--move goes on with the same Memos server under another address: set MEMOS_URL to the new one, stop memoferry, and run this. Each access token is shown to the server at MEMOS_URL. Whose account has the same name there is moved, with the messages that wait and the links from messages to memos. The others are left and named. Use it for the same server only: its memos must be there under their old ids. Ids of new memos are made from the server's address too. Messages whose saving had begun keep the id they had, so none is doubled.",
    )
    .option("--json", "prints all of the list as GET /api/v1/bindings gives it: { items, next }")
    .addOption(
      new Option("--move", "moves the bindings of the same server to its new address").conflicts("json"),
    )
    .action(async ({ json, move }: { json?: boolean; move?: boolean }) => {
      const config = commandLine.onDatabase();
      if (move) return moveBindings(config, commandLine);
      const list = await listFromApi<Binding>(config, "/api/v1/bindings");
      commandLine.printList(json, list, TABLE);
    });
}

const TABLE = {
  none: "Nobody is bound yet.",
  head: ["TELEGRAM ID", "NAME", "ACCOUNT", "SERVER", "STATE", "VISIBILITY", "SINCE (UTC)"],
  row: (binding: Binding) => [
    String(binding.telegram_id),
    binding.username === null ? "not known" : `@${oneLine(binding.username)}`,
    accountText(oneLine(binding.account), binding.display_name) +
      (binding.guest_of ? `, guest of ${binding.guest_of}` : ""),
    binding.server,
    binding.paused_reason === null ? binding.state : `${binding.state}: ${oneLine(binding.paused_reason)}`,
    binding.visibility ?? "as in Memos",
    binding.created_at.slice(0, 10),
  ],
};
