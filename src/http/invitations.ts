import { Elysia, t } from "elysia";
import { timeText } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { accepting } from "./accepting.ts";
import type { BindingDeps } from "./bindings.ts";
import type { Bodies } from "./bodies.ts";
import { telegramId } from "./schemas.ts";

const invitation = t.Object({ code: t.String(), url: t.String(), expires_at: t.String() });
export type Invitation = typeof invitation.static;

export interface InvitationDeps extends Pick<BindingDeps, "bindings"> {
  /** `accountOf`: the bound Telegram user whose account the guest shares; null: the guest brings an access token. */
  readonly invitations: { create(accountOf: number | null): { code: string; expires_at: number } };
  /** The Memos server that is spoken with. */
  readonly server: string;
  /** Asks Telegram where it was not asked yet. */
  bot(signal: AbortSignal): Promise<{ username?: string | undefined }>;
}

/** Whoever waits for an answer of the API does so no longer than this for Telegram. */
const ASK_TELEGRAM_MS = 10_000;

/** `POST /api/v1/invitations`; the body may be left out. Authentication is the root's. */
export function invitations({ bindings, invitations, server, bot }: InvitationDeps, { jsonIfAny }: Bodies) {
  return new Elysia({ tags: ["bindings"] }).onBeforeHandle(accepting("application/json")).post(
    "/api/v1/invitations",
    async ({ body: { account_of = null }, status }) => {
      const host = account_of === null ? null : bindings.get(account_of);
      if (host !== null && (host?.state !== "active" || host.server !== server)) {
        throw new AppError(
          "unprocessable",
          `The Telegram user ${account_of} has no access to an account in Memos right now: bind them first.`,
        );
      }
      const known = await bot(AbortSignal.timeout(ASK_TELEGRAM_MS)).catch(() => null);
      if (!known?.username) {
        throw new AppError(
          "unavailable",
          "Telegram has not told the bot's name yet, and the link needs it: let memoferry run until it has reached Telegram once.",
        );
      }
      // What the guest presses in the chat that it opens sends the code.
      const { code, expires_at } = invitations.create(account_of);
      const url = `https://t.me/${known.username}?start=${code}`;
      return status(201, { code, url, expires_at: timeText(expires_at) });
    },
    {
      parse: jsonIfAny,
      body: t.Object({ account_of: t.Optional(telegramId) }),
      response: { 201: invitation },
      detail: {
        summary: "Makes a link that lets one person in",
        requestBody: { required: false, content: { "application/json": {} } },
      },
    },
  );
}
