import { NotImitated } from "../not-imitated.ts";
import type { Params } from "./params.ts";

const inChat = ["chat_id", "message_thread_id", "disable_notification"];
const captioned = [...inChat, "caption", "caption_entities"];
const text = ["chat_id", "text", "entities", "link_preview_options", "reply_markup"];

/** The methods that memoferry calls, and their parameters. */
export const called: Readonly<Record<string, readonly string[]>> = {
  answerCallbackQuery: ["callback_query_id", "text", "show_alert"],
  answerInlineQuery: ["inline_query_id", "results", "cache_time", "is_personal", "next_offset", "button"],
  deleteMessage: ["chat_id", "message_id"],
  deleteWebhook: ["drop_pending_updates"],
  editMessageCaption: ["chat_id", "message_id", "caption", "caption_entities"],
  editMessageText: [...text, "message_id"],
  getChat: ["chat_id"],
  getChatMember: ["chat_id", "user_id"],
  getFile: ["file_id"],
  getMe: [],
  getMyCommands: ["language_code", "scope"],
  getMyDescription: ["language_code"],
  getMyShortDescription: ["language_code"],
  getUpdates: ["offset", "limit", "timeout", "allowed_updates"],
  getWebhookInfo: [],
  sendAnimation: [...captioned, "animation"],
  sendAudio: [...captioned, "audio"],
  sendDocument: [...captioned, "document"],
  sendMediaGroup: [...inChat, "media", ...Array.from({ length: 10 }, (_, nth) => String(nth))],
  sendMessage: [...text, "message_thread_id", "disable_notification", "reply_parameters"],
  sendPhoto: [...captioned, "photo"],
  sendVideo: [...captioned, "video"],
  setMessageReaction: ["chat_id", "message_id", "reaction"],
  setMyCommands: ["commands", "language_code", "scope"],
  setMyDescription: ["description", "language_code"],
  setMyShortDescription: ["short_description", "language_code"],
  setWebhook: ["url", "secret_token", "allowed_updates"],
};

/** Throws for a method or a parameter that memoferry does not use. */
export function checkCalled(method: string, params: Params): void {
  const known = Object.hasOwn(called, method) ? called[method] : undefined;
  if (!known) throw notImitated(method);
  checkNames(method, [...Object.keys(params.values), ...params.files.keys()], known);
}

/** Throws for a name that is not among the known ones. */
export function checkNames(what: string, names: Iterable<string>, known: readonly string[]): void {
  for (const name of names) if (!known.includes(name)) throw notImitated(`${name} of ${what}`);
}

export const notImitated = (what: string) => new NotImitated("Telegram", what);

/** What a method gives back: the result alone, or with the `description` that setWebhook has. */
export class Described {
  readonly result: unknown;
  readonly description: string;

  constructor(result: unknown, description: string) {
    this.result = result;
    this.description = description;
  }
}

/** By the name the documentation gives them. */
export type Methods = Record<string, (params: Params) => unknown>;
