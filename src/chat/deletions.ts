import { createHash } from "node:crypto";
import { messageOf } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import { NOT_BOUND } from "../domain/job.ts";
import type { Memo, MemosClient } from "../memos/client.ts";
import { isMemosError, unlessGone } from "../memos/errors.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { isOf } from "../store/queue/message-jobs.ts";
import type { ChatContext, Worked } from "./context.ts";

/** What a job of kind `deletion` has in place of a plan: a memo that an older version put into the archive. */
interface Deletion extends Archived {
  /** It is wanted back. */
  readonly restore: boolean;
  /** Until then a press on [Undo] takes it out of the archive. */
  readonly not_before: number;
  /** The comments that go on with it. */
  readonly comments: readonly Archived[];
}

interface Archived {
  readonly memo_name: string;
  /** SHA-256 of the content when it was pressed. */
  readonly content_hash: string;
  readonly state_before: "NORMAL" | "ARCHIVED";
}

/** Carries out what an older version had put off: memos in the archive that are to be deleted, or brought back. */
export function createDeletions({ bindings, memos, clock }: ChatContext) {
  return async ({ job }: LeasedJob, signal: AbortSignal): Promise<Worked> => {
    const deletion: Deletion = JSON.parse(job.old_plan ?? "{}");
    const wait = (waiting_for: "memos" | "binding", reason: string, detail: string): Worked => ({
      owed: [],
      waits: { waiting_for, reason, detail },
    });
    const { binding, token } = bindings.withToken(job.telegram_id ?? 0) ?? {};
    if (!binding || !token || job.server !== memos.server || !isOf(job, binding)) {
      return wait("binding", NOT_BOUND, `waits until ${job.account} is bound again`);
    }
    if (clock.now() < deletion.not_before) return wait("memos", "deletion", "can still be undone");

    try {
      await carryOut(memos, deletion, token, signal);
      return { owed: [] };
    } catch (error) {
      if (!isMemosError(error)) throw error;
      return wait("memos", "deletion", messageOf(error));
    }
  };
}

async function carryOut(memos: MemosClient, deletion: Deletion, token: Secret, signal: AbortSignal) {
  const read = (name: string) => unlessGone(memos.getMemo(token, name, signal));
  const memo = await read(deletion.memo_name);
  // What somebody changed, or took out of the archive, since is theirs to keep.
  const isWanted = deletion.restore || (memo !== undefined && !isAsPressed(deletion, memo));
  // The memo last: until it is gone its comments are looked at again.
  for (const part of [...deletion.comments, deletion]) {
    const now = await read(part.memo_name);
    if (!now) continue;
    if (!isWanted && isAsPressed(part, now)) await unlessGone(memos.deleteMemo(token, now.name, signal));
    else if (now.state === "ARCHIVED" && part.state_before === "NORMAL") {
      await memos.updateMemo(token, now.name, { state: "NORMAL" }, signal);
    }
  }
}

const isAsPressed = ({ content_hash }: Archived, { state, content }: Memo) =>
  state === "ARCHIVED" && createHash("sha256").update(content).digest("hex") === content_hash;
