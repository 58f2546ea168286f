import type { Memo, MemoPatch } from "../memos/client.ts";
import { isMemosError } from "../memos/errors.ts";
import type { Secret } from "../secret.ts";
import type { Bindings } from "../store/bindings.ts";
import type { Deletion, Deletions } from "../store/deletions.ts";
import type { Asked, Job } from "../store/jobs.ts";
import { contentHash, namesOf } from "../store/memo-links.ts";
import type { Owed } from "../store/outbox.ts";
import type { DeletedWith, Wish } from "../store/schema.ts";
import { confirmation, deletedForNow, deleteQuestion, type Message } from "./messages.ts";
import type { Patience } from "./patience.ts";
import type { Press } from "./press-data.ts";
import type { Pressed } from "./pressed.ts";
import type { Texts } from "./texts.ts";
import type { Trouble } from "./trouble.ts";
import type { PatchMemo } from "./visibility.ts";

/** A button about one memo: only who is bound to its account may press it. */
export type MemoPress =
  | AskingMemos
  | { readonly ask: "undo"; readonly job_id: number }
  | { readonly ask: "overwrite"; readonly job_id: number };

/** Carried out with calls to Memos while the presser waits. */
type AskingMemos =
  | Extract<Press, { ask: "visibility" | "pin" | "archive" }>
  | {
      readonly ask: "delete" | "delete_yes" | "keep" | "save_again";
      readonly job_id: number;
    };

export interface MemoPresses {
  run(pressed: Pressed, asked: MemoPress): Promise<Owed[]>;
  /** The presser's token, if the memo is of the account they are bound to: buttons can be seen by others. */
  ownerToken(job: Job, from: number): Secret | undefined;
}

export interface MemoPressesDeps {
  readonly bindings: Pick<Bindings, "get" | "accessToken">;
  readonly jobs: {
    get(jobId: number): Job | undefined;
    ask(jobId: number, wish: Wish, memoName: string): Asked;
  };
  readonly deletions: Pick<Deletions, "begin" | "alsoIn" | "of" | "restore">;
  readonly memos: {
    readonly server: string;
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
    updateMemo(token: Secret, name: string, patch: MemoPatch, signal?: AbortSignal): Promise<Memo>;
  };
  readonly patchMemo: PatchMemo;
  /** How many messages were joined into the memo of a job. */
  readonly messagesIn: (job: Job) => number;
  readonly memoUrl: (name: string) => string | null;
  /** A message waits to be worked. */
  readonly wake: () => void;
  readonly wakeDeleting: () => void;
  readonly patiently: Patience;
  readonly trouble: Trouble;
  readonly now: () => number;
}

/** So long a deletion can be undone. */
const UNDO_MS = 60_000;

/** The memo of a press. */
interface Pressing extends Pressed {
  readonly job: Job;
  readonly name: string;
  readonly token: Secret;
}

export function createMemoPresses(deps: MemoPressesDeps): MemoPresses {
  const { bindings, jobs, deletions, memos, memoUrl, wake, wakeDeleting, patiently, now } = deps;

  function ownerToken(job: Job, from: number): Secret | undefined {
    const binding = bindings.get(from);
    if (!binding || binding.server !== memos.server) return undefined;
    if (binding.server !== job.server || binding.account !== job.account) return undefined;
    return bindings.accessToken(from);
  }

  async function carryOut(at: Pressing, asked: AskingMemos): Promise<Owed[]> {
    const { job, name, token, texts, signal, edit } = at;
    const told = asked.ask === "delete_yes" ? undefined : beingDeleted(at);
    if (told) return edit(told);
    switch (asked.ask) {
      case "delete":
        await memos.getMemo(token, name, signal);
        return edit(deleteQuestion(texts, job.id));
      case "delete_yes":
        return remove(at);
      case "keep":
        return edit(shown(texts, job, await memos.getMemo(token, name, signal)));
      case "save_again":
        return saveAgain(at);
      default:
        return edit(shown(texts, job, await deps.patchMemo(token, at, patchOf(asked), signal)));
    }
  }

  /** Archives it, with a note on disk before that: from then on it is deleted in a minute, or brought back. */
  async function remove(at: Pressing): Promise<Owed[]> {
    const { job, name, token, from, chat_id, message_id, signal, edit } = at;
    const found = await memos.getMemo(token, name, signal);
    const row = deletions.begin({
      job_id: job.id,
      telegram_id: from,
      server: memos.server,
      account: job.account ?? "",
      memo_name: name,
      chat_id,
      message_id,
      content_hash: contentHash(found.content),
      state_before: found.state,
      comments: found.parent === undefined ? [] : await asTheyAre(at, namesOf(job.comments)),
      delete_at: now() + UNDO_MS,
    });
    if (row.state !== "waiting") return edit(ofDeletion(row, at));
    try {
      for (const { memo_name, state_before } of [row, ...row.comments]) {
        if (state_before === "ARCHIVED") continue;
        await memos.updateMemo(token, memo_name, { state: "ARCHIVED" }, signal);
      }
    } catch (error) {
      // It may be archived all the same: then it is brought back.
      deletions.restore(row.id);
      throw error;
    } finally {
      wakeDeleting();
    }
    return edit(ofDeletion(row, at));
  }

  /** What goes on with a comment, and would stay without it: with a memo its comments are deleted anyway. */
  async function asTheyAre({ token, signal }: Pressing, names: string[]): Promise<DeletedWith[]> {
    const found: DeletedWith[] = [];
    for (const memo_name of names) {
      try {
        const { content, state } = await memos.getMemo(token, memo_name, signal);
        found.push({ memo_name, content_hash: contentHash(content), state_before: state });
      } catch (error) {
        if (!isMemosError(error, "not_found")) throw error;
      }
    }
    return found;
  }

  /** What stands in any message about a memo that is deleted in a moment, whatever was pressed there. */
  function beingDeleted(at: Pressing): Message | undefined {
    const { name, chat_id, message_id } = at;
    const row = deletions.of({ server: memos.server, memo_name: name });
    if (row && message_id !== null) deletions.alsoIn(row.id, { chat_id, message_id });
    return row && ofDeletion(row, at);
  }

  /** Whoever brings it back says so in the message itself. */
  async function undo(at: Pressing): Promise<Owed[]> {
    const { chat_id, message_id } = at;
    const row = deletions.of({ server: memos.server, memo_name: at.name });
    if (row && message_id !== null) deletions.alsoIn(row.id, { chat_id, message_id });
    if (row && deletions.restore(row.id)) {
      wakeDeleting();
      await at.heard();
      return [];
    }
    await at.refuse("alreadySettled");
    return row?.state === "deleting" ? at.edit(ofDeletion(row, at)) : [];
  }

  async function overwrite({ job, name, texts, refuse, heard, edit }: Pressing): Promise<Owed[]> {
    const asked = jobs.ask(job.id, "overwrite", name);
    if (asked !== "asked") return refuse(asked === "gone" ? "noLongerKept" : "alreadySettled");
    wake();
    await heard();
    return edit({ text: texts.overwriting });
  }

  /**
   * Only where the memo that the job has now is gone: whoever presses often, or the button of an earlier word, has no
   * second one made.
   */
  async function saveAgain({ job, name, token, texts, signal, edit }: Pressing): Promise<Owed[]> {
    try {
      return edit(shown(texts, job, await memos.getMemo(token, name, signal)));
    } catch (error) {
      if (!isMemosError(error, "not_found")) throw error;
    }
    const asked = jobs.ask(job.id, "save_again", name);
    if (asked === "settled") return [];
    if (asked === "gone") return edit({ text: texts.noLongerKept });
    wake();
    return edit({ text: texts.savingAgain });
  }

  async function asking(at: Pressing, asked: AskingMemos): Promise<Owed[]> {
    try {
      return await patiently(at.signal, (signal) => carryOut({ ...at, signal }, asked));
    } catch (error) {
      return failed(at, error);
    }
  }

  async function failed(at: Pressing, error: unknown): Promise<Owed[]> {
    const { job, name, token, texts, signal, edit, kept } = at;
    if (isMemosError(error) && error.reason === "public_disallowed") {
      const memo = await memos.getMemo(token, name, signal);
      return edit(shown(texts, job, memo, texts.publicDisallowed));
    }
    const text = deps.trouble(at, error);
    return edit(isMemosError(error, "not_found") ? { text } : { text, ...kept });
  }

  /** Its confirmation, as it is now. */
  function shown(texts: Texts, job: Job, memo: Memo, remark = job.detail): Message {
    return confirmation(texts, {
      job_id: job.id,
      visibility: memo.visibility,
      pinned: memo.pinned,
      isComment: memo.parent !== undefined,
      messages: deps.messagesIn(job),
      url: memoUrl(memo.name),
      remarks: remark === null ? [] : [remark],
    });
  }

  return {
    ownerToken,
    async run(pressed, asked) {
      const { from } = pressed;
      const job = jobs.get(asked.job_id);
      const token = job && ownerToken(job, from);
      // In a group it is somebody else's memo, and no place to be told how to connect.
      if (!bindings.get(from)) return pressed.refuse(pressed.chat_id === from ? "notBound" : "notYours");
      if (!job || !token) return pressed.refuse("notYours");
      const { memo_name: name } = job;
      if (!name) return pressed.refuse("alreadySettled");
      const at = { ...pressed, job, name, token };
      if (asked.ask === "undo") return undo(at);
      if (asked.ask === "overwrite") return overwrite(at);
      // It is being worked once more already.
      if (asked.ask === "save_again" && job.state !== "done") return pressed.refuse("alreadySettled");
      await pressed.heard();
      return asking(at, asked);
    },
  };
}

/** While a deletion goes on: that it can be undone, or what is to come. */
function ofDeletion({ job_id, state }: Deletion, { texts }: Pick<Pressed, "texts">): Message {
  if (state === "waiting") return deletedForNow(texts, job_id);
  return { text: state === "restoring" ? texts.undoLater : texts.deleteLater };
}

function patchOf(asked: Extract<MemoPress, { ask: "visibility" | "pin" | "archive" }>): MemoPatch {
  switch (asked.ask) {
    case "visibility":
      return { visibility: asked.visibility };
    case "pin":
      return { pinned: asked.pinned };
    case "archive":
      return { state: asked.archived ? "ARCHIVED" : "NORMAL" };
  }
}
