import { type Environment, entries } from "./settings.ts";
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

/** Variables that are close to one of ours which isn't given: whoever gives both means something else. */
export function findMisspelt(env: Environment): { readonly written: string; readonly meant: string }[] {
  const isGiven = (name: string) => clean(env[name]) !== "";
  const forms = entries.map(([, { name }]) => [name, fileForm(name)]);
  const ours = forms.flat();
  const free = forms.filter((both) => !both.some(isGiven)).flat();
  return Object.keys(env).flatMap((written) => {
    if (ours.includes(written) || !isGiven(written)) return [];
    const meant = meantBy(written.toUpperCase().replace(/^MEMOFERRY_/, ""), ours);
    return meant !== undefined && free.includes(meant) ? [{ written, meant }] : [];
  });
}

function meantBy(name: string, ours: readonly string[]): string | undefined {
  const [, base = "", suffix = ""] = /^(.*?)(_FILE)?$/.exec(name) ?? [];
  const alias = ALIASES[base];
  if (alias) return alias + suffix;
  // Two slips only in long names that begin alike: SMTP_HOST is not HTTP_HOST, GIT_TOKEN not BOT_TOKEN.
  const mayHaveTwo = (known: string) => known.length >= 10 && known[0] === name[0];
  return (
    ours.find((known) => isWithin(1, name, known)) ??
    ours.find((known) => mayHaveTwo(known) && isWithin(2, name, known))
  );
}

/** Whether one text becomes the other by so many letters added, dropped, replaced or swapped with their neighbour. */
function isWithin(slips: number, a: string, b: string): boolean {
  if (slips < 0) return false;
  if (a === "" || b === "") return a.length + b.length <= slips;
  if (a[0] === b[0]) return isWithin(slips, a.slice(1), b.slice(1));
  return (
    isWithin(slips - 1, a.slice(1), b) ||
    isWithin(slips - 1, a, b.slice(1)) ||
    isWithin(slips - 1, a.slice(1), b.slice(1)) ||
    (a[0] === b[1] && a[1] === b[0] && isWithin(slips - 1, a.slice(2), b.slice(2)))
  );
}
