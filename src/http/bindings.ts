import { Elysia, t } from "elysia";
import { AppError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { readJson } from "./body.ts";
import {
  listOf,
  nullable,
  oneOf,
  type Page,
  pageQuery,
  readPage,
  telegramId,
  telegramIdText,
} from "./schemas.ts";

/** A Telegram user joined to a Memos account: never with the access token. */
const binding = t.Object({
  telegram_id: t.Number(),
  server: t.String(),
  account: t.String(),
  display_name: t.String(),
  /** The Telegram user name, without `@`. */
  username: nullable(t.String()),
  /** Null follows the user's default in Memos. */
  visibility: nullable(oneOf(VISIBILITIES)),
  tags: t.Array(t.String()),
  state: oneOf(["active", "paused"]),
  paused_reason: nullable(t.String()),
  created_at: t.String(),
  updated_at: t.String(),
});
export type Binding = typeof binding.static;

// It travels in a header: with a line break inside, fetch would refuse it and repeat it in the error.
const accessToken = t
  .Transform(
    t.String({
      pattern: "^\\s*[\\x21-\\x7e]{1,4096}\\s*$",
      error: "must be a string of 1 to 4096 characters: a token alone, ASCII without spaces or line breaks",
    }),
  )
  .Decode((text) => new Secret(text.trim()))
  .Encode((token) => token.reveal());

const visibility = t.Optional(
  t.Union([oneOf(VISIBILITIES), t.Null()], { error: `must be one of ${VISIBILITIES.join(", ")}, or null` }),
);

const tags = t.Optional(
  t
    .Transform(
      t.Array(t.RegExp(/^#?[^#\s\p{Cc}\p{Cs}][^\s\p{Cc}\p{Cs}]{0,99}$/u), {
        maxItems: 20,
        error:
          "must be at most 20 tags of 1 to 100 characters each, without spaces and with one # before at most",
      }),
    )
    .Decode((given) => [...new Set(given.map((tag) => tag.replace(/^#/, "")))])
    .Encode((all) => all),
);

const newBinding = t.Object({ telegram_id: telegramId, access_token: accessToken, visibility, tags });
export type NewBinding = typeof newBinding.static;

const patch = t.Object({ access_token: t.Optional(accessToken), visibility, tags });
export type BindingPatch = typeof patch.static;

/** The bindings as this API needs them. */
export interface Bindings {
  /** Ordered by `telegram_id`. */
  list(page: Page): Binding[];
  get(telegramId: number): Binding | null;
  /** Throws `unprocessable` when Memos refuses the token, `unavailable` when Memos cannot be asked. */
  create(input: NewBinding): Promise<Binding>;
  /** Changes the named fields. Throws as `create` does, and `not_found` when the binding went away meanwhile. */
  update(telegramId: number, patch: BindingPatch): Promise<Binding>;
  /** False when there was none. */
  remove(telegramId: number): boolean;
}

/** `/api/v1/bindings`. Authentication is the root's. */
export function bindings(store: Bindings) {
  const one = { params: t.Object({ telegram_id: telegramIdText }) };
  const find = (telegramId: number) => store.get(telegramId) ?? missing(telegramId);

  return new Elysia({ prefix: "/api/v1/bindings" })
    .get("/", ({ query }) => readPage(query, store.list, (row) => row.telegram_id), {
      query: t.Object(pageQuery),
      response: listOf(binding),
    })
    .post(
      "/",
      async ({ body, set, status }) => {
        const created = await store.create(body);
        set.headers["location"] = `/api/v1/bindings/${created.telegram_id}`;
        return status(201, created);
      },
      { parse: readJson, body: newBinding, response: { 201: binding } },
    )
    .get("/:telegram_id", ({ params }) => find(params.telegram_id), { ...one, response: binding })
    .patch(
      "/:telegram_id",
      ({ params, body }) => {
        const current = find(params.telegram_id);
        return Object.keys(body).length === 0 ? current : store.update(current.telegram_id, body);
      },
      { ...one, parse: readJson, body: patch, response: binding },
    )
    .delete(
      "/:telegram_id",
      ({ params, status }) => {
        if (!store.remove(params.telegram_id)) missing(params.telegram_id);
        return status(204, undefined);
      },
      { ...one, parse: "none", response: { 204: t.Void() } },
    );
}

function missing(telegramId: number): never {
  throw new AppError("not_found", `There is no binding of the Telegram user ${telegramId}.`);
}
