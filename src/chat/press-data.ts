import { AppError } from "../errors.ts";
import type { Visibility } from "../memos/client.ts";
import type { Alert } from "./alerts.ts";
import type { SettingName } from "./texts.ts";

/** What a button under a message asks for. */
export type Press =
  | { readonly ask: "visibility"; readonly job_id: number; readonly visibility: Visibility }
  | { readonly ask: "pin"; readonly job_id: number; readonly pinned: boolean }
  | { readonly ask: "archive"; readonly job_id: number; readonly archived: boolean }
  | {
      readonly ask: "delete" | "delete_yes" | "keep" | "undo" | "overwrite" | "save_again";
      readonly job_id: number;
    }
  /** What is not in Memos: after all, or not at all. */
  | { readonly ask: "retry" | "discard" | "save"; readonly job_id: number }
  /** A page of the failures, and what to do with one of them. */
  | { readonly ask: "failed"; readonly page: number }
  | { readonly ask: "failed_retry" | "failed_discard"; readonly job_id: number; readonly page: number }
  /** One of them is to be saved to another account than it was sent for. `to` as below. */
  | { readonly ask: "failed_save"; readonly job_id: number; readonly to: string }
  /** What becomes of the messages that wait for the account of this job. `to` tells the account it was asked for. */
  | { readonly ask: "stranded_save" | "stranded_discard"; readonly job_id: number; readonly to: string }
  /** A page of a list of memos. */
  | { readonly ask: "list"; readonly search_id: number; readonly page: number }
  /** One memo of such a list, by its place in it. */
  | { readonly ask: "show"; readonly search_id: number; readonly at: number }
  | { readonly ask: "settings"; readonly open: SettingName | null }
  | { readonly ask: "set"; readonly setting: SettingName; readonly value: string }
  | { readonly ask: "unbind_yes" | "unbind_no" }
  /** What becomes of a token that was shown. */
  | { readonly ask: "token_connect" | "token_forget" };

/** A button of an older version, for what is not offered any more: `alert` says what to do instead. */
export interface Retired {
  readonly ask: "retired";
  readonly alert: Alert;
}

const OF_JOB = {
  d: "delete",
  dy: "delete_yes",
  dn: "keep",
  dz: "undo",
  r: "retry",
  x: "discard",
  s: "save",
  o: "overwrite",
  n: "save_again",
} as const;

/** The codes of retired buttons, with or without what follows them. */
const RETIRED: ReadonlyMap<string, Alert> = new Map([
  ["j", "separateRetired"],
  ["i", "unbindFirst"],
  ["g", "guestsLeave"],
  // An earlier [Only me], which left one's guests in.
  ["u:y", "guestsLeave"],
]);

/** About nothing but the presser. */
const ANSWERS = {
  unbind_yes: "u:a",
  unbind_no: "u:n",
  token_connect: "t:y",
  token_forget: "t:n",
} as const;
const ANSWER_NAMES = Object.keys(ANSWERS) as (keyof typeof ANSWERS)[];

const SETTINGS: readonly SettingName[] = [
  "visibility",
  "tags",
  "confirmation",
  "source_line",
  "formatting",
  "language",
];
export const VISIBILITIES = ["PRIVATE", "PROTECTED", "PUBLIC"] as const;

/** What Telegram takes with a button: 64 bytes. */
const DATA_LIMIT = 64;

/** @throws AppError "internal" for what could not be read again from a press, or is too long for Telegram. */
export function pressData(press: Press): string {
  const data = written(press);
  if (Buffer.byteLength(data) > DATA_LIMIT || parsePress(data) === null) {
    throw new AppError("internal", `a button cannot carry ${data}`);
  }
  return data;
}

function written(press: Press): string {
  switch (press.ask) {
    case "visibility":
      return `v:${press.job_id}:${press.visibility}`;
    case "pin":
      return `p:${press.job_id}:${press.pinned ? 1 : 0}`;
    case "archive":
      return `a:${press.job_id}:${press.archived ? 1 : 0}`;
    case "failed":
      return `f:${press.page}`;
    case "failed_retry":
      return `fr:${press.job_id}:${press.page}`;
    case "failed_discard":
      return `fx:${press.job_id}:${press.page}`;
    case "failed_save":
      return `fs:${press.job_id}:${press.to}`;
    case "stranded_save":
      return `w:${press.job_id}:${press.to}`;
    case "stranded_discard":
      return `wx:${press.job_id}:${press.to}`;
    case "list":
      return `q:${press.search_id}:${press.page}`;
    case "show":
      return `m:${press.search_id}:${press.at}`;
    case "settings":
      return press.open === null ? "c" : `c:${press.open}`;
    case "set":
      return `c:${press.setting}:${press.value}`;
    case "unbind_yes":
    case "unbind_no":
    case "token_connect":
    case "token_forget":
      return ANSWERS[press.ask];
    default: {
      const code = Object.entries(OF_JOB).find(([, ask]) => ask === press.ask)?.[0] ?? "";
      return `${code}:${press.job_id}`;
    }
  }
}

/** Reads what `pressData` wrote, of an older version too; null for anything else, since clients can send what they like. */
export function parsePress(data: string): Press | Retired | null {
  const answer = ANSWER_NAMES.find((name) => ANSWERS[name] === data);
  if (answer) return { ask: answer };
  const alert = RETIRED.get(data) ?? RETIRED.get(data.split(":", 1)[0] ?? "");
  if (alert) return { ask: "retired", alert };
  return settingsPress(data) ?? numberedPress(data);
}

function settingsPress(data: string): Press | null {
  if (data === "c") return { ask: "settings", open: null };
  const found = /^c:([a-z_]{1,20})(?::(\w{1,20}))?$/.exec(data);
  const setting = SETTINGS.find((name) => name === found?.[1]);
  if (!setting) return null;
  const value = found?.[2];
  return value === undefined ? { ask: "settings", open: setting } : { ask: "set", setting, value };
}

function numberedPress(data: string): Press | null {
  const found = /^([a-z]{1,2}):(0|[1-9]\d{0,15})(?::(\w{1,20}))?$/.exec(data);
  if (!found) return null;
  const [, code = "", number = "", value] = found;
  const id = Number(number);
  if (!Number.isSafeInteger(id)) return null;
  const flag = value === "1" || value === "0" ? value === "1" : null;
  const page = value !== undefined && /^(0|[1-9]\d{0,5})$/.test(value) ? Number(value) : null;
  switch (code) {
    case "v": {
      const visibility = VISIBILITIES.find((candidate) => candidate === value);
      return visibility ? { ask: "visibility", job_id: id, visibility } : null;
    }
    case "p":
      return flag === null ? null : { ask: "pin", job_id: id, pinned: flag };
    case "a":
      return flag === null ? null : { ask: "archive", job_id: id, archived: flag };
    case "f":
      return value === undefined ? { ask: "failed", page: id } : null;
    case "fr":
      return page === null ? null : { ask: "failed_retry", job_id: id, page };
    case "fx":
      return page === null ? null : { ask: "failed_discard", job_id: id, page };
    case "fs":
      return value === undefined ? null : { ask: "failed_save", job_id: id, to: value };
    case "w":
      return value === undefined ? null : { ask: "stranded_save", job_id: id, to: value };
    case "wx":
      return value === undefined ? null : { ask: "stranded_discard", job_id: id, to: value };
    case "q":
      return page === null ? null : { ask: "list", search_id: id, page };
    case "m":
      return page === null ? null : { ask: "show", search_id: id, at: page };
    default: {
      const ask = Object.entries(OF_JOB).find(([name]) => name === code)?.[1];
      return ask && value === undefined ? { ask, job_id: id } : null;
    }
  }
}
