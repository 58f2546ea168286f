import { AppError } from "./errors.ts";
import type { Bindings } from "./store/bindings.ts";
import type { Invitations } from "./store/invitations.ts";

/** A link that lets one person in, as the API and the command line give it. */
export interface Invitation {
  readonly code: string;
  /** Opens the chat with the bot; what the guest presses there sends the code. */
  readonly url: string;
  /** RFC 3339. */
  readonly expires_at: string;
}

export interface InviteDeps {
  readonly invitations: Pick<Invitations, "create">;
  readonly bindings: Pick<Bindings, "get">;
  /** The Memos server that is spoken with. */
  readonly server: string;
  /** @throws while Telegram does not tell. */
  readonly botUsername: () => Promise<string>;
}

/**
 * Makes an invitation. `accountOf`: the Telegram id of who shares their account with the guest; null: the guest brings
 * an access token.
 * @throws AppError "unprocessable" when that person has no account to share, "unavailable" while Telegram has not told
 * the bot's name, which the link needs.
 */
export async function invite(deps: InviteDeps, accountOf: number | null): Promise<Invitation> {
  const { invitations, bindings, server } = deps;
  if (accountOf !== null) {
    const host = bindings.get(accountOf);
    if (!host)
      throw new AppError("unprocessable", `The Telegram user ${accountOf} is not bound to an account.`);
    if (host.state === "paused" || host.server !== server) {
      throw new AppError(
        "unprocessable",
        `The Telegram user ${accountOf} has no access to Memos right now: bind them anew first.`,
      );
    }
  }
  const username = await deps.botUsername().catch((cause) => {
    const why =
      "Telegram has not told the bot's name yet, and the link needs it: let memoferry run until it has reached Telegram once.";
    throw new AppError("unavailable", why, { cause });
  });
  const { code, expires_at } = invitations.create(accountOf);
  return {
    code,
    url: `https://t.me/${username}?start=${code}`,
    expires_at: new Date(expires_at).toISOString(),
  };
}
