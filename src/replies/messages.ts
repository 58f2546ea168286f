import {
  chatAlone,
  type Destination,
  type Owed,
  type OwedMessage,
  type OwedParams,
  placeOf,
  type SavedWord,
  type ShownMemo,
  savedSlot,
  type ToldMemo,
} from "../domain/outgoing.ts";
import type { TelegramMessage, TelegramMessageEntity, TelegramUser } from "../domain/telegram.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { COMMANDS, languageOf, type Texts, type TextsFor, textsIn } from "../locales/texts.ts";
import { type Keyboard, type Press, pressData } from "./callback-data.ts";

/** A message as Telegram takes it: its text, what is marked in it, its buttons. */
export interface Message {
  readonly text: string;
  readonly entities?: readonly TelegramMessageEntity[];
  readonly buttons?: Keyboard;
  /** An example of an answer: Telegram opens a reply to this message. In place of buttons. */
  readonly asksFor?: string;
  /** As in `Owed`, of a message that is sent. */
  readonly slot?: string;
  readonly shows?: ShownMemo;
}

/** The word that the messages of a job were saved, as it is kept until it is sent. */
interface KeptWord {
  readonly slot: string;
  readonly saved: SavedWord;
}

function confirmationOf({ language, head, ...memo }: SavedWord, job_id: number, url: string | null): Message {
  // The row may be of a version that has more languages.
  const texts = textsIn(languageOf(language) ?? "en");
  return withHead(head, confirmation(texts, { ...memo, job_id, url }));
}

export function withHead(head: string | undefined, message: Message): Message {
  if (head === undefined) return message;
  const entities = message.entities?.map((one) => ({ ...one, offset: one.offset + head.length + 1 }));
  return { ...message, text: `${head}\n${message.text}`, ...(entities && { entities }) };
}

/** What stands under a saved message: who sees the memo, where it is, what can be done with it. */
export function confirmation(
  texts: Texts,
  memo: ToldMemo & {
    readonly job_id: number;
    /** Null where Telegram would show no link. */
    readonly url: string | null;
  },
): Message {
  const { job_id, visibility, pinned = false, isArchived, isComment, messages = 1, url, remarks = [] } = memo;
  const saved = isComment ? texts.savedComment : texts.saved({ visibility });
  const head = messages > 1 ? `${saved} · ${texts.joined({ count: messages })}` : saved;
  const linked = url === null ? head : `${head} · ${texts.open}`;
  const entities: TelegramMessageEntity[] =
    url === null ? [] : [{ type: "text_link", offset: head.length + 3, length: texts.open.length, url }];
  const visibilities = VISIBILITIES.filter((other) => other !== visibility).map((other) =>
    button(other, { ask: "visibility", job_id, visibility: other }),
  );
  const pin = button(pinned ? texts.unpin : texts.pin, { ask: "pin", job_id, pinned: !pinned });
  const unarchive = button(texts.unarchive, { ask: "archive", job_id, archived: false });
  const remove = button(texts.delete, { ask: "delete", job_id });
  return {
    text: [linked, ...(isArchived ? [texts.archived] : []), ...remarks].join("\n"),
    entities,
    slot: savedSlot(job_id),
    buttons: [
      ...(isComment ? [[remove]] : [visibilities, [pin, remove]]),
      ...(isArchived ? [[unarchive]] : []),
      ...(memo.lacksFiles ? [[button(texts.retry, { ask: "retry", job_id })]] : []),
    ],
  };
}

/** Why an edit or a late part is not in Memos, and what can be done about it. */
export function notFollowed(
  texts: Texts,
  { job_id, why }: { readonly job_id: number; readonly why: "gone" | "changed" },
): Message {
  if (why === "gone") {
    const again = button(texts.saveAgain, { ask: "save_again", job_id });
    return { text: texts.memoGone, buttons: [[again]] };
  }
  const overwrite = button(texts.overwrite, { ask: "overwrite", job_id });
  return { text: texts.changedSince, buttons: [[overwrite]] };
}

export function deleteQuestion(texts: Texts, job_id: number): Message {
  const remove = button(texts.delete, { ask: "delete_yes", job_id });
  const archive = button(texts.archive, { ask: "archive", job_id, archived: true });
  const keep = button(texts.cancel, { ask: "keep", job_id });
  return { text: texts.deleteQuestion, buttons: [[remove, archive], [keep]] };
}

export function failure(texts: Texts, job_id: number, text: string): Message {
  const retry = button(texts.retry, { ask: "retry", job_id });
  return { text, buttons: [[retry, button(texts.discard, { ask: "discard", job_id })]] };
}

/** A text in which one word, such as an id, can be copied by a tap. */
export function withCode(text: string, word: string | number): Message {
  const offset = text.lastIndexOf(`${word}`);
  if (offset < 0) return { text };
  return { text, entities: [{ type: "code", offset, length: `${word}`.length }] };
}

/** A new message in a chat. `replyTo`: the message there that it answers. A notice and silent, unless the options say otherwise. */
export function say(
  { chat_id, message_thread_id }: Destination,
  message: Message | KeptWord,
  options: { replyTo?: number | null; promise?: Owed["promise"]; isLoud?: boolean } = {},
): Owed {
  const { replyTo, promise = "notice", isLoud = false } = options;
  return {
    chat_id,
    method: "sendMessage",
    promise,
    ...(message.slot !== undefined && { slot: message.slot }),
    ...("shows" in message && { shows: message.shows }),
    params: {
      ...(message_thread_id !== null && { message_thread_id }),
      ...kept(message),
      ...(isLoud && { disable_notification: false }),
      ...(replyTo != null && { reply_to: replyTo }),
    },
  };
}

/** Said in private to who gets no answer in a group. */
export const closedGroupWords =
  (textsFor: TextsFor) =>
  (telegramId: number, group: string): Owed =>
    say(chatAlone(telegramId), { text: textsFor(telegramId).closedGroup({ group }) });

/** What is answered to somebody's message. */
export function replies(to: TelegramMessage, messages: Message | readonly Message[]): Owed[] {
  const { chat, message_id: replyTo } = to;
  return [messages].flat().map((message) => say(placeOf(to, chat.id), message, { replyTo }));
}

/** Deletes somebody's message; they are asked to do it where Telegram does not allow it. */
export function removal(message: TelegramMessage, texts: Texts): Owed {
  const { chat, message_id } = message;
  const instead = say(placeOf(message, chat.id), { text: texts.deleteItYourself }, { replyTo: message_id });
  return {
    chat_id: chat.id,
    method: "deleteMessage",
    promise: "notice",
    params: { message_id },
    instead: instead.params,
  };
}

/**
 * A message of the bot, changed: also its buttons, which an edit without them would remove.
 * @param of the message, or the job whose confirmation it is, or is about to be.
 */
export function change(
  chat_id: number,
  of: { readonly message_id: number } | { readonly job_id: number },
  message: Message | KeptWord,
): Owed {
  const [slot, where] = "job_id" in of ? [savedSlot(of.job_id), {}] : [`edit:${of.message_id}`, of];
  return {
    chat_id,
    method: "editMessageText",
    promise: "notice",
    slot,
    params: { ...where, ...kept(message) },
  };
}

/** Changes the last word about a job, or a message; where that is not there any more, it is said anew. */
export const inPlaceOf = (
  of: Parameters<typeof change>[1],
  message: Message | KeptWord,
  said: Owed,
): Owed => ({
  ...change(said.chat_id, of, message),
  instead: said.params,
});

/** What the outbox keeps of it. */
const kept = (message: Message | KeptWord): OwedParams =>
  "saved" in message ? { saved: message.saved } : shown(message);

/** Makes what Telegram takes of what the outbox keeps. Older versions kept their messages whole. */
export const callParams =
  ({ urls, textsFor }: { urls: { memoUrl(name: string): string | null }; textsFor: TextsFor }) =>
  (
    message: Owed & Partial<Pick<OwedMessage, "job_id" | "memo_name" | "telegram_id">>,
  ): Record<string, unknown> => {
    const { chat_id, method, params, job_id, memo_name, telegram_id = null } = message;
    const { saved, summed, reply_to: message_id, ...others } = params;
    const url = memo_name ? urls.memoUrl(memo_name) : null;
    return {
      ...(method === "sendMessage" && { disable_notification: true }),
      ...(saved && job_id && shown(confirmationOf(saved, job_id, url))),
      ...(summed !== undefined && { text: textsFor(telegram_id).savedMany({ count: summed }) }),
      ...others,
      ...(message_id !== undefined && {
        reply_parameters: { message_id, allow_sending_without_reply: true },
      }),
      chat_id,
    };
  };

function shown({ text, entities, buttons, asksFor }: Message): Record<string, unknown> {
  return {
    text,
    link_preview_options: { is_disabled: true },
    ...(entities && entities.length > 0 && { entities }),
    ...(buttons && { reply_markup: { inline_keyboard: buttons } }),
    ...(asksFor !== undefined && {
      reply_markup: { force_reply: true, input_field_placeholder: asksFor },
    }),
  };
}

export function button(text: string, press: Press): Keyboard[number][number] {
  return { text, callback_data: pressData(press) };
}

/** Of a list in the chat. */
export const PER_PAGE = 5;

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

/** The commands that people need first. */
const FIRST_COMMANDS: readonly (typeof COMMANDS)[number][] = [
  "search",
  "recent",
  "settings",
  "status",
  "failed",
  "delete",
];

/** What the bot can do, in ten lines: nobody reads more at once. */
export function help(texts: Texts): Message {
  const more = button(texts.more, { ask: "help", all: true });
  return { text: `${texts.help}\n\n${commandList(texts, FIRST_COMMANDS)}`, buttons: [[more]] };
}

export function restOfHelp(texts: Texts, bot: TelegramUser | null): Message {
  const others = COMMANDS.filter((name) => !FIRST_COMMANDS.includes(name));
  const back = button(texts.back, { ask: "help", all: false });
  const { username, supports_inline_queries: isInline } = bot ?? {};
  const more = [texts.moreHelp, ...(isInline && username ? [texts.inlineHelp({ bot: username })] : [])];
  return { text: [...more, commandList(texts, others)].join("\n\n"), buttons: [[back]] };
}

const commandList = (texts: Texts, names: typeof COMMANDS) =>
  names.map((name) => `/${name} – ${texts.commands[name]}`).join("\n");

/** How to be connected: by a token, or by the admin. */
export function waysIn(
  texts: Texts,
  greeting: string,
  { id, place }: { id: number; place: string },
): Message {
  const ways = [texts.howToBind({ place }), texts.orAskAdmin({ id })];
  return withCode([greeting, ...ways].join("\n\n"), id);
}
