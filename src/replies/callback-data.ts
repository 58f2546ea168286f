import { AppError } from "../base/errors.ts";
import { VISIBILITIES } from "../domain/visibility.ts";
import { SETTINGS } from "../locales/texts.ts";
import type { Alert } from "./alerts.ts";

/** Reads one value of a button's data; undefined for what it cannot be. */
type Field<T> = (text: string) => T | undefined;

const oneOf =
  <T extends string>(values: readonly T[]): Field<T> =>
  (text) =>
    values.find((value) => value === text);
const number =
  (pattern: RegExp): Field<number> =>
  (text) =>
    pattern.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
const flag: Field<boolean> = (text) => (text === "1" ? true : text === "0" ? false : undefined);

const id = number(/^(0|[1-9]\d{0,15})$/);
const place = number(/^(0|[1-9]\d{0,5})$/);
const word: Field<string> = (text) => (/^\w{1,20}$/.test(text) ? text : undefined);
const setting = oneOf(SETTINGS);

/** The code of each press, and its values in their order. They stand in old chats: no code ever gets another meaning. */
const PRESSES = {
  visibility: ["v", { job_id: id, visibility: oneOf(VISIBILITIES) }],
  pin: ["p", { job_id: id, pinned: flag }],
  archive: ["a", { job_id: id, archived: flag }],
  delete: ["d", { job_id: id }],
  delete_yes: ["dy", { job_id: id }],
  keep: ["dn", { job_id: id }],
  overwrite: ["o", { job_id: id }],
  save_again: ["n", { job_id: id }],
  // What is not in Memos: after all, or not at all.
  retry: ["r", { job_id: id }],
  discard: ["x", { job_id: id }],
  save: ["s", { job_id: id }],
  // A page of the failures, and what to do with one of them.
  failed: ["f", { page: id }],
  failed_retry: ["fr", { job_id: id, page: place }],
  failed_discard: ["fx", { job_id: id, page: place }],
  failed_retry_all: ["fa", {}],
  // Asks, with 0; else so many are to be discarded, as was said in the question.
  failed_discard_all: ["fd", { count: id }],
  // A page of a list of memos, and one memo of such a list by its place in it.
  list: ["q", { search_id: id, page: place }],
  show: ["m", { search_id: id, at: place }],
  settings: ["c", {}],
  setting: ["c", { setting }],
  set: ["c", { setting, value: word }],
  unbind_yes: ["u:a", {}],
  unbind_no: ["u:n", {}],
} as const satisfies Record<string, readonly [string, Readonly<Record<string, Field<unknown>>>]>;

type Table = typeof PRESSES;
type Values<F> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };
/** What a button under a message asks for. */
export type Press = { [Ask in keyof Table]: { readonly ask: Ask } & Values<Table[Ask][1]> }[keyof Table];

/** A button of an older version, for what is not offered any more: `alert` says what to do instead. */
export interface Retired {
  readonly ask: "retired";
  readonly alert: Alert;
}

/** The codes of retired buttons, with or without what follows them. */
const RETIRED: ReadonlyMap<string, Alert> = new Map([
  ["j", "separateRetired"],
  ["w", "strandedRetired"],
  ["wx", "strandedRetired"],
  ["fs", "strandedRetired"],
  ["i", "unbindFirst"],
  ["g", "guestsLeave"],
  ["t", "tokenShown"],
  // An earlier [Only me], which left one's guests in.
  ["u:y", "guestsLeave"],
]);

/** What Telegram takes with a button: 64 bytes. */
const DATA_LIMIT = 64;

/** @throws AppError "internal" for what could not be read again from a press, or is too long for Telegram. */
export function pressData(press: Press): string {
  const [code, fields] = PRESSES[press.ask];
  const given: Readonly<Record<string, unknown>> = press;
  const values = Object.keys(fields).map((name) => given[name]);
  const data = [code, ...values.map((value) => (typeof value === "boolean" ? Number(value) : value))].join(
    ":",
  );
  if (Buffer.byteLength(data) > DATA_LIMIT || parsePress(data) === null) {
    throw new AppError("internal", `a button cannot carry ${data}`);
  }
  return data;
}

/** Reads what `pressData` wrote, also by an older version; null for anything else, since clients can send what they like. */
export function parsePress(data: unknown): Press | Retired | null {
  if (typeof data !== "string") return null;
  const alert = RETIRED.get(data) ?? RETIRED.get(data.split(":", 1)[0] ?? "");
  if (alert) return { ask: "retired", alert };
  // [Undo] of a version that put a memo into the archive a minute before it deleted it: there it may be still.
  if (data.startsWith("dz:")) return parsePress(`a:${data.slice(3)}:0`);
  for (const [ask, [code, fields]] of Object.entries(PRESSES)) {
    const values = valuesBehind(code, data);
    const names = Object.entries<Field<unknown>>(fields);
    if (values?.length !== names.length) continue;
    const read = names.map(([name, field], at) => [name, field(values[at] ?? "")] as const);
    // Each field was read by the table that the type is made from.
    if (read.every(([, value]) => value !== undefined)) return { ask, ...Object.fromEntries(read) } as Press;
  }
  return null;
}

function valuesBehind(code: string, data: string): string[] | undefined {
  if (data === code) return [];
  return data.startsWith(`${code}:`) ? data.slice(code.length + 1).split(":") : undefined;
}
