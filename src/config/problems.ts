import { AppError } from "../errors.ts";

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
