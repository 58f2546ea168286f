import type { Check } from "./body.ts";

export function isTelegramId(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

export const telegramId: Check<number> = (value, refuse) =>
  isTelegramId(value) ? value : refuse("a positive integer, at most 9007199254740991");
