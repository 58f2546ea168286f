import type { TelegramExternalReplyInfo, TelegramMessage } from "../domain/telegram.ts";
import { listOf, textOf } from "../markdown/write/markdown-parts.ts";
import { isFile } from "./content-files.ts";

/** What of a message of another chat is told without being what it is about. */
type Beside = "origin" | "chat" | "message_id" | "link_preview_options" | "has_media_spoiler";

/** One that a new GramIO brings stops the compiler here. */
type Known = "text" | "rich_message" | Exclude<keyof TelegramExternalReplyInfo, Beside>;

/**
 * What a message is about, each with whether it has what a memo of its kind is made from. In this order: an animation
 * also fills `document`, a live photo `photo`, a venue `location`, and the first one that fits counts.
 */
const WHOLE = {
  text: ({ text }) => typeof text === "string",
  rich_message: ({ rich_message }) => Array.isArray(rich_message?.blocks),
  animation: ({ animation }) => isFile(animation),
  audio: ({ audio }) => isFile(audio),
  live_photo: ({ live_photo }) => isFile(live_photo),
  paid_media: ({ paid_media }) => Array.isArray(paid_media?.paid_media),
  photo: ({ photo }) => listOf(photo).some(isFile),
  sticker: ({ sticker }) => isFile(sticker),
  story: ({ story }) => isObject(story),
  video: ({ video }) => isFile(video),
  video_note: ({ video_note }) => isFile(video_note),
  voice: ({ voice }) => isFile(voice),
  document: ({ document }) => isFile(document),
  checklist: ({ checklist }) => Array.isArray(checklist?.tasks),
  contact: ({ contact }) => textOf(contact?.phone_number) !== "" || textOf(contact?.first_name) !== "",
  dice: ({ dice }) => textOf(dice?.emoji) !== "",
  game: ({ game }) => textOf(game?.title) !== "",
  poll: ({ poll }) => textOf(poll?.question) !== "" && Array.isArray(poll?.options),
  venue: ({ venue }) => textOf(venue?.title) !== "" && isPlace(venue?.location),
  location: ({ location }) => isPlace(location),
  invoice: ({ invoice }) => textOf(invoice?.title) !== "",
  giveaway: ({ giveaway }) => isObject(giveaway),
  giveaway_winners: ({ giveaway_winners }) => isObject(giveaway_winners),
} satisfies Record<Known, (message: TelegramMessage) => boolean>;

export type ContentKind = keyof typeof WHOLE;
const CONTENT = Object.keys(WHOLE) as ContentKind[];

/** Notes of Telegram about the private chat itself: nothing to save. Those of groups speak to nobody, as all that is not addressed. */
const SERVICE = [
  "message_auto_delete_timer_changed",
  "pinned_message",
  "successful_payment",
  "refunded_payment",
  "users_shared",
  "chat_shared",
  "gift",
  "unique_gift",
  "gift_upgrade_sent",
  "connected_website",
  "write_access_allowed",
  "passport_data",
  "chat_background_set",
  "checklist_tasks_done",
  "checklist_tasks_added",
  "forum_topic_created",
  "forum_topic_edited",
  "forum_topic_closed",
  "forum_topic_reopened",
  "managed_bot_created",
  "paid_message_price_changed",
  "poll_option_added",
  "poll_option_deleted",
  "web_app_data",
] as const satisfies readonly (keyof TelegramMessage)[];

/** `service`: nothing to save. `unknown`: a kind of a later Bot API, or one that lacks what makes it up. */
export type MessageKind = ContentKind | "service" | "unknown";

export function kindOf(message: TelegramMessage): MessageKind {
  const kind = CONTENT.find((name) => WHOLE[name](message));
  return kind ?? (SERVICE.some((name) => message[name] !== undefined) ? "service" : "unknown");
}

const isObject = (value: unknown) => typeof value === "object" && value !== null;

export function isPlace(value: { latitude: number; longitude: number } | null | undefined): boolean {
  return isWithin(value?.latitude, 90) && isWithin(value?.longitude, 180);
}

const isWithin = (value: unknown, most: number) => typeof value === "number" && Math.abs(value) <= most;
