import type { Clock } from "../clock.ts";
import type { Memo, MemoSearch, Span } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Binding } from "../store/bindings.ts";
import type { Patience } from "./patience.ts";
import type { AccountNames } from "./whose.ts";

/**
 * Shows a person's own memos one by one to `see`, until that has seen enough; pinned ones may come first. Resolves with
 * how many were shown where there are more than anybody waits for, else with null. Throws what Memos throws.
 */
export type LookThrough = (
  whose: { readonly binding: Binding; readonly token: Secret },
  search: Omit<MemoSearch, "limit" | "state">,
  see: (memo: Memo) => boolean,
  signal: AbortSignal,
) => Promise<number | null>;

const MOST_SEEN = 20_000;
/** Less than the patience there is: what was seen by then is told. */
const LONGEST_MS = 12_000;

export function createLookThrough(deps: {
  memos: {
    lookThrough(
      token: Secret,
      account: string,
      search: Omit<MemoSearch, "limit">,
      look: (memo: Memo) => boolean,
      signal?: AbortSignal,
    ): Promise<void>;
  };
  accountNames: Pick<AccountNames, "askName">;
  patiently: Patience;
  clock: Clock;
}): LookThrough {
  const { memos, accountNames, patiently, clock } = deps;
  return ({ binding, token }, search, see, signal) =>
    patiently(signal, async (limited) => {
      const end = clock.monotonic() + LONGEST_MS;
      let seen = 0;
      let isCut = false;
      const look = (memo: Memo) => {
        isCut = seen >= MOST_SEEN || clock.monotonic() > end;
        if (isCut) return false;
        seen++;
        return see(memo);
      };
      const under = (account: string) => memos.lookThrough(token, account, search, look, limited);
      let failure: unknown;
      await under(binding.account).catch((error: unknown) => {
        if (!isMemosError(error, "invalid")) throw error;
        failure = error;
      });
      if (seen === 0) {
        // Nothing, or refused: so answers, too, a Memos that calls the account by another name by now.
        const account = (await accountNames.askName(binding, token, limited))?.account ?? binding.account;
        if (account !== binding.account) await under(account);
        else if (failure) throw failure;
      }
      return isCut ? seen : null;
    });
}

/** Keeps some of the memos that it is given: the newest ones. */
export function createKeeper(most: number) {
  const kept = new Map<string, Memo>();
  let unpinned = 0;
  return {
    /** False when it has enough. Pinned ones may be older than those that are still to come. */
    take(memo: Memo): boolean {
      if (!kept.has(memo.name) && !memo.pinned) unpinned++;
      kept.set(memo.name, memo);
      return unpinned < most;
    },
    newestFirst: (): Memo[] =>
      [...kept.values()]
        .toSorted((a, b) => Date.parse(b.createTime) - Date.parse(a.createTime))
        .slice(0, most),
  };
}

const EARLIER_YEARS = 25;

/** This day in earlier years, in the time zone of this machine. */
export function thisDayEarlier(now: Date): Span[] {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  return Array.from({ length: EARLIER_YEARS }, (_, at) => {
    const then = year - 1 - at;
    return { from: new Date(then, month, day), to: new Date(then, month, day + 1) };
  }).filter(({ from }) => from.getMonth() === month);
}
