import type { Written } from "../domain/saved.ts";
import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Tries } from "./create-attempts.ts";
import { type DesiredComment, hashOf } from "./desired.ts";
import { isUncertain, type Work } from "./job-context.ts";
import type { Step } from "./step.ts";

export type ReconcileComments = ReturnType<typeof createReconcileComments>;

/** The comments that go on where a memo has no room for more, or is the person's by now. */
export function createReconcileComments(deps: { memos: MemosClient; tries: Tries }) {
  const { memos, tries } = deps;

  return {
    /** Whether the person changed one that would be changed: half an edit is none. */
    async areTheirs(step: Step): Promise<boolean> {
      const { work, aim } = step;
      for (const { key, content } of aim.want.rest) {
        const before = work.record.known.written?.rest[key];
        if (!before || before.hash === hashOf(content)) continue;
        const found = await read(work, before.name);
        if (found && found.content !== content && !hashesOf(step, key).has(hashOf(found.content)))
          return true;
      }
      return false;
    },

    /** Makes them be as they are wanted, in order, under the memo `parent`; what it came to. */
    async write(step: Step, parent: string): Promise<Written["rest"]> {
      const { work, aim } = step;
      const before = work.record.known.written?.rest ?? {};
      const rest: Record<string, { name: string; hash: string }> = {};
      const free = await unclaimed(step, parent);
      for (const [at, comment] of aim.want.rest.entries()) {
        const name = await writeOne(step, { comment, at, parent, free });
        // The memo was deleted this moment: there is nothing left to go on with.
        if (name === "gone") return rest;
        rest[comment.key] = { name, hash: hashOf(comment.content) };
      }
      if (!step.isFresh) await sweep(step, { ...before }, free);
      return rest;
    },
  };

  async function writeOne(
    step: Step,
    { comment, at, parent, free }: { comment: DesiredComment; at: number; parent: string; free: Memo[] },
  ): Promise<string | "gone"> {
    const { work, chosen } = step;
    const { token, signal, record, leased } = work;
    const { key, id, content } = comment;
    const before = record.known.written?.rest[key];
    const hashes = hashesOf(step, key);
    // Those that say the same are left alone, whatever became of them.
    if (before?.hash === hashOf(content) && hashes.size === 1) return before.name;
    let there: Memo | undefined;
    if (before) there = await placed(work, before.name, parent);
    else if (chosen.memos) there = take(free, [hashOf(content)]) ?? take(free, [...hashes]);
    else if (!step.isFresh && hashes.size > 1) there = await placed(work, `memos/${id}`, parent);
    if (!there) {
      const made = await make(step, { comment, at, parent });
      if (typeof made === "string") return made;
      there = made;
    }
    const isOurs = hashes.has(hashOf(there.content)) || leased.job.requested_action === "overwrite";
    if (there.content !== content && isOurs) {
      await memos.updateMemo(token, there.name, { content }, signal);
    }
    return there.name;
  }

  /** Its name once it is made; what is there where the answer was lost. */
  async function make(
    { work, aim, chosen }: Step,
    { comment, at, parent }: { comment: DesiredComment; at: number; parent: string },
  ): Promise<string | Memo | "gone"> {
    const { token, signal, leased } = work;
    const { id, content } = comment;
    // Memos lists comments by their time: a second apart they are read in their order.
    const createTime = new Date(aim.want.createTime.getTime() + (at + 1) * 1000);
    try {
      const draft = { id, content, createTime, attachments: [] };
      return (await memos.createComment(token, parent, draft, signal)).name;
    } catch (error) {
      if (chosen.memos) tries.failed(leased.job.id, error);
      if (!isUncertain(error) || error.kind === "content_too_long") throw error;
      if (error.kind === "not_found") return "gone";
      const found = chosen.memos ? undefined : await placed(work, `memos/${id}`, parent);
      if (!found) throw error;
      return found;
    }
  }

  /** What no message wants any more goes, unless the person has changed it. */
  async function sweep(step: Step, before: Written["rest"], free: Memo[]): Promise<void> {
    const { work, aim, chosen } = step;
    const { token, signal } = work;
    const wanted = aim.want.rest.map(({ key }) => key);
    const keys = new Set([
      ...Object.keys(before),
      ...aim.revisions().flatMap(({ rest }) => Object.keys(rest)),
    ]);
    for (const key of keys) {
      if (wanted.includes(key)) continue;
      const hashes = hashesOf(step, key);
      const name = before[key]?.name ?? (chosen.memos ? take(free, [...hashes])?.name : aim.commentName(key));
      const found = name === undefined ? undefined : await read(work, name);
      if (found && hashes.has(hashOf(found.content))) await memos.deleteMemo(token, found.name, signal);
    }
  }

  /** Where the server chose their ids: the comments of ours that nobody knows by name; each is taken once. */
  async function unclaimed({ work, aim, isFresh, chosen }: Step, parent: string): Promise<Memo[]> {
    const isWanted = aim.revisions().some(({ rest }) => Object.keys(rest).length > 0);
    if (!chosen.memos || isFresh || !isWanted) return [];
    const { token, signal, binding, record } = work;
    const known = Object.values(record.known.written?.rest ?? {}).map(({ name }) => name);
    const listed = await memos.listComments(token, parent, signal).catch((error: unknown) => {
      if (isMemosError(error, "not_found")) return [];
      throw error;
    });
    return listed.filter(({ name, creator }) => creator === binding.account && !known.includes(name));
  }

  /** A comment in its place: one that failed half-way stands alone, and only making it again mends that. */
  async function placed(work: Work, name: string, parent: string): Promise<Memo | undefined> {
    const found = await read(work, name);
    if (!found || found.parent === parent) return found;
    if (found.parent === undefined && found.creator === work.binding.account) {
      await memos.deleteMemo(work.token, name, work.signal);
    }
    return undefined;
  }

  async function read({ token, signal }: Work, name: string): Promise<Memo | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "not_found", "forbidden")) return undefined;
      throw error;
    }
  }
}

/** What a comment may say that is ours. */
function hashesOf({ work, aim }: Step, key: string): Set<string> {
  const before = work.record.known.written?.rest[key]?.hash;
  const tried = aim.revisions().flatMap(({ rest }) => rest[key] ?? []);
  return new Set([...(before === undefined ? [] : [before]), ...tried]);
}

/** Each is used once. */
function take(free: Memo[], hashes: readonly string[]): Memo | undefined {
  const at = free.findIndex(({ content }) => hashes.includes(hashOf(content)));
  return at < 0 ? undefined : free.splice(at, 1)[0];
}
