import type { ChatType } from "./choices.ts";
import type { TelegramUpdate } from "./telegram.ts";
import type { Visibility } from "./visibility.ts";

/** Kinds of updates, by Telegram's names: what was sent, and what was changed. */
export const SENT: readonly string[] = ["message", "channel_post"];
export const EDITED: readonly string[] = ["edited_message", "edited_channel_post"];

/** What is to become a memo. `repliesTo`: what a text in a private chat replies to, perhaps the bot's question. */
export type ToSave =
  | { readonly kind: "message"; readonly repliesTo?: number }
  | { readonly kind: "album"; readonly media_group_id: string }
  /** In a group: a request to save the message that it replies to (`of`). `says`: it has words of its own. */
  | { readonly kind: "capture"; readonly of: number; readonly says: boolean };

/** What an update asks for; the store turns it into a job. */
export type Task =
  | ToSave
  /**
   * An edit of a message (`of`). `live`: another one comes soon, so it need not be followed at once. `calls`: in a
   * group, what it asks for where the message did not call the bot before.
   */
  | {
      readonly kind: "edit";
      readonly of: number;
      readonly live: boolean;
      readonly media_group_id: string | null;
      readonly calls?: ToSave;
    }
  /**
   * In a group: a message that is not meant for the bot, unless it goes on with one that was, or the group is a
   * notebook. In a channel: a post. `copyOf`: the post that Telegram has copied from the group's channel.
   */
  | {
      readonly kind: "overheard";
      readonly media_group_id: string | null;
      readonly copyOf?: { readonly channel: number; readonly message_id: number | null };
    }
  /** A group became a supergroup, which is another chat. Both of them tell. */
  | { readonly kind: "migration"; readonly from: number; readonly to: number }
  /** What the bot is in a group or a channel was changed; in Telegram's words, null where it does not say. */
  | { readonly kind: "membership"; readonly was: string | null; readonly is: string }
  /** `hidden`: its writer hides behind a group or a channel. In a notebook it becomes a memo all the same. */
  | { readonly kind: "command"; readonly hidden?: { readonly media_group_id: string | null } }
  | { readonly kind: "press"; readonly callback_query_id: string }
  /** Somebody looks for memos of theirs from any chat. */
  | { readonly kind: "inline"; readonly inline_query_id: string }
  /** In a private chat: somebody's reaction to a message (`to`) is another emoji now, or none. */
  | { readonly kind: "reaction"; readonly to: number }
  | { readonly kind: "leaked_token" }
  /** It is kept as it came, and dead. */
  | { readonly kind: "unreadable" }
  /** `keep` leaves the update in the store, for a version that knows what it is. */
  | { readonly kind: "nothing"; readonly reason: string; readonly keep: boolean };

export interface Sender {
  readonly id: number;
  readonly username: string | null;
  /** The language of their Telegram, such as `pt-br`. */
  readonly language: string | null;
}

/** A memo that somebody who is bound sends by the API. */
export interface ApiMemo {
  readonly telegram_id: number;
  /** Markdown. */
  readonly content: string;
  /** Without it, that of their messages. */
  readonly visibility?: Visibility | undefined;
  /** The same key is the same memo. */
  readonly idempotency_key?: string | undefined;
  readonly files: readonly File[];
}

const UPLOAD = "upload:";

/** Where a file of a request of the API lies among the uploads. */
export const uploadPath = (id: string, nth: number) => `${id}/${nth}`;

/** Stands for such a file in place of Telegram's `file_id`, which has no colon. */
export const uploadId = (id: string, nth: number) => `${UPLOAD}${uploadPath(id, nth)}`;

/** Where such a file lies among the uploads; null for a file that Telegram has. */
export const uploadIn = (fileId: string): string | null =>
  fileId.startsWith(UPLOAD) ? fileId.slice(UPLOAD.length) : null;

/** One update on its way in: whole, and with what must be known of it. */
export interface Incoming {
  readonly update_id: number;
  /** The key beside update_id: `message`, `callback_query` … */
  readonly kind: string;
  readonly fingerprint: string;
  /** The update as Telegram sent it. */
  readonly json: string;
  readonly chat_id: number | null;
  readonly message_id: number | null;
  /** What the chat is, where others read along; else null. */
  readonly group: { readonly type: ChatType; readonly title: string } | null;
  /** The topic that it came in, if any. */
  readonly message_thread_id: number | null;
  /** What the topic is called that it came in; `isNew`: from now on, while others only tell how it was called at first. */
  readonly topic: { readonly name: string; readonly isNew: boolean } | null;
  readonly sender: Sender | null;
  readonly task: Task;
  /** Access tokens in it: it is then stored sealed, and redacted once handled. */
  readonly secrets: readonly string[];
  /**
   * Whether it goes on with the message stored before it: then both become one memo. `leader` is the first of those
   * that belong together already; both are updates as Telegram sent them.
   */
  continues(leader: TelegramUpdate | null, before: TelegramUpdate | null): boolean;
}
