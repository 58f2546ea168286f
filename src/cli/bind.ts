import { readFileSync } from "node:fs";
import { AppError } from "../errors.ts";
import type { Binding } from "../http/bindings.ts";
import { Secret } from "../secret.ts";
import { withApi } from "./api.ts";
import type { Command, Invocation } from "./command.ts";
import { commandSettings } from "./settings.ts";
import { oneLine } from "./table.ts";
import { readTelegramId } from "./telegram-id.ts";

const WHY_NO_ARGUMENT =
  "the access token is not taken as an argument: it would stay in the shell's history, and everybody on this machine " +
  "could read it in the list of processes. Run it with the Telegram id alone and type the token when asked, or use " +
  "--token-file F";

export const bind: Command = {
  name: "bind",
  usage: "<telegram id> [--token-file F]",
  summary: "joins a Telegram user to a Memos account",
  details: [
    "The id is the number that the bot answers to /id. The access token is made in Memos, in Settings › Access Tokens",
    "(before 0.30 in Settings › My Account); it is asked for, read from the file F,",
    "or from stdin if that is no terminal; `--token-file -` is stdin too.",
    "It is checked with Memos first. Somebody who is bound already is bound anew. Works beside a running memoferry.",
  ].join("\n"),
  options: { "token-file": { type: "string" } },
  positionals: { min: 1, max: 1 },
  tooMany: WHY_NO_ARGUMENT,
  async run(invocation) {
    const { terminal, positionals } = invocation;
    const telegramId = readTelegramId(positionals[0]);
    const config = commandSettings(invocation);
    const token = readToken(await tokenText(invocation));
    const body = { telegram_id: telegramId, access_token: token.reveal() };
    const bound = (await withApi(config, (call) => call("POST", "/api/v1/bindings", body))) as Binding;
    const who = accountText(bound.account, bound.display_name);
    terminal.print(`Telegram user ${telegramId} is bound to ${who} on ${bound.server}.`);
    return 0;
  },
};

async function tokenText({ options, terminal }: Invocation): Promise<string> {
  const file = options["token-file"];
  if (typeof file === "string" && file !== "-") return readTokenFile(file);
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
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const reason =
      code === "ENOENT" ? "there is no such file" : code === "EACCES" ? "no permission" : String(code);
    throw new AppError("invalid", `the file of --token-file cannot be read: ${reason}`);
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
