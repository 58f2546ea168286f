import type { Environment } from "./setting.ts";
import { entries } from "./table.ts";
import { clean, fileForm } from "./values.ts";

/** Names that people bring along, mostly from Memogram. */
const ALIASES: Record<string, string> = {
  TELEGRAM_TOKEN: "BOT_TOKEN",
  TELEGRAM_BOT_TOKEN: "BOT_TOKEN",
  TELEGRAM_API_TOKEN: "BOT_TOKEN",
  TG_TOKEN: "BOT_TOKEN",
  TG_BOT_TOKEN: "BOT_TOKEN",
  SERVER_ADDR: "MEMOS_URL",
  MEMOS_HOST: "MEMOS_URL",
  MEMOS_SERVER: "MEMOS_URL",
  MEMOS_BASE_URL: "MEMOS_URL",
  MEMOS_API_URL: "MEMOS_URL",
  BOT_PROXY_ADDR: "TELEGRAM_API_URL",
  ALLOWED_USERNAMES: "ALLOWED_USERS",
  ALLOWED_USER_IDS: "ALLOWED_USERS",
};

export interface Misspelt {
  readonly written: string;
  readonly meant: string;
}

/** Variables that are close to one of ours which isn't given: whoever gives both means something else. */
export function findMisspelt(env: Environment): Misspelt[] {
  const names = entries.map(([, { name }]) => name);
  const ours = names.flatMap((name) => [name, fileForm(name)]);
  const isGiven = (name: string) => clean(env[name]) !== "";
  const free = names
    .filter((name) => !isGiven(name) && !isGiven(fileForm(name)))
    .flatMap((name) => [name, fileForm(name)]);
  return Object.keys(env)
    .filter((written) => isGiven(written) && !ours.includes(written))
    .flatMap((written) => {
      const meant = meantBy(written);
      return meant !== undefined && free.includes(meant) ? [{ written, meant }] : [];
    });

  function meantBy(written: string): string | undefined {
    const name = written.toUpperCase().replace(/^MEMOFERRY_/, "");
    const suffix = name.endsWith("_FILE") ? "_FILE" : "";
    const alias = ALIASES[name.slice(0, name.length - suffix.length)];
    if (alias) return alias + suffix;
    // Two slips only in long names that begin alike: SMTP_HOST is not HTTP_HOST, GIT_TOKEN not BOT_TOKEN.
    return ours
      .map((known) => ({ known, slips: editDistance(name, known) }))
      .filter(({ known, slips }) => slips <= (known.length >= 10 && known[0] === name[0] ? 2 : 1))
      .sort((a, b) => a.slips - b.slips)[0]?.known;
  }
}

/** Letters to add, drop, replace or swap with their neighbour (Damerau-Levenshtein, optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const at = (line: number[], index: number) => line[index] ?? Number.POSITIVE_INFINITY;
      const replaced = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
          ? at(beforeLast, column - 2) + 1
          : replaced;
      current.push(Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
