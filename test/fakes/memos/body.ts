/** The JSON bodies that memoferry sends, and how Memos refuses what may be wrong in them. */
import { NotImitated } from "../not-imitated.ts";
import { invalid } from "./answers.ts";
import type { Features } from "./version.ts";

export type Body = Readonly<Record<string, unknown>>;

export const notImitated = (what: string) => new NotImitated("Memos", what);

/** Fields that memoferry sends to some release. Those of another release are passed over, but in a patch. */
const memoFields = [
  "content",
  "visibility",
  "createTime",
  "location",
  "attachments",
  "resources",
  "pinned",
  "state",
  "rowStatus",
];
export const attachmentFields = ["filename", "type", "memo", "content"];

/** Of a memo: what this release knows of it. Up to 0.23 a create takes no whole memo. */
export function memoBody(bytes: Uint8Array, features: Features): Body {
  const body = readBody(bytes, memoFields, "a memo");
  const { numbered, filesOnCreate, files, location } = features;
  const known = [
    "content",
    "visibility",
    ...(numbered ? [] : ["createTime"]),
    ...(location ? ["location"] : []),
    ...(filesOnCreate ? [files] : []),
  ];
  return only(body, known);
}

/** Of a patch: a field that this release does not know is refused. */
export function memoPatch(bytes: Uint8Array, features: Features): Body {
  const body = readBody(bytes, memoFields, "a memo");
  const state = features.rowStatus ? "rowStatus" : "state";
  const known = ["content", "visibility", "pinned", "createTime", state];
  for (const name of Object.keys(body)) {
    if (known.includes(name) || (name === "location" && features.location)) continue;
    throw invalid(`could not find field "${name}" in "memos.api.v1.Memo"`);
  }
  return body;
}

/** Throws for a field that memoferry does not send, and for half of a surrogate pair. */
export function readBody(bytes: Uint8Array, fields: readonly string[], what: string): Body {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const halfAt = loneSurrogate(text);
  if (halfAt !== undefined) {
    const next = JSON.stringify(text.slice(halfAt, halfAt + 6));
    throw invalid(`proto: syntax error (line 1:1): invalid escape code ${next} in string`);
  }
  const body = parsed(text);
  for (const name of Object.keys(body)) {
    if (!fields.includes(name)) throw notImitated(`${name} of ${what}`);
  }
  return body;
}

function parsed(text: string): Body {
  try {
    const body: unknown = JSON.parse(text);
    if (isObject(body)) return body;
  } catch {
    // Memos would tell what is wrong with it.
  }
  throw notImitated("a body that is no JSON object");
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function only(body: Body, known: readonly string[]): Body {
  return Object.fromEntries(Object.entries(body).filter(([name]) => known.includes(name)));
}

export function textOf(body: Body, field: string): string {
  const value = body[field] ?? "";
  if (typeof value !== "string") throw notImitated(`a ${field} that is no text`);
  return value;
}

/** The files of a list. Where they are numbered they have their uid beside. */
export function filesOf(body: Body, field: string): { name: string; uid: string }[] {
  const value = body[field] ?? [];
  if (!Array.isArray(value)) throw notImitated(`${field} that are no list`);
  return value.map((file: unknown) => {
    if (!isObject(file)) throw notImitated("a file that is no object");
    return { name: textOf(file, "name"), uid: textOf(file, "uid") };
  });
}

/** In whole seconds; undefined where the body has none. */
export function secondsOf(body: Body, field: string): number | undefined {
  const written = textOf(body, field);
  if (written === "") return undefined;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(written);
  const time = isTime ? Date.parse(written) : Number.NaN;
  if (!Number.isNaN(time)) return Math.floor(time / 1000);
  throw invalid(`proto: (line 1:1): invalid google.protobuf.Timestamp value ${JSON.stringify(written)}`);
}

/** Go's base64, with its padding. */
export function bytesOf(body: Body, field: string): Uint8Array {
  const written = textOf(body, field);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(written) || written.length % 4 !== 0) {
    throw invalid(`proto: (line 1:1): invalid value for bytes field ${field}: ${JSON.stringify(written)}`);
  }
  return new Uint8Array(Buffer.from(written, "base64"));
}

/** Offset of what follows a \u escape that is one half of a pair without the other. */
function loneSurrogate(text: string): number | undefined {
  for (const match of text.matchAll(/\\(?:u([0-9a-fA-F]{4})|[^u])/g)) {
    const unit = Number.parseInt(match[1] ?? "0", 16);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = /^\\u([dD][c-fC-F]..)/.exec(text.slice(match.index + 6, match.index + 12));
    const before = /\\u([dD][89abAB]..)$/.exec(text.slice(Math.max(match.index - 6, 0), match.index));
    if (unit < 0xdc00 ? !next : !before) return match.index + 6;
  }
  return undefined;
}
