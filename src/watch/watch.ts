import type { WatchedAccount } from "../domain/changed.ts";
import type { MemosEvent } from "../memos/client.ts";
import { createSource, type Source, type SourceDeps } from "./source.ts";

/** Bun has 256 requests under way at most, and all others wait for one of them to end. Who has no stream is looked at by the time. */
const MOST_STREAMS = 100;

export type Watch = ReturnType<typeof createWatch>;

/** Tells when something may have changed in Memos for each account of which somebody wants to know. */
export function createWatch(deps: Omit<SourceDeps, "streams">) {
  const sources = new Map<number, Source>();
  const streams = { free: MOST_STREAMS };

  return {
    /** Watches these accounts from now on, and no others. One whose token is another person's now begins anew. */
    follow(wanted: readonly WatchedAccount[]): void {
      for (const [account, source] of sources) {
        const now = wanted.find((one) => one.account === account);
        if (now?.telegram_id === source.telegram_id && now.name === source.name) continue;
        source.end();
        sources.delete(account);
      }
      for (const one of wanted) {
        if (!sources.has(one.account)) sources.set(one.account, createSource({ ...deps, streams }, one));
      }
    },
    /** Something came for the account, or somebody of it did something. */
    stirred: (account: number): void => sources.get(account)?.stir(),
    /** Somebody's webhook tells an event of a memo of `creator`: for who is not told by the stream. */
    told(creator: string, event: MemosEvent): void {
      for (const source of sources.values()) {
        if (source.isLive) continue;
        if (source.name === creator) source.hear(event);
        // A comment, or a memo that mentions somebody, may be for any of them.
        else if (event.type.endsWith(".created")) source.gatherFor(event.type);
      }
    },
    back(): void {
      for (const source of sources.values()) source.back();
    },
    /** How many accounts are watched, and of how many the events come in. */
    counts: () => ({
      accounts: sources.size,
      by_events: [...sources.values()].filter(({ isLive }) => isLive).length,
    }),
  };
}
