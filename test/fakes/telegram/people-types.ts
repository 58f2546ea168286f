import type { TelegramMessage, TelegramMessageEntity, TelegramUser } from "@gramio/types";
import type { Press } from "./callbacks.ts";
import type { ChatState, StoredMessage } from "./chats.ts";
import type { JsonObject } from "./json.ts";

/** What people do in Telegram, as tests say it. */

/** What any message can have beside its content. */
export interface SendOptions {
  replyTo?: number | { message_id: number };
  /** The part of the target's text that the reply quotes, with what styles it has there. */
  quote?: string;
  /** The topic, in a forum. A reply stays in its target's. */
  threadId?: number;
  caption?: string;
  entities?: TelegramMessageEntity[];
  mediaGroupId?: string;
  /** Where the message was forwarded from. */
  forwardOrigin?: object;
  /** Raw fields, put into the message as they are. */
  extra?: object;
}

export interface FileOptions extends SendOptions {
  bytes?: Uint8Array;
  /** The size told when there are no `bytes`; such bytes are made up. May be huge. */
  size?: number;
  fileName?: string;
  mimeType?: string;
  /** Fields to leave out of the file, such as "file_name", "mime_type", "file_size", "thumbnail". */
  omit?: string[];
}

export interface AlbumItem {
  type: "photo" | "video" | "document" | "audio";
  bytes?: Uint8Array;
  size?: number;
  fileName?: string;
  mimeType?: string;
  caption?: string;
  entities?: TelegramMessageEntity[];
}

export interface AlbumOptions extends Omit<SendOptions, "caption" | "entities"> {
  /** So many items come at once, the others only after the last of these was handed to the bot. */
  split?: number;
  /** Runs between the two parts, so that other chats' updates come in between. */
  between?: () => void;
}

/** One message of a forward. */
export interface Forwarded extends Omit<SendOptions, "replyTo" | "quote" | "forwardOrigin"> {
  /** A text, or content such as `{ photo: … }`. */
  content: string | object;
  /** Default: somebody who hides their account. */
  origin?: object;
}

export interface Place {
  latitude: number;
  longitude: number;
  heading?: number;
  horizontal_accuracy?: number;
}

export type Change =
  | string
  | {
      text?: string;
      caption?: string;
      entities?: TelegramMessageEntity[];
      /** New content instead of the old, such as `{ photo: … }`, `{ location: … }` or `{ checklist: … }`. */
      content?: object;
      /** Leaves `edit_date` out, as Telegram does in edits without visible change. Default when nothing changes. */
      noEditDate?: boolean;
    };

export interface PasteOptions {
  entities?: TelegramMessageEntity[];
  atLines?: boolean;
}

/** What an app sends at once, of one date, while its first message is there before the others. */
export interface Begun {
  readonly first: TelegramMessage;
  /** Sends the others, with the ids that are free by then. */
  rest(): TelegramMessage[];
}

/** Someone acting in one chat. Each action reaches the bot as Telegram would pass it on. */
export interface Actor {
  readonly chatId: number;
  /** Sends a text: trimmed, entities found in it. Throws over 4096 characters, where `paste` cuts. */
  say(text: string, options?: Omit<SendOptions, "caption">): TelegramMessage;
  /**
   * Sends a text of any length, cut as clients cut it: consecutive messages of one second, each of 4096 units but the
   * last. With `atLines` the cuts are at line ends, if there are any in the last 600 units.
   */
  paste(text: string, options?: PasteOptions): TelegramMessage[];
  /** The same over a slow line: the bot may have answered the first part before the others are sent. */
  beginPaste(text: string, options?: PasteOptions): Begun;
  /** Answers a message: with a text, or with content such as `{ photo: … }`. */
  reply(
    to: number | { message_id: number },
    content: string | object,
    options?: Omit<SendOptions, "replyTo">,
  ): TelegramMessage;
  /** Forwards messages together: consecutive ids, one date. */
  forward(...items: Forwarded[]): TelegramMessage[];
  /** Forwards messages with a comment, which comes before them as a message of its own. */
  forwardWithComment(comment: string, ...items: Forwarded[]): TelegramMessage[];
  /** The same over a slow line: the bot may have answered the comment before the others are sent. */
  beginForward(comment: string, ...items: Forwarded[]): Begun;
  /** Sends any content, such as `{ location: { … } }`. Files in it that are new to the fake become downloadable. */
  send(content: object, options?: SendOptions): TelegramMessage;
  sendPhoto(options?: Omit<FileOptions, "fileName" | "mimeType">): TelegramMessage;
  sendDocument(options?: FileOptions): TelegramMessage;
  sendVoice(options?: FileOptions & { duration?: number }): TelegramMessage;
  sendVideo(options?: FileOptions & { duration?: number }): TelegramMessage;
  sendAlbum(items: AlbumItem[], options?: AlbumOptions): TelegramMessage[];
  /** Shares the own place as it moves. */
  shareLocation(place: Place, livePeriod?: number): TelegramMessage;
  /** Moves a place that is shared; without a new one the sharing stops. */
  moveLocation(messageId: number, place?: Place): TelegramMessage;
  sendChecklist(title: string, tasks: string[], options?: SendOptions): TelegramMessage;
  /** Ticks tasks of a checklist, or takes the ticks back. Returns the service message. */
  tick(messageId: number, taskIds: number[], how?: "done" | "not done"): TelegramMessage;
  /** Adds tasks to a checklist. Returns the service message. */
  addTasks(messageId: number, tasks: string[]): TelegramMessage;
  /**
   * Edits an own message, as long as Telegram allows it: 48 hours, channels and shared places longer. `{}` is an edit
   * without visible change, which may come at any time.
   */
  edit(messageId: number, change: Change): TelegramMessage;
  /** Presses a button of a message of the bot, by its text or its data. A deleted message needs the data. */
  press(messageId: number, button: string): Press;
  /** Deletes a message. The bot hears nothing of it. */
  deleteMessage(messageId: number): void;
  /** Sets one's reactions to a message. */
  react(messageId: number, emoji: string[]): void;
}

export interface Person extends Actor {
  readonly id: number;
  readonly user: TelegramUser;
  block(): void;
  unblock(): void;
  /** Deletes the account: nothing can be sent to it any more. */
  deactivate(): void;
  /** The same person in a group or channel. Whoever is neither in it nor has left it is taken for a member. */
  in(group: { id: number }): Actor;
}

export interface GroupOptions {
  title?: string;
  type?: "group" | "supergroup" | "channel";
  username?: string;
  isForum?: boolean;
  /** Makes the bot an administrator: it then sees all messages. */
  admin?: boolean;
  /** False when privacy mode is off: the bot then sees all messages. Default true. */
  privacy?: boolean;
}

export interface Group {
  readonly id: number;
  readonly chat: JsonObject;
  as(person: Person): Actor;
  /** Brings people in, with the service message. Without `by` they join by themselves. */
  join(people: Person[], by?: Person): TelegramMessage;
  /** Somebody leaves, or is removed `by` another; with the service message. */
  leave(person: Person, by?: Person): TelegramMessage;
  /** A post of a channel, or a message in its name: that of an anonymous administrator. */
  post(text: string, options?: SendOptions): TelegramMessage;
  /** Creates a topic of a forum and returns its thread id. */
  topic(name: string, by: Person): number;
  /** Turns a basic group into a supergroup, with the two service messages. */
  migrate(by: Person): Group;
  /** Removes the bot, as "kicked" (default) or "left". */
  removeBot(by: Person, how?: "kicked" | "left"): void;
  /** Adds the bot, with the service message. */
  addBot(by: Person): void;
}

export interface People {
  user(partial?: Partial<TelegramUser>): Person;
  group(options?: GroupOptions): Group;
  /** Makes an update of a message that is already in a chat. */
  announce(kind: string, chat: ChatState, message: StoredMessage): number | undefined;
}
