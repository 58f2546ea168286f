import { type JsonObject, type Memo, readMemo, sortedBy } from "./answers.ts";
import { isMemosError, MemosError, unlessGone } from "./errors.ts";
import { getAttachment, listed } from "./file-calls.ts";
import { contentOf, named, patchOf, searchable, timestamp, wholeSeconds } from "./requests.ts";
import type { Session } from "./session.ts";
import type { CommentDraft, MemoDraft, MemoPatch, MemoState } from "./types.ts";

const PER_PAGE = "100";

/** A memo as it is read; there its parent is told. */
async function whole({ dialect, at }: Session, value: unknown): Promise<Memo> {
  const memo = readMemo(value, dialect);
  return memo.parent === undefined ? memo : { ...memo, parent: await at.nameOf(memo.parent) };
}

export async function getMemo(session: Session, name: string): Promise<Memo> {
  const answer = await session.ask({ method: "GET", path: `/api/v1/${await session.at.memo(name)}` });
  return named(await whole(session, answer), name);
}

export async function createMemo(session: Session, draft: MemoDraft): Promise<Memo> {
  refuseEmpty(draft);
  const query = { memoId: draft.id };
  const { ask, dialect, at } = session;
  const files = dialect.numbered ? [] : await Promise.all(draft.attachments.map(at.file));
  const body: JsonObject = { ...contentOf(draft, dialect), [dialect.files]: files };
  const answer = await ask({ method: "POST", path: "/api/v1/memos", query, body });
  return finishMemo(session, created(session, answer, draft), draft);
}

export async function createComment(session: Session, parent: string, draft: CommentDraft): Promise<Memo> {
  refuseEmpty(draft);
  const query = { commentId: draft.id };
  const { ask, dialect, at, contentLimitBytes } = session;
  // Memos answers the same 500 as to everything else that is wrong with a comment.
  if (Buffer.byteLength(draft.content) > contentLimitBytes) {
    const text = `the comment is longer than the ${contentLimitBytes} bytes that Memos takes`;
    throw new MemosError("content_too_long", text);
  }
  // Looked at first: some versions make the comment before they miss the memo, and leave it standing alone.
  const { visibility } = await getMemo(session, parent);
  const path = `/api/v1/${await at.memo(parent)}/comments`;
  const seen = visibility === "PUBLIC" && !session.allowsPublic ? "PROTECTED" : visibility;
  // Its files are bound later: one that is missing would leave the comment standing alone, too.
  const body = contentOf({ ...draft, visibility: seen }, dialect);
  const comment = created(session, await ask({ method: "POST", path, query, body }), draft);
  return { ...(await finishMemo(session, comment, draft)), parent };
}

/** Memos would keep it. */
function refuseEmpty({ content, attachments, location }: CommentDraft): void {
  if (content.trim() === "" && attachments.length === 0 && !location) {
    throw new MemosError("invalid", "the memo would be empty");
  }
}

/** Our own memo, whatever it is called; anything else means that answers are mixed up between us. */
function created({ dialect, sawOtherId }: Session, answer: JsonObject, draft: CommentDraft): Memo {
  const memo = readMemo(answer, dialect);
  if (memo.name === `memos/${draft.id}`) return memo;
  if (memo.content !== draft.content.toWellFormed()) return named(memo, `memos/${draft.id}`);
  sawOtherId("memos");
  return memo;
}

/** What the create could not do. */
export async function finishMemo(
  session: Session,
  memo: Memo,
  { attachments, createTime }: Pick<CommentDraft, "attachments" | "createTime">,
): Promise<Memo> {
  const finished = await bindMissing(session, memo, attachments);
  if (!createTime || session.dialect.setsTimeOnCreate) return finished;
  if (finished.createTime === timestamp(createTime)) return finished;
  return updateMemo(session, memo.name, { createTime });
}

/** Binds also files of other memos, and drops none. One that is not known any more is trouble: it was there a moment ago. */
async function bindMissing(session: Session, memo: Memo, names: readonly string[]): Promise<Memo> {
  const bound = memo.attachments.map(({ name }) => name);
  const missing = names.filter((name) => !bound.includes(name));
  if (missing.length === 0) return memo;
  for (const name of missing) {
    if (await unlessGone(getAttachment(session, name))) continue;
    throw new MemosError("server", `Memos does not know the file ${name} any more, which it has just taken`);
  }
  // The setter deletes what it is not told: the list is read right before.
  const current = (await getMemo(session, memo.name)).attachments.map(({ name }) => name);
  const ours = names.filter((name) => missing.includes(name) || current.includes(name));
  const others = current.filter((name) => !names.includes(name));
  await setAttachments(session, memo.name, [...ours, ...others]);
  return getMemo(session, memo.name);
}

export async function updateMemo(session: Session, name: string, patch: MemoPatch): Promise<Memo> {
  const { ask, dialect, at } = session;
  const { mask, body } = patchOf(patch, dialect);
  if (mask.length === 0) return getMemo(session, name);
  const path = `/api/v1/${await at.memo(name)}`;
  const query = { updateMask: mask.join(",") };
  return named(await whole(session, await ask({ method: "PATCH", path, query, body })), name);
}

export async function setAttachments(session: Session, memo: string, names: readonly string[]) {
  const { ask, dialect, at } = session;
  const path = `/api/v1/${await at.memo(memo)}/${dialect.files}`;
  const body = { [dialect.files]: await Promise.all(names.map(at.file)) };
  try {
    await ask({ method: "PATCH", path, body });
  } catch (error) {
    await missed(error, async () => {
      await getMemo(session, memo);
      for (const name of names) await getAttachment(session, name);
    });
  }
}

/** Throws what is behind a 500: that something is missing, where looking for it finds it so (0.25 and older). */
async function missed(error: unknown, look: () => Promise<unknown>): Promise<never> {
  if (isMemosError(error, "server")) await look();
  throw error;
}

export async function deleteMemo(session: Session, name: string): Promise<void> {
  const remove = async (memo: string) =>
    session.ask({ method: "DELETE", path: `/api/v1/${await session.at.memo(memo)}` });
  // 0.23.1 leaves the comments of a deleted memo behind, and fails at every sight of them.
  const comments = session.dialect.numbered ? await listComments(session, name) : [];
  for (const comment of comments) {
    // Others' comments are theirs.
    await unlessGone(remove(comment.name), "forbidden");
  }
  await remove(name);
}

export async function listComments(session: Session, name: string): Promise<Memo[]> {
  const comments: Memo[] = [];
  const path = `${await session.at.memo(name)}/comments`;
  try {
    for await (const value of listed(session, path, { pageSize: PER_PAGE }, "memos")) {
      comments.push({ ...readMemo(value, session.dialect), parent: name });
    }
  } catch (error) {
    await missed(error, () => getMemo(session, name));
  }
  return comments;
}

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
  for await (const value of listed(session, "memos", { ...wanted, pageSize: PER_PAGE }, "memos")) {
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
