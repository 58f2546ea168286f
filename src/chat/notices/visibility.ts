import type { Secret } from "../../base/secret.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { VISIBILITIES } from "../../domain/visibility.ts";
import type { Memo, MemoPatch } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import type { Job } from "../../store/queue/jobs.ts";
import { type MemoLinks, namesOf } from "../../store/queue/memo-links.ts";

/** Changes the memo of a job, called `name`. Who sees it sees what jobs have written under it, and nobody else does. */
export type PatchMemo = (
  token: Secret,
  of: { readonly job: Job; readonly name: string },
  patch: MemoPatch,
  signal: AbortSignal,
) => Promise<Memo>;

export function createPatchMemo(deps: {
  memos: {
    readonly server: string;
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
    updateMemo(token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal): Promise<Memo>;
    listComments(token: Secret, name: string, signal?: AbortSignal): Promise<Memo[]>;
  };
  links: Pick<MemoLinks, "commentsUnder">;
}): PatchMemo {
  const { memos, links } = deps;

  return async (token, { job, name }, patch, signal) => {
    const written =
      patch.visibility === undefined
        ? []
        : [...namesOf(job.comments), ...links.commentsUnder({ server: memos.server, memo_name: name })];
    if (written.length === 0) return memos.updateMemo(token, name, patch, signal);
    const before = await memos.getMemo(token, name, signal);
    // Before its comments: from 0.29 on Memos gives them what the memo has.
    const memo = await memos.updateMemo(token, name, patch, signal);
    for (const comment of await memos.listComments(token, memo.parent ?? name, signal)) {
      if (!written.includes(comment.name) || !follows(comment, before, memo)) continue;
      await memos
        .updateMemo(token, comment.name, { visibility: memo.visibility }, signal)
        .catch((error: unknown) => {
          if (!isMemosError(error, "not_found")) throw error;
        });
    }
    return memo;
  };
}

/** A comment that its owner shows to fewer than the memo stays so. */
function follows(comment: Memo, before: Memo, now: Memo): boolean {
  if (comment.visibility === now.visibility) return false;
  return comment.visibility === before.visibility || isWider(comment.visibility, now.visibility);
}

const isWider = (one: Visibility, other: Visibility) =>
  VISIBILITIES.indexOf(one) > VISIBILITIES.indexOf(other);
