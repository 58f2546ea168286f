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
  const forms = entries.map(({ name }) => [name, fileForm(name)]);
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
  return alias ? alias + suffix : ours.find((known) => isOneSlip(name, known));
}

/** Whether one letter added, dropped, replaced or swapped with its neighbour, or none, makes one text the other. */
function isOneSlip(a: string, b: string): boolean {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const isSameAfter = (inA: number, inB: number) => a.slice(at + inA) === b.slice(at + inB);
  const isSwapped = a[at] === b[at + 1] && a[at + 1] === b[at] && isSameAfter(2, 2);
  return isSameAfter(1, 0) || isSameAfter(0, 1) || isSameAfter(1, 1) || isSwapped;
}
