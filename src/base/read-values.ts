/** Reads single values of what others have sent: any of them may be missing, or be something else. */

/** A text; empty for everything else. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** A whole number that JavaScript holds exactly; null for everything else. */
export const integerOf = (value: unknown): number | null =>
  Number.isSafeInteger(value) ? (value as number) : null;

export const isObject = <T>(value: T): value is T & object => typeof value === "object" && value !== null;

/** The objects in a list; empty for what is none. */
export const listOf = <T>(value: readonly T[] | undefined): readonly T[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
