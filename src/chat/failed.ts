import type { Owed } from "../domain/outgoing.ts";
import { lacksFiles } from "../domain/saved.ts";
import type { Texts } from "../locales/texts.ts";
import { messageText } from "../messages/message-text.ts";
import type { Keyboard } from "../replies/callback-data.ts";
import { whyFailed } from "../replies/failure-words.ts";
import { button, lastPage, type Message, PER_PAGE, pageButtons } from "../replies/messages.ts";
import { createTextWriter, cut, oneLine } from "../replies/text-writer.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Job } from "../store/db/rows.ts";
import { isOf, staysElsewhere } from "../store/queue/message-jobs.ts";
import { bound, type Handler, type Handlers, own, type PressAnswer, type Pressed } from "./buttons.ts";
import type { Answers, Asking, ChatContext } from "./context.ts";
import { sentMessage, whatWaits } from "./waiting.ts";

/** What a person sent and what is not in Memos. */
export function createFailed({ bindings, jobs, deadLetters }: ChatContext) {
  /** A page of the list, with buttons for each message. */
  function page({ from, binding, texts }: Asking, asked: number): Message {
    const count = deadLetters.countOf(from);
    const waiting = whatWaits(deadLetters, { from, texts });
    if (count === 0) return { text: [texts.failedNone, ...waiting].join("\n\n") };
    const page = Math.min(asked, lastPage(count));
    const writer = createTextWriter().add(texts.failedHead({ count }), "bold");
    const buttons: Keyboard = [];
    const offset = page * PER_PAGE;
    for (const [at, found] of deadLetters.list(from, { limit: PER_PAGE, offset }).entries()) {
      const { job } = found;
      const number = offset + at + 1;
      const message = sentMessage(found);
      const text = message ? oneLine(messageText(message).text) : "";
      writer
        .add(`\n\n${number}. ${text === "" ? texts.withoutText : cut(text, 80)}`)
        .add(`\n${texts.day(new Date(job.created_at))} · `)
        .add(cut(oneLine(why(texts, job, binding)), 300), "italic");
      buttons.push([
        button(`${texts.retry} ${number}`, { ask: "failed_retry", job_id: job.id, page }),
        button(`${texts.discard} ${number}`, { ask: "failed_discard", job_id: job.id, page }),
      ]);
    }
    for (const line of page === 0 ? waiting : []) writer.add(`\n\n${line}`);
    buttons.push(...pageButtons(page, count, (to) => ({ ask: "failed", page: to })));
    if (count > 1) {
      buttons.push([
        button(texts.retryAll, { ask: "failed_retry_all" }),
        button(texts.discardAll, { ask: "failed_discard_all", count: 0 }),
      ]);
    }
    return { ...writer.done(), buttons };
  }

  /** Why a message failed; where it was for another account than today's, for which, and what [Retry] does. */
  function why(texts: Texts, job: Job, binding: Binding | undefined): string {
    const reason = whyFailed(texts, job);
    if (!binding || isOf(job, binding)) return reason;
    const account = texts.failedOfOther({ account: deadLetters.accountOf(job) });
    return [reason, account, ...(staysElsewhere(job, binding) ? [texts.staysElsewhere] : [])].join(" ");
  }

  /** A button of the list, or of the notice of a failure. What was settled meanwhile is only shown as it is now. */
  const settle =
    (ask: "retry" | "discard"): Handler<{ readonly job_id: number; readonly page?: number }> =>
    (pressed, asked) => {
      const { from, binding, texts, edit } = pressed;
      const job = jobs.get(asked.job_id);
      const isTheirs = job?.telegram_id === from || (job && binding && isOf(job, binding));
      if (!job || !isTheirs) return texts.notYours;
      if (ask === "discard") deadLetters.discard(job.id, by(pressed));
      else if (job.state === "dead") {
        const sender = bindings.get(job.telegram_id ?? 0);
        // Tried again, it would wait for a binding, and the list would not show it any more.
        if (!sender) return texts.notBound;
        if (staysElsewhere(job, sender)) return texts.staysElsewhere;
        deadLetters.retry(job.id);
      } else if (asked.page === undefined) {
        const answer = tryNow(texts, job);
        if (answer) return answer;
      }
      return edit(asked.page === undefined ? whatBecame(texts, asked.job_id) : page(pressed, asked.page));
    };

  /** Tries at once what rests after a try, or lacks a file; the message about it stays until that ends. */
  function tryNow(texts: Texts, { id, state, memo_name, tried }: Job): string | undefined {
    if (!tried?.waits && !lacksFiles(tried)) return undefined;
    if (state === "waiting") jobs.wake(id, true);
    if (state === "waiting" || memo_name === null) return texts.working;
    const isGone = jobs.requestAction(id, "files", memo_name) === "gone";
    return isGone ? texts.noLongerKept : texts.working;
  }

  function whatBecame(texts: Texts, job_id: number): Message {
    const job = jobs.get(job_id);
    // Where it has failed again meanwhile, a new message tells that.
    if (job && job.state !== "done") return { text: texts.working };
    return { text: job?.outcome === "discarded" ? texts.discarded : texts.alreadySettled };
  }

  function retryAll(pressed: Pressed): PressAnswer {
    const { from, texts, edit } = pressed;
    const isStuck = deadLetters.retryAll(from) === 0 && deadLetters.countOf(from) > 0;
    return isStuck ? texts.staysElsewhere : edit(page(pressed, 0));
  }

  function discardAll(pressed: Pressed, asked: { count: number }): Owed[] {
    const { from, texts, edit } = pressed;
    const count = deadLetters.countOf(from);
    // What failed since the question has to be seen first.
    if (count > 0 && asked.count === 0) return edit(discardAllQuestion(texts, count));
    if (count === asked.count) deadLetters.discardAll(from, by(pressed));
    return edit(page(pressed, 0));
  }

  const buttons = {
    failed: own((pressed, asked) => pressed.edit(page(pressed, asked.page))),
    failed_retry: own(settle("retry")),
    failed_discard: own(settle("discard")),
    failed_retry_all: bound(retryAll),
    failed_discard_all: own(discardAll),
    retry: settle("retry"),
    discard: settle("discard"),
    save: bound(({ from, binding, texts, edit }, { job_id }) => {
      if (jobs.get(job_id)?.telegram_id !== from) return texts.notYours;
      const done = deadLetters.saveAsMessage(job_id, binding.account_key);
      if (done !== "saved") return done === "gone" ? texts.noLongerKept : texts.alreadySettled;
      return edit({ text: texts.working });
    }),
  } satisfies Partial<Handlers>;
  const commands: Answers = { failed: (said) => page(said, 0) };
  return { commands, buttons };
}

function discardAllQuestion(texts: Texts, count: number): Message {
  const all = button(texts.discardAll, { ask: "failed_discard_all", count });
  const back = button(texts.back, { ask: "failed", page: 0 });
  return { text: texts.discardAllQuestion({ count }), buttons: [[all, back]] };
}

const by = ({ from }: Pressed) => `telegram:${from}`;
