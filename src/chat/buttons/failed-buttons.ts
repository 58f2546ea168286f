import type { Owed } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Press } from "../../replies/callback-data.ts";
import { staysElsewhere } from "../../store/queue/dead-letters.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import type { Job } from "../../store/queue/transitions.ts";
import type { ChatContext } from "../context.ts";
import { discardAllQuestion, failedMessage } from "../notices/failed.ts";
import type { Pressed } from "./callback-context.ts";

/** The list of failures, and what is asked for there. */
type ListPress = Extract<
  Press,
  { ask: "failed" | "failed_retry" | "failed_discard" | "failed_retry_all" | "failed_discard_all" }
>;

/** A button about what is not in Memos. */
export type FailedPress = ListPress | Extract<Press, { ask: "retry" | "discard" | "save" }>;

export type FailedPresses = ReturnType<typeof createFailedPresses>;

export function createFailedPresses({ store, askerOf }: ChatContext) {
  const { bindings, jobs, deadLetters } = store;

  async function list(pressed: Pressed, asked: ListPress): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    // What is somebody's alone stands in their own chat.
    if (pressed.chat_id !== from) return pressed.refuse("notYours");
    const binding = bindings.get(from);
    const shown = (page: number) =>
      edit(failedMessage(texts, deadLetters, { telegram_id: from, binding }, page));
    switch (asked.ask) {
      case "failed":
        await pressed.heard();
        return shown(asked.page);
      case "failed_retry_all":
        if (!binding) return pressed.refuse("notBound");
        if (deadLetters.retryAll(from) > 0) await pressed.heard();
        else await pressed.refuse(deadLetters.countOf(from) > 0 ? "staysElsewhere" : "alreadySettled");
        return shown(0);
      case "failed_discard_all": {
        const count = deadLetters.countOf(from);
        await pressed.heard();
        // What failed since the question has to be seen first.
        if (count > 0 && asked.count === 0) return edit(discardAllQuestion(texts, count));
        if (count === asked.count) deadLetters.discardAll(from, by(pressed));
        return shown(0);
      }
      default: {
        const job = jobs.get(asked.job_id);
        if (job?.telegram_id !== from) return pressed.refuse("notYours");
        const done = await settle(pressed, job, asked.ask === "failed_retry" ? "retry" : "discard");
        return done ? shown(asked.page) : [];
      }
    }
  }

  async function single(pressed: Pressed, ask: "retry" | "discard", jobId: number): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    const job = jobs.get(jobId);
    const asker = askerOf(from);
    const isTheirs = job?.telegram_id === from || (job && asker && isOf(job, asker.binding));
    if (!job || !isTheirs) return pressed.refuse("notYours");
    const done = await settle(pressed, job, ask);
    return done ? edit({ text: settledText(texts, jobs.get(jobId)) }) : [];
  }

  /** False where it is as it was, and the presser was told why. */
  async function settle(pressed: Pressed, job: Job, ask: "retry" | "discard"): Promise<boolean> {
    if (ask === "retry" && job.state === "dead") {
      const binding = bindings.get(job.telegram_id ?? 0);
      // It would wait for an account that is not bound, and be out of sight.
      const alert = !binding ? "notBound" : staysElsewhere(job, binding) ? "staysElsewhere" : undefined;
      if (alert) {
        await pressed.refuse(alert);
        return false;
      }
    }
    const done = ask === "retry" ? jobs.replay(job.id, "save") : jobs.discard(job.id, by(pressed));
    if (done) await pressed.heard();
    else await pressed.refuse("alreadySettled");
    return true;
  }

  async function saveAsMemo(pressed: Pressed, jobId: number): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    if (jobs.get(jobId)?.telegram_id !== from) return pressed.refuse("notYours");
    if (!bindings.get(from)) return pressed.refuse("notBound");
    const done = deadLetters.saveAsMessage(jobId);
    if (done !== "saved") return pressed.refuse(done === "gone" ? "noLongerKept" : "alreadySettled");
    await pressed.heard();
    return edit({ text: texts.savingAsMemo });
  }

  return (pressed: Pressed, asked: FailedPress): Promise<Owed[]> => {
    switch (asked.ask) {
      case "save":
        return saveAsMemo(pressed, asked.job_id);
      case "retry":
      case "discard":
        return single(pressed, asked.ask, asked.job_id);
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

const by = ({ from }: Pressed) => `telegram:${from}`;
