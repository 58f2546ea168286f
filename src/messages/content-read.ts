// What readers of contents give, and what they are given.

import type { MapPoint } from "../domain/saved.ts";
import type { TelegramExternalReplyInfo, TelegramMessage } from "../domain/telegram.ts";
import {
  chatName,
  createParts,
  type MarkdownOptions,
  publicUrl,
  userName,
} from "../markdown/write/markdown-parts.ts";
import type { ContentFile } from "./content-files.ts";

/** What of a message of another chat is told without being what it is about. */
type Beside = "origin" | "chat" | "message_id" | "link_preview_options" | "has_media_spoiler";

/** What a message may be about, by Telegram's names; one that a new GramIO brings stops the compiler in content.ts. */
export type ContentKind = "text" | "rich_message" | Exclude<keyof TelegramExternalReplyInfo, Beside>;

/** `service`: nothing to save. `unknown`: a kind of a later Bot API, or one that lacks what makes it up. */
export type MessageKind = ContentKind | "service" | "unknown";

export interface ReadContent {
  readonly kind: MessageKind;
  readonly markdown: string;
  /** In the order in which they are shown. */
  readonly files: readonly ContentFile[];
  readonly location?: MapPoint;
  /** What of it is of a later Bot API and so is in neither, by Telegram's names. */
  readonly unknown: readonly string[];
}

/** Words that memos hold and nobody wrote. */
interface ContentWords {
  /** A live photo is a photo as well, a venue a location: Telegram fills both. */
  readonly kinds: Readonly<
    Record<Exclude<ContentKind, "rich_message" | "live_photo" | "venue" | "giveaway_winners">, string>
  >;
  readonly deletedAccount: string;
  readonly forwardedFrom: string;
}

export interface ContentOptions extends MarkdownOptions {
  readonly words: ContentWords;
}

/** What one kind of content gives; its files are those of the message, where it names no others. */
export type Read = Pick<ReadContent, "markdown"> &
  Partial<Pick<ReadContent, "files" | "location" | "unknown">>;

export type Writer = ReturnType<typeof createWriter>;

/** Writes in the words and for the server that a memo is for. */
export function createWriter(options: ContentOptions) {
  const parts = createParts(options);
  const { words } = options;
  const nameOf = (chat: Parameters<typeof chatName>[0]) => chatName(chat, words.deletedAccount);
  return {
    ...parts,
    words,
    chatName: nameOf,
    userName: (user: Parameters<typeof userName>[0]) => userName(user, words.deletedAccount),
    /** Who a message is of: a channel, a group, or a person. */
    senderName: ({ from, sender_chat }: TelegramMessage) =>
      sender_chat ? nameOf(sender_chat) : userName(from, words.deletedAccount),
    /** `Story of [name](its address)` */
    story(story: NonNullable<TelegramMessage["story"]>): string {
      const home = publicUrl(story.chat?.username);
      const url = home !== null && Number.isSafeInteger(story.id) ? `${home}/s/${story.id}` : null;
      return `${words.kinds.story}: ${parts.link(nameOf(story.chat), url)}`;
    },
  };
}

export function isPlace(value: { latitude: number; longitude: number } | null | undefined): boolean {
  return isWithin(value?.latitude, 90) && isWithin(value?.longitude, 180);
}

const isWithin = (value: unknown, most: number) => typeof value === "number" && Math.abs(value) <= most;
