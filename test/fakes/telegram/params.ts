import { notImitated } from "./called.ts";
import { badRequest } from "./errors.ts";
import { decodeJson, isObject, topLevelFields } from "./json.ts";

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
export async function readParams(query: string, type: string, body: Buffer): Promise<Params> {
  const values: Record<string, string> = {};
  const files = new Map<string, Upload>();
  const add = (name: string, value: string) => {
    if (!Object.hasOwn(values, name)) values[name] = value;
  };
  for (const [name, value] of new URLSearchParams(query)) add(name, value);
  if (type === "application/json") {
    const text = body.toString("utf8");
    if (!isObject(decodeJson(text))) throw notImitated("a body that is no JSON object");
    for (const [name, value] of topLevelFields(text)) add(name, value);
  } else if (type.startsWith("multipart/form-data")) {
    for (const [name, part] of await new Response(body, { headers: { "Content-Type": type } }).formData()) {
      if (typeof part === "string") add(name, part);
      else files.set(name, { fileName: part.name, mimeType: part.type, bytes: await part.bytes() });
    }
  } else if (body.length > 0) throw notImitated(`a body of type ${type}`);
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
