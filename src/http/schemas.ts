import { type TSchema, t } from "elysia";
import { timeText } from "../base/clock.ts";

/** 204. Elysia's own has an empty text, which Deno takes for a body. */
export const noContent = () => new Response(null, { status: 204 });

/**
 * `error` of a field says what it must be, for people. Numbers are `t.Number`: Elysia's `t.Integer` takes "42" for 42
 * in a body (1.4.30). In paths and queries all is text, which the pattern checks and `Decode` turns into a number.
 */
export const telegramId = t.Number({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  multipleOf: 1,
  error: `must be a positive integer, at most ${Number.MAX_SAFE_INTEGER}`,
});

export const integer = t.Number({
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  multipleOf: 1,
  error: "must be an integer",
});

/** Positive, and with at most 16 digits a number that JavaScript holds exactly. */
export const telegramIdText = numberText(
  "^(?!0+$)([0-9]{1,15}|[1-8][0-9]{15})$",
  "must be a positive integer",
);

export const integerText = numberText("^-?([0-9]{1,15}|[1-8][0-9]{15})$", "must be an integer");

/** Of a body that may be a form, which has it as text. */
export const telegramIdInForm = t.Union([telegramId, telegramIdText], {
  error: "must be a positive integer",
});

function numberText(pattern: string, error: string) {
  return t.Transform(t.String({ pattern, error })).Decode(Number).Encode(String);
}

/**
 * Of a form (`jsonOrForm`), where nothing else can be under this name: Elysia's `t.Files` would have it read all arrays of
 * the body from text, and drop their `error` (1.4.30).
 */
export const formFiles = (maxItems: number) =>
  t.Optional(
    t.Unsafe<File[]>(
      t.Array(t.Any({ type: "string", format: "binary" }), {
        maxItems,
        error: `must be at most ${maxItems} files`,
      }),
    ),
  );

export const idempotencyKey = t.Optional(
  t.String({ minLength: 1, maxLength: 255, error: "must be a string of 1 to 255 characters" }),
);

/** One of some words. Elysia's `t.UnionEnum` would make the first one the default (1.4.30). */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  const literals = words.map((word) => t.Literal(word));
  return t.Unsafe<Word>(t.Union(literals, { error: `must be one of ${words.join(", ")}` }));
}

export const pageQuery = {
  limit: t.Optional(numberText("^0*([1-9][0-9]?|1[0-9][0-9]|200)$", "must be a number from 1 to 200")),
  cursor: t.Optional(numberText("^[0-9]{1,16}$", "must be the `next` of an earlier answer, unchanged")),
};

const DEFAULT_LIMIT = 50;

/** At most `limit` rows, those whose key follows `after`. */
export interface Page {
  limit: number;
  after: number | null;
}

/** What is shown, as rows of the store have it: times in milliseconds. */
export type Untimed<Shown> = {
  [Name in keyof Shown]: Name extends `${string}_at` ? number | Exclude<Shown[Name], string> : Shown[Name];
};

/** What a schema shows of a row: of what else the row holds nothing, and times as text. Lists are in order of a key. */
export function shownAs<
  Schema extends TSchema & { properties: object },
  Row extends Untimed<Schema["static"]> & object,
>(schema: Schema, keyOf: (row: Row) => number) {
  const names = Object.keys(schema.properties);
  const shown = (row: Row): Schema["static"] => {
    const values = row as Record<string, unknown>;
    const textOf = (name: string, value: unknown) =>
      name.endsWith("_at") && typeof value === "number" ? timeText(value) : value;
    return Object.fromEntries(names.map((name) => [name, textOf(name, values[name])]));
  };
  return {
    shown,
    list: t.Object({ items: t.Array(schema), next: t.Nullable(t.String()) }),
    /** The answer of a list. It reads one row more than it shows: that one tells whether another page follows. */
    page(query: { limit?: number; cursor?: number }, rowsOf: (page: Page) => Row[]) {
      const { limit = DEFAULT_LIMIT, cursor: after = null } = query;
      const rows = rowsOf({ limit: limit + 1, after });
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      return { items: rows.slice(0, limit).map(shown), next: last ? String(keyOf(last)) : null };
    },
  };
}
