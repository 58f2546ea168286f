import type { Written } from "../domain/saved.ts";
import type { Memo } from "../memos/client.ts";
import { unlessGone } from "../memos/errors.ts";
import type { SavingContext, Work } from "./context.ts";
import { type DesiredComment, hashOf } from "./desired.ts";
import type { Pass } from "./fix-terms.ts";
import type { LateWrites } from "./late-writes.ts";

/** The comments that go on where a memo has no room for more, or is the person's by now. */
export function createReconcileComments({ memos }: SavingContext, lateWrites: LateWrites) {
  const read = ({ token, signal }: Work, name: string) =>
    unlessGone(memos.getMemo(token, name, signal), "forbidden");

  return {
    /** Whether the person changed one that would be changed: half an edit is none. */
    async areTheirs(pass: Pass): Promise<boolean> {
      for (const { key, content } of pass.want.rest) {
        const before = writtenIn(pass)[key];
        if (!before || before.hash === hashOf(content)) continue;
        const found = await read(pass.work, before.name);
        if (found && found.content !== content && !hashesOf(pass, key).has(hashOf(found.content)))
          return true;
      }
      return false;
    },

    /** Makes them be as they are wanted, in order, under the memo `parent`; what it came to. */
    async write(pass: Pass, parent: string): Promise<Written["rest"]> {
      const { work, want, revisions, isFresh, serverNames } = pass;
      const { token, signal, leased } = work;
      const before = writtenIn(pass);
      const unclaimed = await findUnclaimed(pass, parent);
      const find = async (key: string): Promise<Memo | undefined> => {
        const claimed = serverNames.memos
          ? take(unclaimed, hashesOf(pass, key))?.name
          : pass.commentName(key);
        const name = before[key]?.name ?? claimed;
        return name === undefined ? undefined : placed(work, name, parent);
      };
      const rest: Record<string, { name: string; hash: string }> = {};
      for (const [at, comment] of want.rest.entries()) {
        const { key, content } = comment;
        const hash = hashOf(content);
        const hashes = hashesOf(pass, key);
        const isSame = before[key]?.hash === hash && hashes.size === 1;
        // Those that say the same are left alone, whatever became of them.
        const there = isSame ? before[key] : isFresh ? undefined : await find(key);
        const made = there ?? (await make(pass, { comment, at, parent }));
        // The memo was deleted this moment: there is nothing left to go on with.
        if (!made) return rest;
        rest[key] = { name: made.name, hash };
        const isOurs = (text: string) =>
          hashes.has(hashOf(text)) || leased.job.requested_action === "overwrite";
        if ("content" in made && made.content !== content && isOurs(made.content)) {
          await memos.updateMemo(token, made.name, { content }, signal);
        }
      }
      // What no message wants any more goes, unless the person has changed it.
      const ever = [...Object.keys(before), ...revisions.flatMap(({ rest }) => Object.keys(rest))];
      for (const key of isFresh ? [] : new Set(ever)) {
        const found = key in rest ? undefined : await find(key);
        if (found && hashesOf(pass, key).has(hashOf(found.content)))
          await memos.deleteMemo(token, found.name, signal);
      }
      return rest;
    },
  };

  /** Undefined where its memo is gone. */
  async function make(
    { work, want, serverNames }: Pass,
    { comment, at, parent }: { comment: DesiredComment; at: number; parent: string },
  ): Promise<Memo | undefined> {
    const { token, signal, leased } = work;
    const { id, content } = comment;
    // Memos lists comments by their time: a second apart they are read in their order.
    const createTime = new Date(want.createTime.getTime() + (at + 1) * 1000);
    const draft = { id, content, createTime, attachments: [] };
    return unlessGone(memos.createComment(token, parent, draft, signal)).catch((error) => {
      if (serverNames.memos) lateWrites.failed(leased.job.id, error);
      throw error;
    });
  }

  /** Where the server chose their ids: the comments of ours that nobody knows by name; each is taken once. */
  async function findUnclaimed(pass: Pass, parent: string): Promise<Memo[]> {
    const { work, revisions, isFresh, serverNames } = pass;
    if (!serverNames.memos || isFresh || revisions.every(({ rest }) => Object.keys(rest).length === 0))
      return [];
    const { token, signal, binding } = work;
    const known = Object.values(writtenIn(pass)).map(({ name }) => name);
    const listed = (await unlessGone(memos.listComments(token, parent, signal))) ?? [];
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
}

const writtenIn = ({ work }: Pass): Written["rest"] => work.record.known.written?.rest ?? {};

/** What a comment may say that is ours. */
function hashesOf(pass: Pass, key: string): Set<string> {
  const before = writtenIn(pass)[key]?.hash;
  const tried = pass.revisions.flatMap(({ rest }) => rest[key] ?? []);
  return new Set([...(before === undefined ? [] : [before]), ...tried]);
}

/** Each is used once. */
function take(free: Memo[], hashes: ReadonlySet<string>): Memo | undefined {
  const at = free.findIndex(({ content }) => hashes.has(hashOf(content)));
  return at < 0 ? undefined : free.splice(at, 1)[0];
}
