import type { Memo } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Asked, Job } from "../store/jobs.ts";
import { contentHash, type MemoLink } from "../store/memo-links.ts";
import type { Wish } from "../store/schema.ts";
import { storedMessage } from "../telegram/update.ts";
import type { Message } from "./messages.ts";
import type { Texts } from "./texts.ts";

/**
 * Buttons that have a saved message worked once more: the owner of its memo pressed. Returns what the message with the
 * button says from now on; null where it stays as it is.
 * @throws what Memos throws.
 */
export type Revisit = (
  ask: "separate" | "save_again",
  of: {
    readonly job: Job;
    readonly name: string;
    readonly token: Secret;
    readonly texts: Texts;
    readonly signal: AbortSignal;
  },
  /** The confirmation of the memo as it is; with a line below, and as if it were of so many messages. */
  shown: (memo: Memo, how?: { remark?: string; messages?: number }) => Message,
) => Promise<Message | null>;

export function createRevisit(deps: {
  memos: { getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo> };
  jobs: { ask(jobId: number, wish: Wish, memoName: string): Asked };
  links: { ofJob(jobId: number): MemoLink[] };
  separation: { separate(jobId: number, groupOf: (json: string) => string | null): number };
  /** A message waits to be worked. */
  wake: () => void;
}): Revisit {
  const { memos, jobs, links, separation, wake } = deps;

  return async (ask, of, shown) => {
    const { job, name, token, texts, signal } = of;
    if (ask === "save_again") return saveAgain(of, shown);
    const memo = await memos.getMemo(token, name, signal);
    const written = links.ofJob(job.id).find(({ confirmation }) => !confirmation)?.content_hash;
    // What would be taken out of it is not ours any more.
    if (written !== contentHash(memo.content))
      return shown(memo, { remark: texts.notSeparable, messages: 1 });
    const parts = separation.separate(job.id, (json) => storedMessage(json)?.media_group_id ?? null);
    if (parts === 0) return shown(memo);
    wake();
    return { text: texts.separated(parts) };
  };

  /**
   * Only where the memo that the job has now is gone: whoever presses often, or the button of an earlier word, has no
   * second one made.
   */
  async function saveAgain(
    { job, name, token, texts, signal }: Parameters<Revisit>[1],
    shown: Parameters<Revisit>[2],
  ): Promise<Message | null> {
    try {
      return shown(await memos.getMemo(token, name, signal));
    } catch (error) {
      if (!isMemosError(error, "not_found")) throw error;
    }
    const asked = jobs.ask(job.id, "save_again", name);
    if (asked === "settled") return null;
    if (asked === "gone") return { text: texts.noLongerKept };
    wake();
    return { text: texts.savingAgain };
  }
}
