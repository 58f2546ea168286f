import { zoneOfPerson } from "../../base/zones.ts";
import { OFFERED_TIMES, type OfferedTime } from "../../domain/choices.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Texts } from "../../locales/texts.ts";
import { isMemosError } from "../../memos/errors.ts";
import { button, lastPage, type Message, PER_PAGE, pageButtons } from "../../replies/messages.ts";
import { createTextWriter } from "../../replies/text-writer.ts";
import type { Reminder } from "../../store/accounts/reminders.ts";
import { bound, type Handler, type Handlers, type PressAnswer, type Pressed } from "../buttons.ts";
import type { Answers, Asker, Asking, ChatContext } from "../context.ts";
import { bestLine } from "../lists/best-line.ts";
import { addLink } from "../lists/show.ts";
import { nextTimes, offered, readWhen, type When } from "./when.ts";

/** Of a repeated reminder so many of the next times are told. */
const TIMES_TOLD = 3;

/** When a memo is to come back: asked for, listed, put off and cancelled. */
export function createReminderRequests({ reminders, memos, urls, askerOf, answerFromMemos }: ChatContext) {
  /** The answer to `/remind` as a reply to a memo. */
  async function remind(asker: Asker, memo_name: string, argument: string): Promise<Message | null> {
    const { texts, at: now, binding } = asker;
    if (argument === "") return null;
    const when = await readWhen(argument, { language: texts.language, now, zone: zoneOfPerson(binding) });
    return typeof when === "string" ? { text: texts.remind[when] } : remember(asker, memo_name, when);
  }

  /** A press on one of the times that are offered. */
  const remindAt = (asker: Asker, memo_name: string, when: OfferedTime) =>
    remember(asker, memo_name, offered(when, { now: asker.at, zone: zoneOfPerson(asker.binding) }));

  async function remember(asker: Asker, memo_name: string, when: When): Promise<Message> {
    const { from, job_id: id, at: created_at, binding, to, texts } = asker;
    const { account_key } = binding;
    const reminder = reminders.add({ id, telegram_id: from, account_key, memo_name, created_at, ...when });
    const text = await timesOf(asker, reminder);
    const cancel = button(texts.cancel, { ask: "reminder_cancel", reminder_id: reminder.id });
    const shows = { memo_name, account_key };
    // In a group others read along: it gets no buttons there.
    if (to.chat_id !== from) return { text: `${text}\n${texts.remind.inPrivate}`, shows };
    return { text, shows, buttons: [[cancel]] };
  }

  /** When it comes, by the clocks of who asked for it; of one that comes again the next times. */
  async function timesOf({ texts, binding }: Pick<Asker, "texts" | "binding">, { due_at, cron }: Reminder) {
    const zone = zoneOfPerson(binding);
    const first = due_at ?? 0;
    if (cron === null) return `⏰ ${texts.moment(first)}`;
    const later = await nextTimes(cron, TIMES_TOLD - 1, { now: first, zone });
    return [`⏰ ${texts.moment(first)}`, ...later.map((time) => `🔁 ${texts.moment(time)}`)].join("\n");
  }

  async function page(asker: Asker, asked: number): Promise<Message> {
    const { from, texts } = asker;
    const count = reminders.countOf(from);
    if (count === 0) return { text: texts.remind.none };
    const page = Math.min(asked, lastPage(count));
    const offset = page * PER_PAGE;
    const found = reminders.list(from, { limit: PER_PAGE, offset });
    const lines = await Promise.all(found.map((reminder) => lineOf(asker, reminder)));
    const writer = createTextWriter().add(texts.remind.list({ count }), "bold");
    for (const [at, reminder] of found.entries()) {
      const { due_at, cron, memo_name } = reminder;
      const time = texts.moment(due_at ?? 0);
      writer.add(`\n\n${offset + at + 1}. ${lines[at]}\n${cron === null ? "⏰" : "🔁"} ${time}`);
      addLink(writer, texts, urls.memoUrl(memo_name));
    }
    const cancels = found.map(({ id: reminder_id }, at) =>
      button(`${texts.cancel} ${offset + at + 1}`, { ask: "reminders_cancel", reminder_id, page }),
    );
    const rows = [cancels.slice(0, 3), cancels.slice(3)].filter((row) => row.length > 0);
    const pages = pageButtons(page, count, (to) => ({ ask: "reminders", page: to }));
    return { ...writer.done(), buttons: [...rows, ...pages] };
  }

  /** What a memo says; the list is of use also while Memos does not tell. */
  async function lineOf({ token, texts, signal }: Asker, { memo_name }: Reminder): Promise<string> {
    try {
      const memo = await memos.lookUpMemo(token, memo_name, signal);
      if (!memo) return texts.memoGone;
      return (await bestLine(memo.content, [])) || texts.withoutText;
    } catch (error) {
      if (!isMemosError(error)) throw error;
      return texts.remind.unread;
    }
  }

  /** A button about a reminder of theirs; undefined where it is over. */
  const ofReminder = <Asked extends { readonly reminder_id: number }>(
    work: (
      pressed: Pressed & Pick<Asker, "binding">,
      reminder: Reminder | undefined,
      asked: Asked,
    ) => PressAnswer,
  ): Handler<Asked> =>
    bound((pressed, asked) => {
      const { from, binding, texts } = pressed;
      const reminder = reminders.get(asked.reminder_id);
      const isTheirs =
        !reminder || (reminder.telegram_id === from && reminder.account_key === binding.account_key);
      return isTheirs ? work(pressed, reminder, asked) : texts.notYours;
    });

  const pageAgain = (pressed: Pressed, at: number): PressAnswer => {
    const asker = askerOf(pressed);
    return asker ? page(asker, at).then(pressed.edit) : pressed.texts.notBound;
  };

  const buttons = {
    reminders: bound((pressed, asked) => pageAgain(pressed, asked.page)),
    reminders_cancel: ofReminder((pressed, reminder, { page }) => {
      if (reminder) reminders.remove(reminder.id);
      return pageAgain(pressed, page);
    }),
    reminder_cancel: ofReminder(({ texts, edit }, reminder) => {
      if (reminder) reminders.remove(reminder.id);
      return edit({ text: texts.remind.canceled });
    }),
    /** A repeated one goes on. */
    reminder_done: ofReminder((pressed, reminder) => {
      if (reminder?.cron === null) reminders.remove(reminder.id);
      return addLine(pressed, `✓ ${pressed.texts.remind.done}`);
    }),
    reminder_later: ofReminder((pressed, reminder, { when }) => {
      const { binding, at: now, job_id, texts } = pressed;
      if (!reminder) return texts.alreadySettled;
      const zone = zoneOfPerson(binding);
      const { due_at } = offered(when, { now, zone });
      if (reminder.cron === null) reminders.putOff(reminder, due_at);
      else reminders.add({ ...reminder, id: job_id, created_at: now, cron: null, due_at });
      return addLine(pressed, `⏰ ${texts.moment(due_at)}`);
    }),
  } satisfies Partial<Handlers>;

  const commands: Answers = {
    reminders: (said) => answerFromMemos(said, (asker) => page(asker, 0)),
  };
  return { commands, buttons, remind, remindAt };
}

/** The message with the button, without its buttons, and a line more. */
function addLine({ held, edit }: Pressed, line: string): Owed[] {
  if (held === null) return edit({ text: line });
  const { text, entities = [] } = held;
  return edit({ text: `${text}\n\n${line}`, entities });
}

/** Asks when a memo is to come back. */
export function whenQuestion({ texts }: Pick<Asking, "texts">, job_id: number): Message {
  const row = OFFERED_TIMES.map((when) => button(texts.remind[when], { ask: "remind_at", job_id, when }));
  return { text: texts.remind.when, buttons: [row] };
}

/** What can be done about a memo that has come back. */
export const reminderButtons = (texts: Texts, reminder_id: number) => [
  [
    button(texts.remind.done, { ask: "reminder_done", reminder_id }),
    button(texts.remind.snooze, { ask: "reminder_later", reminder_id, when: "hour" }),
    button(texts.remind.tomorrow, { ask: "reminder_later", reminder_id, when: "tomorrow" }),
  ],
];
