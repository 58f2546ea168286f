import type { Command } from "commander";
import type { Invitation } from "../http/invitations.ts";
import { callApi } from "./api.ts";
import { readTelegramId } from "./format.ts";
import type { CommandLine } from "./terminal.ts";

export function invite(program: Command, commandLine: CommandLine): void {
  program
    .command("invite")
    .summary("makes a link that lets one person in")
    .description(
      "Send the link to your guest: it works for one person, and for 24 hours. The bot then asks the guest for an access token of their own Memos account. ALLOWED_USERS goes first: where it is set, the guest has to be on it too. Works beside a running memoferry.",
    )
    .option(
      "--account-of <telegram id>",
      "lets the guest use the account of this Telegram user, who is bound already and is told; both then use the same access token, and memos of both are that account's",
      readTelegramId,
    )
    .option("--json", "prints code, url and expires_at")
    .action(async ({ accountOf: account_of, json }: { accountOf?: number; json?: boolean }) => {
      const made = await callApi<Invitation>(commandLine.onDatabase(), "POST", "/api/v1/invitations", {
        account_of,
      });
      const until = made.expires_at.slice(0, 16).replace("T", " ");
      commandLine.print(json && made, () => `${made.url}\nIt works for one person, until ${until} UTC.`);
    });
}
