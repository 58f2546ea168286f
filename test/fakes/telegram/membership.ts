import type { Methods } from "./calls.ts";
import type { ChatState, Chats } from "./chats.ts";
import { badRequest } from "./errors.ts";
import { compact, type JsonObject } from "./json.ts";
import type { Params } from "./params.ts";
import { findChat } from "./targets.ts";

/** What the bot can ask about who is in a chat, and how it leaves. */
export function membershipMethods(chats: Chats): Methods {
  function userId(params: Params): number {
    const id = Number(params.text("user_id"));
    if (!Number.isInteger(id) || id <= 0) throw badRequest("invalid user_id specified");
    return id;
  }

  function member(chat: ChatState, id: number): JsonObject {
    const user = chats.users.get(id);
    if (!user) throw badRequest("PARTICIPANT_ID_INVALID");
    const status = standingOf(chat, id);
    if (status === "creator") return { user, status, is_anonymous: false };
    if (status === "administrator") return { user, status, can_be_edited: false, ...rightsIn(chat) };
    return compact({ user, status, until_date: status === "kicked" ? 0 : undefined });
  }

  function standingOf(chat: ChatState, id: number): string {
    if (chat.kind === "private") return "member";
    return id === chats.bot.id ? chat.standing : (chat.members.get(id) ?? "left");
  }

  function present(chat: ChatState): number[] {
    return [chats.bot.id, ...chat.members.keys()].filter(
      (id) => !["left", "kicked"].includes(standingOf(chat, id)),
    );
  }

  return {
    getChatMember(params) {
      const id = userId(params);
      return member(findChat(chats, params, id === chats.bot.id ? "read" : "edit"), id);
    },
    getChatAdministrators(params) {
      const chat = findChat(chats, params, "edit");
      if (chat.kind === "private") throw badRequest("there are no administrators in the private chat");
      return present(chat)
        .filter((id) => ["creator", "administrator"].includes(standingOf(chat, id)))
        .map((id) => member(chat, id));
    },
    getChatMemberCount(params) {
      const chat = findChat(chats, params, "edit");
      return chat.kind === "private" ? 2 : present(chat).length;
    },
    leaveChat(params) {
      const chat = findChat(chats, params, "edit");
      if (chat.kind === "private") throw badRequest("CHAT_ID_INVALID");
      chat.standing = "left";
      return true;
    },
  };
}

/** Rights of an administrator who may do all that one may do there. */
function rightsIn({ kind }: ChatState): JsonObject {
  const names = [
    "can_manage_chat",
    "can_change_info",
    ...(kind === "channel" ? ["can_post_messages", "can_edit_messages"] : []),
    "can_delete_messages",
    "can_invite_users",
    "can_restrict_members",
    ...(kind === "channel" ? [] : ["can_pin_messages"]),
    ...(kind === "supergroup" ? ["can_manage_topics"] : []),
    "can_promote_members",
    "can_manage_video_chats",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    ...(kind === "channel" ? ["can_manage_direct_messages"] : ["can_manage_tags"]),
  ];
  const rights = Object.fromEntries(names.map((name) => [name, true]));
  return { ...rights, is_anonymous: false, can_manage_voice_chats: true };
}
