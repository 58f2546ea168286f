import { type Catalogue, read, type Text } from "./catalogue.ts";
import { german } from "./de.ts";
import { english } from "./en.ts";
import { spanish } from "./es.ts";
import { russian } from "./ru.ts";
import { chinese } from "./zh.ts";

/** The languages there are texts in, in the order in which they are offered. */
export const CATALOGUE = { en: english, de: german, ru: russian, zh: chinese, es: spanish };

export type Language = keyof typeof CATALOGUE;
export const LANGUAGES = namesIn(CATALOGUE);

/** The commands that are offered, in the order in which Telegram lists them. */
export const COMMANDS = namesIn(english.commands);
export const GROUP_COMMANDS = namesIn(english.groupCommands);

/** What a person can set in the chat. */
export const SETTING_NAMES = namesIn(english.settings);
export type SettingName = (typeof SETTING_NAMES)[number];

/** What those who administer a group can set for it. */
export const CHAT_SETTING_NAMES = namesIn(english.chatSettings);
export type ChatSettingName = (typeof CHAT_SETTING_NAMES)[number];

/** Why a message was given up, where somebody can do something about it. */
export type FailureReason = keyof typeof english.failures;

/** The texts of one language. */
export interface Texts extends Text<typeof english> {
  readonly language: Language;
  /** A date as people of that language write it, by the clocks that they go by. */
  day(date: Date): string;
  /** A day of the week: 1 is Monday. */
  weekday(day: number): string;
  /** A moment, in ms since 1970, by the same clocks. */
  moment(ms: number): string;
}

const made = new Map<string, Texts>();

/** The texts of a language; dates in them are in the time zone of this machine, or in another one. */
export function textsIn(language: Language, zone: string | null = null): Texts {
  const key = `${language} ${zone}`;
  const known = made.get(key);
  if (known) return known;
  const entries: Catalogue = CATALOGUE[language];
  const timeZone = zone ?? undefined;
  const day = (date: Date) => date.toLocaleDateString(language, { dateStyle: "medium", timeZone });
  const moment = (ms: number) =>
    new Date(ms).toLocaleString(language, { dateStyle: "full", timeStyle: "short", timeZone });
  const weekday = (day: number) =>
    new Date(Date.UTC(2024, 0, day)).toLocaleDateString(language, { weekday: "short", timeZone: "UTC" });
  const own = { language, day, weekday, moment };
  const texts = { ...(zone === null ? read(language, entries) : textsIn(language)), ...own };
  made.set(key, texts);
  return texts;
}

function namesIn<T extends object>(entries: T): readonly (keyof T)[] {
  return Object.keys(entries) as (keyof T)[];
}

/** The language for an IETF tag such as `pt-br`; null where there are no texts in it. */
export function languageOf(tag: unknown): Language | null {
  if (typeof tag !== "string") return null;
  const primary = tag.toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.find((language) => language === primary) ?? null;
}

/** The texts for a person, at the moment of writing. */
export type TextsFor = (telegramId: number | null) => Texts;

interface Speaker {
  /** Their choice, perhaps of a version that has more languages. */
  readonly language: string | null;
  readonly telegram_language: string | null;
  readonly time_zone?: string | null;
}

/** Their own choice, else the language of their Telegram, else English. `spoken`: by who may not be bound. */
export function textsOf(binding: Speaker | undefined, spoken?: unknown): Texts {
  const { language, telegram_language, time_zone } = binding ?? {};
  return textsIn(languageOf(language) ?? languageOf(telegram_language ?? spoken) ?? "en", time_zone);
}
