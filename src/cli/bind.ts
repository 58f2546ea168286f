import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { AppError } from "../base/errors.ts";
import { whyUnread } from "../config/values.ts";
import type { Binding } from "../http/bindings.ts";
import { withApi } from "./api.ts";
import type { Context } from "./context.ts";
import { accountText, readTelegramId } from "./format.ts";
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
    .action(async function (this: Command, telegram_id: number, { tokenFile }: { tokenFile?: string }) {
      if (this.args.length > 1) this.error(WHY_NO_ARGUMENT);
      const config = context.config();
      const body = { telegram_id, access_token: await tokenText(tokenFile, context.terminal) };
      const bound = await withApi(config, (call) => call<Binding>("POST", "/api/v1/bindings", body));
      const who = accountText(bound.account, bound.display_name);
      context.terminal.print(`Telegram user ${telegram_id} is bound to ${who} on ${bound.server}.`);
    });
}

async function tokenText(file: string | undefined, terminal: Terminal): Promise<string> {
  if (file !== undefined && file !== "-") {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      // The path stays unsaid: people also put the token itself here.
      throw new AppError("invalid", `the file of --token-file cannot be read: ${whyUnread(error)}`);
    }
  }
  if (file === "-" || !terminal.interactive) return terminal.readInput();
  const typed = await terminal.askHidden("Access token of the Memos account (not shown): ");
  if (typed === null) throw new AppError("invalid", "given up, nothing was changed");
  return typed;
}

export function unbind(program: Command, context: Context): void {
  program
    .command("unbind")
    .summary("parts a Telegram user from the Memos account")
    .description(
      "The access token is forgotten; memos stay as they are. Messages that wait are kept, and saved once this user is bound to the same account again. Works beside a running memoferry.",
    )
    .argument("<telegram id>", "the number that the bot answers to /id", readTelegramId)
    .action(async (telegramId: number) => {
      const path = `/api/v1/bindings/${telegramId}`;
      const { account } = await withApi(context.config(), async (call) => {
        const binding = await call<Binding>("GET", path);
        await call("DELETE", path);
        return binding;
      });
      context.terminal.print(
        `Telegram user ${telegramId} is no longer bound to ${account}. Messages that wait are kept, and saved once ` +
          "the account is bound again.",
      );
    });
}
