import { Elysia } from "elysia";
import { AppError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { json, noContent } from "./answer.ts";
import { type Check, readFields, readJson } from "./body.ts";
import { type Page, pageOf, readPage } from "./page.ts";
import { isTelegramId, telegramId } from "./telegram-id.ts";

const VISIBILITIES = ["PRIVATE", "PROTECTED", "PUBLIC"] as const;
export type Visibility = (typeof VISIBILITIES)[number];

const ACCESS_TOKEN_LIMIT = 4_096;
const TAGS_LIMIT = 20;
const TAG_LIMIT = 100;

/** A Telegram user joined to a Memos account, as the API shows it: without the access token. */
export interface Binding {
  telegram_id: number;
  server: string;
  account: string;
  display_name: string;
  /** The Telegram user name, without `@`. */
  username: string | null;
  /** Null follows the user's default in Memos. */
  visibility: Visibility | null;
  tags: string[];
  state: "active" | "paused";
  paused_reason: string | null;
  created_at: string;
  updated_at: string;
}

export interface NewBinding {
  telegram_id: number;
  access_token: Secret;
  visibility?: Visibility | null;
  tags?: string[];
}

/** Only the named fields change; never empty. */
export type BindingPatch = Partial<Omit<NewBinding, "telegram_id">>;

/** The bindings as this API needs them. */
export interface Bindings {
  /** Ordered by `telegram_id`. The limit is one more than the caller's, 201 at most. */
  list(page: Page): Binding[];
  get(telegramId: number): Binding | null;
  /** Throws `unprocessable` when Memos refuses the token, `unavailable` when Memos cannot be asked. */
  create(input: NewBinding): Promise<Binding>;
  /** Throws as `create` does, and `not_found` when the binding went away meanwhile. */
  update(telegramId: number, patch: BindingPatch): Promise<Binding>;
  /** False when there was none. */
  remove(telegramId: number): Promise<boolean>;
}

/** `/api/v1/bindings`. Authentication is the root's. */
export function bindings(store: Bindings) {
  const find = (telegramId: number): Binding => store.get(telegramId) ?? missing(telegramId);

  return new Elysia({ prefix: "/api/v1/bindings" })
    .get("/", ({ request }) => {
      const { limit, after } = readPage(request);
      const rows = store.list({ limit: limit + 1, after });
      return json(pageOf(rows, limit, (row) => row.telegram_id, view));
    })
    .post(
      "/",
      async ({ request }) => {
        const input = readFields(await readJson(request), {
          required: { telegram_id: telegramId, access_token: accessToken },
          optional: { visibility, tags },
        });
        const created = await store.create(input);
        const location = `/api/v1/bindings/${created.telegram_id}`;
        return json(view(created), { status: 201, headers: { location } });
      },
      { parse: "none" },
    )
    .get("/:telegram_id", ({ params }) => json(view(find(readId(params.telegram_id)))))
    .patch(
      "/:telegram_id",
      async ({ params, request }) => {
        const id = readId(params.telegram_id);
        const patch = readFields(await readJson(request), {
          required: {},
          optional: { access_token: accessToken, visibility, tags },
        });
        const current = find(id);
        return json(view(Object.keys(patch).length === 0 ? current : await store.update(id, patch)));
      },
      { parse: "none" },
    )
    .delete(
      "/:telegram_id",
      async ({ params }) => {
        const id = readId(params.telegram_id);
        if (!(await store.remove(id))) missing(id);
        return noContent();
      },
      { parse: "none" },
    );
}

function missing(telegramId: number): never {
  throw new AppError("not_found", `There is no binding of the Telegram user ${telegramId}.`);
}

/** Names what is shown: whatever else the store's object holds stays inside. */
function view(binding: Binding): Binding {
  return {
    telegram_id: binding.telegram_id,
    server: binding.server,
    account: binding.account,
    display_name: binding.display_name,
    username: binding.username,
    visibility: binding.visibility,
    tags: binding.tags,
    state: binding.state,
    paused_reason: binding.paused_reason,
    created_at: binding.created_at,
    updated_at: binding.updated_at,
  };
}

/** The id in a path; Elysia gives null for one with a broken percent-encoding. */
function readId(text: string | null): number {
  const id = Number(text);
  if (!/^\d+$/.test(text ?? "") || !isTelegramId(id)) {
    throw new AppError("invalid", "The telegram_id in the path must be a positive integer.");
  }
  return id;
}

const accessToken: Check<Secret> = (value, refuse) => {
  const token = typeof value === "string" ? value.trim() : "";
  if (token === "" || token.length > ACCESS_TOKEN_LIMIT) {
    return refuse(`a string of 1 to ${ACCESS_TOKEN_LIMIT} characters`);
  }
  // It travels in a header: with a line break inside, fetch would refuse it and repeat it in the error.
  if (!/^[\x21-\x7e]+$/.test(token)) return refuse("a token alone: ASCII without spaces or line breaks");
  return new Secret(token);
};

const visibility: Check<Visibility | null> = (value, refuse) =>
  value === null
    ? null
    : (VISIBILITIES.find((known) => known === value) ?? refuse(`one of ${VISIBILITIES.join(", ")}, or null`));

const tags: Check<string[]> = (value, refuse) => {
  if (!Array.isArray(value) || value.length > TAGS_LIMIT)
    return refuse(`an array of at most ${TAGS_LIMIT} strings`);
  return [...new Set(value.map((tag) => readTag(tag, refuse)))];
};

function readTag(value: unknown, refuse: (mustBe: string) => never): string {
  const tag = typeof value === "string" ? value.replace(/^#/, "") : "";
  const length = [...tag].length;
  if (length < 1 || length > TAG_LIMIT || /^#|[\s\p{Cc}\p{Cs}]/u.test(tag)) {
    return refuse(`tags of 1 to ${TAG_LIMIT} characters each, without spaces and with one # before at most`);
  }
  return tag;
}
