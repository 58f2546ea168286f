import { type TSchema, t } from "elysia";

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

/** Positive, and with at most 16 digits a number that JavaScript holds exactly. */
export const telegramIdText = numberText("^(?!0+$)(\\d{1,15}|[1-8]\\d{15})$", "must be a positive integer");

export const integerText = numberText("^-?\\d{1,15}$", "must be an integer");

function numberText(pattern: string, error: string) {
  return t.Transform(t.String({ pattern, error })).Decode(Number).Encode(String);
}

export const nullable = <Schema extends TSchema>(schema: Schema) => t.Union([schema, t.Null()]);

/** One of some words. Elysia's `t.UnionEnum` would make the first one the default (1.4.30). */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  const literals = words.map((word) => t.Literal(word));
  return t.Unsafe<Word>(t.Union(literals, { error: `must be one of ${words.join(", ")}` }));
}

/** What a list takes in its query. */
export const pageQuery = {
  limit: t.Optional(numberText("^0*([1-9]\\d?|1\\d\\d|200)$", "must be a number from 1 to 200")),
  cursor: t.Optional(
    t
      .Transform(
        t.String({
          pattern: "^after-\\d{1,16}$",
          error: "must be the `next` of an earlier answer, unchanged",
        }),
      )
      .Decode((text) => Number(text.slice("after-".length)))
      .Encode((key) => `after-${key}`),
  ),
};

const DEFAULT_LIMIT = 50;

/** At most `limit` rows, those whose key follows `after`. */
export interface Page {
  limit: number;
  after: number | null;
}

/** The answer of a list. It reads one row more than it shows: that one tells whether another page follows. */
export function readPage<Row, Shown>(
  query: { limit?: number; cursor?: number },
  rowsOf: (page: Page) => Row[],
  keyOf: (row: Row) => number,
  shown: (row: Row) => Shown,
): { items: Shown[]; next: string | null } {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const rows = rowsOf({ limit: limit + 1, after: query.cursor ?? null });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next = rows.length > limit && last !== undefined ? `after-${keyOf(last)}` : null;
  return { items: items.map(shown), next };
}

export const listOf = <Item extends TSchema>(item: Item) =>
  t.Object({ items: t.Array(item), next: nullable(t.String()) });

/** What is shown, as rows of the store have it: times in milliseconds. */
export type Untimed<Shown> = { [Name in keyof Shown]: Name extends `${string}_at` ? number : Shown[Name] };

/** What a schema shows of a row: of what else the row holds nothing, and times as text. */
export function shownAs<Schema extends TSchema & { properties: object }>(schema: Schema) {
  const names = Object.keys(schema.properties);
  return (row: Untimed<Schema["static"]> & object): Schema["static"] => {
    const values = row as Record<string, unknown>;
    const shown = names.map((name) => {
      const value = values[name];
      return [name, name.endsWith("_at") && typeof value === "number" ? timeText(value) : value];
    });
    return Object.fromEntries(shown);
  };
}

export const timeText = (ms: number) => new Date(ms).toISOString();
