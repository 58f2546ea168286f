import type { Bindings } from "../store/bindings.ts";
import type { DeadLetters } from "../store/dead-letters.ts";
import type { Job } from "../store/jobs.ts";
import { isOf } from "../store/message-jobs.ts";
import type { Owed } from "../store/outbox.ts";
import type { Wish } from "../store/schema.ts";
import { failedMessage } from "./failed.ts";
import { button, type Message, say } from "./messages.ts";
import type { Press } from "./press-data.ts";
import type { Pressed } from "./pressed.ts";
import { markOf, nameOnButton } from "./stranded.ts";
import type { Texts } from "./texts.ts";

/** A button about what is not in Memos. */
export type FailedPress = Extract<
  Press,
  { ask: "failed" | "failed_retry" | "failed_discard" | "failed_save" | "retry" | "discard" | "save" }
>;

export type FailedPresses = (pressed: Pressed, asked: FailedPress) => Promise<Owed[]>;

export function createFailedPresses(deps: {
  bindings: Pick<Bindings, "get">;
  jobs: {
    get(jobId: number): Job | undefined;
    replay(jobId: number, wish: Wish): boolean;
    discard(jobId: number, by: string): boolean;
  };
  deadLetters: DeadLetters;
  /** Whether the presser is bound to the account that a job is of. */
  isOwner: (job: Job, from: number) => boolean;
  /** A message waits to be saved. */
  wake: () => void;
}): FailedPresses {
  const { bindings, jobs, deadLetters, isOwner, wake } = deps;

  async function list(
    pressed: Pressed,
    asked: Extract<Press, { ask: "failed" | "failed_retry" | "failed_discard" }>,
  ): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    // What is somebody's alone stands in their own chat.
    if (pressed.chat_id !== from) return pressed.refuse("notYours");
    if (asked.ask === "failed") await pressed.heard();
    else {
      const job = jobs.get(asked.job_id);
      if (job?.telegram_id !== from) return pressed.refuse("notYours");
      if (asked.ask === "failed_retry" && job.state === "dead" && !isOwner(job, from))
        return ofOther(pressed, job);
      await carryOut(pressed, job, asked.ask === "failed_retry" ? "retry" : "discard");
    }
    return edit(failedMessage(texts, deadLetters, from, asked.page));
  }

  async function single(pressed: Pressed, ask: "retry" | "discard", jobId: number): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    const job = jobs.get(jobId);
    if (!job) return pressed.refuse("notYours");
    if (!isOwner(job, from)) {
      if (job.telegram_id !== from) return pressed.refuse("notYours");
      if (ask === "retry" && job.state === "dead") return ofOther(pressed, job);
    }
    await carryOut(pressed, job, ask);
    return edit({ text: settledText(texts, jobs.get(jobId)) });
  }

  async function carryOut(pressed: Pressed, { id }: Job, ask: "retry" | "discard"): Promise<void> {
    const done = ask === "retry" ? jobs.replay(id, "save") : jobs.discard(id, `telegram:${pressed.from}`);
    if (done && ask === "retry") wake();
    if (done) await pressed.heard();
    else await pressed.refuse("alreadySettled");
  }

  /** It would wait for an account that is not bound any more, and be out of sight. */
  async function ofOther(pressed: Pressed, job: Job): Promise<Owed[]> {
    const { from, chat_id, texts } = pressed;
    const binding = bindings.get(from);
    if (!binding) return pressed.refuse("notBound");
    await pressed.heard();
    const name = deadLetters.accountOf(job);
    const discard = button(texts.discard, { ask: "discard", job_id: job.id });
    const save = button(texts.saveTo(nameOnButton(binding)), {
      ask: "failed_save",
      job_id: job.id,
      to: markOf(binding),
    });
    const canMove = deadLetters.canMove(job);
    const question: Message = {
      text: canMove ? texts.failedOfOther(name) : texts.failedStaysWith(name),
      buttons: [canMove ? [save, discard] : [discard]],
    };
    return [
      say(chat_id, question, { replyTo: job.chat_id === chat_id ? job.message_id : null, promise: "notice" }),
    ];
  }

  async function saveHere(
    pressed: Pressed,
    { job_id, to }: Extract<Press, { ask: "failed_save" }>,
  ): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    const binding = bindings.get(from);
    const job = jobs.get(job_id);
    if (job?.telegram_id !== from) return pressed.refuse("notYours");
    // They are bound to yet another account since.
    if (!binding || markOf(binding) !== to || isOf(job, binding)) return pressed.refuse("alreadySettled");
    if (!deadLetters.move(job_id, binding)) return pressed.refuse("alreadySettled");
    wake();
    await pressed.heard();
    return edit({ text: texts.strandedSaved(binding.display_name, 1) });
  }

  async function saveAsMemo(pressed: Pressed, jobId: number): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    if (jobs.get(jobId)?.telegram_id !== from) return pressed.refuse("notYours");
    if (!bindings.get(from)) return pressed.refuse("notBound");
    const done = deadLetters.saveAsMessage(jobId);
    if (done !== "saved") return pressed.refuse(done === "gone" ? "noLongerKept" : "alreadySettled");
    wake();
    await pressed.heard();
    return edit({ text: texts.savingAsMemo });
  }

  return (pressed, asked) => {
    switch (asked.ask) {
      case "save":
        return saveAsMemo(pressed, asked.job_id);
      case "retry":
      case "discard":
        return single(pressed, asked.ask, asked.job_id);
      case "failed_save":
        return saveHere(pressed, asked);
      default:
        return list(pressed, asked);
    }
  };
}

/** What has become of a message that could not be saved. */
function settledText(texts: Texts, job: Job | undefined): string {
  // It may have failed again by now, which is told anew.
  if (job && job.state !== "done") return texts.retrying;
  return job?.outcome === "discarded" ? texts.discarded : texts.alreadySettled;
}
