import type { Methods } from "./called.ts";
import type { ChatState, Chats } from "./chats.ts";
import { badRequest, forbidden } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { accessible, findChat } from "./targets.ts";

/** What somebody may be in a chat. */
export type Standing = "creator" | "administrator" | "member" | "restricted" | "left" | "kicked";

const rights = {
  can_be_edited: false,
  can_manage_chat: true,
  can_change_info: true,
  can_delete_messages: true,
  can_invite_users: true,
  can_restrict_members: true,
  can_pin_messages: true,
  can_promote_members: false,
  can_manage_video_chats: true,
  is_anonymous: false,
};

const details: Readonly<Record<Standing, JsonObject>> = {
  creator: { is_anonymous: false },
  administrator: rights,
  member: {},
  restricted: { is_member: true, until_date: 0, can_send_messages: false },
  left: {},
  kicked: { until_date: 0 },
};

/** A ChatMember. https://core.telegram.org/bots/api#chatmember */
export const chatMember = (user: JsonObject, status: Standing, more: JsonObject = {}): JsonObject => ({
  user,
  status,
  ...details[status],
  ...more,
});

/** What only administrators of a channel have. */
function rightsIn({ kind, silent }: ChatState, id: number, status: Standing): JsonObject {
  if (kind !== "channel" || status !== "administrator") return {};
  const can_post_messages = !silent.has(id);
  return { can_post_messages, can_edit_messages: can_post_messages };
}

export function memberMethods({ chats }: { chats: Chats }): Methods {
  /** Who is not in the chat learns nothing of it. */
  function refuseOutsider(chat: ChatState): void {
    if (chat.standing === "kicked") throw forbidden(`bot was kicked from the ${chat.kind} chat`);
    if (chat.standing === "left") throw forbidden(`bot is not a member of the ${chat.kind} chat`);
  }

  return {
    /** Much more is told of a chat than what is asked for here: its name and what it is. */
    getChat(params) {
      const id = params.text("chat_id");
      const chat = id.startsWith("@")
        ? accessible(chats.named(id.slice(1)), "read")
        : findChat(chats, params, "read");
      return { ...chat.body, accent_color_id: 0, max_reaction_count: 11 };
    },
    getChatMember(params) {
      const id = params.integer("user_id", 0, 0, Number.MAX_SAFE_INTEGER);
      if (id === 0) throw badRequest("invalid user_id specified");
      const chat = findChat(chats, params, "read");
      const user = chats.users.get(id);
      if (chat.kind === "private") {
        if (!user || (id !== chat.id && id !== chats.bot.id)) throw badRequest("member not found");
        return chatMember(user, "member");
      }
      refuseOutsider(chat);
      if (!user) throw badRequest("user not found");
      if (id === chats.bot.id) return chatMember(user, chat.standing, rightsIn(chat, id, chat.standing));
      // A channel shows its members to its administrators alone.
      if (chat.kind === "channel" && chat.standing !== "administrator") {
        throw badRequest("member list is inaccessible");
      }
      const status = chat.members.get(id) ?? (chat.kind === "channel" ? "left" : "member");
      return chatMember(user, status, rightsIn(chat, id, status));
    },
  };
}
