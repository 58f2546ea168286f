import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import type { FileStore } from "./files.ts";
import type { JsonObject } from "./json.ts";
import type { UpdateQueue } from "./update-queue.ts";

/** What a server held at some moment, as JSON: a fake can begin with it. */
export interface KeptTelegram {
  readonly chats: readonly KeptChat[];
  readonly users: readonly JsonObject[];
  /** What the bot has not fetched. */
  readonly updates: readonly { id: number; kind: string; payload: JsonObject }[];
  readonly nextUpdateId: number;
  /** Of private chats and basic groups. */
  readonly nextMessageId: number;
  /** The parameters of the last setWebhook. */
  readonly webhook?: Readonly<Record<string, string>>;
}

interface KeptChat extends Pick<ChatState, "body" | "standing"> {
  readonly migratedTo?: number;
  /** Without their chat. The bytes of their files follow from the ids of those. */
  readonly messages: readonly StoredMessage[];
}

export function restoreTelegram(
  { chats: known, users, updates, nextUpdateId, nextMessageId }: KeptTelegram,
  { chats, files, queue }: { chats: Chats; files: FileStore; queue: UpdateQueue },
): void {
  for (const user of users) chats.users.set(Number(user["id"]), user);
  for (const { body, standing, migratedTo, messages } of known) {
    const chat = chats.ensure(body);
    Object.assign(chat, { standing, migratedTo });
    for (const message of messages) {
      files.adopt(message.body);
      chats.post(chat, { ...message, body: { ...message.body, chat: body } });
    }
    if (chat.kind !== "private" || chat.messages.has(nextMessageId - 1)) continue;
    // Ids of messages that were deleted are given to no other one.
    chats.post(chat, { body: { message_id: nextMessageId - 1 }, fromBot: false, reactions: [] });
    chat.messages.delete(nextMessageId - 1);
  }
  queue.restartIds(updates[0]?.id ?? nextUpdateId);
  for (const { id, kind, payload } of updates) chats.emit(kind, payload, { id });
}
