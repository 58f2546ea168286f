import { OFFERED_TIMES } from "../domain/choices.ts";
import type { TelegramInlineKeyboardMarkup, TelegramMessage } from "../domain/telegram.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { CHAT_SETTING_NAMES, SETTING_NAMES } from "../locales/texts.ts";

export type Keyboard = TelegramInlineKeyboardMarkup["inline_keyboard"];

/** Reads one value of a button's data; undefined for what it cannot be. */
type Field<T> = (text: string) => T | undefined;

const oneOf =
  <T extends string>(values: readonly T[]): Field<T> =>
  (text) =>
    values.find((value) => value === text);
const number: Field<number> = (text) => (/^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined);
const flag: Field<boolean> = (text) => (text === "1" ? true : text === "0" ? false : undefined);
const word: Field<string> = (text) => (/^\w{1,20}$/.test(text) ? text : undefined);
const uid: Field<string> = (text) => (/^[\w-]{1,36}$/.test(text) ? text : undefined);
const setting = oneOf(SETTING_NAMES);
/** The id of a group or channel. */
const group: Field<number> = (text) => (/^-[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined);

const ofJob = { job_id: number };
const ofReminder = { reminder_id: number };
const ofPost = { post_id: number };

/** The code of each press, and its values in their order. They stand in old chats: no code ever gets another meaning. */
const PRESSES = {
  visibility: ["v", { ...ofJob, visibility: oneOf(VISIBILITIES) }],
  pin: ["p", { ...ofJob, pinned: flag }],
  archive: ["a", { ...ofJob, archived: flag }],
  delete: ["d", ofJob],
  delete_yes: ["dy", ofJob],
  keep: ["dn", ofJob],
  overwrite: ["o", ofJob],
  save_again: ["n", ofJob],
  // What is not in Memos: after all, or not at all.
  retry: ["r", ofJob],
  discard: ["x", ofJob],
  save: ["s", ofJob],
  // A page of the failures, and what to do with one of them.
  failed: ["f", { page: number }],
  failed_retry: ["fr", { ...ofJob, page: number }],
  failed_discard: ["fx", { ...ofJob, page: number }],
  failed_retry_all: ["fa", {}],
  // Asks, with 0; else so many are to be discarded, as was said in the question.
  failed_discard_all: ["fd", { count: number }],
  // A page of a list of memos, and one memo of such a list by its place in it.
  list: ["q", { search_id: number, page: number }],
  show: ["m", { search_id: number, at: number }],
  // One code, told apart by how many values follow it.
  settings: ["c", {}],
  setting: ["c", { setting }],
  set: ["c", { setting, value: word }],
  // The same of a group.
  chat_settings: ["k", {}],
  chat_setting: ["k", { chat_setting: oneOf(CHAT_SETTING_NAMES) }],
  chat_set: ["k", { chat_setting: oneOf(CHAT_SETTING_NAMES), value: word }],
  // When a memo is to come back, what is still to come, and what becomes of what came.
  remind_at: ["zw", { ...ofJob, when: oneOf(OFFERED_TIMES) }],
  reminders: ["z", { page: number }],
  reminders_cancel: ["zp", { reminder_id: number, page: number }],
  reminder_cancel: ["zx", ofReminder],
  reminder_done: ["zd", ofReminder],
  reminder_later: ["zl", { ...ofReminder, when: oneOf(OFFERED_TIMES) }],
  // An item of a task list: of which account and memo, and by what it says.
  tick: ["k", { account_key: number, uid, item: word }],
  // What the bot can do: the rest of it, or the beginning again.
  help: ["h", { all: flag }],
  // The posts of a channel become memos of who presses.
  bind_chat: ["b", { chat_id: group }],
  // A memo that not everybody sees, to a channel.
  publish_anyway: ["pp", { ...ofJob, chat_id: group }],
  // What somebody answers about a post in a channel.
  post_again: ["pa", ofPost],
  post_there: ["pt", ofPost],
  post_delete: ["pd", ofPost],
  post_keep: ["pk", ofPost],
  rule_add: ["pn", {}],
  rule_remove: ["px", { rule_id: number }],
  unbind_yes: ["u:a", {}],
  unbind_no: ["u:n", {}],
} as const satisfies Record<string, readonly [string, Readonly<Record<string, Field<unknown>>>]>;

type Table = typeof PRESSES;
type Values<F> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };
/** What a button under a message asks for. */
export type Press = { [Ask in keyof Table]: { readonly ask: Ask } & Values<Table[Ask][1]> }[keyof Table];

/** Codes of an older version, for what is not offered any more, with the text that says what to do instead. */
const RETIRED = {
  j: "retired",
  w: "retired",
  wx: "retired",
  fs: "retired",
  i: "unbindFirst",
  g: "guestsLeave",
  t: "tokenShown",
  // An earlier [Only me], which left one's guests in.
  "u:y": "guestsLeave",
} as const;

export interface Retired {
  readonly ask: "retired";
  readonly instead: (typeof RETIRED)[keyof typeof RETIRED];
}

/** What Telegram sends when the button is pressed: 64 bytes at most, which these all are. */
export function pressData(press: Press): string {
  const [code, fields] = PRESSES[press.ask];
  const given: Readonly<Record<string, unknown>> = press;
  const values = Object.keys(fields).map((name) => given[name]);
  return [code, ...values.map((value) => (typeof value === "boolean" ? Number(value) : value))].join(":");
}

/** Reads what `pressData` wrote, also by an older version; null for anything else, since clients can send what they like. */
export function parsePress(data: unknown): Press | Retired | null {
  if (typeof data !== "string") return null;
  for (const [code, instead] of Object.entries(RETIRED)) {
    if (isOfCode(data, code)) return { ask: "retired", instead };
  }
  // [Undo] of a version that put a memo into the archive a minute before it deleted it: there it may be still.
  if (data.startsWith("dz:")) return parsePress(`a:${data.slice(3)}:0`);
  for (const [ask, [code, fields]] of Object.entries(PRESSES)) {
    if (!isOfCode(data, code)) continue;
    const values = data.split(":").slice(code.split(":").length);
    const names = Object.entries<Field<unknown>>(fields);
    const read = names.map(([name, field], at) => [name, field(values[at] ?? "")] as const);
    if (values.length !== names.length || read.some(([, value]) => value === undefined)) continue;
    // Each field was read by the table that the type is made from.
    return { ask, ...Object.fromEntries(read) } as Press;
  }
  return null;
}

const isOfCode = (data: string, code: string) => data === code || data.startsWith(`${code}:`);

/** What the buttons under a message ask for, whatever was sent for them. */
function pressesUnder(message: object) {
  const { reply_markup } = message as { reply_markup?: { inline_keyboard?: Keyboard } | null };
  const rows = reply_markup?.inline_keyboard;
  return Array.isArray(rows) ? rows.flat().flatMap((button) => parsePress(button?.callback_data) ?? []) : [];
}

/**
 * The job that a message of the bot is about, by the buttons under it: the note of where the message was sent may have
 * been lost. Undefined for whoever else wrote it: in a group other bots could make buttons with the same data.
 */
export function jobIdInButtons(message: TelegramMessage, botId: number): number | undefined {
  if (message.from?.id !== botId) return undefined;
  return pressesUnder(message).find((press) => "job_id" in press)?.job_id;
}

/** The job, the reminder, the task, the list of memos or the post that a press is about; null where it is about none. */
function subjectOf(press: Press | Retired): string | null {
  if ("job_id" in press) return `job ${press.job_id}`;
  if ("reminder_id" in press) return `reminder ${press.reminder_id}`;
  if ("item" in press) return `task ${press.item} of ${press.uid}`;
  if ("post_id" in press) return `post ${press.post_id}`;
  return "search_id" in press ? `list ${press.search_id}` : null;
}

/** Whether a message has a button about the same thing: a client can send the data of any button for any message. */
export function shows(message: object, press: Press): boolean {
  const subject = subjectOf(press);
  return subject === null || pressesUnder(message).some((other) => subjectOf(other) === subject);
}
