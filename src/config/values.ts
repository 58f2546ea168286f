import { resolve } from "node:path";
import { AppError, codeOf } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";

/** What is wrong with a value. */
export const invalid = (problem: string) => new AppError("invalid", problem);

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

export function integerWithin(lowest: number, highest: number): (text: string) => number {
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

/** Ids, and names in lower case without `@`, each once. */
export function userList(text: string): readonly string[] {
  const given = text.split(/\s*,\s*/).filter((entry) => entry !== "");
  // Only commas must not come to mean "everybody".
  if (given.length === 0) throw invalid("names nobody");
  // Names bought on Fragment can be as short as 4.
  const wrong = given.find((entry) => !/^([1-9]\d{0,14}|@?[a-z]\w{3,31})$/i.test(entry));
  if (wrong === undefined) return [...new Set(given.map((entry) => entry.replace("@", "").toLowerCase()))];
  // A long one may be a token in the wrong variable.
  const shown = wrong.length <= 20 ? `"${wrong}"` : `of ${wrong.length} characters`;
  throw invalid(`has the entry ${shown}, neither the id of a person nor a @username`);
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
