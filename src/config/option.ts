export type Environment = Record<string, string | undefined>;

/** What a default can depend on. */
export interface Outside {
  readonly env: Environment;
  readonly isTerminal: boolean;
  /** The text of a variable, from `NAME` or `NAME_FILE`. */
  given(name: string): string | undefined;
}

export interface OptionText<T> {
  readonly name: string;
  readonly description: string;
  /** A right value, shown with every problem: `parse` accepts it. */
  readonly example: string;
  /** Throws `BadValue`. What it throws for a secret must not hold the value. */
  parse(text: string): T;
  /** The value is kept in a `Secret` and no message, table or dump shows it. */
  readonly secret?: boolean;
  /** How the configuration table shows the default. */
  readonly defaultText?: string;
  show?(value: T): string;
}

export interface Option<T> extends OptionText<T> {
  readonly required: boolean;
  /** The text parsed when nothing is given; undefined is no value, `null` in the config. */
  fallback(outside: Outside): string | undefined;
}

export const required = <T>(option: OptionText<T>): Option<T> => ({
  ...option,
  required: true,
  fallback: () => undefined,
});

export const withDefault = <T>(
  text: string | ((outside: Outside) => string),
  option: OptionText<T>,
): Option<T> => ({
  ...(typeof text === "string" && { defaultText: `\`${text}\`` }),
  ...option,
  required: false,
  fallback: typeof text === "string" ? () => text : text,
});

export const optional = <T>(
  option: OptionText<T>,
  fallback: (outside: Outside) => string | undefined = () => undefined,
): Option<T | null> => ({ ...option, required: false, fallback }) as Option<T | null>;

/** What `parse` throws: a problem to be listed. `example` replaces the option's, except for a secret. */
export class BadValue extends Error {
  readonly example: string | undefined;

  constructor(problem: string, example?: string) {
    super(problem);
    this.example = example;
  }
}
