import { type Memo, readMemo, sortedBy } from "./answers.ts";
import { unlessGone } from "./errors.ts";
import { listed } from "./file-calls.ts";
import { listComments } from "./memo-calls.ts";
import { searchable, wholeSeconds } from "./requests.ts";
import type { Session } from "./session.ts";
import type { MemoDraft, MemoState } from "./types.ts";

const MEMOS_PER_PAGE = "100";

/** Times are of the server, to be compared with `createTime`. */
export interface MemoSearch {
  /** Made, or dated, since then. */
  since?: Date;
  /** Occurs in the content, whatever the case; up to 0.25 the case counts beyond ASCII letters. `%` and `_` are themselves. */
  content?: string;
  /** Default NORMAL. */
  state?: MemoState;
  /** Asked about each memo that fits: false leaves it out, `stop` ends the search with what was found so far. */
  look?: (memo: Memo) => boolean | "stop";
  limit: number;
}

export async function findMemos(session: Session, account: string, search: MemoSearch): Promise<Memo[]> {
  const { limit, since, content, state = "NORMAL", look = () => true } = search;
  const from = since ? wholeSeconds(since) : Number.NEGATIVE_INFINITY;
  // Servers may list more than is meant.
  const fits = (memo: Memo) =>
    memo.creator === account &&
    memo.state === state &&
    memo.content.toLowerCase().includes(content?.toLowerCase() ?? "") &&
    Date.parse(memo.createTime) >= from;
  const wanted = session.dialect.ownMemos(account, { state, content: searchable(content) });
  const found = new Map<string, Memo>();
  let unpinned = 0;
  for await (const value of listed(session, "memos", { ...wanted, pageSize: MEMOS_PER_PAGE }, "memos")) {
    const memo = readMemo(value, session.dialect);
    // Pinned ones may stand before newer ones.
    if (!memo.pinned && Date.parse(sortedBy(value)) < from) break;
    const taken = fits(memo) && look(memo);
    if (taken === "stop") break;
    if (!taken) continue;
    if (!memo.pinned && !found.has(memo.name)) unpinned++;
    found.set(memo.name, memo);
    // Pinned ones that are older may have come first.
    if (unpinned >= limit) break;
  }
  return [...found.values()]
    .toSorted((a, b) => Date.parse(b.createTime) - Date.parse(a.createTime))
    .slice(0, limit);
}

export async function findMade(
  session: Session,
  account: string,
  { parent, content, createTime }: Pick<MemoDraft, "content" | "createTime"> & { parent: string | null },
  madeSince: Date,
): Promise<Memo[]> {
  const begun = session.onServer(madeSince);
  const dated = createTime && wholeSeconds(createTime);
  const since = createTime && createTime < begun ? createTime : begun;
  const search = { since, content: content.toWellFormed(), limit: Number.POSITIVE_INFINITY };
  const time = (memo: Memo) => Date.parse(memo.createTime);
  const made = (memos: readonly Memo[] = []) =>
    memos
      .filter(
        (memo) =>
          memo.creator === account &&
          memo.content === search.content &&
          (time(memo) >= begun.getTime() || time(memo) === dated),
      )
      .toSorted((a, b) => time(a) - time(b));
  if (parent !== null) return made(await unlessGone(listComments(session, parent)));
  const found = made(await findMemos(session, account, search));
  return found.length > 0 ? found : made(await findMemos(session, account, { ...search, state: "ARCHIVED" }));
}
