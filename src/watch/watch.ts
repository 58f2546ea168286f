import type { WatchedAccount } from "../domain/changed.ts";
import type { MemosEvent } from "../memos/client.ts";
import { createSource, type Source, type SourceDeps } from "./source.ts";

export type Watch = ReturnType<typeof createWatch>;

/** Tells when something may have changed in Memos for each account of which somebody wants to know. */
export function createWatch(deps: SourceDeps) {
  const sources = new Map<number, Source>();

  return {
    /** From now on of these accounts. One that goes on to be watched with another's token begins anew. */
    follow(wanted: readonly WatchedAccount[]): void {
      for (const [account, source] of sources) {
        const isWanted = wanted.some(
          (one) => one.account === account && one.telegram_id === source.telegram_id,
        );
        if (isWanted) continue;
        source.end();
        sources.delete(account);
      }
      for (const one of wanted) {
        if (!sources.has(one.account)) sources.set(one.account, createSource(deps, one));
      }
    },
    /** Something came for the account, or somebody of it did something. */
    stirred: (account: number): void => sources.get(account)?.stir(),
    told: (account: number, event: MemosEvent): void => sources.get(account)?.hear(event),
    back(): void {
      for (const source of sources.values()) source.back();
    },
    /** How many accounts are watched, and of how many the events come in. */
    counts: () => ({
      accounts: sources.size,
      live: [...sources.values()].filter(({ isLive }) => isLive).length,
    }),
  };
}
