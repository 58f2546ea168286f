import type { Secret } from "../../base/secret.ts";
import type { Wish } from "../../domain/job.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Memo, MemoPatch } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import type { Press } from "../../replies/callback-data.ts";
import { archivedMessage, confirmation, deleteQuestion, type Message } from "../../replies/messages.ts";
import type { Bindings } from "../../store/accounts/bindings.ts";
import type { Asked, Job } from "../../store/queue/jobs.ts";
import { namesOf } from "../../store/queue/memo-links.ts";
import type { Trouble } from "../notices/trouble.ts";
import type { PatchMemo } from "../notices/visibility.ts";
import type { Pressed } from "./callback-context.ts";
import type { Patience } from "./command-timeout.ts";

/** A button about one memo: only who is bound to its account may press it. */
export type MemoPress = AskingMemos | { readonly ask: "overwrite"; readonly job_id: number };

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
  readonly memos: {
    readonly server: string;
    getMemo(token: Secret, name: string, signal?: AbortSignal): Promise<Memo>;
    deleteMemo(token: Secret, name: string, signal?: AbortSignal): Promise<void>;
  };
  readonly patchMemo: PatchMemo;
  /** How many messages were joined into the memo of a job. */
  readonly messagesIn: (job: Job) => number;
  readonly memoUrl: (name: string) => string | null;
  /** A message waits to be worked. */
  readonly wake: () => void;
  readonly patiently: Patience;
  readonly trouble: Trouble;
}

/** The memo of a press. */
interface Pressing extends Pressed {
  readonly job: Job;
  readonly name: string;
  readonly token: Secret;
}

export function createMemoPresses(deps: MemoPressesDeps): MemoPresses {
  const { bindings, jobs, memos, memoUrl, wake, patiently } = deps;

  function ownerToken(job: Job, from: number): Secret | undefined {
    const binding = bindings.get(from);
    if (!binding || binding.server !== memos.server) return undefined;
    if (binding.server !== job.server || binding.account !== job.account) return undefined;
    return bindings.accessToken(from);
  }

  async function carryOut(at: Pressing, asked: AskingMemos): Promise<Owed[]> {
    const { job, name, token, texts, signal, edit } = at;
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
      default: {
        const memo = await deps.patchMemo(token, at, patchOf(asked), signal);
        return edit(
          asked.ask === "archive" && asked.archived
            ? archivedMessage(texts, job.id)
            : shown(texts, job, memo),
        );
      }
    }
  }

  /** For good. A press that is carried out once more finds less to delete, or nothing. */
  async function remove({ job, name, token, texts, signal, edit }: Pressing): Promise<Owed[]> {
    // The comments that go on with it; the memo last, so that a press that failed can be repeated.
    for (const memo of [...namesOf(job.comments), name]) {
      await memos.deleteMemo(token, memo, signal).catch((error: unknown) => {
        if (!isMemosError(error, "not_found")) throw error;
      });
    }
    return edit({ text: texts.deleted });
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
      if (asked.ask === "overwrite") return overwrite(at);
      // It is being worked once more already.
      if (asked.ask === "save_again" && job.state !== "done") return pressed.refuse("alreadySettled");
      await pressed.heard();
      return asking(at, asked);
    },
  };
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
