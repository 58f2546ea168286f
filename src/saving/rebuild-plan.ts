import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { MadeComment } from "../store/db/schema.ts";
import { contentHash, type MemoLink } from "../store/queue/memo-links.ts";
import type { Work } from "./job-context.ts";
import {
  attachmentName,
  commentIdOf,
  commentKey,
  commentName,
  memoName,
  type Plan,
  type PlannedComment,
} from "./plan.ts";

/**
 * What a memo was made from, where the store no longer knows: its plan was pruned, or is of after the backup that was
 * restored. `fresh` is what it would be made from now. `never`: there is no such memo.
 */
export type Remember = (work: Work, fresh: Plan) => Promise<Plan | "gone" | "never" | "too_old">;

export function createRemember(deps: {
  memos: Pick<MemosClient, "getMemo">;
  links: { ofJob(jobId: number): MemoLink[] };
}): Remember {
  const { memos, links } = deps;

  return async (work, fresh) => {
    const { job } = work.leased;
    const own = links.ofJob(job.id).filter(({ confirmation }) => !confirmation);
    // The other parts of an album are not kept for ever, and without them its memo cannot be told.
    if (own.some(({ message_id }) => !fresh.message_ids.includes(message_id))) return "too_old";
    const name = job.memo_name ?? memoName(fresh);
    const memo = await read(work, name);
    if (!memo) return job.memo_name === null ? "never" : "gone";
    if (memo.creator !== work.identity.account) return "never";
    const ours =
      memo.content === fresh.content || own.some((link) => link.content_hash === contentHash(memo.content));
    const held = memo.attachments.map((file) => file.name);
    return {
      ...fresh,
      memo_name: name,
      // Empty says that it is not as we wrote it.
      content: ours ? memo.content : "",
      files: fresh.files.filter((file) => held.includes(attachmentName(file))),
      rest: await commentsOf(work, fresh),
      seq: 0,
      done: true,
    };
  };

  /** Each as it was last written; empty where that is not known, or is not so any more. */
  async function commentsOf(work: Work, fresh: Plan): Promise<PlannedComment[]> {
    const made: readonly MadeComment[] =
      work.leased.job.comments ??
      fresh.rest.map((comment) => ({ memo_name: commentName(comment), content_hash: null }));
    const keyed = made.map(() => ({ message_ids: [] }));
    const rest: PlannedComment[] = [];
    for (const [at, comment] of made.entries()) {
      rest.push({
        comment_id: commentIdOf(work.identity, fresh.n, commentKey(keyed, at)),
        name: comment.memo_name,
        began_at: null,
        content: await lastWritten(work, comment, fresh.rest[at]?.content ?? null),
        message_ids: [],
      });
    }
    return rest;
  }

  async function lastWritten(
    work: Work,
    { memo_name, content_hash }: MadeComment,
    next: string | null,
  ): Promise<string> {
    if (next !== null && contentHash(next) === content_hash) return next;
    const content = (await read(work, memo_name))?.content ?? "";
    const isKnown = content_hash === null ? next !== null : contentHash(content) === content_hash;
    return isKnown ? content : "";
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
