import { AppError } from "../errors.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** At most `limit` rows, those whose key follows `after`. */
export interface Page {
  limit: number;
  after: number | null;
}

/** Reads `?limit=` and `?cursor=`. Throws 400 for a bad one. */
export function readPage(request: Request): Page {
  // The base serves requests without a Host header, whose URL is only a path.
  const { searchParams } = new URL(request.url, "http://localhost");
  return { limit: readLimit(searchParams.get("limit")), after: readCursor(searchParams.get("cursor")) };
}

/** The answer of a list. Give it the rows of a page whose limit was one larger: the surplus one shows that more follow. */
export function pageOf<Row, Item>(
  rows: Row[],
  limit: number,
  keyOf: (row: Row) => number,
  view: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : null;
  return { items: shown.map(view), next };
}

function readLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MAX_LIMIT) {
    throw new AppError("invalid", `limit must be a number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

function writeCursor(key: number): string {
  return Buffer.from(`after:${key}`).toString("base64url");
}

function readCursor(text: string | null): number | null {
  if (text === null) return null;
  const key = Number(/^after:(\d+)$/.exec(Buffer.from(text, "base64url").toString())?.[1]);
  if (!Number.isSafeInteger(key) || writeCursor(key) !== text) {
    throw new AppError("invalid", "cursor must be the `next` of an earlier answer, unchanged.");
  }
  return key;
}
