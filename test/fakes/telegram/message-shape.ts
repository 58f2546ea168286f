import { compact, isObject, type JsonObject } from "./json.ts";

const beforeContent = [
  "business_connection_id",
  "message_id",
  "from",
  "author_signature",
  "sender_chat",
  "chat",
  "date",
  "edit_date",
  "message_thread_id",
  "forward_origin",
  "is_automatic_forward",
  "forward_from",
  "forward_from_chat",
  "forward_from_message_id",
  "forward_signature",
  "forward_sender_name",
  "forward_date",
  "reply_to_message",
  "external_reply",
  "quote",
  "reply_to_checklist_task_id",
  "reply_to_poll_option_id",
  "reply_to_story",
  "media_group_id",
  "guest_query_id",
];
const afterContent = [
  "caption",
  "caption_entities",
  "show_caption_above_media",
  "has_media_spoiler",
  "reply_markup",
  "via_bot",
  "guest_bot_caller_user",
  "guest_bot_caller_chat",
  "has_protected_content",
  "is_topic_message",
  "direct_messages_topic",
  "is_from_offline",
  "effect_id",
  "sender_boost_count",
  "sender_tag",
  "paid_star_count",
  "is_paid_post",
  "suggested_post_info",
];
const framing = new Set([...beforeContent, ...afterContent]);

/** Puts a message's keys into the order in which the server writes them; absent and undefined ones are left out. */
export function orderMessage(message: JsonObject): JsonObject {
  const pick = (names: string[]) => names.map((name) => [name, message[name]] as const);
  const content = Object.entries(message).filter(([name]) => !framing.has(name));
  return compact(Object.fromEntries([...pick(beforeContent), ...content, ...pick(afterContent)]));
}

/** Adds what the server sends twice: `document` with an animation, `photo` with a live photo, old names of fields. */
export function withTwins(message: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(message)) {
    const content = isObject(value) ? withThumb(value) : value;
    if (name === "venue" && isObject(value) && message["location"] === undefined)
      result["location"] = value["location"];
    if (name === "new_chat_members" && Array.isArray(value)) {
      Object.assign(result, { new_chat_participant: value[0], new_chat_member: value[0] });
    }
    if (name === "left_chat_member") result["left_chat_participant"] = value;
    result[name] = content;
    if (name === "animation" && isObject(content) && message["document"] === undefined) {
      const { duration: _, width: _w, height: _h, ...file } = content;
      result["document"] = file;
    }
    if (name === "live_photo" && isObject(value) && message["photo"] === undefined)
      result["photo"] = value["photo"];
    if (name === "video_chat_started") result["voice_chat_started"] = value;
  }
  const origin = message["forward_origin"];
  return isObject(origin) ? { ...result, ...legacyForward(origin) } : result;
}

function withThumb(media: JsonObject): JsonObject {
  if (media["thumbnail"] === undefined || media["thumb"] !== undefined) return media;
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(media)) {
    result[name] = value;
    if (name === "thumbnail") result["thumb"] = value;
  }
  return result;
}

function legacyForward(origin: JsonObject): JsonObject {
  const date = { forward_date: origin["date"] };
  switch (origin["type"]) {
    case "user":
      return { forward_from: origin["sender_user"], ...date };
    case "hidden_user":
      return { forward_sender_name: origin["sender_user_name"], ...date };
    case "chat":
      return {
        forward_from_chat: origin["sender_chat"],
        forward_signature: origin["author_signature"],
        ...date,
      };
    default:
      return {
        forward_from_chat: origin["chat"],
        forward_from_message_id: origin["message_id"],
        forward_signature: origin["author_signature"],
        ...date,
      };
  }
}
