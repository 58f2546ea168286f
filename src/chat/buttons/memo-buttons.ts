import type { Visibility } from "../../domain/visibility.ts";
import { isMemosError, unlessGone } from "../../memos/errors.ts";
import type { Message } from "../../replies/messages.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import type { ChatContext } from "../context.ts";
import type { AskedMemo, MemoActions } from "../memo-actions.ts";
import { type Handler, type Handlers, isInOwnChat, type Pressed } from "./callback-context.ts";

/** Buttons about one memo: only who is bound to its account may press them. */
export type MemoPresses = Handlers<
  "visibility" | "pin" | "archive" | "delete" | "delete_yes" | "keep" | "save_again" | "overwrite"
>;

/** The memo of a press. */
interface Pressing extends Pressed, AskedMemo {}

export function createMemoPresses(context: ChatContext, actions: MemoActions): MemoPresses {
  const { store, askerOf, askMemos } = context;
  const { bindings, jobs } = store;

  function memoOf(pressed: Pressed, job_id: number) {
    const { from } = pressed;
    // In a group it is somebody else's memo, and no place to be told how to connect.
    if (!bindings.get(from)) return isInOwnChat(pressed) ? "notBound" : "notYours";
    const job = jobs.get(job_id);
    const asker = askerOf(from);
    // Buttons can be seen by others.
    if (!job || !asker || !isOf(job, asker.binding)) return "notYours";
    const { memo_name: name } = job;
    return name ? { ...pressed, job, name, token: asker.token } : "alreadySettled";
  }

  /** A button that is carried out with calls to Memos while the presser waits. Null: nothing is to be said. */
  const asking =
    <Asked extends { readonly job_id: number }>(
      work: (at: Pressing, asked: Asked) => Promise<Message | null>,
    ): Handler<Asked> =>
    (pressed, asked) => {
      const at = memoOf(pressed, asked.job_id);
      if (typeof at === "string") return at;
      return async () => {
        const message = await askMemos<Message | null>(
          at,
          (signal) => work({ ...at, signal }, asked),
          (text, { kind }) => (kind === "not_found" ? { text } : { text, ...at.kept }),
        );
        return message ? pressed.edit(message) : [];
      };
    };

  async function setVisibility(at: Pressing, visibility: Visibility): Promise<Message> {
    try {
      return await actions.setVisibility(at, visibility);
    } catch (error) {
      if (!isMemosError(error) || error.reason !== "public_disallowed") throw error;
      return actions.show(at, at.texts.publicDisallowed);
    }
  }

  /**
   * Only where the memo that the job has now is gone: whoever presses often, or the button of an earlier word, has no
   * second one made.
   */
  const saveAgain = asking<{ job_id: number }>(async (at) => {
    const there = await unlessGone(actions.show(at));
    if (there) return there;
    const asked = jobs.ask(at.job.id, "save_again", at.name);
    if (asked === "settled") return null;
    return { text: asked === "gone" ? at.texts.noLongerKept : at.texts.savingAgain };
  });

  return {
    visibility: asking((at, { visibility }) => setVisibility(at, visibility)),
    pin: asking((at, { pinned }) => actions.pin(at, pinned)),
    archive: asking((at, { archived }) => (archived ? actions.archive(at) : actions.unarchive(at))),
    delete: asking((at) => actions.askToDelete(at)),
    delete_yes: asking((at) => actions.remove(at)),
    keep: asking((at) => actions.show(at)),
    save_again(pressed, asked) {
      const at = memoOf(pressed, asked.job_id);
      // Else it is being worked once more already.
      const isDone = typeof at === "string" || at.job.state === "done";
      return isDone ? saveAgain(pressed, asked) : "alreadySettled";
    },
    overwrite(pressed, { job_id }) {
      const at = memoOf(pressed, job_id);
      if (typeof at === "string") return at;
      const asked = jobs.ask(job_id, "overwrite", at.name);
      if (asked !== "asked") return asked === "gone" ? "noLongerKept" : "alreadySettled";
      return () => pressed.edit({ text: at.texts.overwriting });
    },
  };
}
