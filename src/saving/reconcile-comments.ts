import type { Written } from "../domain/saved.ts";
import type { Memo } from "../memos/client.ts";
import { unlessTwiceGone } from "../memos/errors.ts";
import type { SavingContext, Work } from "./context.ts";
import { hashOf } from "./desired.ts";
import type { Pass } from "./fix-terms.ts";

/** The comments that go on where a memo has no room for more, or is the person's by now. */
export function createReconcileComments({ memos }: SavingContext) {
  const read = ({ token, signal }: Work, name: string) =>
    unlessTwiceGone(() => memos.getMemo(token, name, signal), "forbidden");

  return {
    /** Whether the person changed one that would be changed: half an edit is none. */
    async areTheirs(pass: Pass): Promise<boolean> {
      for (const { key, content } of pass.want.rest) {
        const before = writtenIn(pass)[key];
        if (!before || before.hash === hashOf(content)) continue;
        const found = await read(pass.work, before.name);
        if (found && found.content !== content && !isOurs(pass, key, found)) return true;
      }
      return false;
    },

    /** Makes them be as they are wanted, in order, under the memo `parent`; what it came to. */
    async write(pass: Pass, parent: string): Promise<Written["rest"]> {
      const { work, want, revisions, isFresh, serverNames } = pass;
      const { token, signal, leased } = work;
      const before = writtenIn(pass);
      let unclaimed = await findUnclaimed(pass, parent);
      const find = async (key: string): Promise<Memo | undefined> => {
        const name = before[key]?.name ?? (serverNames.memos ? undefined : pass.commentName(key));
        if (name !== undefined) return placed(work, name, parent);
        const found = unclaimed.find((memo) => isOurs(pass, key, memo));
        unclaimed = unclaimed.filter((memo) => memo !== found);
        return found;
      };
      const rest: Record<string, { name: string; hash: string }> = {};
      for (const [at, { id, key, content }] of want.rest.entries()) {
        const hash = hashOf(content);
        const last = before[key];
        // Those that say the same are left alone, whatever became of them.
        if (last && revisions.every(({ rest }) => (rest[key] ?? hash) === hash)) {
          rest[key] = last;
          continue;
        }
        // Memos lists comments by their time: a second apart they are read in their order.
        const createTime = new Date(want.createTime.getTime() + (at + 1) * 1000);
        const draft = { id, content, createTime, attachments: [] };
        const found = isFresh ? undefined : await find(key);
        const made = found ?? (await memos.createComment(token, parent, draft, signal));
        rest[key] = { name: made.name, hash };
        const mayWrite = leased.job.requested_action === "overwrite" || isOurs(pass, key, made);
        if (made.content !== content && mayWrite)
          await memos.updateMemo(token, made.name, { content }, signal);
      }
      // What no message wants any more goes, unless the person has changed it.
      for (const key of isFresh ? [] : new Set(revisions.flatMap(({ rest }) => Object.keys(rest)))) {
        const found = key in rest ? undefined : await find(key);
        if (found && isOurs(pass, key, found)) await memos.deleteMemo(token, found.name, signal);
      }
      return rest;
    },
  };

  /** Where the server chose their ids: the comments of ours that nobody knows by name; each is used once. */
  async function findUnclaimed(pass: Pass, parent: string): Promise<Memo[]> {
    const { work, revisions, isFresh, serverNames } = pass;
    if (!serverNames.memos || isFresh || revisions.every(({ rest }) => Object.keys(rest).length === 0))
      return [];
    const { token, signal, binding } = work;
    const known = Object.values(writtenIn(pass)).map(({ name }) => name);
    const listed = await memos.listComments(token, parent, signal);
    return listed.filter(({ name, creator }) => creator === binding.account && !known.includes(name));
  }

  /** A comment in its place: one that failed half-way stands alone, and only making it again mends that. */
  async function placed(work: Work, name: string, parent: string): Promise<Memo | undefined> {
    const found = await read(work, name);
    if (!found || found.parent === parent) return found;
    if (found.parent === undefined && found.creator === work.binding.account)
      await memos.deleteMemo(work.token, name, work.signal);
    return undefined;
  }
}

const writtenIn = ({ work }: Pass): Written["rest"] => work.record.known.written?.rest ?? {};

/** Whether what a comment says is ours. */
const isOurs = ({ revisions }: Pass, key: string, { content }: Memo) =>
  revisions.some(({ rest }) => rest[key] === hashOf(content));
