import { resolve } from "node:path";
import { AppError, codeOf } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";

/** What is wrong with a value. */
export const invalid = (problem: string) => new AppError("invalid", problem);

export interface AllowedUsers {
  readonly ids: readonly number[];
  /** Lower case, without `@`. */
  readonly usernames: readonly string[];
}

export function secret(pattern: RegExp, problem: string): (text: string) => Secret {
  return (text) => {
    if (!pattern.test(text)) throw invalid(problem);
    return new Secret(text);
  };
}

/** An http or https URL; never repeats what it refuses, since that may hold a password. */
export function httpUrl(text: string): URL {
  if (!/^https?:\/\//i.test(text)) throw invalid("must begin with http:// or https://, nothing else works");
  if (!URL.canParse(text)) throw invalid("is not a URL");
  return new URL(text);
}

/** A URL that paths can be appended to. */
export function baseUrl(text: string): string {
  const url = httpUrl(text);
  if (url.username || url.password) throw invalid("must not hold a user name or password");
  if (url.search || url.hash) throw invalid("must not have a query (?) or fragment (#)");
  return url.origin + url.pathname.replace(/\/+$/, "");
}

export function absolutePath(text: string): string {
  if (text.startsWith("~")) throw invalid("begins with ~, which only a shell knows");
  return resolve(text);
}

export function integer(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < lowest || value > highest) {
      throw invalid(`must be a whole number from ${lowest} to ${highest}`);
    }
    return value;
  };
}

export function oneOf<const Word extends string>(...words: Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text.toLowerCase());
    if (word === undefined) throw invalid(`must be one of ${words.join(", ")}`);
    return word;
  };
}

export function userList(text: string): AllowedUsers {
  const ids = new Set<number>();
  const usernames = new Set<string>();
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const name = entry.replace(/^@/, "").toLowerCase();
    if (/^[1-9]\d{0,14}$/.test(entry)) ids.add(Number(entry));
    // Names bought on Fragment can be as short as 4.
    else if (/^[a-z][a-z0-9_]{3,31}$/.test(name)) usernames.add(name);
    else {
      // A long one may be a token in the wrong variable.
      const shown = entry.length <= 20 ? `"${entry}"` : `of ${entry.length} characters`;
      throw invalid(`has the entry ${shown}, neither the id of a person nor a @username`);
    }
  }
  // Only commas must not come to mean "everybody".
  if (ids.size + usernames.size === 0) throw invalid("names nobody");
  return { ids: [...ids], usernames: [...usernames] };
}

/** Trims spaces and one pair of quotes around a value, which Docker's `--env-file` keeps. Empty means none. */
export function clean(text: string | undefined): string {
  return (text ?? "")
    .trim()
    .replace(/^(["'])(.*)\1$/s, "$2")
    .trim();
}

export const fileForm = (name: string) => `${name}_FILE`;

export function whyUnread(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "this user may not read it";
  if (code === "EISDIR") return "it is a folder";
  return code ?? "unknown error";
}
