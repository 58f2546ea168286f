import { isPrivateHost } from "../base/hosts.ts";
import type { Log } from "../base/log.ts";
import type { Texts } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";

/** Where people find Memos: not always where we do. */
export function createMemoUrls(deps: {
  memos: Pick<MemosClient, "memoUrl" | "known">;
  memosUrl: string;
  memosPublicUrl: string | null;
}) {
  const { memos, memosUrl, memosPublicUrl } = deps;
  const base = () => memosPublicUrl ?? memos.known()?.instanceUrl ?? memosUrl;

  return {
    /** Null where Telegram would show no link. */
    memoUrl(name: string): string | null {
      const url = memos.memoUrl(base(), name);
      return linkWorks(url) ? url : null;
    },
    /** Where people make an access token, in words: its address only where it is for everybody to know, and works. */
    tokenPlace(texts: Texts): string {
      const url = base();
      // Strangers are told, too: where a home network has its servers is not for them, unless somebody made it public.
      const isTold = memosPublicUrl === null ? !isPrivateHost(new URL(url).hostname) : linkWorks(url);
      return texts.inMemos({ at: isTold ? `${url} › ` : "" });
    },
    /** Says in the log what keeps links from working. */
    warn(log: Log): void {
      const mend = linkTrouble(base());
      if (mend !== null) log.warn("links to memos do not work in the chat", { base: base(), mend });
    },
  };
}

/** Telegram drops links to hosts without a dot, and refuses buttons with them: then no link is given at all. */
export function linkWorks(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname.includes(".") || hostname.startsWith("[");
}

/** What the admin should do so that links to memos work, where they do not. */
export function linkTrouble(base: string): string | null {
  const { hostname } = new URL(base);
  if (/^(\[::1?\]|127\.|localhost$)/.test(hostname)) {
    return `${base} is this machine only: set MEMOS_PUBLIC_URL to where your phone finds Memos`;
  }
  if (linkWorks(base)) return null;
  return `Telegram shows no link to ${hostname}: set MEMOS_PUBLIC_URL to a name with a dot, or an address`;
}
