import { AppError } from "../base/errors.ts";

/** One thing wrong: `variable` is what was set (`NAME`, `NAME_FILE` or `--env-file`). */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
}

/** Every problem of a configuration at once, a line each. Holds no value of a secret variable. */
export class ConfigError extends AppError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem }) => `  ${variable}: ${problem}`);
    super("invalid", ["The configuration cannot be used:", ...lines].join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}
