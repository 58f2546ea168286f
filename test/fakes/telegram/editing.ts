import type { Callbacks } from "./callbacks.ts";
import type { Methods } from "./called.ts";
import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import type { FakeTime } from "./clock.ts";
import { badRequest } from "./errors.ts";
import { compact, isObject, type JsonObject, sameJson } from "./json.ts";
import { type Markup, readMarkup } from "./keyboards.ts";
import type { Params } from "./params.ts";
import { captionContent, previewOptions, readText, textContent } from "./sending.ts";
import { findChat, findMessage, refuseBlocked } from "./targets.ts";

const deletableFor = 48 * 3600;
const notModified =
  "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";
const reactionEmoji = new Set(
  (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 " +
    "👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
  ).split(" "),
);
const maxId = 2 ** 31 - 1;

export function editingMethods(parts: { time: FakeTime; chats: Chats; callbacks: Callbacks }): Methods {
  const { time, chats, callbacks } = parts;
  /** The chat and message of an edit, refused when the bot may not edit it. */
  function editable(params: Params): { chat: ChatState; message: StoredMessage } {
    const id = params.integer("message_id", 0, 0, maxId);
    if (params.text("chat_id") === "" && id === 0) throw badRequest("message identifier is not specified");
    const chat = findChat(chats, params, "edit");
    const message = findMessage(chat, id, "message to edit");
    if (!message.fromBot || message.asksForReply) throw badRequest("message can't be edited");
    return { chat, message };
  }

  function change(chat: ChatState, message: StoredMessage, content: JsonObject, markup: Markup): JsonObject {
    const reply_markup = markup.kind === "inline" ? markup.body : undefined;
    const same = ["text", "entities", "link_preview_options", "caption", "caption_entities"].every((name) =>
      sameJson(message.body[name] ?? null, content[name] ?? null),
    );
    if (same && sameJson(message.body["reply_markup"] ?? null, reply_markup ?? null))
      throw badRequest(notModified);
    refuseBlocked(chat);
    message.body = compact({ ...message.body, ...content, edit_date: time.seconds(), reply_markup });
    return chats.view(chat, message, { withoutReply: true });
  }

  /** Whether the bot may delete it now. Private chats and basic groups: for 48 hours, dice only after a day. */
  function checkDeletable(chat: ChatState, message: StoredMessage): void {
    const age = time.seconds() - Number(message.body["date"]);
    if (chat.kind === "private" || chat.kind === "group") {
      const mayDelete = message.fromBot || chat.kind === "private" || chat.standing === "administrator";
      if (!mayDelete) throw badRequest("message can't be deleted");
      const isFreshDice = message.body["dice"] !== undefined && chat.kind === "private" && age < 24 * 3600;
      if (age > deletableFor || isFreshDice) throw badRequest("message can't be deleted for everyone");
      return;
    }
    if (chat.standing === "administrator") return;
    if (!message.fromBot || age > deletableFor) throw badRequest("message can't be deleted");
  }

  return {
    editMessageText(params) {
      const text = readText(params);
      const markup = readMarkup(params);
      const { chat, message } = editable(params);
      if (message.body["text"] === undefined) throw badRequest("there is no text in the message to edit");
      const content = {
        entities: undefined,
        link_preview_options: undefined,
        ...textContent(text),
        ...previewOptions(params),
      };
      return change(chat, message, content, markup);
    },
    editMessageCaption(params) {
      const { chat, message } = editable(params);
      const isMedia = ["photo", "video", "animation", "audio", "document"].some(
        (type) => message.body[type] !== undefined,
      );
      if (!isMedia) throw badRequest("there is no caption in the message to edit");
      const content = { caption: undefined, caption_entities: undefined, ...captionContent(params) };
      return change(chat, message, content, { kind: "none" });
    },
    answerCallbackQuery(params) {
      const text = params.text("text");
      if (text.length > 200) throw badRequest("MESSAGE_TOO_LONG");
      callbacks.answer(params.text("callback_query_id"), {
        ...(text === "" ? {} : { text }),
        ...(params.flag("show_alert") ? { show_alert: true } : {}),
      });
      return true;
    },
    deleteMessage(params) {
      if (params.text("chat_id") === "") throw badRequest("chat identifier is not specified");
      const id = params.integer("message_id", 0, 0, maxId);
      if (params.text("message_id") === "") throw badRequest("message identifier is not specified");
      const chat = findChat(chats, params, "write");
      const message = findMessage(chat, id, "message to delete");
      checkDeletable(chat, message);
      chat.messages.delete(id);
      return true;
    },
    setMessageReaction(params) {
      const value = params.json("reaction", "can't parse reaction types JSON object") ?? [];
      if (!Array.isArray(value)) throw badRequest("expected an Array of ReactionType");
      const reactions = value.map((item: unknown): JsonObject => {
        if (!isObject(item) || typeof item["type"] !== "string") {
          throw badRequest("can't parse ReactionType: expected an Object");
        }
        return item;
      });
      const chat = findChat(chats, params, "read");
      const id = params.integer("message_id", 0, 0, maxId);
      const message = firstOfAlbum(chat, findMessage(chat, id, "message to react"));
      if (reactions.length > 1) throw badRequest("REACTIONS_TOO_MANY");
      for (const { type, emoji } of reactions) {
        const isAllowed = chat.reactions?.includes(String(emoji)) ?? true;
        if (type !== "emoji" || !reactionEmoji.has(String(emoji)) || !isAllowed)
          throw badRequest("REACTION_INVALID");
      }
      refuseBlocked(chat);
      message.reactions = reactions;
      return true;
    },
  };
}

/** A reaction to a part of an album goes to its first part. */
function firstOfAlbum(chat: ChatState, message: StoredMessage): StoredMessage {
  const group = message.body["media_group_id"];
  if (group === undefined) return message;
  const parts = [...chat.messages.values()].filter((part) => part.body["media_group_id"] === group);
  return parts.sort((a, b) => Number(a.body["message_id"]) - Number(b.body["message_id"]))[0] ?? message;
}
