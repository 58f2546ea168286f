import { notImitated } from "./called.ts";
import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import { ApiError, badRequest, forbidden } from "./errors.ts";
import { type Params, toInteger } from "./params.ts";

/** How the chat of a call is looked up and what may be done there. */
export function findChat(chats: Chats, params: Params, access: "read" | "edit" | "write"): ChatState {
  const text = params.text("chat_id");
  if (text === "") throw badRequest("chat_id is empty");
  if (text.startsWith("@")) throw notImitated("a chat_id that is a username");
  return accessible(chats.find(toInteger(text)), access);
}

/** The chat, if there is one and it may be used so. */
export function accessible(chat: ChatState | undefined, access: "read" | "edit" | "write"): ChatState {
  if (!chat) throw badRequest("chat not found");
  const isShown = chat.kind !== "channel" || chat.body["username"] !== undefined;
  if (access === "read" && isShown) return chat;
  if (chat.kind === "private") return chat;
  if (chat.migratedTo !== undefined && access === "write") {
    throw new ApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", {
      migrate_to_chat_id: chat.migratedTo,
    });
  }
  const name = `${chat.kind} chat`;
  if (chat.standing === "kicked") throw forbidden(`bot was kicked from the ${name}`);
  if (chat.standing === "left") throw forbidden(`bot is not a member of the ${name}`);
  return chat;
}

/** The core's refusal to bring anything to someone who blocked the bot. */
export function refuseBlocked(chat: ChatState): void {
  if (chat.isBlocked) throw forbidden("bot was blocked by the user");
}

/** The message a call is about; `what` completes "… not found". */
export function findMessage(chat: ChatState, id: number, what: string): StoredMessage {
  const message = chat.messages.get(id);
  if (!message) throw badRequest(`${what} not found`);
  return message;
}

/** Whether messages can be sent to this thread: something is in the topic, at least the service message that opened it. */
export const isTopic = (chat: ChatState, thread: number) =>
  [...chat.messages.values()].some((message) => topicOf(message) === thread);

/** The topic of a message, in which a reply to it stays. */
export function topicOf(target: StoredMessage | undefined): number | undefined {
  const { is_topic_message, message_thread_id } = target?.body ?? {};
  return is_topic_message === true && typeof message_thread_id === "number" ? message_thread_id : undefined;
}
