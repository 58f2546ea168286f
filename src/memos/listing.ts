import type { Dialect } from "./dialects/dialect.ts";
import { wholeSeconds } from "./made.ts";
import { searchable } from "./requests.ts";
import type { Memo, MemoSearch } from "./types.ts";

/** The queries that list what a search may find, to be tried in turn while the server refuses them; the narrowest first. */
export function listingsOf(
  { ownMemos, times }: Dialect,
  account: string,
  search: MemoSearch,
): Record<string, string>[] {
  const { content, state = "NORMAL", spans } = search;
  const wanted = { state, content: content === undefined ? undefined : searchable(content) };
  const narrowed = (spans === undefined ? [] : times).map((named) => {
    const made = spans?.map(({ from, to }) => `created_ts >= ${named(from)} && created_ts < ${named(to)}`);
    return ownMemos(account, { ...wanted, made: made?.map((span) => `(${span})`).join(" || ") });
  });
  return [...narrowed, ownMemos(account, wanted)];
}

/** Whether a memo of such a list is meant: servers may give more. */
export function fits(memo: Memo, account: string, search: MemoSearch): boolean {
  const { content, state = "NORMAL", since, spans } = search;
  const time = Date.parse(memo.createTime);
  return (
    memo.creator === account &&
    memo.state === state &&
    (content === undefined || memo.content.toLowerCase().includes(content.toLowerCase())) &&
    (!since || time >= wholeSeconds(since)) &&
    (!spans || spans.some(({ from, to }) => time >= from.getTime() && time < to.getTime()))
  );
}
