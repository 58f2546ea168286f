import { editDistance } from "../edit-distance.ts";
import { clean, fileForm } from "./given.ts";
import type { Environment } from "./option.ts";
import { optionNames } from "./table.ts";

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
  const ours = optionNames.flatMap((name) => [name, fileForm(name)]);
  const isGiven = (name: string) => clean(env[name]) !== "";
  const free = optionNames
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
