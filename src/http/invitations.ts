import { Elysia, t } from "elysia";
import { readJson } from "./body.ts";
import { telegramId } from "./schemas.ts";

const invitation = t.Object({ code: t.String(), url: t.String(), expires_at: t.String() });
export type Invitation = typeof invitation.static;

/** Invitations as this API needs them. */
export interface Invitations {
  /**
   * `accountOf`: the bound Telegram user whose account the guest shares; null: the guest brings an access token. Throws
   * `unprocessable` when there is no such account, `unavailable` while the bot's name is not known.
   */
  create(accountOf: number | null): Promise<Invitation>;
}

/** `POST /api/v1/invitations`; the body may be left out. Authentication is the root's. */
export function invitations(store: Invitations) {
  return new Elysia().post(
    "/api/v1/invitations",
    async ({ body, status }) => status(201, await store.create(body.account_of ?? null)),
    {
      parse: (context) => (context.request.body === null ? {} : readJson(context)),
      body: t.Object({ account_of: t.Optional(telegramId) }),
      response: { 201: invitation },
    },
  );
}
