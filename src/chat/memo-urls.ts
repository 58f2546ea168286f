import { isPrivateHost } from "../base/hosts.ts";
import type { Log } from "../base/log.ts";
import type { Texts } from "../locales/texts.ts";
import type { MemosClient, MemosServerInfo } from "../memos/client.ts";
import { accountName, type Binding } from "../store/accounts/bindings.ts";

/** Addresses of Memos for people, which can differ from MEMOS_URL. */
export function createMemoUrls(deps: {
  memos: Pick<MemosClient, "memoUrl"> & { known(): Pick<MemosServerInfo, "instanceUrl"> | null };
  memosUrl: string;
  memosPublicUrl: string | null;
}) {
  const { memos, memosUrl, memosPublicUrl } = deps;
  const base = () => memosPublicUrl ?? memos.known()?.instanceUrl ?? memosUrl;

  /**
   * Where people make an access token, in words, with its address where that works. `isKnown`: they are bound or
   * invited. Strangers are not told an address in a private network, unless it is MEMOS_PUBLIC_URL.
   */
  function tokenPlace(texts: Texts, { isKnown }: { readonly isKnown: boolean }): string {
    const url = base();
    const isForAll = memosPublicUrl !== null || !isPrivateHost(new URL(url).hostname);
    const isTold = (isKnown || isForAll) && linkTrouble(url) === null;
    return texts.inMemos({ at: isTold ? `${url} › ` : "" });
  }

  return {
    /** Null where Telegram would show no link. */
    memoUrl(name: string): string | null {
      const url = memos.memoUrl(base(), name);
      return linkWorks(url) ? url : null;
    },
    tokenPlace,
    /** Tells somebody that Memos refuses their access token, and where they make another one. */
    tokenDied: (texts: Texts, binding: Binding | undefined): string =>
      texts.tokenDied({
        account: binding ? accountName(binding) : "",
        place: tokenPlace(texts, { isKnown: binding !== undefined }),
      }),
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
