import type { Log } from "../base/log.ts";
import type { Texts } from "../locales/texts.ts";
import type { MemosClient, MemosServerInfo } from "../memos/client.ts";
import { tokensHaveOwnPage } from "../memos/token-hints.ts";
import { isForEverybody, linkTrouble, linkWorks } from "./notices/links.ts";

/** Where people find Memos: not always where we do. */
export interface MemoUrls {
  /** Null where Telegram would show no link. */
  memoUrl(name: string): string | null;
  /** Where people make an access token, in words: its address only where it is for everybody to know, and works. */
  tokenPlace(texts: Texts): string;
  /** Says in the log what keeps links from working. */
  warn(log: Log): void;
}

export function createMemoUrls(deps: {
  memos: Pick<MemosClient, "memoUrl">;
  memosUrl: string;
  memosPublicUrl: string | null;
  /** Null until Memos was asked once. */
  info: () => MemosServerInfo | null;
}): MemoUrls {
  const { memos, memosUrl, memosPublicUrl, info } = deps;
  const base = () => memosPublicUrl ?? info()?.instanceUrl ?? memosUrl;

  /** Strangers are told, too: what nobody made public is not for them. */
  function isToldToAll(url: string): boolean {
    return memosPublicUrl === null ? isForEverybody(url) : linkWorks(url);
  }

  return {
    memoUrl(name) {
      const url = memos.memoUrl(base(), name);
      return linkWorks(url) ? url : null;
    },
    tokenPlace(texts) {
      const url = base();
      const version = info()?.version;
      const ownPage = version === undefined || tokensHaveOwnPage(version);
      const menu = ownPage ? texts.tokenMenu : texts.tokenMenuBefore30;
      return isToldToAll(url) ? texts.inMemosAt({ url, menu }) : texts.inMemos({ menu });
    },
    warn(log) {
      const mend = linkTrouble(base(), memosPublicUrl);
      if (mend !== null) log.warn("links to memos do not work in the chat", { base: base(), mend });
    },
  };
}
