import { readAttachment, readMemo, sortedBy } from "./answers.ts";
import { isMemosError } from "./errors.ts";
import { fits } from "./listing.ts";
import { wholeSeconds } from "./made.ts";
import { named, patchOf, timestamp } from "./requests.ts";
import type { Speech } from "./speech.ts";
import type { Attachment, Memo, MemoDraft, MemoPatch, MemoSearch } from "./types.ts";

/** What several operations of the client are made of. */

const COMMENTS_PER_PAGE = "100";
const MEMOS_PER_PAGE = "100";

function get({ ask }: Speech, path: string, query: Record<string, string> = {}) {
  return ask({ method: "GET", path: `/api/v1/${path}`, query });
}

/** A memo as it is read; there its parent is told. */
async function whole({ dialect, at }: Speech, value: unknown): Promise<Memo> {
  const memo = readMemo(value, dialect);
  return memo.parent === undefined ? memo : { ...memo, parent: await at.nameOf(memo.parent) };
}

export async function getMemo(speech: Speech, name: string): Promise<Memo> {
  return named(await whole(speech, await get(speech, await speech.at.memo(name))), name);
}

export async function getAttachment(speech: Speech, name: string): Promise<Attachment> {
  const { dialect, at } = speech;
  const found = named(readAttachment(await get(speech, (await at.file(name)).name), dialect), name);
  return found.memo === undefined ? found : { ...found, memo: await at.nameOf(found.memo) };
}

export async function updateMemo(speech: Speech, name: string, patch: MemoPatch): Promise<Memo> {
  const { ask, dialect, at } = speech;
  const { mask, body } = patchOf(patch, dialect);
  if (mask.length === 0) return getMemo(speech, name);
  const path = `/api/v1/${await at.memo(name)}`;
  const query = { updateMask: mask.join(",") };
  return named(await whole(speech, await ask({ method: "PATCH", path, query, body })), name);
}

export async function setAttachments(speech: Speech, memo: string, names: readonly string[]): Promise<void> {
  const { ask, dialect, at } = speech;
  const path = `/api/v1/${await at.memo(memo)}/${dialect.files}`;
  const body = { [dialect.files]: await Promise.all(names.map(at.file)) };
  try {
    await ask({ method: "PATCH", path, body });
  } catch (error) {
    await missed(speech, error, async () => {
      await getMemo(speech, memo);
      for (const name of names) await getAttachment(speech, name);
    });
  }
}

/** Throws what is behind a 500: that something is missing, where looking for it finds it so. */
async function missed({ dialect }: Speech, error: unknown, look: () => Promise<unknown>): Promise<never> {
  if (!dialect.tellsMissing && isMemosError(error, "server")) await look();
  throw error;
}

/**
 * Binds the planned files that are there and not bound to it, also those of other memos. Drops no other, and brings
 * none back.
 */
async function bindMissing(speech: Speech, memo: Memo, names: readonly string[]): Promise<Memo> {
  const bound = memo.attachments.map(({ name }) => name);
  const found: string[] = [];
  for (const name of names) {
    if (!bound.includes(name) && (await exists(speech, name))) found.push(name);
  }
  if (found.length === 0) return memo;
  // The setter deletes what it is not told: the list is read right before.
  const current = (await getMemo(speech, memo.name)).attachments.map(({ name }) => name);
  const ours = names.filter((name) => found.includes(name) || current.includes(name));
  const others = current.filter((name) => !names.includes(name));
  await setAttachments(speech, memo.name, [...ours, ...others]);
  return getMemo(speech, memo.name);
}

async function exists(speech: Speech, name: string): Promise<boolean> {
  try {
    await getAttachment(speech, name);
    return true;
  } catch (error) {
    if (isMemosError(error, "not_found")) return false;
    throw error;
  }
}

/** What the create could not do. */
export async function finish(
  speech: Speech,
  memo: Memo,
  draft: Pick<MemoDraft, "attachments" | "createTime">,
) {
  const finished = await bindMissing(speech, memo, draft.attachments);
  const { createTime } = draft;
  if (!createTime || speech.dialect.setsTimeOnCreate) return finished;
  if (finished.createTime === timestamp(createTime)) return finished;
  return updateMemo(speech, memo.name, { createTime });
}

/** All that is listed there, page by page; false ends it. */
export async function eachPage(
  speech: Speech,
  path: string,
  query: Record<string, string>,
  field: string,
  take: (items: unknown[]) => boolean | undefined,
): Promise<void> {
  let pageToken = "";
  do {
    const answer = await get(speech, path, { ...query, ...(pageToken && { pageToken }) });
    const page = Array.isArray(answer[field]) ? answer[field] : [];
    if (take(page) === false) return;
    const next = answer["nextPageToken"];
    pageToken = typeof next === "string" && next !== pageToken && page.length > 0 ? next : "";
  } while (pageToken);
}

/** Own memos that fit, in the server's order, until `take` has enough. */
export async function eachListed(
  speech: Speech,
  account: string,
  { search, listing }: { search: MemoSearch; listing: Record<string, string> },
  take: (memo: Memo) => boolean,
): Promise<void> {
  const { since } = search;
  await eachPage(speech, "memos", { ...listing, pageSize: MEMOS_PER_PAGE }, "memos", (page) => {
    for (const value of page) {
      const memo = readMemo(value, speech.dialect);
      // Pinned ones may stand before newer ones.
      if (since && !memo.pinned && Date.parse(sortedBy(value)) < wholeSeconds(since)) return false;
      if (fits(memo, account, search) && !take(memo)) return false;
    }
    return undefined;
  });
}

export async function listComments(speech: Speech, name: string): Promise<Memo[]> {
  const comments: Memo[] = [];
  const path = `${await speech.at.memo(name)}/comments`;
  try {
    await eachPage(speech, path, { pageSize: COMMENTS_PER_PAGE }, "memos", (page) => {
      comments.push(...page.map((memo) => ({ ...readMemo(memo, speech.dialect), parent: name })));
      return undefined;
    });
  } catch (error) {
    await missed(speech, error, () => getMemo(speech, name));
  }
  return comments;
}
