import type { Memo } from "../memos/client.ts";
import type { SavingContext } from "./context.ts";
import { type DesiredFile, hashOf } from "./desired.ts";
import { type Pass, restartWith } from "./fix-terms.ts";
import type { LateWrites } from "./late-writes.ts";
import { namesOfOthers, type Uploads } from "./upload-files.ts";

/** Names in Memos of the files of a job, by id. `fresh`: those that are still to be bound to its memo. */
export interface Brought {
  readonly names: ReadonlyMap<string, string>;
  readonly fresh: readonly string[];
}

/** The files of a job: brought once each, bound to its memo, and taken away where no message has them any more. */
export function createReconcileFiles(
  { memos }: SavingContext,
  { uploads, lateWrites }: { uploads: Uploads; lateWrites: LateWrites },
) {
  async function bringOne(pass: Pass, file: DesiredFile, memo: string | null): Promise<string> {
    const { work, serverNames } = pass;
    const { leased, record } = work;
    const brought = await uploads.bring(work, file, memo).catch((error: unknown) => {
      if (serverNames.files) lateWrites.failed(leased.job.id, error);
      throw error;
    });
    if (typeof brought === "string") return brought;
    // It turned out that it cannot be saved: what is wanted is another thing.
    throw restartWith(pass, { left_out: { ...record.known.tried?.left_out, [file.id]: brought } });
  }

  /** What an earlier try brought, and the server named, is in the memo, or in none. */
  async function findNamed(pass: Pass, memo: Memo, id: string): Promise<string | undefined> {
    const file = pass.ever.flatMap(({ files }) => files).find((other) => other.id === id);
    if (!file) return undefined;
    const bound = boundAs(pass, memo, file);
    return bound ?? (await uploads.find(pass.work, file, { serverNamesFiles: true, memo: null }))?.name;
  }

  return {
    /** For a memo that is still to be made, or into one that is there: what the person added or deleted stays so. */
    async bring(pass: Pass, memo: Memo | null): Promise<Brought> {
      const { work, want, isFresh, serverNames } = pass;
      const before = work.record.known.written?.files ?? {};
      const bound = memo?.attachments.map(({ name }) => name) ?? [];
      const held = memo ? heldFiles(pass, memo) : [];
      // Where the list is not as we left it, a file is added singly: setting a list deletes what it does not name.
      const into = memo && !isSameSet(bound, Object.values(before)) ? memo.name : null;
      const names = new Map<string, string>();
      const fresh: string[] = [];
      for (const file of want.files) {
        const { id, size } = file;
        const known = before[id] ?? boundAs(pass, memo, file);
        if (known !== undefined) {
          names.set(id, known);
          continue;
        }
        const serverNamesFiles = serverNames.files;
        const there = isFresh ? undefined : await uploads.find(work, file, { serverNamesFiles, memo: into });
        // What the content shows came with its files: one that is gone was deleted. Without a size it was not found.
        const isDeleted = there === undefined && held.includes(id) && !(serverNamesFiles && size === null);
        if (isDeleted && serverNamesFiles) continue;
        const name = isDeleted ? `attachments/${id}` : (there?.name ?? (await bringOne(pass, file, into)));
        names.set(id, name);
        if (!isDeleted) fresh.push(name);
      }
      return { names, fresh };
    },

    /** The list of a memo that was there follows its files; of one that was only begun its time as well. */
    async bind({ work, want }: Pass, memo: Memo, { names, fresh }: Brought): Promise<Memo> {
      const isFirst = work.record.known.covered === 0;
      if (fresh.length === 0 && !isFirst) return memo;
      const bound = memo.attachments.map(({ name }) => name);
      const attachments = [...names.values()].filter((name) => fresh.includes(name) || bound.includes(name));
      const { id, content, createTime } = want;
      const draft = { id, content, attachments, createTime: isFirst ? createTime : null };
      return memos.finishMemo(work.token, memo, draft, work.signal);
    },

    /** Takes away what tries and earlier versions brought and nothing wants any more. */
    async sweep(pass: Pass, memo: Memo, { names }: Brought): Promise<void> {
      const { work, want, revisions, serverNames } = pass;
      const before = work.record.known.written?.files ?? {};
      const wanted = want.files.map(({ id }) => id);
      const ids = [...Object.keys(before), ...revisions.flatMap(({ files }) => files)];
      for (const id of new Set(ids)) {
        const known = before[id];
        const isDeleted = known !== undefined && memo.attachments.every(({ name }) => name !== known);
        if (wanted.includes(id) || isDeleted) continue;
        const name = known ?? (serverNames.files ? await findNamed(pass, memo, id) : `attachments/${id}`);
        if (name !== undefined && ![...names.values()].includes(name)) await uploads.remove(work, name);
      }
    },
  };
}

/** What was surely in the memo once: the content is written after the files. */
function heldFiles({ work, revisions }: Pass, memo: Memo): readonly string[] {
  const { written } = work.record.known;
  const before = written ? [{ main: written.main, files: Object.keys(written.files) }] : [];
  let shown: readonly string[] = [];
  tagsAddedTo(memo.content, (content) => {
    const hash = hashOf(content);
    const found = [...before, ...revisions].find(({ main }) => main === hash);
    shown = found?.files ?? [];
    return found !== undefined;
  });
  return [...(before[0]?.files ?? []), ...shown];
}

/** Tags that were added at the end since, by a command or by hand, are no change of what was said. */
const LAST_TAG = /\s+#\S+\s*$/u;

/** The tags that stand behind the words that we wrote; undefined where the words are the person's by now. */
export function tagsAddedTo(content: string, isOurs: (content: string) => boolean): string | undefined {
  for (let written = content; ; written = written.replace(LAST_TAG, "")) {
    if (isOurs(written)) return content.slice(written.length);
    if (!LAST_TAG.test(written)) return undefined;
  }
}

/** Under which name a memo holds a file. */
function boundAs(
  { work, serverNames }: Pass,
  memo: Memo | null,
  { id, filename }: DesiredFile,
): string | undefined {
  const others = namesOfOthers(work, id);
  const isIt = (file: Memo["attachments"][number]) =>
    file.name === `attachments/${id}` ||
    (serverNames.files && file.filename === filename && !others.includes(file.name));
  return memo?.attachments.find(isIt)?.name;
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}
