/** Pages as the memo lists have them: the token is a small protobuf of limit and offset, in base64. */
import { notImitated } from "./body.ts";
import type { Call } from "./call.ts";

const largestPage = 1000;

export interface Page {
  limit: number;
  offset: number;
}

/** The token's limit counts, not the one given beside it. */
export function pageOf({ query }: Call): Page {
  const token = query.get("pageToken");
  if (token) return decode(token);
  const size = Number(query.get("pageSize"));
  if (!Number.isInteger(size) || size <= 0) throw notImitated(`the page size ${query.get("pageSize")}`);
  return { limit: Math.min(size, largestPage), offset: 0 };
}

export function cut<T>(rows: T[], page: Page): { rows: T[]; nextPageToken: string } {
  const end = page.offset + page.limit;
  return {
    rows: rows.slice(page.offset, end),
    nextPageToken: rows.length > end ? encode({ limit: page.limit, offset: end }) : "",
  };
}

function encode(page: Page): string {
  return Buffer.from([8, ...varint(page.limit), 16, ...varint(page.offset)]).toString("base64");
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function decode(token: string): Page {
  const bytes = Buffer.from(token, "base64");
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) throw notImitated(`the page token ${token}`);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  number();
  const limit = number();
  number();
  return { limit, offset: number() };
}
