import { type Memo, readMemo, sortedBy } from "./answers.ts";
import type { Dialect } from "./dialects.ts";
import { listed } from "./file-calls.ts";
import { listComments } from "./memo-calls.ts";
import { searchable, wholeSeconds } from "./requests.ts";
import type { Session } from "./session.ts";
import type { CommentDraft, MemoDraft, MemoState, Span } from "./types.ts";

const MEMOS_PER_PAGE = "100";

/** Times are of the server, to be compared with `createTime`. */
export interface MemoSearch {
  /** Made, or dated, since then. */
  since?: Date;
  /** Occurs in the content, whatever the case; up to 0.25 the case counts beyond ASCII letters. `%` and `_` are themselves. */
  content?: string;
  /** Default NORMAL. */
  state?: MemoState;
  /** Made, or dated, in one of these times. Where the server cannot look for that, all it has are gone through. */
  spans?: readonly Span[];
  /** Asked about each memo that fits: false leaves it out, `stop` ends the search with what was found so far. */
  look?: (memo: Memo) => boolean | "stop";
  limit: number;
}

export async function findMemos(session: Session, account: string, search: MemoSearch): Promise<Memo[]> {
  const { limit, since, look = () => true } = search;
  const query = { ...listing(session.dialect, account, search), pageSize: MEMOS_PER_PAGE };
  const found = new Map<string, Memo>();
  let unpinned = 0;
  for await (const value of listed(session, "memos", query, "memos")) {
    const memo = readMemo(value, session.dialect);
    // Pinned ones may stand before newer ones.
    if (since && !memo.pinned && Date.parse(sortedBy(value)) < wholeSeconds(since)) break;
    const taken = fits(memo, account, search) && look(memo);
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

/** The query that lists what a search may find, as narrow as the server can look for it. */
function listing(
  { ownMemos, filterTime: at }: Dialect,
  account: string,
  { content, state = "NORMAL", spans }: MemoSearch,
): Record<string, string> {
  const made = at && spans?.map(({ from, to }) => `(created_ts >= ${at(from)} && created_ts < ${at(to)})`);
  return ownMemos(account, {
    state,
    content: content === undefined ? undefined : searchable(content),
    made: made?.join(" || "),
  });
}

/** Whether a memo of such a list is meant: servers may give more. */
function fits(memo: Memo, account: string, search: MemoSearch): boolean {
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
