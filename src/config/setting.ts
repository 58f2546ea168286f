import { AppError } from "../base/errors.ts";

export type Environment = Record<string, string | undefined>;

/** One setting of the table. */
export interface Setting {
  readonly name: string;
  readonly description: string;
  /** A right value, shown with every problem: `parse` accepts it. */
  readonly example: string;
  /** Throws `BadValue`. What it throws for a secret must not hold the value. */
  parse(text: string): unknown;
  /** Missing is a problem. */
  readonly required?: true;
  /** The text parsed when nothing is given. Without it, or where it gives none, the value is `null`. */
  readonly fallback?: string | ((outside: Outside) => string | undefined);
  /** How the configuration table shows the default, where that is not the text of `fallback`. */
  readonly defaultText?: string;
  /** The value is kept in a `Secret` and no message, table or dump shows it. */
  readonly secret?: true;
  show?(value: never): string;
}

/** What a default can depend on. */
export interface Outside {
  readonly env: Environment;
  readonly isTerminal: boolean;
  /** The value of `TELEGRAM_API_URL`; undefined when it is wrong itself. */
  readonly telegramApiUrl: string | undefined;
}

/** What `parse` throws: a problem to be listed. `example` replaces the setting's, except for a secret. */
export class BadValue extends Error {
  readonly example: string | undefined;

  constructor(problem: string, example?: string) {
    super(problem);
    this.example = example;
  }
}

/** One thing wrong: `variable` is what was set (`NAME`, `NAME_FILE` or `--env-file`), `example` a right value. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
  readonly example: string;
}

/** Every problem of a configuration at once, a line each. Holds no value of a secret variable. */
export class ConfigError extends AppError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(
      ({ variable, problem, example }) => `  ${variable}: ${problem} (example: ${example})`,
    );
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    super("invalid", [`The configuration has ${count}:`, ...lines].join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}
