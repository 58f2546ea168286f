import { resolve } from "node:path";
import { AppError, messageOf } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";

/** What is wrong with a value. */
export const invalid = (problem: string) => new AppError("invalid", problem);

export const secret = (pattern: RegExp, problem: string) => (text: string) => {
  if (!pattern.test(text)) throw invalid(problem);
  return new Secret(text);
};

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

export const integerWithin = (lowest: number, highest: number) => (text: string) => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
  throw invalid(`must be a whole number from ${lowest} to ${highest}`);
};

export const oneOf =
  <const Word extends string>(...words: Word[]) =>
  (text: string): Word => {
    const word = words.find((candidate) => candidate === text.toLowerCase());
    if (word === undefined) throw invalid(`must be one of ${words.join(", ")}`);
    return word;
  };

/** Ids, and names in lower case without `@`, each once. */
export function userList(text: string): readonly string[] {
  const given = text.split(/\s*,\s*/).filter((entry) => entry !== "");
  // Only commas must not come to mean "everybody".
  if (given.length === 0) throw invalid("names nobody");
  // Names bought on Fragment can be as short as 4.
  const isWrong = given.some((entry) => !/^([1-9]\d{0,14}|@?[a-z]\w{3,31})$/i.test(entry));
  // Not shown: it may be a token in the wrong variable.
  if (isWrong) throw invalid("has an entry that is neither the id of a person nor a @username");
  return [...new Set(given.map((entry) => entry.replace("@", "").toLowerCase()))];
}

/** Trims spaces and one pair of quotes around a value, which Docker's `--env-file` keeps. Empty means none. */
export function clean(text: string | undefined): string {
  return (text ?? "")
    .trim()
    .replace(/^(["'])(.*)\1$/s, "$2")
    .trim();
}

export const fileForm = (name: string) => `${name}_FILE`;

/** In the system's words, without the path: `ENOENT: no such file or directory`. */
export const whyUnread = (error: unknown) => messageOf(error).split(", ")[0];
