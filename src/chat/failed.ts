import { OTHER_ACCOUNT } from "../domain/job.ts";
import type { Owed } from "../domain/outgoing.ts";
import type { Texts } from "../locales/texts.ts";
import { messageText } from "../messages/message-text.ts";
import { messageIn } from "../messages/versions.ts";
import type { Keyboard } from "../replies/callback-data.ts";
import { whyFailed } from "../replies/failure-words.ts";
import { button, lastPage, type Message, PER_PAGE, pageButtons } from "../replies/messages.ts";
import type { Job } from "../store/db/rows.ts";
import { staysElsewhere } from "../store/queue/dead-letters.ts";
import { isOf } from "../store/queue/message-jobs.ts";
import { type Handler, type Handlers, type Outcome, own, type Pressed } from "./buttons.ts";
import type { Answers, Asking, ChatContext } from "./context.ts";
import { createWriter, cut, oneLine } from "./lists/writer.ts";

/** What a person sent and what is not in Memos. */
export function createFailed({ bindings, jobs, deadLetters, askerOf }: ChatContext) {
  /** A page of it, each with what can be done about it. */
  function page({ from, texts }: Asking, asked: number): Message {
    const count = deadLetters.countOf(from);
    if (count === 0) return { text: texts.failedNone };
    const page = Math.min(asked, lastPage(count));
    const writer = createWriter().add(texts.failedHead({ count }), "bold");
    const buttons: Keyboard = [];
    const offset = page * PER_PAGE;
    for (const [at, { job, update }] of deadLetters.list(from, { limit: PER_PAGE, offset }).entries()) {
      const number = offset + at + 1;
      const request = messageIn(update);
      const message = job.kind === "capture" ? (request?.reply_to_message as typeof request) : request;
      const text = message ? oneLine(messageText(message).text) : "";
      writer
        .add(`\n\n${number}. ${text === "" ? texts.withoutText : cut(text, 80)}`)
        .add(`\n${texts.day(new Date(job.created_at))} · `)
        .add(cut(oneLine(why(texts, job, from)), 300), "italic");
      buttons.push([
        button(`${texts.retry} ${number}`, { ask: "failed_retry", job_id: job.id, page }),
        button(`${texts.discard} ${number}`, { ask: "failed_discard", job_id: job.id, page }),
      ]);
    }
    buttons.push(...pageButtons(page, count, (to) => ({ ask: "failed", page: to })));
    if (count > 1) {
      buttons.push([
        button(texts.retryAll, { ask: "failed_retry_all" }),
        button(texts.discardAll, { ask: "failed_discard_all", count: 0 }),
      ]);
    }
    return { ...writer.done(), buttons };
  }

  /** Of what was sent for another account than today's also which one, and what [Retry] comes to. */
  function why(texts: Texts, job: Job, from: number): string {
    const reason = whyFailed(texts, job);
    const binding = bindings.get(from);
    if (!binding || isOf(job, binding)) return reason;
    const account = deadLetters.accountOf(job);
    const place = staysElsewhere(job, binding)
      ? texts.failedStaysWith({ account })
      : texts.failedOfOther({ account });
    return job.reason === OTHER_ACCOUNT ? place : `${reason} ${place}`;
  }

  /** What was settled meanwhile is only shown as it is. */
  function settle(pressed: Pressed, job: Job, ask: "retry" | "discard", show: () => Message): Outcome {
    if (ask === "discard") jobs.discard([job.id], by(pressed));
    else if (job.state === "dead") {
      const binding = bindings.get(job.telegram_id ?? 0);
      // It would wait for an account that is not bound, and be out of sight.
      if (!binding) return "notBound";
      if (staysElsewhere(job, binding)) return "staysElsewhere";
      jobs.replay([job.id], "save");
    }
    return pressed.edit(show());
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
      const job = jobs.get(job_id);
      const asker = askerOf(pressed);
      const isTheirs = job?.telegram_id === pressed.from || (job && asker && isOf(job, asker.binding));
      if (!job || !isTheirs) return "notYours";
      return settle(pressed, job, ask, () => ({ text: settledText(pressed.texts, jobs.get(job_id)) }));
    };

  function retryAll(pressed: Pressed): Outcome {
    const { from, edit } = pressed;
    if (!bindings.get(from)) return "notBound";
    const isStuck = deadLetters.retryAll(from) === 0 && deadLetters.countOf(from) > 0;
    return isStuck ? "staysElsewhere" : edit(page(pressed, 0));
  }

  function discardAll(pressed: Pressed, asked: { count: number }): Owed[] {
    const { from, texts, edit } = pressed;
    const count = deadLetters.countOf(from);
    // What failed since the question has to be seen first.
    if (count > 0 && asked.count === 0) return edit(discardAllQuestion(texts, count));
    if (count === asked.count) deadLetters.discardAll(from, by(pressed));
    return edit(page(pressed, 0));
  }

  const buttons: Handlers<
    | "failed"
    | "failed_retry"
    | "failed_discard"
    | "failed_retry_all"
    | "failed_discard_all"
    | "retry"
    | "discard"
    | "save"
  > = {
    failed: own((pressed, asked) => pressed.edit(page(pressed, asked.page))),
    failed_retry: ofList("retry"),
    failed_discard: ofList("discard"),
    failed_retry_all: own(retryAll),
    failed_discard_all: own(discardAll),
    retry: single("retry"),
    discard: single("discard"),
    save({ from, texts, edit }, { job_id }) {
      if (jobs.get(job_id)?.telegram_id !== from) return "notYours";
      if (!bindings.get(from)) return "notBound";
      const done = deadLetters.saveAsMessage(job_id);
      if (done !== "saved") return done === "gone" ? "noLongerKept" : "alreadySettled";
      return edit({ text: texts.savingAsMemo });
    },
  };
  const commands: Answers = { failed: (said) => page(said, 0) };
  return { commands, buttons };
}

function discardAllQuestion(texts: Texts, count: number): Message {
  return {
    text: texts.discardAllQuestion({ count }),
    buttons: [
      [
        button(texts.discardAll, { ask: "failed_discard_all", count }),
        button(texts.back, { ask: "failed", page: 0 }),
      ],
    ],
  };
}

/** What has become of a message that could not be saved. */
function settledText(texts: Texts, job: Job | undefined): string {
  // It may have failed again by now, which is told anew.
  if (job && job.state !== "done") return texts.retrying;
  return job?.outcome === "discarded" ? texts.discarded : texts.alreadySettled;
}

const by = ({ from }: Pressed) => `telegram:${from}`;
