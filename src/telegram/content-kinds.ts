import type { TelegramMessage } from "gramio";

/**
 * What a message is about. In this order: an animation also fills `document`, a live photo `photo`, a venue
 * `location`, and the first one that fits counts.
 */
export const CONTENT = [
  "text",
  "rich_message",
  "animation",
  "audio",
  "live_photo",
  "paid_media",
  "photo",
  "sticker",
  "story",
  "video",
  "video_note",
  "voice",
  "document",
  "checklist",
  "contact",
  "dice",
  "game",
  "poll",
  "venue",
  "location",
  "invoice",
  "giveaway",
  "giveaway_winners",
] as const satisfies readonly (keyof TelegramMessage)[];

/** Notes of Telegram about the chat itself: there is nothing in them to save. */
export const SERVICE = [
  "new_chat_members",
  "left_chat_member",
  "chat_owner_left",
  "chat_owner_changed",
  "new_chat_title",
  "new_chat_photo",
  "delete_chat_photo",
  "group_chat_created",
  "supergroup_chat_created",
  "channel_chat_created",
  "message_auto_delete_timer_changed",
  "migrate_to_chat_id",
  "migrate_from_chat_id",
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
  "proximity_alert_triggered",
  "boost_added",
  "chat_background_set",
  "checklist_tasks_done",
  "checklist_tasks_added",
  "community_chat_added",
  "community_chat_joined",
  "community_chat_removed",
  "direct_message_price_changed",
  "forum_topic_created",
  "forum_topic_edited",
  "forum_topic_closed",
  "forum_topic_reopened",
  "general_forum_topic_hidden",
  "general_forum_topic_unhidden",
  "giveaway_created",
  "giveaway_completed",
  "managed_bot_created",
  "paid_message_price_changed",
  "poll_option_added",
  "poll_option_deleted",
  "suggested_post_approved",
  "suggested_post_approval_failed",
  "suggested_post_declined",
  "suggested_post_paid",
  "suggested_post_refunded",
  "video_chat_scheduled",
  "video_chat_started",
  "video_chat_ended",
  "video_chat_participants_invited",
  "web_app_data",
] as const satisfies readonly (keyof TelegramMessage)[];

/** Who, where, when and how: what stands beside the content. */
type Meta =
  | "message_id"
  | "message_thread_id"
  | "direct_messages_topic"
  | "from"
  | "sender_chat"
  | "sender_boost_count"
  | "sender_business_bot"
  | "sender_tag"
  | "receiver_user"
  | "ephemeral_message_id"
  | "date"
  | "guest_query_id"
  | "business_connection_id"
  | "chat"
  | "forward_origin"
  | "is_topic_message"
  | "is_automatic_forward"
  | "reply_to_message"
  | "external_reply"
  | "quote"
  | "reply_to_story"
  | "reply_to_checklist_task_id"
  | "reply_to_poll_option_id"
  | "via_bot"
  | "guest_bot_caller_user"
  | "guest_bot_caller_chat"
  | "edit_date"
  | "has_protected_content"
  | "is_from_offline"
  | "is_paid_post"
  | "media_group_id"
  | "author_signature"
  | "paid_star_count"
  | "entities"
  | "link_preview_options"
  | "suggested_post_info"
  | "effect_id"
  | "caption"
  | "caption_entities"
  | "show_caption_above_media"
  | "has_media_spoiler"
  | "reply_markup";

export type ContentKind = (typeof CONTENT)[number];
type Service = (typeof SERVICE)[number];

// Each field of a message is in exactly one list. A field that a new GramIO brings stops the compiler here: decide
// what becomes of it.
type Unlisted = Exclude<keyof TelegramMessage, ContentKind | Service | Meta>;
type Twice = (ContentKind & Service) | (ContentKind & Meta) | (Service & Meta);
type Gone = Exclude<Meta, keyof TelegramMessage>;
type OnlyIfNone<T> = [T] extends [never] ? "complete" : T;
"complete" satisfies OnlyIfNone<Unlisted | Twice | Gone>;

/** `service`: nothing to save. `unknown`: a kind of a later Bot API, or one that lacks what makes it up. */
export type Content = { readonly kind: ContentKind | "service" | "unknown" };

export function contentOf(message: TelegramMessage): Content {
  const kind = CONTENT.find((name) => message[name] !== undefined && isWhole(message, name));
  if (kind) return { kind };
  return { kind: SERVICE.some((name) => message[name] !== undefined) ? "service" : "unknown" };
}

/** Whether it has what a memo of its kind is made from. */
function isWhole(message: TelegramMessage, kind: ContentKind): boolean {
  switch (kind) {
    case "text":
      return typeof message.text === "string";
    case "photo":
      return Array.isArray(message.photo) && message.photo.some((size) => hasText(size, "file_id"));
    case "animation":
    case "audio":
    case "document":
    case "live_photo":
    case "sticker":
    case "video":
    case "video_note":
    case "voice":
      return hasText(message[kind], "file_id");
    case "rich_message":
      return Array.isArray(message.rich_message?.blocks);
    case "paid_media":
      return Array.isArray(message.paid_media?.paid_media);
    case "checklist":
      return Array.isArray(message.checklist?.tasks);
    case "poll":
      return hasText(message.poll, "question") && Array.isArray(message.poll?.options);
    case "contact":
      return hasText(message.contact, "phone_number") || hasText(message.contact, "first_name");
    case "location":
      return isPlace(message.location);
    case "venue":
      return hasText(message.venue, "title") && isPlace(message.venue?.location);
    case "dice":
      return hasText(message.dice, "emoji");
    case "game":
    case "invoice":
      return hasText(message[kind], "title");
    case "story":
    case "giveaway":
    case "giveaway_winners":
      return typeof message[kind] === "object" && message[kind] !== null;
    default:
      return kind satisfies never;
  }
}

function hasText(value: unknown, field: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  const text = (value as Record<string, unknown>)[field];
  return typeof text === "string" && text !== "";
}

export function isPlace(value: { latitude: number; longitude: number } | null | undefined): boolean {
  return isWithin(value?.latitude, 90) && isWithin(value?.longitude, 180);
}

const isWithin = (value: unknown, most: number) => typeof value === "number" && Math.abs(value) <= most;
