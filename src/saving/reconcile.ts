import { isOwn } from "../accounts/account-name.ts";
import type { Secret } from "../base/secret.ts";
import type { Place, Written } from "../domain/saved.ts";
import type { Visibility } from "../domain/visibility.ts";
import type { Memo, MemoDraft, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";
import type { Tries } from "./create-attempts.ts";
import { type Desired, hashOf, placeHash } from "./desired.ts";
import { isUncertain, type Work } from "./job-context.ts";
import { createKeyedMutex, type KeyedMutex } from "./keyed-mutex.ts";
import type { ReconcileComments } from "./reconcile-comments.ts";
import type { ReconcileFiles } from "./reconcile-files.ts";
import { AGAIN, addedBehind, type Step } from "./step.ts";
import { type Aim, aimOf, type FixTerms } from "./terms.ts";

/**
 * What came of it. `changed`: the person changed what an edit would change. `moved`: they did, but the memo's place goes
 * on. `gone`: they deleted the memo.
 */
export type End =
  | Saved
  | { readonly kind: "kept"; readonly want: Desired; readonly why: LeftToThem }
  | { readonly kind: "nothing"; readonly why: "unchanged" | "too_old" | "never_saved" }
  | { readonly kind: "later"; readonly inMs: number }
  | { readonly kind: "behind"; readonly job_id: number };

export interface Saved {
  readonly kind: "saved";
  readonly want: Desired;
  readonly memo: Memo;
  readonly written: Written;
}

export type LeftToThem = "gone" | "changed" | "moved";

export interface ReconcileDeps {
  readonly memos: MemosClient;
  readonly bindings: Pick<Bindings, "told">;
  readonly links: { messagesOf(jobId: number): readonly number[] };
  readonly fixTerms: FixTerms;
  readonly files: ReconcileFiles;
  readonly comments: ReconcileComments;
  readonly tries: Tries;
  /** The visibility of a person's new memos. */
  readonly visibilityOf: (binding: Binding, token: Secret, signal: AbortSignal) => Promise<Visibility>;
  /** One at a time for each memo: who writes what they have read must not write over what came between. */
  readonly memoMutex: KeyedMutex;
}

export type Reconcile = ReturnType<typeof createReconcile>;

/**
 * Makes Memos be as the messages of a job want it: the same path for the first try and the tenth, an edit and a part that
 * came late. It can be repeated after a crash at any point; what each call relies on is on the disk before it.
 */
export function createReconcile(deps: ReconcileDeps) {
  const { memos, bindings, links, fixTerms, files, comments, tries, visibilityOf, memoMutex } = deps;
  const accountMutex = createKeyedMutex();

  return async function reconcile(work: Work): Promise<End> {
    // Of an edit alone nobody knows whether it was saved before: by a database that is lost, say.
    let isFresh = work.leased.fresh && work.current.some(({ wasSent }) => wasSent);
    saveAgain(work);
    for (;;) {
      const end = await attempt(work, isFresh);
      if (end !== AGAIN) return end;
      isFresh = false;
    }
  };

  async function attempt(work: Work, isFresh: boolean): Promise<End | typeof AGAIN> {
    const { record, leased } = work;
    if (isPruned(work)) return { kind: "nothing", why: "too_old" };
    const info = await memos.info(work.signal);
    const begunBefore = record.known.tried?.begun !== undefined;
    const aim = await fixTerms(work, info, isFresh);
    if ("waits_for" in aim) return { kind: "behind", job_id: aim.waits_for };
    if (isUnchanged(work, aim)) return { kind: "nothing", why: "unchanged" };
    const earlier = begunBefore && record.known.memo_name === null;
    const inMs = tries.settledInMs(leased.job.id, { earlier });
    if (inMs > 0) return { kind: "later", inMs };
    const chosen = {
      memos: info.memoIds === "servers" || begunBefore,
      files: info.fileIds === "servers" || begunBefore,
    };
    const step: Step = { work, aim, isFresh, chosen };
    const { identity } = work;
    const { memo_name } = record.known;
    const inTurn = () =>
      memo_name === null ? run(step, begunBefore) : memoMutex(memo_name, () => run(step, begunBefore));
    // What is found there was made by this job, or by one that has it already.
    try {
      return await (chosen.memos || chosen.files
        ? accountMutex(`${identity.server} ${identity.account}`, inTurn)
        : inTurn());
    } catch (error) {
      if (await isCutAnew(step, error)) return AGAIN;
      throw error;
    }
  }

  async function run(step: Step, begunBefore: boolean): Promise<End | typeof AGAIN> {
    const { work, aim, isFresh, chosen } = step;
    const { known } = work.record;
    let memo: Memo | undefined;
    if (known.memo_name !== null) {
      memo = await read(work, known.memo_name);
      if (!memo) return { kind: "kept", want: aim.want, why: "gone" };
    } else if (!isFresh) {
      const found = chosen.memos ? undefined : await own(work, `memos/${aim.want.id}`);
      if (found === "taken") return next(work);
      memo = found ?? (begunBefore ? await look(step) : undefined);
      if (!memo && isEditOnly(work)) return { kind: "nothing", why: "never_saved" };
    }
    if (memo) return bringUpToDate(step, memo);
    const brought = await files.bringAll(step);
    if (brought === AGAIN) return AGAIN;
    const made = await create(step, [...brought.values()]);
    if (made === AGAIN) return AGAIN;
    if ("found" in made) return bringUpToDate(step, made.found);
    if (!isFresh) await files.sweep(step, made.made, brought);
    return complete(step, made.made, brought);
  }

  /** The comments, and then it is done. */
  async function complete(step: Step, memo: Memo, brought: ReadonlyMap<string, string>): Promise<Saved> {
    const { want } = step.aim;
    const rest = await comments.write(step, placeOf(step.work).parent ?? memo.name);
    const written: Written = {
      main: hashOf(want.content),
      at: placeHash(want.location),
      rest,
      files: Object.fromEntries(brought),
    };
    return { kind: "saved", want, memo, written };
  }

  /** A memo is there: of an earlier try, or of an earlier run and then the person's. */
  async function bringUpToDate(step: Step, found: Memo): Promise<End | typeof AGAIN> {
    const { work, aim } = step;
    const { record, leased } = work;
    const { covered, written } = record.known;
    const overwrites = leased.job.requested_action === "overwrite";
    const added = addedBehind(found.content, (content) => isOurs(step, content));
    const isTheirs = added === null && !overwrites;
    const hasNewWords = written?.main !== hashOf(aim.want.content);
    let apart: Aim | undefined;
    if (isTheirs && hasNewWords && isLater(work)) {
      const known = links.messagesOf(leased.job.id);
      const added = aim.want.message_ids.filter((id) => !known.includes(id));
      if (covered === 0 || isEdited(work, known) || added.length === 0) return left(step, found);
      // Parts that came when the memo was the person's already: their words stand in comments.
      const sets = record.known.tried?.apart ?? [];
      const fresh = added.filter((id) => !sets.flat().includes(id));
      if (fresh.length > 0) record.note({ tried: { ...record.known.tried, apart: [...sets, fresh] } });
      apart = aimOf(work, record.known);
    }
    const now = { ...step, aim: apart ?? aim };
    if (!overwrites && (await comments.areTheirs(now))) return left(step, found);
    const brought = await files.bringInto(now, found);
    if (brought === AGAIN) return AGAIN;
    await files.sweep(now, found, brought.names);
    const memo = await write(now, brought.memo, { behind: added ?? "", mayWrite: !isTheirs });
    if (memo === "gone") return { kind: "kept", want: now.aim.want, why: "gone" };
    const end = await complete(now, memo, brought.names);
    // Their words are not what we wrote.
    return isTheirs && written ? { ...end, written: { ...end.written, main: written.main } } : end;
  }

  /** In one call, and none where nothing is new. */
  async function write(
    step: Step,
    memo: Memo,
    { behind, mayWrite }: { behind: string; mayWrite: boolean },
  ): Promise<Memo | "gone"> {
    const { work, aim } = step;
    const { token, signal, record } = work;
    const { want } = aim;
    const content = want.content + behind;
    const newContent = mayWrite && memo.content !== content;
    const isNewPlace = placeHash(want.location) !== (record.known.written?.at ?? null);
    const newPlace = isNewPlace && placeHash(memo.location) !== placeHash(want.location);
    if (!newContent && !newPlace) return memo;
    const patch = { ...(newContent && { content }), ...(newPlace && { location: want.location }) };
    try {
      return await memos.updateMemo(token, memo.name, patch, signal);
    } catch (error) {
      if (isMemosError(error, "not_found")) return "gone";
      tries.failed(work.leased.job.id, error);
      throw error;
    }
  }

  /** What the person has made of it stays; a place that is shared live goes on under their words, unless it is theirs as well. */
  async function left({ work, aim }: Step, memo: Memo): Promise<End> {
    const { token, signal, record } = work;
    const { want } = aim;
    const [from, to, now] = [
      record.known.written?.at ?? null,
      placeHash(want.location),
      placeHash(memo.location),
    ];
    const follows = from !== null && to !== null && from !== to && (now === from || now === to);
    if (!follows) return { kind: "kept", want, why: "changed" };
    // The answer to the write may have been lost.
    if (now !== to) await memos.updateMemo(token, memo.name, { location: want.location }, signal);
    return { kind: "kept", want, why: "moved" };
  }

  /** Made now, or found where the answer was lost. */
  async function create(
    step: Step,
    attachments: readonly string[],
  ): Promise<{ made: Memo } | { found: Memo } | typeof AGAIN> {
    const { work, aim, chosen } = step;
    const { binding, token, signal, record, leased } = work;
    const { parent } = placeOf(work);
    const { id, content, createTime, location } = aim.want;
    const wanted = await visibilityOf(binding, token, signal);
    const visibility = record.known.tried?.public_refused && wanted === "PUBLIC" ? "PROTECTED" : wanted;
    const draft: MemoDraft = {
      ...{ id, content, visibility, createTime, attachments },
      ...(location && { location }),
    };
    const name = `memos/${id}`;
    try {
      const made = await record.touch(() =>
        parent === null
          ? memos.createMemo(token, draft, signal)
          : memos.createComment(token, parent, draft, signal),
      );
      if (made.name !== name && !record.claim(made.name)) {
        throw new Error(`Memos gave a new memo the name of another: ${made.name}`);
      }
      return { made };
    } catch (error) {
      if (chosen.memos) tries.failed(leased.job.id, error);
      if (!isUncertain(error) || error.kind === "content_too_long") throw error;
      if (parent !== null && error.kind === "not_found") {
        const alone: Place = { parent: null, quote: "all", refused: "gone" };
        record.note({ tried: { ...record.known.tried, place: alone, revisions: aim.revisions() } });
        return AGAIN;
      }
      if (error.reason === "public_disallowed" && visibility === "PUBLIC") {
        record.note({ tried: { ...record.known.tried, public_refused: true } });
        return AGAIN;
      }
      if (chosen.memos) throw error;
      // Memos commits the memo before its files, and an answer can be lost: only a GET tells what is there.
      const found = await own(work, name);
      // Also where the id exists and the memo does not: Memos is in trouble then, and another id would make a second one.
      if (!found) throw error;
      return found === "taken" ? next(work) : { found };
    }
  }

  /** The id is somebody else's: the next one is written down before its use. */
  function next({ record }: Work): typeof AGAIN {
    record.note({ n: record.known.n + 1 });
    return AGAIN;
  }

  /** The limit was lowered since it was asked. What may have been written by the old one stays known. */
  async function isCutAnew({ work, aim }: Step, error: unknown): Promise<boolean> {
    const { record, signal } = work;
    const { form, tried } = record.known;
    if (!isMemosError(error, "content_too_long") || !form) return false;
    memos.forgetInfo();
    const { contentLimitBytes: limit } = await memos.info(signal);
    if (limit >= form.limit) return false;
    record.note({ form: { ...form, limit }, tried: { ...tried, revisions: aim.revisions() } });
    return true;
  }

  /** What is under a name, in its place: a comment that failed half-way stands alone, and only making it again mends that. */
  async function own(work: Work, name: string): Promise<Memo | "taken" | undefined> {
    const { token, signal, binding } = work;
    const { parent } = placeOf(work);
    let memo: Memo | undefined;
    try {
      memo = await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "forbidden")) return "taken";
      if (!isMemosError(error, "not_found")) throw error;
    }
    if (!memo) return undefined;
    if (!(await isOwn({ memos, bindings }, { binding, token, memo }, signal))) return "taken";
    if (parent === null || memo.parent === parent) return memo;
    if (memo.parent === undefined) await memos.deleteMemo(token, name, signal);
    return undefined;
  }

  async function read({ token, signal }: Work, name: string): Promise<Memo | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "not_found")) return undefined;
      throw error;
    }
  }

  /** The other messages of a memo are not kept for ever, and without them it cannot be told what it is to say. */
  function isPruned({ leased, current }: Work): boolean {
    if (leased.job.memo_name === null) return false;
    const kept = current.map(({ message }) => message.message_id);
    return links.messagesOf(leased.job.id).some((id) => !kept.includes(id));
  }

  /** Where the server chose the id: what an earlier try made, and no other job has. */
  async function look({ work, aim }: Step): Promise<Memo | undefined> {
    const { record, token, identity, binding, signal, leased } = work;
    const { begun } = record.known.tried ?? {};
    const { parent } = placeOf(work);
    const visibility = await visibilityOf(binding, token, signal);
    const since = new Date(begun?.at ?? leased.job.created_at);
    const filenames = new Set(aim.ever().flatMap(({ files }) => files.map(({ filename }) => filename)));
    for (const { content, createTime, id } of aim.ever().toReversed()) {
      if (!begun?.hashes.includes(hashOf(content))) continue;
      const draft: MemoDraft = { id, content, visibility, createTime, attachments: [] };
      const made =
        parent === null
          ? await memos.findMade(token, identity.account, draft, since, signal)
          : await memos
              .findMadeComments(token, identity.account, parent, draft, since, signal)
              .catch(noneOfGone);
      for (const memo of made) {
        const held = memo.attachments;
        const isOther =
          filenames.size > 0 && held.length > 0 && !held.some(({ filename }) => filenames.has(filename));
        if (!isOther && record.claim(memo.name)) return memo;
      }
    }
    return undefined;
  }
}

const placeOf = ({ record }: Work): Place =>
  record.known.tried?.place ?? { parent: null, quote: "all", refused: null };

/** The memo was deleted, and is wanted again: under another id, and with all that is true today. */
function saveAgain({ record, leased }: Work): void {
  if (leased.job.requested_action !== "save_again" || record.known.memo_name === null) return;
  record.note({ n: record.known.n + 1, memo_name: null, written: null, covered: 0, tried: null });
}

/** Nothing of what came since it was last done changes anything, nor did it in between. */
function isUnchanged({ record, leased }: Work, aim: Aim): boolean {
  const { written, covered, memo_name, tried } = record.known;
  if (!written || memo_name === null || covered === 0 || tried?.revisions) return false;
  if (leased.job.requested_action !== null) return false;
  const rest = Object.entries(written.rest).map(([key, { hash }]) => [key, hash]);
  const last = JSON.stringify([written.main, written.at, rest, Object.keys(written.files)]);
  return aim
    .revisions()
    .every(({ main, at, rest, files }) => JSON.stringify([main, at, Object.entries(rest), files]) === last);
}

/** Telegram sends edits for mere previews, too: an edit alone makes a memo only of what its sender wanted to be saved. */
function isEditOnly({ current, binding }: Work): boolean {
  const sentAt = Math.min(...current.map(({ message }) => message.date)) * 1000;
  return current.every(({ wasSent }) => !wasSent) && sentAt < binding.created_at;
}

/** Whether the words of a memo that is there may have been written by another try. */
const isLater = ({ record, leased, current }: Work) =>
  record.known.covered > 0 || leased.updates.length > 1 || current.every(({ wasSent }) => !wasSent);

/** Whether one of the messages that the memo was made from says something else now. */
export const isEdited = ({ current, record }: Work, known: readonly number[]): boolean =>
  current.some(({ message, seq }) => seq > record.known.covered && known.includes(message.message_id));

function isOurs({ work, aim }: Step, content: string): boolean {
  const hash = hashOf(content);
  return work.record.known.written?.main === hash || aim.revisions().some(({ main }) => main === hash);
}

function noneOfGone(error: unknown): Memo[] {
  // With the memo its comments are gone.
  if (isMemosError(error, "not_found")) return [];
  throw error;
}
