/** Objects as they travel: keys in the order in which they are sent. */
export type JsonObject = Record<string, unknown>;

/** JSON text that is sent as it is. Keeps an update's bytes the same in every answer. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Writes JSON the way the Bot API server does: ASCII only, everything else as `\uXXXX`, `/` unescaped. */
export function encodeJson(value: unknown): string {
  const text = value instanceof RawJson ? value.text : JSON.stringify(value);
  return text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The decoded value, or undefined for text that is no JSON. */
export function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A deep copy, so that nobody can change what was already sent. */
export function copyOf<T>(value: T): T {
  return structuredClone(value);
}

/** Deep equality in which the order of keys counts for nothing. */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1))) : inner,
  );
}

/** A copy without the keys whose value is undefined. */
export function compact(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/**
 * Reads the top-level fields of a JSON body as the server does: strings by their value, anything else by its
 * raw text (so `null` is the string "null"). At the first fault it stops and keeps what it read before.
 */
export function topLevelFields(text: string): [string, string][] {
  const fields: [string, string][] = [];
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return fields;
  at = skipSpace(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = endOfValue(text, at);
    const key = decodeJson(text.slice(at, keyEnd));
    if (typeof key !== "string") return fields;
    at = skipSpace(text, keyEnd);
    if (text[at] !== ":") return fields;
    at = skipSpace(text, at + 1);
    const valueEnd = endOfValue(text, at);
    const raw = text.slice(at, valueEnd);
    const value = decodeJson(raw);
    if (value === undefined) return fields;
    fields.push([key, typeof value === "string" ? value : raw]);
    at = skipSpace(text, valueEnd);
    if (text[at] !== ",") return fields;
    at = skipSpace(text, at + 1);
  }
  return fields;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  return at;
}

function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const c = text.charAt(at);
    if (c === '"') {
      at++;
      while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    } else if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") {
      if (depth === 0) return at;
      depth--;
    } else if (depth === 0 && (c === "," || c === ":")) return at;
    at++;
    if (depth === 0 && (c === '"' || c === "}" || c === "]")) return at;
  }
  return at;
}
