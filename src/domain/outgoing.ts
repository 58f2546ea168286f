import type { TelegramMessage } from "./telegram.ts";
import type { Visibility } from "./visibility.ts";

/** Where something is said: a chat, and in it the topic that its cause was in. */
export interface Destination {
  readonly chat_id: number;
  /** Null outside of topics, in the general one, and for what no message caused. */
  readonly message_thread_id: number | null;
}

/** A chat, for what no message in it caused. */
export const chatAlone = (chat_id: number): Destination => ({ chat_id, message_thread_id: null });

/** Where a message is answered. A thread of replies is no topic: nothing can be sent to it. */
export function placeOf(message: Partial<TelegramMessage>, chat_id: number): Destination {
  const { message_thread_id: thread, is_topic_message } = message;
  const isTopic = is_topic_message === true && Number.isSafeInteger(thread);
  return { chat_id, message_thread_id: isTopic ? Number(thread) : null };
}

/** A reaction and a deletion count as messages. */
export type OwedMethod =
  | "sendMessage"
  | "sendDocument"
  | "editMessageText"
  | "setMessageReaction"
  | "deleteMessage";

/** Parameters of a `sendDocument`: a file among the uploads, which is sent as what Telegram shows it best. */
export interface OwedFile {
  /** Its path among the uploads. */
  readonly upload: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly disable_notification: boolean;
}

/** What somebody wants to be sent by the API. */
export interface ApiMessage {
  readonly chat_id: number;
  /** Stands above the text, in bold. */
  readonly title?: string;
  readonly text: string;
  readonly format: "markdown" | "plain";
  readonly silent: boolean;
  /** Below the last message, a row each. */
  readonly buttons: readonly { readonly text: string; readonly url: string }[];
  readonly files: readonly File[];
  readonly file_urls: readonly string[];
  readonly idempotency_key?: string | undefined;
}

/** Whether a call makes a new message in the chat. */
export const isNew = ({ method }: Pick<Owed, "method">): boolean =>
  method === "sendMessage" || method === "sendDocument";

/** A memo that is shown in the chat, perhaps one that no message of ours made, and the account it is in. */
export interface ShownMemo {
  readonly memo_name: string;
  readonly account_key: number;
}

/** Whether a message is sent once at most. */
export const isSentOnce = ({ method, promise }: Pick<Owed, "method" | "promise">): boolean =>
  method === "sendMessage" && promise === "confirmation";

/** What is told of a memo. */
export interface ToldMemo {
  readonly visibility: Visibility;
  readonly pinned?: boolean;
  readonly isArchived?: boolean;
  /** True for a comment: it is seen and pinned with its memo. */
  readonly isComment?: boolean;
  /** Messages that were joined into it. Default 1. */
  readonly messages?: number;
  /** Lines to add: files that are missing and why. */
  readonly remarks?: readonly string[];
  /** Files are missing: they can be asked for again. */
  readonly lacksFiles?: boolean;
}

/** The word that the messages of a job were saved. What is false, a count of one and empty lists are left out. */
export interface SavedWord extends ToldMemo {
  readonly language: string;
  /** Stands above it. */
  readonly head?: string;
}

/**
 * Parameters of a message as the outbox keeps them: Telegram's own, but for these, of which `callParams` of replies makes
 * what Telegram takes. Short: in a backlog there is a confirmation for each text, and most become a sum unread.
 */
export interface OwedParams {
  readonly saved?: SavedWord;
  /** So many confirmations it stands for. */
  readonly summed?: number;
  readonly reply_to?: number | undefined;
  readonly [ofTelegram: string]: unknown;
}

/** A message to Telegram that is now true and has to be said. */
export interface Owed {
  readonly chat_id: number;
  readonly method: OwedMethod;
  readonly params: OwedParams;
  /**
   * `confirmation`: that something was saved, of which one sum may tell in place of many. A message of that kind goes out
   * at most once, so never again where it may have gone out. `notice`: at least once.
   */
  readonly promise: "confirmation" | "notice";
  /**
   * The thing in the chat that it sets, such as `mark:<message>`: it takes the place of what waits to set the same. An
   * edit for `savedSlot` has no `message_id`: it changes the confirmation of that job, as which it will have been sent.
   */
  readonly slot?: string | null;
  /** The memo that it shows: a reply to it is about that memo. */
  readonly shows?: ShownMemo;
  /** Parameters of the message that is owed instead once it turns out that this cannot be done. */
  readonly instead?: OwedParams | null;
}

/** A message in the outbox. */
export interface OwedMessage extends Owed {
  /** In its chat, in the order of sending. */
  readonly id: number;
  readonly job_id: number | null;
  /** Of that job. */
  readonly memo_name: string | null;
  readonly telegram_id: number | null;
}

/** Slots of notifications begin so. */
export const NOTIFICATION = "notification:";

/** The slot of a part of a notification. */
export const notificationSlot = (id: string, nth: number) => `${NOTIFICATION}${id}:${nth}`;

/** The id of the notification that it is a part of. */
export const notificationOf = ({ slot }: Pick<Owed, "slot">): string | undefined =>
  slot?.startsWith(NOTIFICATION) ? slot.slice(NOTIFICATION.length).split(":")[0] : undefined;

const SAVED = "saved:";

/** The slot of the word that a job's message was saved. */
export const savedSlot = (jobId: number) => `${SAVED}${jobId}`;

/** The job whose confirmation a slot is. */
export const savedJob = (slot: string | null | undefined): number | null =>
  slot?.startsWith(SAVED) ? Number(slot.slice(SAVED.length)) : null;

/** What the bot reacts to a message with: one emoji at a time, so each takes the place of the one before; null: none. */
export const reaction = (chat_id: number, message_id: number, emoji: string | null): Owed => ({
  chat_id,
  method: "setMessageReaction",
  promise: "notice",
  slot: `mark:${message_id}`,
  params: { message_id, reaction: emoji === null ? [] : [{ type: "emoji", emoji }] },
});

/** How a message is marked: stored, saved, failed. */
export const mark = (
  chat_id: number,
  message_id: number,
  emoji: "👀" | "👍" | "👎",
  instead: Owed["instead"] = null,
): Owed => ({ ...reaction(chat_id, message_id, emoji), instead });

/** The right to send the next message to a chat at once. */
export interface Reservation {
  readonly chat_id: number;
  send(message: OwedMessage): void;
  /** Gives it back, unless it was used. */
  end(): void;
}
