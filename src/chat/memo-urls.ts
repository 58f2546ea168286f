import type { Log } from "../base/log.ts";
import type { TokenPlace } from "../locales/texts.ts";
import type { MemosClient, MemosServerInfo } from "../memos/client.ts";
import { tokensHaveOwnPage } from "../memos/token-hints.ts";
import { isForEverybody, linkTrouble, linkWorks } from "./notices/links.ts";

/** Where people find Memos: not always where we do. */
export interface MemosPlace {
  /** Null where Telegram would show no link. */
  memoUrl(name: string): string | null;
  tokenPlace(): TokenPlace;
  /** Says in the log what keeps links from working. */
  warn(log: Log): void;
}

export function createMemosPlace(deps: {
  memos: Pick<MemosClient, "memoUrl">;
  memosUrl: string;
  memosPublicUrl: string | null;
  /** Null until Memos was asked once. */
  info: () => MemosServerInfo | null;
}): MemosPlace {
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
    tokenPlace() {
      const url = base();
      const version = info()?.version;
      return {
        url: isToldToAll(url) ? url : null,
        ownPage: version === undefined || tokensHaveOwnPage(version),
      };
    },
    warn(log) {
      const mend = linkTrouble(base(), memosPublicUrl);
      if (mend !== null) log.warn("links to memos do not work in the chat", { base: base(), mend });
    },
  };
}
