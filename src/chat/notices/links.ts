import { isPrivateHost } from "../../base/hosts.ts";

/** Telegram drops links to hosts without a dot, and refuses buttons with them: then no link is given at all. */
export function linkWorks(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname.includes(".") || hostname.startsWith("[");
}

/**
 * What the admin should do so that links to memos work, where they do not.
 * @param given MEMOS_PUBLIC_URL, where it is set.
 */
export function linkTrouble(base: string, given: string | null): string | null {
  const { hostname } = new URL(base);
  if (!linkWorks(base)) {
    const mend =
      given === null ? "set MEMOS_PUBLIC_URL" : "set MEMOS_PUBLIC_URL to a name with a dot, or an address";
    return `Telegram shows no link to such a host (${hostname}): ${mend}`;
  }
  if (!isThisMachine(hostname)) return null;
  return `${base} is this machine only: set MEMOS_PUBLIC_URL to where your phone finds Memos`;
}

const isThisMachine = (hostname: string) => /^(\[::1?\]|127\.|localhost$)/.test(hostname);

/** Whether an address leads somewhere for everybody: where a home network has its servers is not for strangers. */
export const isForEverybody = (url: string) => linkWorks(url) && !isPrivateHost(new URL(url).hostname);
