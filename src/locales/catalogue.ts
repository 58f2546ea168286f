// How a language's file is read: `{name}` stands for a value, `{message|messages}` for the form that the count asks for,
// and `{messages}` for the entry of that name with the same count.
import { english } from "./en.ts";

/** What stands in braces in a text. */
type Braces<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Braces<Rest> : never;
type Forms<S> = Extract<Braces<S>, `${string}|${string}`>;
/** What the placeholders of a text need. */
type Names<S> =
  | Exclude<Braces<S>, "messages" | Forms<S>>
  | (Extract<Braces<S>, "messages" | Forms<S>> extends never ? never : "count");
type Params<Name extends string> = {
  readonly [N in Name]: N extends "count" ? number : string | number | Date;
};

/** An entry of the English file, as it is used: what has placeholders is called with their values. */
export type Text<E> = E extends string
  ? [Names<E>] extends [never]
    ? string
    : (params: Params<Names<E>>) => string
  : { readonly [Key in keyof E]: Text<E[Key]> };

type Translated<E> = E extends string ? string : { readonly [Key in keyof E]: Translated<E[Key]> };

/** One sign for each form but the first. */
type Bars<S> = S extends `${string}|${infer Rest}` ? `|${Bars<Rest>}` : "";
type BarsOf<F> = F extends string ? Bars<F> : never;
/** The count may be left out: some languages say "in the comments". */
type Needed<S> = Exclude<Names<S>, "count">;
type Checked<E, T, Plural> = T extends string
  ? [Needed<E>, Needed<T>, BarsOf<Forms<T>>] extends [Needed<T>, Needed<E>, Bars<Plural>]
    ? T
    : { readonly placeholders: Needed<E>; readonly forms: Plural }
  : { readonly [Key in keyof T]: Checked<Key extends keyof E ? E[Key] : never, T[Key], Plural> };

/** A text, a form or a placeholder that is missing or wrong does not compile. */
export const translation = <const T extends Translated<typeof english>>(
  texts: T & Checked<typeof english, T, T["plural"]>,
): T => texts;

export type Entry = string | { readonly [key: string]: Entry };
export type Catalogue = { readonly [key: string]: Entry } & {
  readonly plural: string;
  readonly messages: string;
};

type Values = Readonly<Record<string, string | number | Date>>;

/** The texts of a language, ready for use. */
export function read(language: string, catalogue: Catalogue): Text<typeof english> {
  // Made when it is needed first: five languages at the start would cost milliseconds, and most are never spoken.
  let rules: Intl.PluralRules | undefined;
  const categories = catalogue.plural.split("|");

  function form(forms: readonly string[], count: Values[string] | undefined): string {
    rules ??= new Intl.PluralRules(language);
    const found = forms[categories.indexOf(rules.select(Number(count)))] ?? "";
    return found.replace("#", String(count));
  }

  const fill = (text: string, values: Values): string =>
    text.replace(/\{([^{}]+)\}/g, (_, name: string) => {
      if (name.includes("|")) return form(name.split("|"), values["count"]);
      return name === "messages" ? fill(catalogue.messages, values) : shown(values[name]);
    });

  function readEntry(source: Entry, entry: Entry): unknown {
    if (typeof source === "string" || typeof entry === "string")
      return `${source}`.includes("{") ? (values: Values) => fill(`${entry}`, values) : entry;
    const texts = Object.entries(source).map(([key, of]) => [key, readEntry(of, entry[key] ?? of)]);
    return Object.fromEntries(texts);
  }

  // Each entry is read as the type says.
  return readEntry(english, catalogue) as Text<typeof english>;
}

const shown = (value: Values[string] | undefined) => (value instanceof Date ? minute(value) : String(value));

const minute = (time: Date) => `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
