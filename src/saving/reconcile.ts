import { isOwn } from "../accounts/account-name.ts";
import { createKeyedMutex } from "../base/keyed-mutex.ts";
import type { WritingRules, Written } from "../domain/saved.ts";
import type { Memo } from "../memos/client.ts";
import { isMemosError, unlessGone, unlessTwiceGone } from "../memos/errors.ts";
import { hasNoNews, isUncertain, type SavingContext, type Work } from "./context.ts";
import { createCreateMemo } from "./create-memo.ts";
import { type Desired, hashOf, placeHash } from "./desired.ts";
import { createFixTerms, type Pass, RestartWithNewTerms, restartWith, wantedOf } from "./fix-terms.ts";
import type { Later } from "./outcome.ts";
import { createReconcileComments } from "./reconcile-comments.ts";
import { type Brought, createReconcileFiles, recognised } from "./reconcile-files.ts";
import { isOfThatAlone } from "./take-up.ts";
import { createUpload } from "./upload-files.ts";

/** How often it is looked whether the message that is replied to is saved by now. */
const LOOK_AGAIN_MS = 30_000;

/** What came of it. `changed`: the person changed what an edit would change. `gone`: they deleted the memo. */
export type End =
  | ({
      readonly kind: "saved";
      readonly want: Desired;
      readonly memo: Memo;
      readonly written: Written;
    } & Pick<Brought, "lacks" | "error">)
  | { readonly kind: "kept"; readonly want: Desired; readonly why: "gone" | "changed" }
  | { readonly kind: "nothing"; readonly why: "unchanged" | "too_old" | "never_saved" }
  | Later;

export type Saved = Extract<End, { kind: "saved" }>;

/** Terms change a few times at most: what goes on for longer is trouble, and tried again later. */
const MOST_PASSES = 20;
/** A write that failed here may still be carried out for so long; where it was waited for in vain, for longer. */
const UNDER_WAY_MS = 5_000;
const SLOW_MS = 120_000;

/**
 * Makes Memos be as the messages of a job want it: the same path for the first try and the tenth, an edit and a part that
 * came late. It can be repeated after a crash at any point; what each call relies on is on the disk before it.
 */
export function createReconcile(context: SavingContext) {
  const { memos, store, memoMutex, clock } = context;
  const { bindings, messageJobs } = store;
  // An attempt of an earlier run ended with it at the latest.
  const startedAt = clock.monotonic();
  /**
   * Until when such a write of a job may come, by the monotonic clock. Where the server chooses ids, who looks for a memo
   * too early finds nothing, and makes it twice; an older content would come after a newer one.
   */
  const settledAt = new Map<number, number>();
  const fixTerms = createFixTerms(context);
  const files = createReconcileFiles(context, createUpload(context));
  const comments = createReconcileComments(context);
  const create = createCreateMemo(context);
  const accountMutex = createKeyedMutex();

  return async (work: Work): Promise<End> => {
    // Of an edit alone nobody knows whether it was saved before: by a database that is lost, say.
    let isFresh = work.leased.fresh && !isEditAlone(work);
    saveAgain(work);
    offerAgain(work);
    for (let pass = 1; ; pass += 1) {
      try {
        return await tryOnce(work, isFresh);
      } catch (error) {
        if (!(error instanceof RestartWithNewTerms) || pass === MOST_PASSES) throw error;
        isFresh = false;
      }
    }
  };

  /** Fixes the terms, waits where that is needed, and takes its turn. */
  async function tryOnce(work: Work, isFresh: boolean): Promise<End> {
    const { record, leased, binding } = work;
    if (isPruned(work)) return { kind: "nothing", why: "too_old" };
    const info = await memos.info(work.signal);
    const pass = await fixTerms(work, info, isFresh);
    const later = { kind: "later", waiting_for: "retry" } as const;
    if ("waits_for" in pass) {
      const detail = "waits until the message it replies to is saved";
      return { ...later, pauseMs: LOOK_AGAIN_MS, aside: true, reason: "target_waits", detail };
    }
    if (isUnchanged(pass)) return { kind: "nothing", why: "unchanged" };
    const { memo_name } = record.known;
    const earlier = pass.begunBefore && memo_name === null ? startedAt + UNDER_WAY_MS : 0;
    const pauseMs = Math.ceil((settledAt.get(leased.job.id) ?? earlier) - clock.monotonic());
    if (pauseMs > 0) {
      const detail = "waits until what an earlier try made can be found";
      return { ...later, pauseMs, reason: "looking", detail };
    }
    const inTurn = () => (memo_name === null ? run(pass) : memoMutex(memo_name, () => run(pass)));
    const searches = pass.serverNames.memos || pass.serverNames.files;
    try {
      // What the server named is searched for by its content: of two jobs with the same, one claims it, then one looks.
      return await (searches ? accountMutex(`${binding.server} ${binding.account}`, inTurn) : inTurn());
    } catch (error) {
      const form = isMemosError(error, "content_too_long") ? await loweredForm(work) : undefined;
      if (form) await restartWith(work, {}, form);
      // What the server names cannot be told by an id, if it still comes.
      if (searches && isUncertain(error)) mayStillCome(leased.job.id, error);
      throw error;
    }
  }

  function mayStillCome(jobId: number, error: unknown): void {
    const now = clock.monotonic();
    for (const [id, at] of settledAt) if (now > at) settledAt.delete(id);
    settledAt.set(jobId, now + (isMemosError(error, "timeout") ? SLOW_MS : UNDER_WAY_MS));
  }

  /** Finds the memo, or makes it. */
  async function run(pass: Pass): Promise<End> {
    const { work, want, isFresh, serverNames, begunBefore } = pass;
    const { memo_name } = work.record.known;
    let memo: Memo | undefined;
    if (memo_name !== null) {
      memo = await unlessTwiceGone(() => memos.getMemo(work.token, memo_name, work.signal));
      if (!memo) return { kind: "kept", want, why: "gone" };
    } else if (!isFresh) {
      memo = serverNames.memos ? undefined : await findById(pass);
      if (!memo && begunBefore) memo = await findUnnamed(pass);
      if (!memo && isEditOnly(work)) return { kind: "nothing", why: "never_saved" };
    }
    if (memo && isUnknown(work) && isOfThatAlone(memo.content, want.content)) takeUp(work, memo);
    if (memo) return bringUpToDate(pass, memo);
    const brought = await files.bring(pass, null);
    try {
      memo = await create(pass, brought.attachments);
    } catch (error) {
      // An answer can be lost, and Memos commits a memo before its files: only a look tells what is there.
      const found = isUncertain(error) && !serverNames.memos ? await findById(pass) : undefined;
      if (!found) throw error;
      return bringUpToDate({ ...pass, isFresh: false }, found);
    }
    if (!isFresh) await files.sweep(pass, memo, brought);
    return complete(pass, memo, brought);
  }

  /** Writes the comments, the last step. */
  async function complete(pass: Pass, memo: Memo, { names, lacks, error }: Brought): Promise<Saved> {
    const { want } = pass;
    const rest = await comments.write(pass, want.parent ?? memo.name);
    const written: Written = {
      main: hashOf(want.content),
      at: placeHash(want.location),
      rest,
      files: Object.fromEntries(names),
    };
    return { kind: "saved", want, memo, written, lacks, error };
  }

  /** Of a memo that is there: an earlier try made it, or it was finished before, and the person may have changed it since. */
  async function bringUpToDate(given: Pass, found: Memo): Promise<End> {
    const { work } = given;
    const { record, leased } = work;
    const { written } = record.known;
    const overwrites = leased.job.requested_action === "overwrite";
    const addedTags = recognised(given.revisions, found.content)?.addedTags;
    const isTheirs = addedTags === undefined && !overwrites;
    const hasNewWords = written?.main !== hashOf(given.want.content);
    const hasOlderWords = (mayHoldOlderWords(work) || isOfUnknownAlbum(work)) && !isAboutFiles(work);
    const pass = isTheirs && hasNewWords && hasOlderWords ? await setInOwnComments(given) : given;
    if (!pass || (!overwrites && (await comments.areTheirs(pass))))
      return { kind: "kept", want: given.want, why: "changed" };
    const brought = await files.bring(pass, found);
    // Its list follows its files; of one that was only begun its time as well.
    const createTime = record.known.covered === 0 ? pass.want.createTime : null;
    const finished = { attachments: brought.attachments, createTime };
    const bound = await memos.finishMemo(work.token, found, finished, work.signal);
    await files.sweep(pass, found, brought);
    const content = isTheirs ? bound.content : `${pass.want.content}${addedTags ?? ""}`;
    const memo = await write(pass, bound, content);
    const end = await complete(pass, memo, brought);
    // The person's words stay: what we wrote last is still what was written before them.
    return isTheirs && written ? { ...end, written: { ...end.written, main: written.main } } : end;
  }

  /** For parts that came when the words of the memo were the person's: theirs stand in comments. Undefined for an edit. */
  async function setInOwnComments(pass: Pass): Promise<Pass | undefined> {
    const { work, want } = pass;
    const { record, leased } = work;
    const known = messageJobs.messagesOf(leased.job.id);
    const added = want.message_ids.filter((id) => !known.includes(id));
    const isUnfinished = record.known.covered === 0 && !isOfUnknownAlbum(work);
    if (isUnfinished || isEdited(work, known) || added.length === 0) return undefined;
    const sets = record.known.tried?.in_own_comments ?? [];
    const unset = added.filter((id) => !sets.flat().includes(id));
    if (unset.length > 0)
      record.note({ tried: { ...record.known.tried, in_own_comments: [...sets, unset] } });
    return { ...pass, ...(await wantedOf(work)) };
  }

  /** The words and the place, in one call, and none where nothing is new. */
  async function write({ work, want }: Pass, memo: Memo, content: string): Promise<Memo> {
    const { token, signal, record, leased } = work;
    const at = placeHash(want.location);
    const isMoved = at !== (record.known.written?.at ?? null) && at !== placeHash(memo.location);
    if (content === memo.content && !isMoved) return memo;
    const patch = {
      ...(content !== memo.content && { content }),
      ...(isMoved && { location: want.location }),
    };
    return memos.updateMemo(token, memo.name, patch, signal).catch((error) => {
      mayStillCome(leased.job.id, error);
      throw error;
    });
  }

  /** The form of the job with the server's limit of now; undefined where that was not lowered since the job got its form. */
  async function loweredForm({ record, signal }: Work): Promise<WritingRules | undefined> {
    const { form } = record.known;
    const { contentLimitBytes: limit } = await memos.freshInfo(signal);
    return form && limit < form.limit ? { ...form, limit } : undefined;
  }

  /** The memo under our id, in its place. Where another account has the id, the next pass takes the next one. */
  async function findById({ work, want }: Pass): Promise<Memo | undefined> {
    const { token, signal, binding } = work;
    const name = `memos/${want.id}`;
    const memo = await unlessGone(memos.getMemo(token, name, signal)).catch((error) => {
      if (isMemosError(error, "forbidden")) restartWithNextId(work);
      throw error;
    });
    if (!memo) return undefined;
    if (!(await isOwn({ memos, bindings }, { binding, token, memo }, signal))) restartWithNextId(work);
    if (want.parent === null || memo.parent === want.parent) return memo;
    // A comment that failed half-way stands alone, and only making it again mends that.
    if (memo.parent === undefined) await memos.deleteMemo(token, name, signal);
    return undefined;
  }

  /** The other messages of a memo are not kept for ever, and without them it cannot be told what it is to say. */
  function isPruned({ leased, current }: Work): boolean {
    if (leased.job.memo_name === null) return false;
    const kept = current.map(({ message }) => message.message_id);
    return messageJobs.messagesOf(leased.job.id).some((id) => !kept.includes(id));
  }

  /** The memo that an earlier try made under a name that the server gave it, and that no other job has. */
  async function findUnnamed({ work, everWanted }: Pass): Promise<Memo | undefined> {
    const { record, token, binding, signal, leased } = work;
    const since = new Date(record.known.tried?.begun ?? leased.job.created_at);
    const files = everWanted.flatMap(({ files }) => files);
    const filenames = new Set(files.flatMap(({ name, filename }) => [name, filename]));
    for (const want of everWanted.toReversed()) {
      const made = await memos.findMade(token, binding.account, want, since, signal);
      const found = made.find(({ name, attachments: held }) => {
        const isOther =
          filenames.size > 0 && held.length > 0 && !held.some(({ filename }) => filenames.has(filename));
        return !isOther && record.claim(name);
      });
      if (found) return found;
    }
    return undefined;
  }
}

/**
 * Whether only the edit of a message is known, and nothing of what was written: the database is an older one that was put
 * back, or another one. Of an album other parts may have said something.
 */
const isUnknown = (work: Work) =>
  work.leased.job.kind === "message" &&
  work.record.known.written === null &&
  work.record.known.covered === 0 &&
  isEditAlone(work);

/**
 * Whether a memo that is there was made from parts of its album that are not known here: by another database of the bot, or
 * by this one before an older copy was put back.
 */
const isOfUnknownAlbum = ({ leased, record }: Work) =>
  leased.fresh && leased.job.kind === "album" && record.known.covered === 0;

/** What the memo holds counts as what was written last. */
function takeUp({ record }: Work, memo: Memo): never {
  const written = { main: hashOf(memo.content), at: placeHash(memo.location), rest: {}, files: {} };
  record.note({ memo_name: memo.name, written });
  throw new RestartWithNewTerms();
}

function restartWithNextId({ record }: Work): never {
  record.note({ id_generation: record.known.id_generation + 1 });
  throw new RestartWithNewTerms();
}

/** The memo was deleted, and is wanted again: under another id, and with all that is true today. */
function saveAgain({ record, leased }: Work): void {
  if (leased.job.requested_action !== "save_again" || record.known.memo_name === null) return;
  const id_generation = record.known.id_generation + 1;
  record.note({ id_generation, memo_name: null, written: null, covered: 0, tried: null, form: null });
}

/** Files that were left out: what was too large may not be so any more. */
function offerAgain({ record, leased }: Work): void {
  if (leased.job.requested_action === "files" && record.known.tried?.left_out)
    record.note({ tried: { ...record.known.tried, left_out: {} } });
}

/** Nothing of what came since it was last done changes anything, nor did it in between. */
const isUnchanged = ({ work: { record, leased }, revisions }: Pass) =>
  record.known.covered > 0 &&
  record.known.written !== null &&
  leased.job.requested_action === null &&
  revisions.length === 1;

const isEditAlone = ({ current }: Work) => current.every(({ wasSent }) => !wasSent);

/** Telegram sends edits for mere previews, too: an edit alone makes a memo only of what its sender wanted to be saved. */
function isEditOnly(work: Work): boolean {
  const sentAt = Math.min(...work.current.map(({ message }) => message.date)) * 1000;
  return isEditAlone(work) && sentAt < work.binding.created_at;
}

/** Whether a memo that is there may hold older words of ours. */
const mayHoldOlderWords = (work: Work) =>
  work.record.known.covered > 0 || work.leased.updates.length > 1 || isEditAlone(work);

/** Nothing new was said: a file that is not in it comes, or is given up. */
const isAboutFiles = (work: Work) =>
  hasNoNews(work) &&
  (work.leased.job.requested_action === "files" ||
    Object.keys(work.record.known.tried?.lacks ?? {}).length > 0);

/** Whether one of the messages that the memo was made from says something else now. */
const isEdited = ({ current, record }: Work, known: readonly number[]): boolean =>
  current.some(({ message, seq }) => seq > record.known.covered && known.includes(message.message_id));
