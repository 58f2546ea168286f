import type { Terminal } from "./terminal.ts";

/** One word of the command line. */
export interface Command {
  readonly name: string;
  /** What stands behind the name in `help`: `<telegram id> [--token-file F]`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The rest of what `help <name>` says. */
  readonly details: string;
  /** Options it takes; `--env-file PATH` goes with all of them. */
  readonly options: Readonly<Record<string, { readonly type: "string" | "boolean" }>>;
  /** How many words it takes. */
  readonly positionals: { readonly min: number; readonly max: number };
  /** Said in place of the word itself when there is one too many: it may be a secret. */
  readonly tooMany?: string;
  /** Returns the exit code. @throws AppError or ConfigError for what `cli.ts` tells and turns into a code. */
  run(invocation: Invocation): Promise<number>;
}

export interface Invocation {
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly terminal: Terminal;
}
