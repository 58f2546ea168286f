import type { Secret } from "../base/secret.ts";
import { VISIBILITIES, type Visibility } from "../domain/visibility.ts";
import type { Texts } from "../locales/texts.ts";
import type { Memo } from "../memos/client.ts";
import { unlessGone } from "../memos/errors.ts";
import { button, confirmation, deleteQuestion, type Message } from "../replies/messages.ts";
import { commentsIn } from "../store/queue/memo-links.ts";
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

/**
 * What commands and buttons do with a memo, and what is said then: its confirmation as it is now, with `remark` below
 * it. All of it throws what Memos throws.
 */
export function createMemoActions({ store: { memoLinks, messageJobs }, memos, urls }: ChatContext) {
  function confirm({ job, texts }: AskedMemo, memo: Memo, remark: string | null): Message {
    return confirmation(texts, {
      job_id: job.id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      isComment: memo.parent !== undefined,
      messages: messageJobs.joinedIn(job),
      url: urls.memoUrl(memo.name),
      remarks: remark === null ? [] : [remark],
    });
  }

  const update = ({ token, name, signal }: AskedMemo, fields: Parameters<typeof memos.updateMemo>[2]) =>
    memos.updateMemo(token, name, fields, signal);

  /** Who sees the memo sees what jobs have written under it, and nobody else does. */
  async function withComments(at: AskedMemo, visibility: Visibility): Promise<Memo> {
    const { job, name, token, signal } = at;
    const ofOthers = memoLinks.commentsUnder({ server: memos.server, memo_name: name });
    const written = [...commentsIn(job.written), ...ofOthers];
    if (written.length === 0) return update(at, { visibility });
    const before = await memos.getMemo(token, name, signal);
    // Before its comments: from 0.29 on Memos gives them what the memo has.
    const memo = await update(at, { visibility });
    for (const comment of await memos.listComments(token, memo.parent ?? name, signal)) {
      if (!written.includes(comment.name) || !follows(comment, before, memo)) continue;
      await unlessGone(update({ ...at, name: comment.name }, { visibility: memo.visibility }));
    }
    return memo;
  }

  return {
    confirm,

    show: async (at: AskedMemo, remark = at.job.detail): Promise<Message> =>
      confirm(at, await memos.getMemo(at.token, at.name, at.signal), remark),

    setVisibility: async (at: AskedMemo, visibility: Visibility, remark = at.job.detail): Promise<Message> =>
      confirm(at, await withComments(at, visibility), remark),

    pin: async (at: AskedMemo, pinned: boolean, remark = at.job.detail): Promise<Message> =>
      confirm(at, await update(at, { pinned }), remark),

    unarchive: async (at: AskedMemo): Promise<Message> =>
      confirm(at, await update(at, { state: "NORMAL" }), at.job.detail),

    async archive(at: AskedMemo): Promise<Message> {
      const { job, texts } = at;
      await update(at, { state: "ARCHIVED" });
      const takeOut = button(texts.unarchive, { ask: "archive", job_id: job.id, archived: false });
      return { text: texts.archived, buttons: [[takeOut]] };
    },

    async askToDelete({ job, token, name, texts, signal }: AskedMemo): Promise<Message> {
      await memos.getMemo(token, name, signal);
      return deleteQuestion(texts, job.id);
    },

    /** For good. Carried out once more it finds less to delete, or nothing. */
    async remove({ job, name, token, texts, signal }: AskedMemo): Promise<Message> {
      // The comments that go on with it; the memo last, so that what failed can be repeated.
      for (const memo of [...commentsIn(job.written), name]) {
        await unlessGone(memos.deleteMemo(token, memo, signal));
      }
      return { text: texts.deleted };
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
