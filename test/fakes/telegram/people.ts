import type { TelegramUser } from "@gramio/types";
import { createActors } from "./actor.ts";
import type { Callbacks } from "./callbacks.ts";
import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import type { FakeTime } from "./clock.ts";
import { hasContent } from "./contents.ts";
import type { Entity } from "./entities.ts";
import type { FileStore } from "./files.ts";
import { createGroups } from "./groups.ts";
import { compact, isObject, type JsonObject } from "./json.ts";
import type { People, Person } from "./people-types.ts";
import type { UpdateQueue } from "./update-queue.ts";

const names = ["Ada", "Boris", "Chiara", "Dao", "Elif", "Farid", "Grete", "Hana"];

export function createPeople(parts: {
  time: FakeTime;
  chats: Chats;
  queue: UpdateQueue;
  files: FileStore;
  callbacks: Callbacks;
}): People {
  const { time, chats } = parts;
  let nextUser = 7_215_338_901;
  const actor = createActors({ ...parts, announce });

  /** Privacy mode: in groups the bot hears commands, replies to it and service messages only. */
  function hears(chat: ChatState, message: StoredMessage): boolean {
    if (chat.kind === "private" || chat.kind === "channel") return true;
    if (chat.standing === "administrator" || !chat.hasPrivacy) return true;
    const { text, entities, via_bot: via } = message.body;
    const target = message.replyTo === undefined ? undefined : chat.messages.get(message.replyTo);
    if (!hasContent(message.body) || target?.fromBot || isObject(via)) return true;
    const first = Array.isArray(entities) ? (entities as Entity[])[0] : undefined;
    if (typeof text !== "string" || first?.type !== "bot_command" || first.offset !== 0) return false;
    const addressee = text.slice(0, first.length).split("@")[1];
    return addressee === undefined || addressee.toLowerCase() === String(chats.bot["username"]).toLowerCase();
  }

  function announce(kind: string, chat: ChatState, message: StoredMessage): number | undefined {
    if (chat.standing === "kicked" || chat.standing === "left" || !hears(chat, message)) return undefined;
    const name = chat.kind === "channel" ? kind.replace("message", "channel_post") : kind;
    return chats.emit(name, chats.view(chat, message));
  }

  function memberUpdate(chat: ChatState, from: unknown, before: JsonObject, after: JsonObject): void {
    chats.emit("my_chat_member", {
      chat: chat.body,
      from,
      date: time.seconds(),
      old_chat_member: { user: chats.bot, ...before },
      new_chat_member: { user: chats.bot, ...after },
    });
  }

  function user(partial: Partial<TelegramUser> = {}): Person {
    const id = partial.id ?? nextUser++;
    const body: JsonObject = compact({
      id,
      is_bot: partial.is_bot ?? false,
      first_name: partial.first_name ?? names[chats.users.size % names.length] ?? "Ada",
      last_name: partial.last_name,
      username: partial.username,
      language_code: partial.language_code ?? "en",
    });
    chats.users.set(id, body);
    const { first_name, last_name, username } = body;
    const chatOf = () => chats.ensure(compact({ id, first_name, last_name, username, type: "private" }));
    const sender = () => ({ from: body });
    return Object.assign(actor(chatOf, sender), {
      id,
      user: body as unknown as TelegramUser,
      in: (group: { id: number }) => actor(() => groupWith(group.id, id), sender),
      block() {
        const chat = chatOf();
        if (chat.isBlocked) return;
        chat.isBlocked = true;
        memberUpdate(chat, body, { status: "member" }, { status: "kicked", until_date: 0 });
      },
      deactivate() {
        chatOf().isDeactivated = true;
      },
      unblock() {
        const chat = chatOf();
        if (!chat.isBlocked) return;
        chat.isBlocked = false;
        memberUpdate(chat, body, { status: "kicked", until_date: 0 }, { status: "member" });
      },
    });
  }

  /** The group in which this member acts. */
  function groupWith(id: number, userId: number): ChatState {
    const chat = chats.find(id);
    if (!chat) throw new Error(`there is no chat ${id}`);
    const standing = chat.members.get(userId) ?? "member";
    if (standing === "left" || standing === "kicked") throw new Error("who left a group can't write there");
    chat.members.set(userId, standing);
    return chat;
  }

  return { user, group: createGroups({ chats, actor, memberUpdate }), announce };
}
