import { readFileSync } from "node:fs";
import type { Environment } from "./option.ts";
import type { ConfigProblem } from "./problems.ts";

/** Where the content of `NAME_FILE` comes from; `read` throws as `readFileSync` does. */
export interface Files {
  read(path: string): string;
}

export const systemFiles: Files = { read: (path) => readFileSync(path, "utf8") };

export interface Given {
  readonly text: string;
  readonly fromFile: boolean;
}

/** The text of every variable that is given; `unusable` are those with a problem already. */
export function readGiven(
  options: readonly { readonly name: string; readonly example: string }[],
  env: Environment,
  files: Files,
  problems: ConfigProblem[],
): { given: Map<string, Given>; unusable: Set<string> } {
  const given = new Map<string, Given>();
  const unusable = new Set<string>();
  for (const { name, example } of options) {
    const text = clean(env[name]);
    const path = clean(env[fileForm(name)]);
    const refuse = (variable: string, problem: string, right: string) => {
      unusable.add(name);
      problems.push({ variable, problem, example: right });
    };
    if (text && path) {
      refuse(name, `is given twice, also as ${fileForm(name)}: remove one of them`, example);
    } else if (text) {
      given.set(name, { text, fromFile: false });
    } else if (path) {
      const examplePath = `/run/secrets/${name.toLowerCase().replaceAll("_", "-")}`;
      try {
        const content = clean(files.read(path));
        if (content) given.set(name, { text: content, fromFile: true });
        else refuse(fileForm(name), "names an empty file", examplePath);
      } catch (error) {
        // The path stays unsaid: people also put the secret itself here.
        refuse(fileForm(name), `names a file that cannot be read: ${whyUnread(error)}`, examplePath);
      }
    }
  }
  return { given, unusable };
}

/** Trims spaces and one pair of quotes around a value, which Docker's `--env-file` keeps. Empty means none. */
export function clean(text: string | undefined): string {
  return (text ?? "")
    .trim()
    .replace(/^(["'])(.*)\1$/s, "$2")
    .trim();
}

export function fileForm(name: string): string {
  return `${name}_FILE`;
}

export function whyUnread(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "this user may not read it";
  if (code === "EISDIR") return "it is a folder";
  return typeof code === "string" ? code : "unknown error";
}
