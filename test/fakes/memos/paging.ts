/** Pages as the memo lists have them: the token is a small protobuf of limit and offset, in base64. */
import { invalid } from "./answers.ts";
import { type Call, intParameter, parameter } from "./call.ts";

const largestPage = 1000;

export interface Page {
  limit: number;
  offset: number;
}

/** The token's limit counts, not the one given beside it. */
export function pageOf(call: Call): Page {
  const size = intParameter(call, "pageSize") ?? 0;
  const token = parameter(call, "pageToken") ?? "";
  if (token !== "") return decode(token);
  return { limit: size > 0 ? Math.min(size, largestPage) : call.features.defaultPageSize, offset: 0 };
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
  const broken = token.length % 4 === 0 ? token.search(/[^A-Za-z0-9+/=]/) : token.length - (token.length % 4);
  if (broken >= 0) {
    throw invalid(
      `invalid page token: failed to decode page token: illegal base64 data at input byte ${broken}`,
    );
  }
  const bytes = [...Buffer.from(token, "base64")];
  const fields: Record<number, number> = {};
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.shift();
      if (byte === undefined) throw unreadable();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const unreadable = () =>
    invalid(
      "invalid page token: failed to unmarshal page token: proto: cannot parse invalid wire-format data",
    );
  while (bytes.length > 0) {
    const tag = number();
    if ((tag & 7) !== 0 || tag >> 3 === 0) throw unreadable();
    fields[tag >> 3] = number();
  }
  return { limit: fields[1] ?? 0, offset: fields[2] ?? 0 };
}
