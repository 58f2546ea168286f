import { randomId } from "./callbacks.ts";
import type { Methods } from "./calls.ts";
import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import type { FakeTime } from "./clock.ts";
import type { FormattedText } from "./entities.ts";
import { ApiError, badRequest } from "./errors.ts";
import { type FileIds, type FileKind, type FileStore, onePixelJpeg } from "./files.ts";
import { compact, copyOf, decodeJson, isObject, type JsonObject } from "./json.ts";
import { type Markup, readMarkup } from "./keyboards.ts";
import type { SendLimits } from "./limits.ts";
import { type Params, paramsOf } from "./params.ts";
import { readText } from "./parse-mode.ts";
import { checkPhoto } from "./pictures.ts";
import { findChat, findMessage, refuseBlocked } from "./targets.ts";

const maxUploadBytes = 50 * 1024 * 1024;
const actions = [
  "typing",
  "upload_photo",
  "record_video",
  "upload_video",
  "record_voice",
  "upload_voice",
  "record_audio",
  "upload_audio",
  "upload_document",
  "choose_sticker",
  "find_location",
  "record_video_note",
  "upload_video_note",
];

/** A message that the bot brought into a chat. */
export interface Sent {
  method: string;
  chatId: number;
  messageId: number;
  message: JsonObject;
  at: number;
}

interface SendingParts {
  time: FakeTime;
  chats: Chats;
  files: FileStore;
  limits: SendLimits;
  local: boolean;
  sent: Sent[];
}

export function sendingMethods(parts: SendingParts): Methods {
  const { time, chats, files, limits, local, sent } = parts;
  const users = (id: number) => chats.users.get(id);

  function caption(params: Params): FormattedText {
    return readText(
      {
        text: params.text("caption"),
        parseMode: params.text("parse_mode"),
        entities: params.text("caption_entities"),
        maxLength: 1024,
        tooLong: "message caption is too long",
      },
      users,
      { allowEmpty: true },
    );
  }

  /** Everything that is checked after the content and before anything is sent, in the server's order. */
  function place(params: Params): {
    chat: ChatState;
    replyTo: number | undefined;
    quote: JsonObject | undefined;
  } {
    const reply = readReply(params);
    const chat = findChat(chats, params, "write");
    const thread = params.integer("message_thread_id", 0, 0, 2 ** 31 - 1);
    if (thread !== 0 && !isTopic(chat, thread)) throw badRequest("message thread not found");
    if (!reply) return { chat, replyTo: undefined, quote: undefined };
    const target = chat.messages.get(reply.messageId);
    if (!target) {
      if (!reply.mayBeMissing) throw badRequest("message to be replied not found");
      return { chat, replyTo: undefined, quote: undefined };
    }
    if (reply.quote === "") return { chat, replyTo: reply.messageId, quote: undefined };
    const position = String(target.body["text"] ?? target.body["caption"] ?? "").indexOf(reply.quote);
    if (position < 0) throw badRequest("QUOTE_TEXT_INVALID");
    return { chat, replyTo: reply.messageId, quote: { text: reply.quote, position, is_manual: true } };
  }

  function post(
    method: string,
    params: Params,
    content: JsonObject,
    markup: Markup,
    where: ReturnType<typeof place>,
    extra: Partial<StoredMessage> = {},
  ): JsonObject {
    const { chat, replyTo, quote } = where;
    const thread = params.integer("message_thread_id", 0, 0, 2 ** 31 - 1);
    const body = compact({
      ...(chat.kind === "channel" ? { sender_chat: chat.body } : { from: chats.bot }),
      chat: chat.body,
      date: time.seconds(),
      message_thread_id: thread === 0 ? undefined : thread,
      is_topic_message: thread === 0 ? undefined : true,
      quote,
      ...content,
      reply_markup: markup.kind === "inline" ? markup.body : undefined,
      has_protected_content: params.flag("protect_content") || undefined,
    });
    const message: StoredMessage = {
      body,
      fromBot: true,
      replyTo: replyTo ?? (thread === 0 ? undefined : thread),
      reactions: [],
      hasReplyKeyboard: markup.kind === "reply",
      ...extra,
    };
    const shown = chats.post(chat, message);
    sent.push({
      method,
      chatId: chat.id,
      messageId: Number(shown["message_id"]),
      message: copyOf(shown),
      at: time.now(),
    });
    return shown;
  }

  function spend(chat: ChatState, count: number): void {
    refuseBlocked(chat);
    limits.spend({ id: chat.id, isGroup: chat.kind === "group" || chat.kind === "supergroup" }, count);
  }

  /** The file of a parameter: an upload under its own or an attached name, or a file id. */
  function inputFile(params: Params, name: string, given: string, kind: FileKind, what: string): FileIds {
    const attached = /^attach:\/\/(.+)$/.exec(given)?.[1];
    const upload =
      params.files.get(attached ?? name) ?? (attached === undefined ? undefined : params.files.get(attached));
    if (upload) {
      const size = upload.bytes.length;
      if (size === 0) throw badRequest("file must be non-empty");
      if (!local && size > maxUploadBytes) throw new ApiError(413, "Request Entity Too Large");
      if (kind === "photo") checkPhoto(upload.bytes);
      return files.add({ kind, bytes: upload.bytes, fileName: upload.fileName });
    }
    if (attached !== undefined || given === "") throw badRequest(`there is no ${what} in the request`);
    if (/^https?:\/\//i.test(given)) throw badRequest("failed to get HTTP URL content");
    const known = files.find(given);
    if (!known) throw badRequest("wrong remote file identifier specified: Wrong character in the string");
    return known;
  }

  function mediaContent(params: Params, type: string, given: string, name: string): JsonObject {
    const { file_id, file_unique_id, file_size } = inputFile(params, name, given, kindOf(type), type);
    const ids = { file_id, file_unique_id, file_size };
    if (type === "photo") {
      const small = { ...files.add({ kind: "photo", bytes: onePixelJpeg }), width: 90, height: 67 };
      return { photo: [small, { ...ids, width: 1280, height: 960 }] };
    }
    const upload = params.files.get(/^attach:\/\/(.+)$/.exec(given)?.[1] ?? name);
    const named = compact({ file_name: upload?.fileName, mime_type: upload?.mimeType });
    if (type === "document") return { document: { ...named, ...ids } };
    if (type === "voice") return { voice: { duration: 0, mime_type: "audio/ogg", ...ids } };
    if (type === "audio") return { audio: { duration: 0, ...named, ...ids } };
    return { [type]: { duration: 0, width: 320, height: 240, ...named, ...ids } };
  }

  function captioned(text: FormattedText): JsonObject {
    if (text.text === "") return {};
    return { caption: text.text, ...(text.entities.length > 0 ? { caption_entities: text.entities } : {}) };
  }

  const sendMedia = (method: string, type: string) => (params: Params) => {
    const given = params.text(type);
    if (given === "" && !params.files.has(type)) throw badRequest(`there is no ${type} in the request`);
    const text = caption(params);
    readReply(params);
    const markup = readMarkup(params);
    const where = place(params);
    const content = mediaContent(params, type, given, type);
    spend(where.chat, 1);
    const spoiler = params.flag("has_spoiler") ? { has_media_spoiler: true } : {};
    return post(method, params, { ...content, ...captioned(text), ...spoiler }, markup, where);
  };

  return {
    sendMessage(params) {
      if (params.text("text") === "") throw badRequest("message text is empty");
      const text = readText(
        {
          text: params.text("text"),
          parseMode: params.text("parse_mode"),
          entities: params.text("entities"),
          maxLength: 4096,
          tooLong: "message is too long",
        },
        users,
      );
      readReply(params);
      const markup = readMarkup(params);
      const where = place(params);
      spend(where.chat, 1);
      return post("sendMessage", params, { ...textContent(text), ...previewOptions(params) }, markup, where);
    },
    sendPhoto: sendMedia("sendPhoto", "photo"),
    sendDocument: sendMedia("sendDocument", "document"),
    sendVideo: sendMedia("sendVideo", "video"),
    sendAnimation: sendMedia("sendAnimation", "animation"),
    sendAudio: sendMedia("sendAudio", "audio"),
    sendVoice: sendMedia("sendVoice", "voice"),
    sendMediaGroup(params) {
      if (params.text("media") === "") throw badRequest('parameter "media" is required');
      const media = params.json("media", "can't parse media JSON object");
      if (!Array.isArray(media)) throw badRequest("expected an Array of InputMedia");
      const items = media.map((item: unknown) => readAlbumItem(item));
      if (items.length > 10) throw badRequest("too many messages to send as an album");
      if (items.length === 0) throw badRequest("there are no messages to send");
      for (const type of ["document", "audio"]) {
        const some = items.some((item) => item.type === type);
        if (some && items.some((item) => item.type !== type)) {
          throw badRequest(
            `${type === "audio" ? "Audio" : "Document"} can't be mixed with other media types`,
          );
        }
      }
      const captions = items.map((item) => caption(paramsOf(item.values)));
      const where = place(params);
      const contents = items.map((item) => mediaContent(params, item.type, item.media, item.media));
      spend(where.chat, items.length);
      const media_group_id = randomId();
      return contents.map((content, index) => {
        const text = captions[index] ?? { text: "", entities: [] };
        const body = { media_group_id, ...content, ...captioned(text) };
        return post("sendMediaGroup", params, body, { kind: "none" }, where);
      });
    },
    sendChatAction(params) {
      const action = params.text("action").toLowerCase();
      const chat = findChat(chats, params, "write");
      if (!actions.includes(action)) throw badRequest("wrong parameter action in request");
      refuseBlocked(chat);
      return true;
    },
    copyMessage(params) {
      const source = sourceOf(params);
      readReply(params);
      const markup = readMarkup(params);
      const where = place(params);
      spend(where.chat, 1);
      const shown = post("copyMessage", params, contentOf(source), markup, where);
      return { message_id: shown["message_id"] };
    },
    forwardMessage(params) {
      const source = sourceOf(params);
      const where = place(params);
      spend(where.chat, 1);
      const { from, date } = source.body;
      const origin = { type: "user", sender_user: from, date };
      const legacy = { forward_origin: origin, forward_from: from, forward_date: date };
      return post("forwardMessage", params, { ...legacy, ...contentOf(source) }, { kind: "none" }, where);
    },
  };

  function sourceOf(params: Params): StoredMessage {
    const from = paramsOf({ chat_id: params.text("from_chat_id") });
    const chat = findChat(chats, from, "read");
    return findMessage(chat, params.integer("message_id", 0, 0, 2 ** 31 - 1), "message to forward");
  }
}

export function textContent(text: FormattedText): JsonObject {
  return { text: text.text, ...(text.entities.length > 0 ? { entities: text.entities } : {}) };
}

export function previewOptions(params: Params): JsonObject {
  const options = decodeJson(params.text("link_preview_options"));
  return isObject(options) && Object.keys(options).length > 0 ? { link_preview_options: options } : {};
}

function readReply(params: Params): { messageId: number; mayBeMissing: boolean; quote: string } | undefined {
  const value = params.json("reply_parameters", "can't parse reply parameters JSON object");
  if (value === undefined) {
    const messageId = params.integer("reply_to_message_id", 0, 0, 2 ** 31 - 1);
    const mayBeMissing = params.flag("allow_sending_without_reply");
    return messageId === 0 ? undefined : { messageId, mayBeMissing, quote: "" };
  }
  if (!isObject(value)) throw badRequest("object expected as reply parameters");
  const messageId = value["message_id"];
  if (messageId === undefined) return undefined;
  return {
    messageId: Number(messageId),
    mayBeMissing: value["allow_sending_without_reply"] === true,
    quote: typeof value["quote"] === "string" ? value["quote"] : "",
  };
}

function isTopic(chat: ChatState, thread: number): boolean {
  return chat.messages.get(thread)?.body["forum_topic_created"] !== undefined;
}

function kindOf(type: string): FileKind {
  const kinds: FileKind[] = ["photo", "document", "video", "audio", "voice", "animation"];
  return kinds.find((kind) => kind === type) ?? "document";
}

function readAlbumItem(item: unknown): { type: string; media: string; values: Record<string, string> } {
  const fail = (text: string) => badRequest(`can't parse InputMedia: ${text}`);
  if (!isObject(item)) throw fail("expected an Object");
  const { type, media } = item;
  if (typeof type !== "string") throw fail('Can\'t find field "type"');
  if (type === "animation") throw fail('type "animation" can\'t be used in sendMediaGroup');
  if (!["photo", "video", "document", "audio"].includes(type)) throw fail("invalid media type specified");
  if (typeof media !== "string" || media === "") throw fail("media not found");
  const text = (name: string) => (typeof item[name] === "string" ? item[name] : "");
  const entities = item["caption_entities"] === undefined ? "" : JSON.stringify(item["caption_entities"]);
  return {
    type,
    media,
    values: { caption: text("caption"), parse_mode: text("parse_mode"), caption_entities: entities },
  };
}

function contentOf(message: StoredMessage): JsonObject {
  const {
    message_id: _id,
    from: _from,
    sender_chat: _sender,
    chat: _chat,
    date: _date,
    edit_date: _edit,
    reply_markup: _markup,
    ...content
  } = message.body;
  return copyOf(content);
}
