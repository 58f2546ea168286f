import { Elysia, t } from "elysia";
import { AppError } from "../base/errors.ts";
import { SCOPES, type Scope } from "../domain/scope.ts";
import { accepting } from "./accepting.ts";
import type { Bodies } from "./bodies.ts";
import { answering } from "./problem.ts";
import { noContent, oneOf, type Page, pageQuery, shownAs, telegramId, type Untimed } from "./schemas.ts";

/** A named token: never the token itself. */
const token = t.Object({
  name: t.String(),
  scope: oneOf(SCOPES),
  /** Of `capture`: for whom. */
  telegram_id: t.Nullable(t.Number()),
  created_at: t.String(),
  /** To the minute. */
  used_at: t.Nullable(t.String()),
});
export type NamedToken = typeof token.static;

export type TokenRow = Untimed<NamedToken> & { id: number };

const { shown, list, page } = shownAs(token, ({ id }: TokenRow) => id);

const added = t.Object({ ...token.properties, token: t.String() });
export type AddedToken = typeof added.static;

const tokenName = t.String({
  pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
  error:
    "must be a name of 1 to 64 letters, digits, dots, dashes and underscores that begins with a letter or digit",
});

export interface TokenDeps {
  readonly tokens: {
    add(name: string, scope: Scope, telegramId: number | null): (TokenRow & { token: string }) | null;
    list(page: Page): TokenRow[];
    revoke(name: string): boolean;
    find(token: string): TokenRow | undefined;
  };
}

/** `/api/v1/tokens`. Authentication is the root's. */
export function tokens({ tokens }: TokenDeps, { json }: Bodies) {
  return new Elysia({ prefix: "/api/v1/tokens", tags: ["tokens"] })
    .onBeforeHandle(accepting("application/json"))
    .get("/", ({ query }) => page(query, tokens.list), {
      query: t.Object(pageQuery),
      response: list,
      detail: { summary: "Lists the named tokens, and when each was used last" },
    })
    .post(
      "/",
      ({ body: { name, scope, telegram_id = null }, set, status }) => {
        if ((scope === "capture") !== (telegram_id !== null)) {
          throw new AppError(
            "unprocessable",
            "A token of the scope capture is for one person, whom telegram_id (--for) names; one of another scope is for nobody.",
          );
        }
        const made = tokens.add(name, scope, telegram_id);
        if (!made) throw new AppError("conflict", `There is a token ${name} already: revoke it first.`);
        set.headers["location"] = `/api/v1/tokens/${name}`;
        return status(201, { ...shown(made), token: made.token });
      },
      {
        parse: json,
        body: t.Object({ name: tokenName, scope: oneOf(SCOPES), telegram_id: t.Optional(telegramId) }),
        response: { 201: added, ...answering("conflict") },
        detail: { summary: "Makes a named token, which is shown this once" },
      },
    )
    .delete(
      "/:name",
      ({ params: { name } }) => {
        if (!tokens.revoke(name)) throw new AppError("not_found", `There is no token ${name}.`);
        return noContent();
      },
      {
        params: t.Object({ name: tokenName }),
        response: { 204: t.Void() },
        detail: { summary: "Revokes a token at once" },
      },
    );
}
