export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field of an object within; undefined where there is none. */
export function within(object: JsonObject, outer: string, inner: string): unknown {
  const value = object[outer];
  return isObject(value) ? value[inner] : undefined;
}
