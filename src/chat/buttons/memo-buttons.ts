import type { Owed } from "../../domain/outgoing.ts";
import type { Memo } from "../../memos/client.ts";
import { isMemosError } from "../../memos/errors.ts";
import type { Press } from "../../replies/callback-data.ts";
import { namesOf } from "../../store/queue/memo-links.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import type { ChatContext } from "../context.ts";
import type { AskedMemo, MemoActions } from "../memo-actions.ts";
import type { Pressed } from "./callback-context.ts";

/** Carried out with calls to Memos while the presser waits. */
type AskingMemos = Extract<
  Press,
  { ask: "visibility" | "pin" | "archive" | "delete" | "delete_yes" | "keep" | "save_again" }
>;
/** A button about one memo: only who is bound to its account may press it. */
export type MemoPress = AskingMemos | Extract<Press, { ask: "overwrite" }>;

export type MemoPresses = ReturnType<typeof createMemoPresses>;

/** The memo of a press. */
interface Pressing extends Pressed, AskedMemo {}

export function createMemoPresses(context: ChatContext, actions: MemoActions) {
  const { store, memos, askerOf, withTimeout, trouble } = context;
  const { bindings, jobs } = store;

  const confirm = (at: Pressing, memo: Memo, remark = at.job.detail) =>
    at.edit(actions.confirm(at, memo, remark));

  async function carryOut(at: Pressing, asked: AskingMemos): Promise<Owed[]> {
    switch (asked.ask) {
      case "visibility":
        return confirm(at, await actions.setVisibility(at, asked.visibility));
      case "pin":
        return confirm(at, await actions.pin(at, asked.pinned));
      case "archive":
        return asked.archived ? at.edit(await actions.archive(at)) : confirm(at, await actions.unarchive(at));
      case "delete":
        return at.edit(await actions.askToDelete(at));
      case "delete_yes":
        return remove(at);
      case "keep":
        return confirm(at, await memos.getMemo(at.token, at.name, at.signal));
      case "save_again":
        return saveAgain(at);
      default:
        return asked satisfies never;
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
    await heard();
    return edit({ text: texts.overwriting });
  }

  /**
   * Only where the memo that the job has now is gone: whoever presses often, or the button of an earlier word, has no
   * second one made.
   */
  async function saveAgain(at: Pressing): Promise<Owed[]> {
    const { job, name, token, texts, signal, edit } = at;
    try {
      return confirm(at, await memos.getMemo(token, name, signal));
    } catch (error) {
      if (!isMemosError(error, "not_found")) throw error;
    }
    const asked = jobs.ask(job.id, "save_again", name);
    if (asked === "settled") return [];
    if (asked === "gone") return edit({ text: texts.noLongerKept });
    return edit({ text: texts.savingAgain });
  }

  async function asking(at: Pressing, asked: AskingMemos): Promise<Owed[]> {
    try {
      return await withTimeout(at.signal, (signal) => carryOut({ ...at, signal }, asked));
    } catch (error) {
      return failed(at, error);
    }
  }

  async function failed(at: Pressing, error: unknown): Promise<Owed[]> {
    const { name, token, texts, signal, edit, kept } = at;
    if (isMemosError(error) && error.reason === "public_disallowed") {
      return confirm(at, await memos.getMemo(token, name, signal), texts.publicDisallowed);
    }
    const text = trouble(at, error);
    return edit(isMemosError(error, "not_found") ? { text } : { text, ...kept });
  }

  return async (pressed: Pressed, asked: MemoPress): Promise<Owed[]> => {
    const { from } = pressed;
    // In a group it is somebody else's memo, and no place to be told how to connect.
    if (!bindings.get(from)) return pressed.refuse(pressed.chat_id === from ? "notBound" : "notYours");
    const job = jobs.get(asked.job_id);
    const asker = askerOf(from);
    // Buttons can be seen by others.
    if (!job || !asker || !isOf(job, asker.binding)) return pressed.refuse("notYours");
    const { memo_name: name } = job;
    if (!name) return pressed.refuse("alreadySettled");
    const at = { ...pressed, job, name, token: asker.token };
    if (asked.ask === "overwrite") return overwrite(at);
    // It is being worked once more already.
    if (asked.ask === "save_again" && job.state !== "done") return pressed.refuse("alreadySettled");
    await pressed.heard();
    return asking(at, asked);
  };
}
