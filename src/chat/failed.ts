import type { DeadLetters } from "../store/dead-letters.ts";
import { storedMessage } from "../telegram/update.ts";
import { written } from "../telegram/written.ts";
import { whyFailed } from "./failure-words.ts";
import { button, type Keyboard, type Message } from "./messages.ts";
import type { Press } from "./press-data.ts";
import type { Texts } from "./texts.ts";
import { createWriter, cut, oneLine } from "./writer.ts";

export const PER_PAGE = 5;

/** A page of what a person sent and what could not be saved, each with what can be done about it. */
export function failedMessage(
  texts: Texts,
  letters: Pick<DeadLetters, "countOf" | "list">,
  telegramId: number,
  asked: number,
): Message {
  const count = letters.countOf(telegramId);
  if (count === 0) return { text: texts.failedNone };
  const page = Math.min(asked, lastPage(count));
  const writer = createWriter().add(texts.failedHead(count), "bold");
  const buttons: Keyboard = [];
  const offset = page * PER_PAGE;
  for (const [at, { job, json }] of letters.list(telegramId, { limit: PER_PAGE, offset }).entries()) {
    const number = offset + at + 1;
    const request = storedMessage(json);
    const message = job.kind === "capture" ? (request?.reply_to_message as typeof request) : request;
    const text = message ? oneLine(written(message).text) : "";
    writer
      .add(`\n\n${number}. ${text === "" ? texts.withoutText : cut(text, 80)}`)
      .add(`\n${texts.day(new Date(job.created_at))} · `)
      .add(cut(oneLine(whyFailed(texts, job)), 300), "italic");
    buttons.push([
      button(`${texts.retry} ${number}`, { ask: "failed_retry", job_id: job.id, page }),
      button(`${texts.discard} ${number}`, { ask: "failed_discard", job_id: job.id, page }),
    ]);
  }
  const turns = pageButtons(page, count, (to) => ({ ask: "failed", page: to }));
  return { ...writer.done(), buttons: [...buttons, ...turns] };
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
