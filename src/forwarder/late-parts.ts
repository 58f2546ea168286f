import { say } from "../chat/messages.ts";
import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import { memoUid } from "../memos/names.ts";
import type { Jobs } from "../store/jobs.ts";
import type { Plan } from "./plan.ts";
import type { Uploads } from "./uploads.ts";
import { type Done, draftOf, isUncertain, seqsOf, type Work } from "./work.ts";

/**
 * Adds parts of an album that came after its memo `name` was made. The memo is the person's by now: theirs goes first.
 * Undefined when the job was settled.
 */
export type AddLateParts = (work: Work, plan: Plan, name: string) => Promise<Done | undefined>;

export interface LatePartsDeps {
  readonly memos: MemosClient;
  readonly jobs: Pick<Jobs, "finish">;
  readonly uploads: Uploads;
}

export function createLateParts({ memos, jobs, uploads }: LatePartsDeps): AddLateParts {
  return async (work, plan, name) => {
    const { token, signal } = work;
    const before = plan.before;
    if (!before) return { plan, memo: await memos.getMemo(token, name, signal) };
    const found = await read(work, name);
    if (!found) {
      tellDeleted(work, plan);
      return undefined;
    }
    const untouched = sameNames(
      found.attachments.map((file) => file.name),
      before.attachments,
    );
    // Where the list is not as we left it, a file is added singly: setting a list deletes what it does not name.
    const uploaded = await uploads.all({ ...work, resumed: true }, plan, untouched ? null : name);
    if (!uploaded) return undefined;
    const memo = await memos.finishMemo(token, found, { ...draftOf(uploaded), createTime: null }, signal);
    return { plan: uploaded, memo: await withWords(work, uploaded, before.content, memo) };
  };

  async function read({ token, signal }: Work, name: string): Promise<Memo | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "not_found")) return undefined;
      throw error;
    }
  }

  function tellDeleted({ leased, identity, texts }: Work, plan: Plan): void {
    jobs.finish(leased.lease, {
      outcome: "saved",
      covered: seqsOf(leased, plan),
      plan: JSON.stringify({ ...plan, done: true }),
      reason: "memo_deleted",
      detail: texts.lateGone,
      owed: [
        say(
          identity.chat_id,
          { text: texts.lateGone },
          { replyTo: plan.message_ids.at(-1) ?? null, promise: "notice" },
        ),
      ],
    });
  }

  /** What late parts say joins the content, if that is still as we wrote it. */
  async function withWords(work: Work, plan: Plan, before: string, memo: Memo): Promise<Memo> {
    const { content } = plan;
    if (content === before || memo.content === content) return memo;
    if (memo.content === before) {
      return memos.updateMemo(work.token, memo.name, { content }, work.signal);
    }
    await commentCaptions(work, plan, memo.name);
    return memo;
  }

  /** The content was changed in Memos meanwhile and stays: what late parts say becomes a comment. */
  async function commentCaptions(work: Work, plan: Plan, parent: string): Promise<void> {
    const { token, identity, signal } = work;
    const text = plan.content.startsWith(plan.before?.content ?? "")
      ? plan.content.slice(plan.before?.content.length ?? 0).trim()
      : plan.content;
    if (text === "" || (await isSaid(work, parent, text))) return;
    const { id_key, bot_id, server, account, chat_id, job_key } = identity;
    const parts = [bot_id, server, account, chat_id, job_key, "late", plan.message_ids.at(-1) ?? 0];
    const id = memoUid(Buffer.from(id_key, "hex"), parts);
    try {
      await memos.createComment(token, parent, { id, content: text, visibility: plan.visibility }, signal);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      const found = await memos.getMemo(token, `memos/${id}`, signal).catch(() => null);
      if (found?.parent === parent) return;
      // A comment that failed half-way stands alone as a memo: only making it again joins it to its parent.
      if (found) await memos.deleteMemo(token, found.name, signal);
      throw error;
    }
  }

  /** An earlier try said it, perhaps under an id that the server chose. */
  async function isSaid(
    { token, identity, resumed, signal }: Work,
    parent: string,
    text: string,
  ): Promise<boolean> {
    if (!resumed) return false;
    const comments = await memos.listComments(token, parent, signal);
    return comments.some(({ creator, content }) => creator === identity.account && content === text);
  }
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}
