import type { TelegramUser } from "@gramio/types";
import { createActors } from "./actor.ts";
import type { Callbacks } from "./callbacks.ts";
import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import type { FakeTime } from "./clock.ts";
import { hasContent } from "./contents.ts";
import type { Entity } from "./entities.ts";
import type { FileStore } from "./files.ts";
import { createGroups } from "./groups.ts";
import type { InlineQueries } from "./inline.ts";
import { compact, isObject, type JsonObject } from "./json.ts";
import { chatMember } from "./members.ts";
import type { Person } from "./people-types.ts";
import type { UpdateQueue } from "./update-queue.ts";

const names = ["Ada", "Boris", "Chiara", "Dao", "Elif", "Farid", "Grete", "Hana"];

export function createPeople(parts: {
  time: FakeTime;
  chats: Chats;
  queue: UpdateQueue;
  files: FileStore;
  callbacks: Callbacks;
  /** Undefined where inline mode is off. */
  inline: InlineQueries | undefined;
}) {
  const { time, chats } = parts;
  let nextUser = 7_215_338_901;
  const actor = createActors({ ...parts, announce });

  /** Privacy mode: in groups the bot hears commands, replies to it and service messages only. A channel has no members among bots. */
  function hears(chat: ChatState, message: StoredMessage): boolean {
    if (chat.kind === "channel") return chat.standing === "administrator";
    if (chat.kind === "private" || chat.standing === "administrator" || !chat.hasPrivacy) return true;
    const { text, entities, via_bot: via } = message.body;
    const target = message.replyTo === undefined ? undefined : chat.messages.get(message.replyTo);
    if (!hasContent(message.body) || target?.fromBot || isObject(via)) return true;
    const first = Array.isArray(entities) ? (entities as Entity[])[0] : undefined;
    if (typeof text !== "string" || first?.type !== "bot_command" || first.offset !== 0) return false;
    const addressee = text.slice(0, first.length).split("@")[1];
    return addressee === undefined || addressee.toLowerCase() === String(chats.bot["username"]).toLowerCase();
  }

  /** Makes an update of a message that is already in a chat. */
  function announce(kind: string, chat: ChatState, message: StoredMessage): number | undefined {
    if (chat.standing === "kicked" || chat.standing === "left" || !hears(chat, message)) return undefined;
    const named = chat.kind === "channel" ? kind.replace("message", "channel_post") : kind;
    return chats.emit(named, chats.view(chat, message));
  }

  function changeBot(
    chat: ChatState,
    from: JsonObject,
    [old_chat_member, new_chat_member]: JsonObject[],
  ): void {
    const date = time.seconds();
    chats.emit("my_chat_member", { chat: chat.body, from, date, old_chat_member, new_chat_member });
  }

  /** Somebody makes the bot something else in a group or channel; it is told. */
  function setBot(group: { id: number }, by: Person, standing: ChatState["standing"]): void {
    const chat = groupOf(group.id);
    const before = chat.standing;
    chat.standing = standing;
    const change = [before, standing].map((status) => chatMember(chats.bot, status));
    changeBot(chat, by.user as unknown as JsonObject, change);
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
    const kicked = { user: chats.bot, status: "kicked", until_date: 0 };
    const member = { user: chats.bot, status: "member" };
    function setBlocked(isBlocked: boolean): void {
      const chat = chatOf();
      if (chat.isBlocked === isBlocked) return;
      chat.isBlocked = isBlocked;
      changeBot(chat, body, isBlocked ? [member, kicked] : [kicked, member]);
    }
    return Object.assign(actor(chatOf, sender), {
      id,
      user: body as unknown as TelegramUser,
      in: (group: { id: number }) => actor(() => groupOf(group.id), sender),
      block: () => setBlocked(true),
      unblock: () => setBlocked(false),
    });
  }

  function groupOf(id: number): ChatState {
    const chat = chats.find(id);
    if (!chat) throw new Error(`there is no chat ${id}`);
    return chat;
  }

  return { user, setBot, ...createGroups({ chats, actor }) };
}
