import { notImitated } from "./called.ts";
import { badRequest } from "./errors.ts";
import { BareStatus, type HttpRequest, maxParameterBytes } from "./http.ts";
import { decodeJson, topLevelFields } from "./json.ts";

export interface Upload {
  fileName: string;
  mimeType: string;
  bytes: Uint8Array;
}

/** The parameters of one call. Every value is text; a missing one is "". */
export interface Params {
  readonly values: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, Upload>;
  text(name: string): string;
  /** Clamped into the range; text that is no number counts as 0, a missing one as `fallback`. */
  integer(name: string, fallback: number, min: number, max: number): number;
  flag(name: string): boolean;
  /** Undefined when missing; `error` is the complaint about text that is no JSON. */
  json(name: string, error: string): unknown;
}

/** Merges query string and body. The first with a name wins, so the query string beats the body. */
export function readParams(request: HttpRequest): Params {
  const values: Record<string, string> = {};
  const files = new Map<string, Upload>();
  let size = 0;
  const add = (name: string, value: string) => {
    size += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (size > maxParameterBytes) throw new BareStatus(413);
    if (!Object.hasOwn(values, name)) values[name] = value;
  };
  for (const [name, value] of new URLSearchParams(request.query)) add(name, value);

  const type = request.headers.get("content-type") ?? "";
  const kind = type.split(";", 1)[0]?.trim().toLowerCase();
  if (kind === "application/json") {
    for (const [name, value] of topLevelFields(request.body.toString("utf8"))) add(name, value);
  } else if (kind === "multipart/form-data") {
    for (const part of partsOf(request.body, type)) {
      if (part.fileName === undefined) add(part.name, part.bytes.toString("utf8"));
      else if (!files.has(part.name)) {
        files.set(part.name, { fileName: part.fileName, mimeType: part.mimeType, bytes: part.bytes });
      }
    }
  } else if (request.body.length > 0) throw notImitated(`a body of type ${kind}`);
  return paramsOf(values, files);
}

export function paramsOf(
  values: Record<string, string>,
  files: ReadonlyMap<string, Upload> = new Map(),
): Params {
  const text = (name: string) => (Object.hasOwn(values, name) ? (values[name] ?? "") : "");
  return {
    values,
    files,
    text,
    integer(name, fallback, min, max) {
      const raw = text(name);
      const value = raw === "" ? fallback : Math.trunc(toInteger(raw));
      return Math.min(Math.max(value, min), max);
    },
    flag: (name) => /^\s*(true|yes|1)\s*$/i.test(text(name)),
    json(name, error) {
      const raw = text(name);
      if (raw === "") return undefined;
      const value = decodeJson(raw);
      if (value === undefined) throw badRequest(error);
      return value;
    },
  };
}

/** The integer at the start of a text, 0 without one. */
export function toInteger(text: string): number {
  const digits = /^\s*-?\d+/.exec(text);
  return digits ? Number(digits[0]) : 0;
}

interface Part {
  name: string;
  fileName: string | undefined;
  mimeType: string;
  bytes: Buffer;
}

function partsOf(body: Buffer, contentType: string): Part[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!boundary || boundary.length > 70) throw new BareStatus(400);
  const mark = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = body.indexOf(mark);
  while (at >= 0) {
    const start = at + mark.length;
    if (body.subarray(start, start + 2).toString("latin1") === "--") return parts;
    const end = body.indexOf(Buffer.concat([Buffer.from("\r\n"), mark]), start);
    if (end < 0) throw new BareStatus(400);
    parts.push(partOf(body.subarray(start + 2, end)));
    at = end + 2;
  }
  throw new BareStatus(400);
}

function partOf(raw: Buffer): Part {
  const headEnd = raw.indexOf("\r\n\r\n");
  if (headEnd < 0) throw new BareStatus(400);
  const head = raw.subarray(0, headEnd).toString("utf8");
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? "";
  const name = /[;\s]name="((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1];
  if (name === undefined) throw new BareStatus(400);
  return {
    name,
    fileName: /filename="((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1],
    mimeType: /^content-type:\s*([^\s;]+)/im.exec(head)?.[1] ?? "application/octet-stream",
    bytes: raw.subarray(headEnd + 4),
  };
}
