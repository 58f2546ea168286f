// How a language's file is read: `{name}` stands for a value, plural forms are told apart by `{count}`, and `{messages}`
// stands for the entry of that name with the same count, so that not every sentence has to be there in all its forms.
import { english } from "./en.ts";

interface Plural {
  readonly other: string;
}

/** What the placeholders of a text need. */
type Names<S> = S extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends "messages" ? "count" : Name) | Names<Rest>
  : never;
type Params<Name extends string> = {
  readonly [N in Name]: N extends "count" ? number : string | number | Date;
};
type TextWith<Name extends string> = [Name] extends [never] ? string : (params: Params<Name>) => string;

/** An entry of the English file, as it is used: what has placeholders is called with their values. */
export type Text<E> = E extends string
  ? TextWith<Names<E>>
  : E extends Plural
    ? TextWith<Names<E["other"]> | "count">
    : { readonly [Key in keyof E]: Text<E[Key]> };

/** An entry of another language: plural forms may stand wherever there is a count, all or none. */
type Translated<E, Form extends string> = E extends string
  ? "count" extends Names<E>
    ? string | Readonly<Record<Form, string>>
    : string
  : E extends Plural
    ? string | Readonly<Record<Form, string>>
    : { readonly [Key in keyof E]: Translated<E[Key], Form> };

/** The count may be left out: some languages say "in the comments". */
type Needed<S> = Exclude<Names<S>, "count">;
type Checked<E, T> = E extends Plural
  ? Checked<E["other"], T>
  : T extends string
    ? [Needed<E>, Needed<T>] extends [Needed<T>, Needed<E>]
      ? T
      : { readonly placeholders: Needed<E> }
    : {
        readonly [Key in keyof T]: Checked<
          E extends string ? E : Key extends keyof E ? E[Key] : never,
          T[Key]
        >;
      };

/**
 * A language with those plural forms. A text, a form or a placeholder that is missing or wrong does not compile. In two
 * calls, since TypeScript infers nothing in a call that is given a type.
 */
export const translation =
  <Form extends Intl.LDMLPluralRule>() =>
  <const T extends Translated<typeof english, Form>>(texts: T & Checked<typeof english, T>): T =>
    texts;

export type Entry = string | { readonly [key: string]: Entry };
export type Catalogue = { readonly [key: string]: Entry } & { readonly messages: Entry };

type Values = Readonly<Record<string, string | number | Date>>;

/** The texts of a language, ready for use. */
export function read(language: string, catalogue: Catalogue): Text<typeof english> {
  // Made when it is needed first: five languages at the start would cost milliseconds, and most are never spoken.
  let rules: Intl.PluralRules | undefined;

  function form(entry: Entry, { count }: Values): Entry {
    if (typeof entry === "string") return entry;
    rules ??= new Intl.PluralRules(language);
    return entry[rules.select(Number(count))] ?? "";
  }

  const fill = (entry: Entry, values: Values): string =>
    String(form(entry, values)).replace(/\{(\w+)\}/g, (_, name: string) =>
      name === "messages" ? fill(catalogue.messages, values) : shown(values[name]),
    );

  function readEntry(source: Entry, entry: Entry): unknown {
    if (typeof source === "string" ? source.includes("{") : "other" in source) {
      return (values: Values) => fill(entry, values);
    }
    if (typeof source === "string" || typeof entry === "string") return entry;
    const texts = Object.entries(source).map(([key, of]) => [key, readEntry(of, entry[key] ?? of)]);
    return Object.fromEntries(texts);
  }

  // Each entry is read as the type says.
  return readEntry(english, catalogue) as Text<typeof english>;
}

const shown = (value: Values[string] | undefined) => (value instanceof Date ? minute(value) : String(value));

const minute = (time: Date) => `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
