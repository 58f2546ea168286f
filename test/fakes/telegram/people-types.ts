import type { TelegramMessage, TelegramMessageEntity, TelegramUser } from "@gramio/types";
import type { Actor } from "./actor.ts";
import type { JsonObject } from "./json.ts";

/** What people do in Telegram, as tests say it. */

/** What any message can have beside its content. */
export interface SendOptions {
  replyTo?: number | { message_id: number };
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

/** A file of a message. */
export interface FileContent {
  bytes?: Uint8Array;
  /** The size told when there are no `bytes`; such bytes are made up. May be huge. */
  size?: number;
  fileName?: string;
  mimeType?: string;
}

export interface FileOptions extends SendOptions, FileContent {
  /** Fields to leave out of the file, such as "file_name", "mime_type", "file_size", "thumbnail". */
  omit?: string[];
}

export interface AlbumItem extends FileContent, Pick<SendOptions, "caption" | "entities"> {
  type: "photo" | "document";
}

export interface AlbumOptions extends Omit<SendOptions, "caption" | "entities"> {
  /** So many items come at once, the others only after the last of these was handed to the bot. */
  split?: number;
}

/** One message of a forward. */
export interface Forwarded extends Omit<SendOptions, "replyTo" | "forwardOrigin"> {
  /** A text, or content such as `{ photo: … }`. */
  content: string | object;
  /** Default: somebody who hides their account. */
  origin?: object;
}

export interface Place {
  latitude: number;
  longitude: number;
  heading?: number;
}

/** A text, or what is changed. */
export type Change =
  | string
  | {
      text?: string;
      caption?: string;
      entities?: TelegramMessageEntity[];
      /** New content instead of the old, such as `{ photo: … }`, `{ location: … }` or `{ checklist: … }`. */
      content?: object;
    };

export interface PasteOptions {
  entities?: TelegramMessageEntity[];
  atLines?: boolean;
}

export interface Person extends Actor {
  readonly id: number;
  readonly user: TelegramUser;
  block(): void;
  unblock(): void;
  /** The same person in a group. */
  in(group: { id: number }): Actor;
}

export interface GroupOptions {
  title?: string;
  type?: "group" | "supergroup";
  username?: string;
  isForum?: boolean;
  /** Makes the bot an administrator: it then sees all messages. */
  admin?: boolean;
  /** False where members, and the bot as one of them, may not write. Default true. */
  mayWrite?: boolean;
  /** The emoji that may be set as reactions. Default: all. */
  reactions?: readonly string[];
  /** Seconds that a member waits between two messages; 0 without slow mode. */
  slowSeconds?: number;
  /** False when privacy mode is off: the bot then sees all messages. Default true. */
  privacy?: boolean;
}

export interface Group {
  readonly id: number;
  readonly chat: JsonObject;
  as(person: Person): Actor;
  /** A message in the group's name: that of an anonymous administrator. */
  post(text: string, options?: SendOptions): TelegramMessage;
  /** An anonymous administrator. */
  readonly inItsName: Actor;
  /** Creates a topic of a forum and returns its thread id. */
  topic(name: string, by: Person): number;
  /** From now on only administrators write in it. */
  closeTopic(thread: number): void;
  /** Removes it with all that was said in it. */
  deleteTopic(thread: number): void;
  /** Whether members, and the bot as one of them, may write. */
  letWrite(mayWrite: boolean): void;
  /** Turns a basic group into a supergroup, with the two service messages. */
  migrate(by: Person): Group;
}

export interface ChannelOptions {
  title?: string;
  username?: string;
  /** What the bot is there: nobody but an administrator gets posts. Default: that. */
  bot?: "administrator" | "left" | "kicked";
  /** Whether posts are signed with the name of who wrote them. */
  signs?: boolean;
  /** The emoji that may be set as reactions. Default: all. */
  reactions?: readonly string[];
}

export interface Channel {
  readonly id: number;
  readonly chat: JsonObject;
  /** Posts in the channel's name. */
  as(person: Person): Actor;
  /** Where a forward of a post comes from. */
  originOf(post: TelegramMessage): object;
}
