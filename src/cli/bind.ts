import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { AppError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import { whyUnread } from "../config/values.ts";
import type { Binding } from "../http/bindings.ts";
import { withApi } from "./api.ts";
import type { Context } from "./context.ts";
import { oneLine } from "./table.ts";
import { readTelegramId } from "./telegram-id.ts";
import type { Terminal } from "./terminal.ts";

const WHY_NO_ARGUMENT =
  "the access token is not taken as an argument: it would stay in the shell's history, and everybody on this machine " +
  "could read it in the list of processes. Run it with the Telegram id alone and type the token when asked, or use " +
  "--token-file F";

export function bind(program: Command, context: Context): void {
  program
    .command("bind")
    .summary("joins a Telegram user to a Memos account")
    .description(
      "The access token is made in Memos, in Settings › Access Tokens (before 0.30 in Settings › My Account). It is asked for, or read from stdin if that is no terminal, and checked with Memos first. Somebody who is bound already is bound anew. Works beside a running memoferry.",
    )
    .argument("<telegram id>", "the number that the bot answers to /id", readTelegramId)
    .option("--token-file <file>", "the file that holds the access token; - is stdin")
    .allowExcessArguments()
    .action(async function (this: Command, telegramId: number, { tokenFile }: { tokenFile?: string }) {
      if (this.args.length > 1) this.error(WHY_NO_ARGUMENT);
      const { terminal } = context;
      const config = context.config();
      const token = readToken(await tokenText(tokenFile, terminal));
      const body = { telegram_id: telegramId, access_token: token.reveal() };
      const bound = (await withApi(config, (call) => call("POST", "/api/v1/bindings", body))) as Binding;
      const who = accountText(bound.account, bound.display_name);
      terminal.print(`Telegram user ${telegramId} is bound to ${who} on ${bound.server}.`);
    });
}

async function tokenText(file: string | undefined, terminal: Terminal): Promise<string> {
  if (file !== undefined && file !== "-") return readTokenFile(file);
  if (file === "-" || !terminal.interactive) return terminal.readInput();
  const typed = await terminal.askHidden("Access token of the Memos account (not shown): ");
  if (typed === null) throw new AppError("invalid", "given up, nothing was changed");
  return typed;
}

/** The path stays unsaid in errors: people also put the token itself here. */
function readTokenFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new AppError("invalid", `the file of --token-file cannot be read: ${whyUnread(error)}`);
  }
}

function readToken(text: string): Secret {
  const token = text.trim();
  if (token === "") {
    throw new AppError(
      "invalid",
      "no access token was given: type it when asked, pipe it in, or name a file with --token-file",
    );
  }
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw new AppError(
      "invalid",
      "this is no access token: it has spaces, line breaks or unusual characters in it",
    );
  }
  return new Secret(token);
}

/** `users/alice (Alice)` */
export function accountText(account: string, displayName: string): string {
  const shown = oneLine(displayName);
  return shown && shown !== account.replace(/^users\//, "") ? `${account} (${shown})` : account;
}

/** `1 message`, `3 messages` */
export const messages = (count: number) => `${count} ${count === 1 ? "message" : "messages"}`;
