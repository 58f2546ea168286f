import type { Texts } from "../locales/texts.ts";

/** The texts that are shown as the answer to a press: Telegram allows 200 characters there, which a test checks. */
export const ALERTS = [
  "alreadySettled",
  "guestsLeave",
  "listTooOld",
  "noLongerKept",
  "notAllowed",
  "notBound",
  "notYours",
  "separateRetired",
  "staysElsewhere",
  "strandedRetired",
  "tokenShown",
  "unbindFirst",
] as const satisfies readonly (keyof Texts)[];
export type Alert = (typeof ALERTS)[number];

/** An alert in the words for a person. */
export function alertIn(texts: Texts, alert: Alert, telegramId: number): string {
  const text = texts[alert];
  return typeof text === "string" ? text : text({ id: telegramId });
}
