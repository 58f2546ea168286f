import { OTHER_ACCOUNT } from "../../domain/job.ts";
import type { Texts } from "../../locales/texts.ts";
import { messageText } from "../../messages/message-text.ts";
import { messageIn } from "../../messages/versions.ts";
import type { Press } from "../../replies/callback-data.ts";
import { whyFailed } from "../../replies/failure-words.ts";
import { button, type Keyboard, type Message } from "../../replies/messages.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import { type DeadLetters, staysElsewhere } from "../../store/queue/dead-letters.ts";
import { isOf } from "../../store/queue/message-jobs.ts";
import type { Job } from "../../store/queue/transitions.ts";
import { createWriter, cut, oneLine } from "../lists/writer.ts";

export const PER_PAGE = 5;

type Letters = Pick<DeadLetters, "countOf" | "list" | "accountOf">;

/** A page of what a person sent and what could not be saved, each with what can be done about it. */
export function failedMessage(
  texts: Texts,
  letters: Letters,
  { telegram_id, binding }: { readonly telegram_id: number; readonly binding: Binding | undefined },
  asked: number,
): Message {
  const count = letters.countOf(telegram_id);
  if (count === 0) return { text: texts.failedNone };
  const page = Math.min(asked, lastPage(count));
  const writer = createWriter().add(texts.failedHead({ count }), "bold");
  const buttons: Keyboard = [];
  const offset = page * PER_PAGE;
  for (const [at, { job, update }] of letters.list(telegram_id, { limit: PER_PAGE, offset }).entries()) {
    const number = offset + at + 1;
    const request = messageIn(update);
    const message = job.kind === "capture" ? (request?.reply_to_message as typeof request) : request;
    const text = message ? oneLine(messageText(message).text) : "";
    writer
      .add(`\n\n${number}. ${text === "" ? texts.withoutText : cut(text, 80)}`)
      .add(`\n${texts.day(new Date(job.created_at))} · `)
      .add(cut(oneLine(why(texts, letters, job, binding)), 300), "italic");
    buttons.push([
      button(`${texts.retry} ${number}`, { ask: "failed_retry", job_id: job.id, page }),
      button(`${texts.discard} ${number}`, { ask: "failed_discard", job_id: job.id, page }),
    ]);
  }
  const turns = pageButtons(page, count, (to) => ({ ask: "failed", page: to }));
  const all: Keyboard =
    count === 1
      ? []
      : [
          [
            button(texts.retryAll, { ask: "failed_retry_all" }),
            button(texts.discardAll, { ask: "failed_discard_all", count: 0 }),
          ],
        ];
  return { ...writer.done(), buttons: [...buttons, ...turns, ...all] };
}

/** Of what was sent for another account than today's also which one, and what [Retry] comes to. */
function why(texts: Texts, letters: Letters, job: Job, binding: Binding | undefined): string {
  const reason = whyFailed(texts, job);
  if (!binding || isOf(job, binding)) return reason;
  const name = letters.accountOf(job);
  const place = staysElsewhere(job, binding)
    ? texts.failedStaysWith({ account: name })
    : texts.failedOfOther({ account: name });
  return job.reason === OTHER_ACCOUNT ? place : `${reason} ${place}`;
}

export function discardAllQuestion(texts: Texts, count: number): Message {
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

export const lastPage = (count: number) => Math.max(0, Math.ceil(count / PER_PAGE) - 1);

/** The buttons to the pages before and after, named by what they show. */
export function pageButtons(page: number, count: number, press: (page: number) => Press): Keyboard {
  const span = (at: number) => `${at * PER_PAGE + 1}–${Math.min(count, (at + 1) * PER_PAGE)}`;
  const row = [
    ...(page > 0 ? [button(`‹ ${span(page - 1)}`, press(page - 1))] : []),
    ...(page < lastPage(count) ? [button(`${span(page + 1)} ›`, press(page + 1))] : []),
  ];
  return row.length === 0 ? [] : [row];
}
