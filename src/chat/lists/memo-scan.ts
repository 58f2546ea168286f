import { askName } from "../../accounts/account-name.ts";
import type { Memo, MemoSearch } from "../../memos/client.ts";
import type { Asker, ChatContext } from "../context.ts";

/** Less than the patience there is: what was found by then is told. */
const LONGEST_MS = 12_000;

export interface Found {
  readonly found: readonly Memo[];
  /** How far back it came until it took too long; null where it came to the end, or found as many as were asked for. */
  readonly since: Date | null;
}

/** Finds a person's own memos, the newest first. Throws what Memos throws. */
export function createFindOwn(context: Pick<ChatContext, "memos" | "bindings" | "clock">) {
  const { memos, clock } = context;
  return async (
    { binding, token, signal }: Pick<Asker, "binding" | "token" | "signal">,
    { isMeant = () => true, ...search }: Omit<MemoSearch, "look"> & { isMeant?: (memo: Memo) => boolean },
  ): Promise<Found> => {
    const end = clock.monotonic() + LONGEST_MS;
    let oldest = clock.now();
    let isCut = false;
    const look = (memo: Memo) => {
      isCut = clock.monotonic() > end;
      if (isCut) return "stop";
      // Pinned ones may come first, however old.
      if (!memo.pinned) oldest = Date.parse(memo.createTime);
      return isMeant(memo);
    };
    // Memos may call the account by another name by now.
    const { account } = (await askName(context, binding, token, signal)) ?? binding;
    const found = await memos.findMemos(token, account, { ...search, look }, signal);
    return { found, since: isCut ? new Date(oldest) : null };
  };
}

/** Whether a memo is of this day in an earlier year, in the time zone of this machine. */
export function isThisDayEarlier(now: Date): (memo: Pick<Memo, "createTime">) => boolean {
  return ({ createTime }) => {
    const then = new Date(createTime);
    return (
      then.getFullYear() < now.getFullYear() &&
      then.getMonth() === now.getMonth() &&
      then.getDate() === now.getDate()
    );
  };
}
