import type { LeftOut, Revision, Waits } from "../domain/saved.ts";
import type { Attachment, Memo } from "../memos/client.ts";
import { MemosError, unlessGone } from "../memos/errors.ts";
import type { SavingContext } from "./context.ts";
import { type DesiredFile, hashOf } from "./desired.ts";
import { type Pass, restartWith } from "./fix-terms.ts";
import type { Upload } from "./upload-files.ts";

/** The files of a job. */
export interface Brought {
  /** In Memos, by id; also of those that the person deleted there. */
  readonly names: ReadonlyMap<string, string>;
  /** Names of those that the memo is to hold. */
  readonly attachments: readonly string[];
  /** Those that are not to be had now, by id, and what failed last. */
  readonly lacks: Readonly<Record<string, Waits>>;
  readonly error?: unknown;
}

/** What was there so shortly ago was hardly deleted by a person. */
const JUST_MS = 60_000;

/** The files of a job: brought once each, bound to its memo, and taken away where no message has them any more. */
export function createReconcileFiles({ memos, clock }: SavingContext, upload: Upload) {
  /** When this run last brought or saw a file, by its id. */
  const seenAt = new Map<string, number>();

  function saw(id: string): void {
    const now = clock.monotonic();
    for (const [old, at] of seenAt) if (now - at >= JUST_MS) seenAt.delete(old);
    seenAt.set(id, now);
  }

  /**
   * What an earlier try brought: it is in the memo, or in none yet. Where the server named it, it is known by its name
   * and size, and is none of the `others`. An older version gave it the name that it was sent with.
   */
  async function find(
    { work, serverNames }: Pass,
    memo: Memo | null,
    { id, name: sent, filename, size }: DesiredFile,
    others: readonly string[],
  ): Promise<string | undefined> {
    const { token, signal, leased } = work;
    const name = `attachments/${id}`;
    const filenames = [filename, sent];
    const isIt = (file: Attachment) =>
      file.name === name ||
      (serverNames.files &&
        filenames.includes(file.filename) &&
        file.size === (size ?? file.size) &&
        !others.includes(file.name));
    const bound = memo?.attachments.find(isIt);
    if (bound) return bound.name;
    if (!serverNames.files) return (await unlessGone(memos.getAttachment(token, name, signal)))?.name;
    const search = { filenames, size, since: new Date(leased.job.created_at) };
    const found = await memos.findAttachments(token, search, signal);
    return found.find((file) => file.memo === undefined && isIt(file))?.name;
  }

  return {
    /** For a memo that is still to be made, or into one that is there: what the person added or deleted stays so. */
    async bring(pass: Pass, memo: Memo | null): Promise<Brought> {
      const { work, want, isFresh } = pass;
      const { written, tried } = work.record.known;
      const before = written?.files ?? {};
      const bound = new Set(memo?.attachments.map(({ name }) => name));
      // The content is written after the files: those of what it shows were in the memo once.
      const held = (memo && recognised(pass.revisions, memo.content)?.files) ?? [];
      // Where the list is not as we left it, a file is added singly: setting a list deletes what it does not name.
      const isAsLeft = bound.symmetricDifference(new Set(Object.values(before))).size === 0;
      const into = memo && !isAsLeft ? memo.name : null;
      const names = new Map<string, string>();
      const attachments: string[] = [];
      const left_out: Record<string, LeftOut> = {};
      const lacks: Record<string, Waits> = {};
      let failure: unknown;
      for (const file of want.files) {
        const { id } = file;
        const known = before[id];
        if (known !== undefined) {
          names.set(id, known);
          if (bound.has(known)) attachments.push(known);
          continue;
        }
        const others = [...Object.values(before), ...names.values()];
        const there = isFresh ? undefined : await find(pass, memo, file, others);
        if (there === undefined && held.includes(id) && !tried?.lacks?.[id]) {
          // One that is gone was deleted, unless the words were written without it; or the server, which has just had
          // it, contradicts itself.
          if (clock.monotonic() - (seenAt.get(id) ?? Number.NEGATIVE_INFINITY) < JUST_MS)
            throw new MemosError(
              "server",
              `Memos does not know the file ${file.name} any more, which it has just had`,
            );
          names.set(id, `attachments/${id}`);
          continue;
        }
        const brought = there ?? (await upload(work, file, into));
        if (typeof brought === "string") {
          saw(id);
          names.set(id, brought);
          attachments.push(brought);
        } else if ("why" in brought) left_out[id] = brought;
        else {
          lacks[id] = brought.waits;
          failure = brought.error;
        }
      }
      // It turned out that they cannot be saved: what is wanted is another thing.
      if (Object.keys(left_out).length > 0)
        await restartWith(work, { left_out: { ...tried?.left_out, ...left_out } });
      const isNothing = memo === null && want.content === "" && attachments.length === 0 && !want.location;
      if (failure !== undefined && isNothing) throw failure;
      // That its words are there does not tell any more that its files were.
      if (Object.keys(lacks).some((id) => !tried?.lacks?.[id]))
        work.record.note({ tried: { ...work.record.known.tried, lacks } });
      return { names, attachments, lacks, error: failure };
    },

    /** Takes away what tries and earlier versions brought and nothing wants any more. */
    async sweep(pass: Pass, memo: Memo, { names }: Brought): Promise<void> {
      const { work, want, everWanted, revisions, serverNames } = pass;
      const { token, signal, record } = work;
      const before = record.known.written?.files ?? {};
      const wanted = want.files.map(({ id }) => id);
      for (const id of new Set(revisions.flatMap(({ files }) => files))) {
        const known = before[id];
        const isDeleted = known !== undefined && memo.attachments.every(({ name }) => name !== known);
        if (wanted.includes(id) || isDeleted) continue;
        const file = everWanted.flatMap(({ files }) => files).find((other) => other.id === id);
        const others = [...Object.values(before), ...names.values()];
        const found = file && serverNames.files ? await find(pass, memo, file, others) : undefined;
        // It may never have come there, or be gone.
        await unlessGone(memos.deleteAttachment(token, known ?? found ?? `attachments/${id}`, signal));
      }
    },
  };
}

/** Tags that were added at the end since, by a command or by hand, are no change of what was said. */
const LAST_TAG = /\s+#\S+\s*$/u;

/** Which revision of ours a memo shows, and the tags behind it; undefined where the words are the person's by now. */
export function recognised(revisions: readonly Revision[], content: string) {
  for (let words = content; ; words = words.replace(LAST_TAG, "")) {
    const main = hashOf(words);
    const revision = revisions.find((one) => one.main === main);
    if (revision) return { files: revision.files, addedTags: content.slice(words.length) };
    if (!LAST_TAG.test(words)) return undefined;
  }
}
