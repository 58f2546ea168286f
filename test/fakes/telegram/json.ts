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

/** A deep copy, so that nobody can change what was already sent. Of plain values: structuredClone takes far longer. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, copyOf(inner)])) as T;
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

/** The top-level fields of a JSON body: strings by their value, anything else by its text (so `null` is "null"). */
export function topLevelFields(text: string): [string, string][] {
  const body = decodeJson(text);
  if (!isObject(body)) return [];
  return Object.entries(body).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
}
