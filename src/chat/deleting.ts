import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Memo, MemoPatch } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Service } from "../service.ts";
import type { Binding, Bindings } from "../store/bindings.ts";
import { type Deletion, type Deletions, messagesOf } from "../store/deletions.ts";
import { contentHash } from "../store/memo-links.ts";
import type { DeletedWith } from "../store/schema.ts";
import { change, confirmation, type Message } from "./messages.ts";
import type { TextsFor } from "./texts.ts";
import type { AccountNames } from "./whose.ts";

/** Deletes at their time the memos that were deleted in the chat, and brings back those that are wanted back. */
export interface Deleting extends Service {
  /** A memo was put to be deleted, or is wanted back. */
  wake(): void;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;
const LONGEST_SLEEP_MS = 60_000;
/** Nobody is bound to that account right now. */
const UNBOUND_PAUSE_MS = 3_600_000;

export function createDeleting(deps: {
  deletions: Deletions;
  bindings: Pick<Bindings, "get" | "accessToken">;
  memos: {
    readonly server: string;
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
    updateMemo(token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal): Promise<Memo>;
    deleteMemo(token: Secret, name: string, signal?: AbortSignal): Promise<void>;
  };
  accountNames: Pick<AccountNames, "isOwn">;
  memoUrl: (name: string) => string | null;
  /** There is something new to send. */
  wakeSender: () => void;
  owe: (owed: ReturnType<typeof change>[]) => void;
  textsFor: TextsFor;
  clock: Clock;
  log: Log;
}): Deleting {
  const { deletions, bindings, memos, accountNames, memoUrl, wakeSender, owe, textsFor, clock, log } = deps;
  let wakeUp = new AbortController();
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      wakeUp = new AbortController();
      try {
        const due = deletions.takeDue();
        if (due) {
          await settle(due, signal);
          continue;
        }
      } catch (error) {
        log.error("a deletion could not be noted", { error });
        await clock.sleep(FIRST_PAUSE_MS, signal);
      }
      const next = deletions.nextDueAt();
      const pause = next === undefined ? LONGEST_SLEEP_MS : next - clock.now();
      await clock.sleep(
        Math.min(LONGEST_SLEEP_MS, Math.max(10, pause)),
        AbortSignal.any([wakeUp.signal, signal]),
      );
    }
  }

  async function settle(row: Deletion, signal: AbortSignal): Promise<void> {
    const binding = bindings.get(row.telegram_id);
    const token = bindings.accessToken(row.telegram_id);
    if (!binding || !token || binding.server !== row.server || row.server !== memos.server) {
      deletions.again(row.id, clock.now() + UNBOUND_PAUSE_MS);
      return;
    }
    try {
      const told = await carryOut(row, binding, token, signal);
      deletions.end(row.id, (now) => (told ? inAll(now, told) : []));
    } catch (error) {
      if (signal.aborted) return;
      // For as long as it takes: somebody was told that it is done.
      log.warn("a deletion is tried again", { job_id: row.job_id, state: row.state, error });
      deletions.again(row.id, clock.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** row.attempts));
      if (row.attempts === 0) {
        const { undoLater, deleteLater } = textsFor(row.telegram_id);
        owe(inAll(row, { text: row.state === "restoring" ? undoLater : deleteLater }));
      }
    }
    wakeSender();
  }

  /** Returns what its person is told. */
  async function carryOut(
    row: Deletion,
    binding: Binding,
    token: Secret,
    signal: AbortSignal,
  ): Promise<Message | null> {
    const texts = textsFor(row.telegram_id);
    const memo = await read(token, row.memo_name, signal);
    const isTheirs = !memo || (await accountNames.isOwn({ binding, token, memo }, signal));
    if (!isTheirs) return { text: texts.notDeleted };
    if (row.state === "restoring") {
      for (const comment of row.comments) await bringBack(token, comment, signal);
      const back = await bringBack(token, row, signal);
      return back ? restored(row, back) : { text: texts.memoGone };
    }
    if (memo && !isAsPressed(row, memo)) {
      if (memo.state === "NORMAL")
        for (const comment of row.comments) await bringBack(token, comment, signal);
      return { text: texts.notDeleted };
    }
    // The memo last: until it is gone the comments are looked at again.
    for (const comment of row.comments) {
      const found = await read(token, comment.memo_name, signal);
      if (found && isAsPressed(comment, found)) await remove(token, found.name, signal);
      else await bringBack(token, comment, signal);
    }
    if (memo) await remove(token, memo.name, signal);
    log.info("memo deleted", { job_id: row.job_id, memo_name: row.memo_name });
    return { text: texts.deleted };
  }

  async function read(token: Secret, name: string, signal: AbortSignal): Promise<Memo | undefined> {
    try {
      return await memos.getMemo(token, name, signal);
    } catch (error) {
      if (isMemosError(error, "not_found")) return undefined;
      throw error;
    }
  }

  /** The memo, and whether it was in the archive until now; undefined when it is gone. */
  async function bringBack(
    token: Secret,
    { memo_name, state_before }: DeletedWith,
    signal: AbortSignal,
  ): Promise<{ memo: Memo; wasArchived: boolean } | undefined> {
    const memo = await read(token, memo_name, signal);
    if (!memo || memo.state === "NORMAL" || state_before === "ARCHIVED") {
      return memo && { memo, wasArchived: false };
    }
    return { memo: await memos.updateMemo(token, memo_name, { state: "NORMAL" }, signal), wasArchived: true };
  }

  async function remove(token: Secret, name: string, signal: AbortSignal): Promise<void> {
    await memos.deleteMemo(token, name, signal).catch((error: unknown) => {
      if (!isMemosError(error, "not_found")) throw error;
    });
  }

  function restored(
    { job_id, telegram_id }: Deletion,
    { memo, wasArchived }: { memo: Memo; wasArchived: boolean },
  ) {
    const texts = textsFor(telegram_id);
    return confirmation(texts, {
      job_id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      isComment: memo.parent !== undefined,
      url: memoUrl(memo.name),
      remarks: wasArchived ? [texts.restored] : [],
    });
  }

  const inAll = (row: Deletion, told: Message) =>
    messagesOf(row).map(({ chat_id, message_id }) => change(chat_id, message_id, told));

  return {
    wake: () => wakeUp.abort(),
    start() {
      if (loop) return;
      stopping = new AbortController();
      loop = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await loop;
      loop = null;
    },
  };
}

const isAsPressed = ({ content_hash }: DeletedWith, { state, content }: Memo) =>
  state === "ARCHIVED" && contentHash(content) === content_hash;
