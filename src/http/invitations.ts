import { Elysia } from "elysia";
import { json } from "./answer.ts";
import { readFields, readJson } from "./body.ts";
import { telegramId } from "./telegram-id.ts";

export interface Invitation {
  readonly code: string;
  readonly url: string;
  readonly expires_at: string;
}

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
    async ({ request }) => {
      const body = request.body === null ? {} : await readJson(request);
      const { account_of } = readFields(body, { required: {}, optional: { account_of: telegramId } });
      return json(await store.create(account_of ?? null), { status: 201 });
    },
    { parse: "none" },
  );
}
