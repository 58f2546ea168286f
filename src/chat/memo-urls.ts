import type { Log } from "../base/log.ts";
import type { Texts } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";
import { tokensHaveOwnPage } from "../memos/token-hints.ts";
import { isForEverybody, linkTrouble, linkWorks } from "./notices/links.ts";

/** Where people find Memos: not always where we do. */
export function createMemoUrls(deps: {
  memos: Pick<MemosClient, "memoUrl" | "known">;
  memosUrl: string;
  memosPublicUrl: string | null;
}) {
  const { memos, memosUrl, memosPublicUrl } = deps;
  const base = () => memosPublicUrl ?? memos.known()?.instanceUrl ?? memosUrl;

  /** Strangers are told, too: what nobody made public is not for them. */
  function isToldToAll(url: string): boolean {
    return memosPublicUrl === null ? isForEverybody(url) : linkWorks(url);
  }

  return {
    /** Null where Telegram would show no link. */
    memoUrl(name: string): string | null {
      const url = memos.memoUrl(base(), name);
      return linkWorks(url) ? url : null;
    },
    /** Where people make an access token, in words: its address only where it is for everybody to know, and works. */
    tokenPlace(texts: Texts): string {
      const url = base();
      const version = memos.known()?.version;
      const ownPage = version === undefined || tokensHaveOwnPage(version);
      const menu = ownPage ? texts.tokenMenu : texts.tokenMenuBefore30;
      return isToldToAll(url) ? texts.inMemosAt({ url, menu }) : texts.inMemos({ menu });
    },
    /** Says in the log what keeps links from working. */
    warn(log: Log): void {
      const mend = linkTrouble(base(), memosPublicUrl);
      if (mend !== null) log.warn("links to memos do not work in the chat", { base: base(), mend });
    },
  };
}
