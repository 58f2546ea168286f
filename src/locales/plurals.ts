/** The languages there are texts in. */
export const LANGUAGES = ["en", "de", "ru", "zh", "es"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The plural forms of each language, by CLDR: a form that is not given fails to compile. */
interface Forms {
  en: "one" | "other";
  de: "one" | "other";
  ru: "one" | "few" | "many" | "other";
  zh: "other";
  es: "one" | "many" | "other";
}

/** Returns what picks the form for a count, with the count in place of each `#`. */
export function createPlurals<L extends Language>(
  language: L,
): (count: number, forms: Readonly<Record<Forms[L], string>>) => string {
  // Made when it is needed first: five languages at the start would cost milliseconds, and most are never spoken.
  let rules: Intl.PluralRules | undefined;
  return (count, forms) => {
    rules ??= new Intl.PluralRules(language);
    const form = rules.select(count);
    const all: Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> = forms;
    return (all[form] ?? all.other ?? "").replaceAll("#", String(count));
  };
}

/** A date as people of that language write it, in the time zone of this machine. */
export function createDays(language: Language): (date: Date) => string {
  let format: Intl.DateTimeFormat | undefined;
  return (date) => {
    format ??= new Intl.DateTimeFormat(language === "zh" ? "zh-Hans" : language, { dateStyle: "medium" });
    return format.format(date);
  };
}

export const minute = (time: Date) => `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
