import type { LeftOut } from "../domain/saved.ts";
import type { Memo, MemosClient } from "../memos/client.ts";
import type { Tries } from "./create-attempts.ts";
import { type DesiredFile, hashOf } from "./desired.ts";
import { AGAIN, addedBehind, type Step } from "./step.ts";
import type { Uploads } from "./upload-files.ts";

/** Names in Memos, by id. */
type Names = Map<string, string>;

export type ReconcileFiles = ReturnType<typeof createReconcileFiles>;

/** The files of a job: brought once each, bound to its memo, and taken away where no message has them any more. */
export function createReconcileFiles(deps: {
  memos: Pick<MemosClient, "finishMemo" | "updateMemo">;
  uploads: Uploads;
  tries: Tries;
}) {
  const { memos, uploads, tries } = deps;

  /** It turned out that it cannot be saved: that is written down, and what is wanted is another thing. */
  function leaveOut({ work, aim }: Step, { id }: DesiredFile, why: LeftOut): typeof AGAIN {
    const { tried } = work.record.known;
    const left_out = { ...tried?.left_out, [id]: why };
    work.record.note({ tried: { ...tried, left_out, revisions: aim.revisions() } });
    return AGAIN;
  }

  async function bring(step: Step, file: DesiredFile, memo: string | null): Promise<string | typeof AGAIN> {
    const look = step.chosen.files && !step.isFresh;
    const brought = await uploads.bring(step.work, file, { memo, look }).catch((error: unknown) => {
      if (step.chosen.files) tries.failed(step.work.leased.job.id, error);
      throw error;
    });
    return typeof brought === "string" ? brought : leaveOut(step, file, brought);
  }

  /** Where its ids follow from its messages. */
  const isThere = (step: Step, { id }: DesiredFile) =>
    !step.isFresh && !step.chosen.files && uploads.exists(step.work, `attachments/${id}`);

  /** Of what an earlier try brought, and the server named: in the memo, or in none. */
  async function chosenNameOf({ work }: Step, memo: Memo, file: DesiredFile | undefined) {
    return file && (boundAs(memo, file, true) ?? (await uploads.find(work, { ...file, memo: null })));
  }

  return {
    /** For a memo that is still to be made. */
    async bringAll(step: Step): Promise<Names | typeof AGAIN> {
      const names: Names = new Map();
      for (const file of step.aim.want.files) {
        const name = (await isThere(step, file)) ? `attachments/${file.id}` : await bring(step, file, null);
        if (name === AGAIN) return AGAIN;
        names.set(file.id, name);
      }
      return names;
    },

    /** Into a memo that is there: what the person added or deleted stays so. */
    async bringInto(step: Step, memo: Memo): Promise<{ names: Names; memo: Memo } | typeof AGAIN> {
      const { work, aim, chosen } = step;
      const { token, signal, record } = work;
      const { written, covered, tried } = record.known;
      const { want } = aim;
      const names: Names = new Map();
      const held = heldFiles(step, memo);
      const bound = memo.attachments.map(({ name }) => name);
      const isUntouched = sameNames(bound, Object.values(written?.files ?? {}));
      /** Without a size it could not be found again where the server chose its name. */
      const isHeld = ({ id, size }: DesiredFile) => held.includes(id) && !(chosen.files && size === null);
      const fresh: string[] = [];
      for (const file of want.files) {
        const known = written?.files[file.id] ?? boundAs(memo, file, chosen.files);
        if (known !== undefined) {
          names.set(file.id, known);
          continue;
        }
        const derived = `attachments/${file.id}`;
        const there = await isThere(step, file);
        // What the content shows came with its files: one that is gone was deleted. Some servers bind them later.
        const loose =
          chosen.files && isHeld(file) ? await uploads.find(work, { ...file, memo: null }) : undefined;
        if (!there && loose === undefined && isHeld(file)) {
          if (!chosen.files) names.set(file.id, derived);
          continue;
        }
        // Where the list is not as we left it, a file is added singly: setting a list deletes what it does not name.
        const name = there ? derived : (loose ?? (await bring(step, file, isUntouched ? null : memo.name)));
        if (name === AGAIN) return AGAIN;
        names.set(file.id, name);
        fresh.push(name);
      }
      const isFirst = covered === 0;
      if (fresh.length === 0 && !isFirst) return { names, memo };
      const attachments = [...names.values()].filter((name) => fresh.includes(name) || bound.includes(name));
      const createTime = isFirst ? want.createTime : null;
      const draft = { id: want.id, content: want.content, attachments, createTime };
      const finished = await memos.finishMemo(token, memo, draft, signal);
      const isDated = Date.parse(finished.createTime) === createTime?.getTime();
      // Begun on a version that sets no time, found on one that sets it by the create alone.
      if (!createTime || isDated || !tried?.begun) return { names, memo: finished };
      return { names, memo: await memos.updateMemo(token, memo.name, { createTime }, signal) };
    },

    /** Takes away what tries and earlier versions brought and nothing wants any more. */
    async sweep(step: Step, memo: Memo, names: Names): Promise<void> {
      const { work, aim, chosen } = step;
      const { written } = work.record.known;
      const bound = memo.attachments.map(({ name }) => name);
      const wanted = aim.want.files.map(({ id }) => id);
      const ids = [...Object.keys(written?.files ?? {}), ...aim.revisions().flatMap(({ files }) => files)];
      for (const id of new Set(ids)) {
        if (wanted.includes(id)) continue;
        const known = written?.files[id];
        // It was deleted already.
        if (known !== undefined && !bound.includes(known)) continue;
        const file = aim
          .ever()
          .flatMap(({ files }) => files)
          .find((other) => other.id === id);
        const name = known ?? (chosen.files ? await chosenNameOf(step, memo, file) : `attachments/${id}`);
        if (name !== undefined && ![...names.values()].includes(name)) await uploads.remove(work, name);
      }
    },
  };
}

/** What was surely in the memo once: the content is written after the files. */
function heldFiles(step: Step, memo: Memo): readonly string[] {
  const { written } = step.work.record.known;
  const before = written ? [{ main: written.main, files: Object.keys(written.files) }] : [];
  const revisions = [...before, ...step.aim.revisions()];
  let shown: readonly string[] = [];
  addedBehind(memo.content, (content) => {
    const hash = hashOf(content);
    const found = revisions.find(({ main }) => main === hash);
    shown = found?.files ?? [];
    return found !== undefined;
  });
  return [...(before[0]?.files ?? []), ...shown];
}

/** Under which name a memo holds a file. */
function boundAs(
  { attachments }: Memo,
  { id, filename }: DesiredFile,
  isChosen: boolean,
): string | undefined {
  return attachments.find(
    (file) => file.name === `attachments/${id}` || (isChosen && file.filename === filename),
  )?.name;
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}
