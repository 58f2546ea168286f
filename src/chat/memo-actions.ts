import { VISIBILITIES, type Visibility } from "../domain/visibility.ts";
import type { Memo } from "../memos/client.ts";
import { unlessGone } from "../memos/errors.ts";
import { button, confirmation, deleteQuestion, type Message } from "../replies/messages.ts";
import type { Job } from "../store/db/rows.ts";
import { commentsIn } from "../store/queue/memo-links.ts";
import type { Asker, ChatContext } from "./context.ts";
import { parseTags, shownTags, withTags } from "./tags.ts";

/** The memo of a job that somebody asks for something, by a command or a button. */
export interface AskedMemo extends Asker {
  readonly job: Job;
  readonly name: string;
  /** Said below its confirmation. */
  readonly remark: string | null;
}

/**
 * What commands and buttons do with a memo, and what is said then: most often its confirmation, as it is now. All of it
 * throws what Memos throws.
 */
export function createMemoActions({ memoLinks, memoMutex, memos, urls }: ChatContext) {
  function confirm({ job, texts, remark }: AskedMemo, memo: Memo): Message {
    return confirmation(texts, {
      job_id: job.id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      isComment: memo.parent !== undefined,
      messages: job.kind === "message" ? memoLinks.messagesOf(job.id).length : 1,
      url: urls.memoUrl(memo.name),
      remarks: remark === null ? [] : [remark],
    });
  }

  const read = ({ token, name, signal }: AskedMemo) => memos.getMemo(token, name, signal);
  const update = ({ token, name, signal }: AskedMemo, fields: Parameters<typeof memos.updateMemo>[2]) =>
    memos.updateMemo(token, name, fields, signal);

  async function tag(at: AskedMemo, argument: string): Promise<Message> {
    const { texts } = at;
    const parsed = parseTags(argument);
    if ("bad" in parsed) return { text: texts.badTag({ tag: parsed.bad }) };
    if (parsed.tags.length === 0) return { text: texts.tagHow };
    const before = await read(at);
    const content = withTags(before.content, parsed.tags);
    const after = content === before.content ? before : await update(at, { content });
    return confirm({ ...at, remark: texts.tagged({ tags: shownTags(parsed.tags) }) }, after);
  }

  return {
    show: async (at: AskedMemo) => confirm(at, await read(at)),
    pin: async (at: AskedMemo, pinned: boolean) => confirm(at, await update(at, { pinned })),
    tag: (at: AskedMemo, argument: string) => memoMutex(at.name, () => tag(at, argument)),

    /** Who sees the memo sees what jobs have written under it, and nobody else does. */
    async setVisibility(at: AskedMemo, visibility: Visibility): Promise<Message> {
      const { job, name, token, signal } = at;
      const ofOthers = memoLinks.commentsUnder({ server: memos.server, memo_name: name });
      const written = [...commentsIn(job.written), ...ofOthers];
      if (written.length === 0) return confirm(at, await update(at, { visibility }));
      const before = await read(at);
      // Before its comments: from 0.29 on Memos gives them what the memo has.
      const memo = await update(at, { visibility });
      for (const comment of await memos.listComments(token, memo.parent ?? name, signal)) {
        if (!written.includes(comment.name) || !follows(comment, before, memo)) continue;
        await unlessGone(update({ ...at, name: comment.name }, { visibility: memo.visibility }));
      }
      return confirm(at, memo);
    },

    async archive(at: AskedMemo, archived: boolean): Promise<Message> {
      const { job, texts } = at;
      const memo = await update(at, { state: archived ? "ARCHIVED" : "NORMAL" });
      if (!archived) return confirm(at, memo);
      const takeOut = button(texts.unarchive, { ask: "archive", job_id: job.id, archived: false });
      return { text: texts.archived, buttons: [[takeOut]] };
    },

    async askToDelete(at: AskedMemo): Promise<Message> {
      await read(at);
      return deleteQuestion(at.texts, at.job.id);
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
