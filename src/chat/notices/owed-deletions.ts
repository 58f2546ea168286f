import { logger } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import type { Memo, MemosClient } from "../../memos/client.ts";
import { unlessGone } from "../../memos/errors.ts";
import type { LeasedJob } from "../../store/queue/jobs.ts";
import { contentHash } from "../../store/queue/memo-links.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import type { ChatContext } from "../context.ts";

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
  /** SHA-256 of the content when it was pressed: what was changed since is left. */
  readonly content_hash: string;
  readonly state_before: "NORMAL" | "ARCHIVED";
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Carries out what an older version had put off: memos in the archive that are to be deleted, or brought back. */
export function createOwedDeletions({ store: { jobs, bindings }, memos, clock }: ChatContext) {
  const log = logger("deletions");

  return async ({ lease, job, snoozes }: LeasedJob, signal: AbortSignal): Promise<void> => {
    const deletion: Deletion = JSON.parse(job.old_plan ?? "{}");
    const owner = bindings.withToken(job.telegram_id ?? 0);
    if (!owner?.token || job.server !== memos.server || !isOf(job, owner.binding)) {
      const detail = `waits until ${job.account} is bound again`;
      jobs.putOff(lease, { waiting_for: "binding", reason: "not_bound", detail });
      return;
    }
    const waitFor = (pauseMs: number, detail: string) =>
      jobs.putOff(lease, { waiting_for: "memos", pauseMs, reason: "deletion", detail });
    // Longer than that only where the clock was set back since.
    const inMs = Math.min(deletion.not_before - clock.now(), LONGEST_PAUSE_MS);
    if (inMs > 0) {
      waitFor(inMs, "can still be undone");
      return;
    }
    const { memo_name } = deletion;
    try {
      await carryOut(memos, deletion, owner.token, signal);
      jobs.finish(lease, { outcome: "handled" });
      log.info("a deletion of before was carried out", { job_id: job.id, memo_name });
    } catch (error) {
      log.warn("a deletion of before is tried again later", { job_id: job.id, memo_name, error });
      waitFor(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** snoozes), "could not be carried out");
    }
  };
}

async function carryOut(
  memos: MemosClient,
  deletion: Deletion,
  token: Secret,
  signal: AbortSignal,
): Promise<void> {
  const memo = await unlessGone(memos.getMemo(token, deletion.memo_name, signal));
  // What somebody changed, or took out of the archive, since is theirs to keep.
  const isWanted = deletion.restore || (memo !== undefined && !isAsPressed(deletion, memo));
  // The memo last: until it is gone its comments are looked at again.
  for (const part of [...deletion.comments, deletion]) {
    const now = await unlessGone(memos.getMemo(token, part.memo_name, signal));
    if (!now) continue;
    if (!isWanted && isAsPressed(part, now)) await unlessGone(memos.deleteMemo(token, now.name, signal));
    else if (now.state === "ARCHIVED" && part.state_before === "NORMAL") {
      await memos.updateMemo(token, now.name, { state: "NORMAL" }, signal);
    }
  }
}

const isAsPressed = ({ content_hash }: Archived, { state, content }: Memo) =>
  state === "ARCHIVED" && contentHash(content) === content_hash;
