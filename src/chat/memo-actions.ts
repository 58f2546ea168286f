import type { Secret } from "../base/secret.ts";
import { VISIBILITIES, type Visibility } from "../domain/visibility.ts";
import type { Texts } from "../locales/texts.ts";
import type { Memo } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import { button, confirmation, deleteQuestion, type Message } from "../replies/messages.ts";
import { namesOf } from "../store/queue/memo-links.ts";
import type { Job } from "../store/queue/transitions.ts";
import type { ChatContext } from "./context.ts";

/** The memo of a job that somebody asks for something, by a command or a button. */
export interface AskedMemo {
  readonly job: Job;
  readonly name: string;
  readonly token: Secret;
  readonly texts: Texts;
  readonly signal: AbortSignal;
}

export type MemoActions = ReturnType<typeof createMemoActions>;

/** What commands and buttons do with a memo. All of it throws what Memos throws. */
export function createMemoActions({ store: { memoLinks, messageJobs }, memos, urls }: ChatContext) {
  /** Who sees the memo sees what jobs have written under it, and nobody else does. */
  async function setVisibility(at: AskedMemo, visibility: Visibility): Promise<Memo> {
    const { job, name, token, signal } = at;
    const ofOthers = memoLinks.commentsUnder({ server: memos.server, memo_name: name });
    const written = [...namesOf(job.comments), ...ofOthers];
    if (written.length === 0) return memos.updateMemo(token, name, { visibility }, signal);
    const before = await memos.getMemo(token, name, signal);
    // Before its comments: from 0.29 on Memos gives them what the memo has.
    const memo = await memos.updateMemo(token, name, { visibility }, signal);
    for (const comment of await memos.listComments(token, memo.parent ?? name, signal)) {
      if (!written.includes(comment.name) || !follows(comment, before, memo)) continue;
      await memos
        .updateMemo(token, comment.name, { visibility: memo.visibility }, signal)
        .catch((error: unknown) => {
          if (!isMemosError(error, "not_found")) throw error;
        });
    }
    return memo;
  }

  return {
    /** Its confirmation, as it is now. */
    confirm({ job, texts }: AskedMemo, memo: Memo, remark: string | null): Message {
      return confirmation(texts, {
        job_id: job.id,
        visibility: memo.visibility,
        pinned: memo.pinned,
        isComment: memo.parent !== undefined,
        messages: messageJobs.joinedIn(job),
        url: urls.memoUrl(memo.name),
        remarks: remark === null ? [] : [remark],
      });
    },

    setVisibility,

    pin: ({ token, name, signal }: AskedMemo, pinned: boolean): Promise<Memo> =>
      memos.updateMemo(token, name, { pinned }, signal),

    unarchive: ({ token, name, signal }: AskedMemo): Promise<Memo> =>
      memos.updateMemo(token, name, { state: "NORMAL" }, signal),

    async archive({ job, token, name, texts, signal }: AskedMemo): Promise<Message> {
      await memos.updateMemo(token, name, { state: "ARCHIVED" }, signal);
      const takeOut = button(texts.unarchive, { ask: "archive", job_id: job.id, archived: false });
      return { text: texts.archived, buttons: [[takeOut]] };
    },

    async askToDelete({ job, token, name, texts, signal }: AskedMemo): Promise<Message> {
      await memos.getMemo(token, name, signal);
      return deleteQuestion(texts, job.id);
    },
  };
}

/** A comment that its owner shows to fewer than the memo stays so. */
function follows(comment: Memo, before: Memo, now: Memo): boolean {
  if (comment.visibility === now.visibility) return false;
  return comment.visibility === before.visibility || isWider(comment.visibility, now.visibility);
}

const isWider = (one: Visibility, other: Visibility) =>
  VISIBILITIES.indexOf(one) > VISIBILITIES.indexOf(other);
