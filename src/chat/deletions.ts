import { hash } from "node:crypto";
import { NOT_BOUND } from "../domain/job.ts";
import type { Memo } from "../memos/client.ts";
import { unlessGone } from "../memos/errors.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { isOf } from "../store/queue/message-jobs.ts";
import type { ChatContext, Worked } from "./context.ts";

interface Archived {
  readonly memo_name: string;
  /** SHA-256 of the content when it was pressed. */
  readonly content_hash: string;
  readonly state_before: "NORMAL" | "ARCHIVED";
}

/** What a job of kind `deletion` has: a memo that an older version put into the archive. */
interface Deletion extends Archived {
  /** Its person pressed [Undo]. */
  readonly restore: boolean;
  /** The comments that go on with it. */
  readonly comments: readonly Archived[];
}

/** Carries out what an older version had put off: memos in the archive that are to be deleted, or brought back. */
export function createDeletions({ bindings, memos }: ChatContext) {
  return async ({ job }: LeasedJob, signal: AbortSignal): Promise<Worked> => {
    const deletion: Deletion = JSON.parse(job.old_plan ?? "{}");
    const { binding, token } = bindings.withToken(job.telegram_id ?? 0) ?? {};
    if (!binding || !token || job.server !== memos.server || !isOf(job, binding)) {
      const detail = `waits until ${job.account} is bound again`;
      return { owed: [], waits: { waiting_for: "binding", reason: NOT_BOUND, detail } };
    }
    const read = (name: string) => unlessGone(memos.getMemo(token, name, signal));
    const memo = await read(deletion.memo_name);
    // A memo that somebody changed or took out of the archive since then is kept.
    const isWanted = deletion.restore || (memo !== undefined && !isAsPressed(deletion, memo));
    // The memo last: as long as it is there, a repeated try looks at its comments again.
    for (const part of [...deletion.comments, deletion]) {
      const now = await read(part.memo_name);
      if (!now) continue;
      if (!isWanted && isAsPressed(part, now)) await unlessGone(memos.deleteMemo(token, now.name, signal));
      else if (now.state === "ARCHIVED" && part.state_before === "NORMAL") {
        await memos.updateMemo(token, now.name, { state: "NORMAL" }, signal);
      }
    }
    return { owed: [] };
  };
}

const isAsPressed = ({ content_hash }: Archived, { state, content }: Memo) =>
  state === "ARCHIVED" && hash("sha256", content) === content_hash;
