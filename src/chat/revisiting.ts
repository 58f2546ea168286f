import type { Memo } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Job } from "../store/jobs.ts";
import { contentHash, type MemoLink } from "../store/memo-links.ts";
import type { Wish } from "../store/schema.ts";
import { storedMessage } from "../telegram/update.ts";
import type { Message } from "./messages.ts";
import type { Texts } from "./texts.ts";

/** Buttons that have a saved message worked once more: the owner of its memo pressed. */
export type Revisit = (
  ask: Wish | "separate",
  of: { readonly job: Job; readonly token: Secret; readonly texts: Texts; readonly signal: AbortSignal },
) => Promise<{ readonly refuse: string } | Message>;

export function createRevisit(deps: {
  memos: { getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo> };
  jobs: { ask(jobId: number, wish: Wish): boolean };
  links: { ofJob(jobId: number): MemoLink[] };
  separation: { separate(jobId: number, groupOf: (json: string) => string | null): number };
  /** A message waits to be worked. */
  wake: () => void;
}): Revisit {
  const { memos, jobs, links, separation, wake } = deps;

  return async (ask, { job, token, texts, signal }) => {
    if (ask === "separate") return separate(job, token, texts, signal);
    if (!jobs.ask(job.id, ask)) return { refuse: texts.alreadySettled };
    wake();
    return { text: ask === "overwrite" ? texts.overwriting : texts.savingAgain };
  };

  async function separate(
    job: Job,
    token: Secret,
    texts: Texts,
    signal: AbortSignal,
  ): Promise<{ refuse: string } | Message> {
    let memo: Memo;
    try {
      memo = await memos.getMemo(token, job.memo_name ?? "", signal);
    } catch (error) {
      if (isMemosError(error, "not_found")) return { refuse: texts.memoGone };
      if (isMemosError(error) && error.kind !== "aborted") return { refuse: texts.tryLater };
      throw error;
    }
    const written = links.ofJob(job.id).find(({ confirmation }) => !confirmation)?.content_hash;
    // What would be taken out of it is not ours any more.
    if (written !== contentHash(memo.content)) return { refuse: texts.notSeparable };
    const parts = separation.separate(job.id, (json) => storedMessage(json)?.media_group_id ?? null);
    if (parts === 0) return { refuse: texts.alreadySettled };
    wake();
    return { text: texts.separated(parts) };
  }
}
