import type { Invitation } from "../http/invitations.ts";
import { withApi } from "./api.ts";
import type { Command } from "./command.ts";
import { commandSettings } from "./settings.ts";
import { readTelegramId } from "./telegram-id.ts";

export const invite: Command = {
  name: "invite",
  usage: "[--account-of <telegram id>] [--json]",
  summary: "makes a link that lets one person in",
  details: [
    "Send the link to your guest: it works for one person, and for 24 hours. The bot then asks the guest for an access",
    "token of their own Memos account.",
    "",
    "--account-of  lets the guest use the account of this Telegram user, who is bound already, and tells that user.",
    "              Both then use the same access token; memos of both are that account's.",
    "--json        prints code, url and expires_at.",
    "",
    "ALLOWED_USERS goes first: where it is set, the guest has to be on it too. Works beside a running memoferry.",
  ].join("\n"),
  options: { "account-of": { type: "string" }, json: { type: "boolean" } },
  positionals: { min: 0, max: 0 },
  async run(invocation) {
    const { terminal, options } = invocation;
    const given = options["account-of"];
    const accountOf = typeof given === "string" ? readTelegramId(given) : null;
    const config = commandSettings(invocation);
    const body = accountOf === null ? {} : { account_of: accountOf };
    const answer = await withApi(config, (call) => call("POST", "/api/v1/invitations", body));
    const invitation = answer as Invitation;
    terminal.print(options["json"] ? JSON.stringify(invitation, null, 2) : invitationText(invitation));
    if (config.allowedUsers !== null) {
      terminal.complain("ALLOWED_USERS is set: the bot answers your guest only if it names them too.");
    }
    return 0;
  },
};

function invitationText({ url, expires_at }: Invitation): string {
  return `${url}\nIt works for one person, until ${expires_at.slice(0, 16).replace("T", " ")} UTC.`;
}
