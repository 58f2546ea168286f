import { type Memo, readMemo, sortedBy } from "./answers.ts";
import { listed } from "./file-calls.ts";
import { listComments } from "./memo-calls.ts";
import { searchable, wholeSeconds } from "./requests.ts";
import type { Session } from "./session.ts";
import type { CommentDraft, MemoDraft, MemoState } from "./types.ts";

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
  draft: MemoDraft,
  since: Date,
): Promise<Memo[]> {
  const begun = session.onServer(since);
  const search = {
    since: draft.createTime && draft.createTime < begun ? draft.createTime : begun,
    content: draft.content.toWellFormed(),
    limit: Number.POSITIVE_INFINITY,
  };
  for (const state of ["NORMAL", "ARCHIVED"] as const) {
    const memos = await findMemos(session, account, { ...search, state });
    const seen = memos.filter(({ visibility }) => visibility === draft.visibility);
    const made = matchCreated(draft, seen.toReversed(), begun);
    if (made.length > 0) return made;
  }
  return [];
}

export async function findMadeComments(
  session: Session,
  account: string,
  parent: string,
  draft: CommentDraft,
  since: Date,
): Promise<Memo[]> {
  const comments = await listComments(session, parent);
  const own = comments.filter(({ creator }) => creator === account);
  return matchCreated(draft, own, session.onServer(since));
}

/**
 * Those that an earlier try of this create, begun at `begun` by the server's clock, may have made: what was made has the
 * server's time, what was finished the draft's. One that holds a file of the draft is surely of it and stands first, the
 * others the oldest first.
 */
function matchCreated(draft: CommentDraft, memos: readonly Memo[], begun: Date): Memo[] {
  const content = draft.content.toWellFormed();
  const dated = draft.createTime && wholeSeconds(draft.createTime);
  const holds = (memo: Memo) => memo.attachments.some(({ name }) => draft.attachments.includes(name));
  const time = ({ createTime }: Memo) => Date.parse(createTime);
  return memos
    .filter(
      (memo) =>
        memo.content === content &&
        (draft.attachments.length === 0 || memo.attachments.length === 0 || holds(memo)) &&
        (time(memo) >= begun.getTime() || time(memo) === dated),
    )
    .toSorted((a, b) => Number(holds(b)) - Number(holds(a)) || time(a) - time(b));
}
