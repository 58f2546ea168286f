import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Memo, MemoPatch } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Service } from "../service.ts";
import type { Binding, Bindings } from "../store/bindings.ts";
import { type Deletion, type Deletions, messagesOf } from "../store/deletions.ts";
import { contentHash } from "../store/memo-links.ts";
import type { Owed } from "../store/outbox.ts";
import type { DeletedWith } from "../store/schema.ts";
import { change, confirmation, type Message, say } from "./messages.ts";
import { createPatience } from "./patience.ts";
import type { TextsFor } from "./texts.ts";
import type { AccountNames } from "./whose.ts";

/** Deletes at their time the memos that were deleted in the chat, and brings back those that are wanted back. */
export interface Deleting extends Service {
  /** A memo was put to be deleted, or is wanted back. */
  wake(): void;
  /** A person is about to leave their account: what is to be deleted there, or brought back, is so now, if that can be. */
  settleAll(telegramId: number): Promise<void>;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;
const LONGEST_SLEEP_MS = 60_000;
/** Nobody is bound to that account right now: before it is looked at again. */
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
  const patiently = createPatience(clock);
  let wakeUp = new AbortController();
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;
  /** Deletions whose people were told, since the start, that they wait for the account. */
  const toldToWait = new Set<number>();

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

  /** The binding to the very account that the memo is of, with its token. */
  function boundTo(row: Deletion): { binding: Binding; token: Secret } | undefined {
    const binding = bindings.get(row.telegram_id);
    const token = bindings.accessToken(row.telegram_id);
    const isSame = binding?.server === row.server && binding.account === row.account;
    return isSame && token && row.server === memos.server ? { binding, token } : undefined;
  }

  async function settle(row: Deletion, signal: AbortSignal): Promise<void> {
    const bound = boundTo(row);
    if (!bound) return wait(row);
    try {
      const told = await carryOut(row, bound.binding, bound.token, signal);
      deletions.end(row.id, (now) => (told ? inAll(now, told) : []));
      toldToWait.delete(row.id);
    } catch (error) {
      if (signal.aborted) return;
      // For as long as it takes: somebody was told that it is done.
      log.warn("a deletion is tried again", { job_id: row.job_id, state: row.state, error });
      deletions.again(row.id, clock.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** row.attempts));
      if (row.attempts === 0) owe(inAll(row, { text: later(row, error) }));
    }
    wakeSender();
  }

  /** Until that account is bound again; what is pressed meanwhile would be answered that it is somebody else's. */
  function wait(row: Deletion): void {
    deletions.again(row.id, clock.now() + UNBOUND_PAUSE_MS);
    if (toldToWait.has(row.id)) return;
    toldToWait.add(row.id);
    const { deleteWaits, undoWaits } = textsFor(row.telegram_id);
    const name = deletions.accountOf(row);
    owe(inAll(row, { text: row.state === "restoring" ? undoWaits(name) : deleteWaits(name) }));
    wakeSender();
  }

  function later({ state, telegram_id }: Deletion, error: unknown): string {
    const { statusPaused, undoLater, deleteLater } = textsFor(telegram_id);
    if (isMemosError(error, "token_refused")) return statusPaused;
    return state === "restoring" ? undoLater : deleteLater;
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

  /** In each message that tells of the deletion. Who wants it back waits for a word: they get one in any case. */
  function inAll(row: Deletion, told: Message): Owed[] {
    const changes = messagesOf(row).map(({ chat_id, message_id }) => change(chat_id, message_id, told));
    if (row.state !== "restoring") return changes;
    const anew = say(row.chat_id, told, { promise: "notice" });
    const [first, ...others] = changes;
    return first ? [{ ...first, instead: anew.params }, ...others] : [anew];
  }

  return {
    settleAll: (telegramId) =>
      patiently(stopping.signal, async (signal) => {
        for (const row of deletions.takeOf(telegramId)) await settle(row, signal);
        wakeUp.abort();
      }),
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
