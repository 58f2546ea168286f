import { Elysia, t } from "elysia";
import { AppError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import { TAG, TAGS_LIMIT } from "../domain/tags.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { accepting } from "./accepting.ts";
import type { Bodies } from "./bodies.ts";
import {
  noContent,
  oneOf,
  type Page,
  pageQuery,
  shownAs,
  telegramId,
  telegramIdText,
  type Untimed,
} from "./schemas.ts";

/** A Telegram user joined to a Memos account: never with the access token. */
const binding = t.Object({
  telegram_id: t.Number(),
  server: t.String(),
  account: t.String(),
  display_name: t.String(),
  /** Whose account it is, who invited them; null: their own, by an access token that they brought. */
  guest_of: t.Nullable(t.Number()),
  /** The Telegram user name, without `@`. */
  username: t.Nullable(t.String()),
  /** Null follows the user's default in Memos. */
  visibility: t.Nullable(oneOf(VISIBILITIES)),
  tags: t.Array(t.String()),
  state: oneOf(["active", "paused"]),
  paused_reason: t.Nullable(t.String()),
  created_at: t.String(),
  updated_at: t.String(),
});
export type Binding = typeof binding.static;

export type BindingRow = Untimed<Binding>;

const { shown, list, page } = shownAs(binding, ({ telegram_id }: BindingRow) => telegram_id);

// It travels in a header: with a line break inside, fetch would refuse it and repeat it in the error.
const accessToken = t
  .Transform(
    t.String({
      pattern: "^[ \\t\\r\\n]*[\\x21-\\x7e]{1,4096}[ \\t\\r\\n]*$",
      error: "must be a string of 1 to 4096 characters: a token alone, ASCII without spaces or line breaks",
    }),
  )
  .Decode((text) => new Secret(text.trim()))
  .Encode((token) => token.reveal());

const visibility = t.Optional(
  t.Union([oneOf(VISIBILITIES), t.Null()], { error: `must be one of ${VISIBILITIES.join(", ")}, or null` }),
);

const tagList = t.Array(t.RegExp(TAG), { maxItems: TAGS_LIMIT });

const tags = t.Optional(
  t
    .Transform(
      t.Union([tagList, t.Null()], {
        error: `must be at most ${TAGS_LIMIT} tags or null; each is 1 to 100 letters, digits, symbols, _, -, / or &, with one # before at most: to-do, not to.do`,
      }),
    )
    .Decode((given) => [...new Set(given?.map((tag) => tag.replace(/^#/, "")))])
    .Encode((all) => all),
);

const newBinding = t.Object({ telegram_id: telegramId, access_token: accessToken, visibility, tags });
type NewBinding = typeof newBinding.static;

/** RFC 7396: what is not named stays, and null takes away: then the visibility is as in Memos, and no tags are added. */
const patch = t.Object({ access_token: t.Optional(accessToken), visibility, tags });

export interface BindingDeps {
  readonly bindings: {
    list(page: Page): BindingRow[];
    get(telegramId: number): BindingRow | undefined;
    update(telegramId: number, settings: Omit<typeof patch.static, "access_token">): BindingRow | undefined;
  };
  /** Anew if need be. Throws `unprocessable` when Memos refuses the token, `unavailable` when Memos cannot be asked. */
  bind(input: NewBinding): Promise<BindingRow>;
  unbind(telegramId: number): unknown;
}

/** `/api/v1/bindings`. Authentication is the root's. */
export function bindings({ bindings, bind, unbind }: BindingDeps, { json }: Bodies) {
  return new Elysia({ prefix: "/api/v1/bindings", tags: ["bindings"] })
    .onBeforeHandle(accepting("application/json"))
    .get("/", ({ query }) => page(query, bindings.list), {
      query: t.Object(pageQuery),
      response: list,
      detail: { summary: "Lists who is bound, by Telegram id" },
    })
    .post(
      "/",
      async ({ body, set, status }) => {
        const created = shown(await bind(body));
        set.headers["location"] = `/api/v1/bindings/${created.telegram_id}`;
        return status(201, created);
      },
      {
        parse: json,
        body: newBinding,
        response: { 201: binding },
        detail: { summary: "Binds a Telegram user to a Memos account, or anew, after asking Memos" },
      },
    )
    .guard({ params: t.Object({ telegram_id: telegramIdText }) })
    .resolve(({ params: { telegram_id } }) => {
      const row = bindings.get(telegram_id);
      if (row) return { row };
      throw new AppError("not_found", `There is no binding of the Telegram user ${telegram_id}.`);
    })
    .get("/:telegram_id", ({ row }) => shown(row), {
      response: binding,
      detail: { summary: "Shows one binding" },
    })
    .patch(
      "/:telegram_id",
      async ({ row, row: { telegram_id }, body: { access_token, ...settings } }) => {
        if (access_token) return shown(await bind({ telegram_id, access_token, ...settings }));
        return shown(bindings.update(telegram_id, settings) ?? row);
      },
      {
        parse: json,
        body: patch,
        response: binding,
        detail: { summary: "Changes what is named: null follows Memos (visibility), or takes all (tags)" },
      },
    )
    .delete(
      "/:telegram_id",
      ({ row }) => {
        unbind(row.telegram_id);
        return noContent();
      },
      { response: { 204: t.Void() }, detail: { summary: "Unbinds, and tells the person" } },
    );
}
