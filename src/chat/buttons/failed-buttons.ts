import type { Owed } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import { staysElsewhere } from "../../store/queue/dead-letters.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import type { Job } from "../../store/queue/transitions.ts";
import type { ChatContext } from "../context.ts";
import { discardAllQuestion, failedMessage } from "../notices/failed.ts";
import { type Handler, type Handlers, isInOwnChat, type Outcome, type Pressed } from "./callback-context.ts";

/** Buttons about what is not in Memos. */
export type FailedPresses = Handlers<
  | "failed"
  | "failed_retry"
  | "failed_discard"
  | "failed_retry_all"
  | "failed_discard_all"
  | "retry"
  | "discard"
  | "save"
>;

export function createFailedPresses({ store, askerOf }: ChatContext): FailedPresses {
  const { bindings, jobs, deadLetters } = store;

  function page({ from, texts, edit }: Pressed, asked: number) {
    return edit(failedMessage(texts, deadLetters, { telegram_id: from, binding: bindings.get(from) }, asked));
  }

  const own =
    <Asked>(handle: Handler<Asked>): Handler<Asked> =>
    (pressed, asked) =>
      isInOwnChat(pressed) ? handle(pressed, asked) : "notYours";

  function retryAll(pressed: Pressed): Outcome {
    const { from } = pressed;
    if (!bindings.get(from)) return "notBound";
    const left = () => (deadLetters.countOf(from) > 0 ? "staysElsewhere" : "alreadySettled");
    return { alert: deadLetters.retryAll(from) > 0 ? null : left(), work: () => page(pressed, 0) };
  }

  const ofList = (ask: "retry" | "discard") =>
    own<{ job_id: number; page: number }>((pressed, asked) => {
      const job = jobs.get(asked.job_id);
      if (job?.telegram_id !== pressed.from) return "notYours";
      return settle(pressed, job, ask, () => page(pressed, asked.page));
    });

  const single =
    (ask: "retry" | "discard"): Handler<{ job_id: number }> =>
    (pressed, { job_id }) => {
      const { from, texts, edit } = pressed;
      const job = jobs.get(job_id);
      const asker = askerOf(from);
      const isTheirs = job?.telegram_id === from || (job && asker && isOf(job, asker.binding));
      if (!job || !isTheirs) return "notYours";
      return settle(pressed, job, ask, () => edit({ text: settledText(texts, jobs.get(job_id)) }));
    };

  function settle(pressed: Pressed, job: Job, ask: "retry" | "discard", work: () => Owed[]): Outcome {
    if (ask === "retry" && job.state === "dead") {
      const binding = bindings.get(job.telegram_id ?? 0);
      // It would wait for an account that is not bound, and be out of sight.
      if (!binding) return "notBound";
      if (staysElsewhere(job, binding)) return "staysElsewhere";
    }
    const isDone = ask === "retry" ? jobs.replay(job.id, "save") : jobs.discard(job.id, by(pressed));
    return { alert: isDone ? null : "alreadySettled", work };
  }

  return {
    failed: own((pressed, asked) => () => page(pressed, asked.page)),
    failed_retry: ofList("retry"),
    failed_discard: ofList("discard"),
    failed_retry_all: own(retryAll),
    failed_discard_all: own((pressed, asked) => () => {
      const { from, texts, edit } = pressed;
      const count = deadLetters.countOf(from);
      // What failed since the question has to be seen first.
      if (count > 0 && asked.count === 0) return edit(discardAllQuestion(texts, count));
      if (count === asked.count) deadLetters.discardAll(from, by(pressed));
      return page(pressed, 0);
    }),
    retry: single("retry"),
    discard: single("discard"),
    save({ from, texts, edit }, { job_id }) {
      if (jobs.get(job_id)?.telegram_id !== from) return "notYours";
      if (!bindings.get(from)) return "notBound";
      const done = deadLetters.saveAsMessage(job_id);
      if (done !== "saved") return done === "gone" ? "noLongerKept" : "alreadySettled";
      return () => edit({ text: texts.savingAsMemo });
    },
  };
}

/** What has become of a message that could not be saved. */
function settledText(texts: Texts, job: Job | undefined): string {
  // It may have failed again by now, which is told anew.
  if (job && job.state !== "done") return texts.retrying;
  return job?.outcome === "discarded" ? texts.discarded : texts.alreadySettled;
}

const by = ({ from }: Pressed) => `telegram:${from}`;
