import type { Log } from "../../base/log.ts";
import type { Secret } from "../../base/secret.ts";
import type { Memo, MemosClient } from "../../memos/client.ts";
import { unlessGone } from "../../memos/errors.ts";
import type { Bindings } from "../../store/accounts/bindings.ts";
import type { DeletedWith } from "../../store/db/schema.ts";
import type { Deletion, Deletions } from "../../store/queue/deletions.ts";
import { contentHash } from "../../store/queue/memo-links.ts";
import { isOf } from "../../store/queue/message-jobs.ts";

/**
 * Carries out what an older version had put off: memos in the archive that are to be deleted, or brought back. What
 * cannot be done now, since Memos is away or nobody is bound to the account, stays for the next time.
 */
export async function carryOutDeletions(deps: {
  deletions: Deletions;
  bindings: Pick<Bindings, "get" | "accessToken">;
  memos: MemosClient;
  log: Log;
  signal: AbortSignal;
}): Promise<void> {
  const { deletions, bindings, memos, log, signal } = deps;
  for (const row of deletions.owed()) {
    const { id, job_id, telegram_id, server, memo_name } = row;
    const binding = bindings.get(telegram_id);
    const token = bindings.accessToken(telegram_id);
    if (!binding || !token || server !== memos.server || !isOf(row, binding)) continue;
    if (signal.aborted) return;
    try {
      await carryOut(memos, row, token, signal);
      deletions.done(id);
      log.info("a deletion of before was carried out", { job_id, memo_name, state: row.state });
    } catch (error) {
      log.warn("a deletion of before is tried again later", { job_id, memo_name, error });
    }
  }
}

async function carryOut(
  memos: MemosClient,
  row: Deletion,
  token: Secret,
  signal: AbortSignal,
): Promise<void> {
  const memo = await unlessGone(memos.getMemo(token, row.memo_name, signal));
  // What somebody changed, or took out of the archive, since is theirs to keep.
  const isWanted = row.state === "restoring" || (memo !== undefined && !isAsPressed(row, memo));
  // The memo last: until it is gone its comments are looked at again.
  for (const part of [...row.comments, row]) {
    const now = await unlessGone(memos.getMemo(token, part.memo_name, signal));
    if (!now) continue;
    if (!isWanted && isAsPressed(part, now)) await unlessGone(memos.deleteMemo(token, now.name, signal));
    else if (now.state === "ARCHIVED" && part.state_before === "NORMAL") {
      await memos.updateMemo(token, now.name, { state: "NORMAL" }, signal);
    }
  }
}

const isAsPressed = ({ content_hash }: DeletedWith, { state, content }: Memo) =>
  state === "ARCHIVED" && contentHash(content) === content_hash;
