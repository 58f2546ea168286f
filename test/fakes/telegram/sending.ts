import { randomId } from "./callbacks.ts";
import type { Methods } from "./called.ts";
import { checkNames, notImitated } from "./called.ts";
import type { Chats, StoredMessage } from "./chats.ts";
import type { FakeTime } from "./clock.ts";
import { type Entity, type FormattedText, fixText, readEntities } from "./entities.ts";
import { ApiError, badRequest, tooManyRequests } from "./errors.ts";
import { type FileIds, type FileStore, onePixelJpeg } from "./files.ts";
import { compact, copyOf, decodeJson, isObject, type JsonObject } from "./json.ts";
import { type Markup, readMarkup } from "./keyboards.ts";
import type { SendLimits } from "./limits.ts";
import type { Params } from "./params.ts";
import { findChat, isTopic, refuseBlocked, topicOf } from "./targets.ts";

const maxUploadBytes = 50 * 1024 * 1024;
const maxRawBytes = 1 << 15;
const maxText = 4096;
const maxPhotoBytes = 10 * 1024 * 1024;
const maxSidesTogether = 10_000;
const maxRatio = 20;

/** A message that the bot brought into a chat. */
export interface Sent {
  method: string;
  chatId: number;
  messageId: number;
  message: JsonObject;
  at: number;
}

type MediaType = "photo" | "document" | "video" | "animation" | "audio";
const inAlbums = ["photo", "video", "audio", "document"];

export function sendingMethods(parts: {
  time: FakeTime;
  chats: Chats;
  files: FileStore;
  limits: SendLimits;
  local: boolean;
  sent: Sent[];
}): Methods {
  const { time, chats, files, limits, local, sent } = parts;

  /** Everything that is checked after the content and before anything is sent, in the server's order. */
  function place(params: Params) {
    const reply = readReply(params);
    const chat = findChat(chats, params, "write");
    const target = reply && chat.messages.get(reply.messageId);
    if (reply && !target && !reply.mayBeMissing) throw badRequest("message to be replied not found");
    const asked = params.integer("message_thread_id", 0, 0, 2 ** 31 - 1);
    if (asked !== 0 && !isTopic(chat, asked)) throw badRequest("message thread not found");
    // A reply stays in the topic of what it replies to.
    const thread = asked === 0 ? topicOf(target) : asked;
    return { chat, replyTo: target && reply.messageId, thread };
  }

  function post(
    method: string,
    content: JsonObject,
    markup: Markup,
    { chat, replyTo, thread }: ReturnType<typeof place>,
  ): JsonObject {
    const body = compact({
      ...(chat.kind === "channel" ? { sender_chat: chat.body } : { from: chats.bot }),
      chat: chat.body,
      date: time.seconds(),
      message_thread_id: thread,
      is_topic_message: thread === undefined ? undefined : true,
      ...content,
      reply_markup: markup.kind === "inline" ? markup.body : undefined,
    });
    const message: StoredMessage = {
      body,
      fromBot: true,
      // In a topic, what replies to nothing replies to the service message that opened the topic.
      replyTo: replyTo ?? thread,
      reactions: [],
      asksForReply: markup.kind === "reply",
    };
    const shown = chats.post(chat, message);
    const messageId = Number(shown["message_id"]);
    sent.push({ method, chatId: chat.id, messageId, message: copyOf(shown), at: time.now() });
    return shown;
  }

  /** What the core refuses in the end. */
  function spend({ chat, thread }: ReturnType<typeof place>, what: string): void {
    refuseBlocked(chat);
    if (chat.kind === "channel" && (chat.standing !== "administrator" || chat.silent.has(chats.bot.id)))
      throw badRequest("need administrator rights in the channel chat");
    if (chat.standing !== "administrator") {
      if (!chat.mayWrite) throw badRequest(`not enough rights to send ${what} to the chat`);
      if (thread !== undefined && chat.closedTopics.has(thread)) throw badRequest("TOPIC_CLOSED");
      const waitMs = chat.sentAt + chat.slowSeconds * 1000 - time.now();
      if (chat.slowSeconds > 0 && waitMs > 0) throw tooManyRequests(Math.ceil(waitMs / 1000));
    }
    limits.spend({ id: chat.id, isGroup: chat.kind === "group" || chat.kind === "supergroup" });
    chat.sentAt = time.now();
  }

  function uploaded(params: Params, type: MediaType, name: string = type): JsonObject {
    const upload = params.files.get(name);
    if (!upload) throw notImitated(`a ${type} that is not uploaded`);
    const { bytes, fileName, mimeType } = upload;
    if (bytes.length === 0) throw badRequest("file must be non-empty");
    if (!local && bytes.length > maxUploadBytes) throw new ApiError(413, "Request Entity Too Large");
    if (type === "photo") checkPhoto(bytes);
    const ids: FileIds = files.add({ kind: type, bytes, fileName });
    if (type === "photo") {
      const small = { ...files.add({ kind: "photo", bytes: onePixelJpeg }), width: 90, height: 67 };
      return { photo: [small, { ...ids, width: 1280, height: 960 }] };
    }
    const named = { file_name: fileName, mime_type: mimeType };
    if (type === "document") return { document: { ...named, ...ids } };
    if (type === "audio") return { audio: { duration: 0, ...named, ...ids } };
    return { [type]: { duration: 0, width: 320, height: 240, ...named, ...ids } };
  }

  const sendMedia = (method: string, type: MediaType) => (params: Params) => {
    const where = place(params);
    const content = { ...uploaded(params, type), ...captionContent(params) };
    spend(where, `${type}s`);
    return post(method, content, { kind: "none" }, where);
  };

  /** The files of an album, which are sent all or none. https://core.telegram.org/bots/api#sendmediagroup */
  function readAlbum(params: Params): { type: MediaType; name: string; caption: JsonObject }[] {
    if (params.text("media") === "") throw badRequest('parameter "media" is required');
    const media = params.json("media", "can't parse media JSON object");
    if (!Array.isArray(media)) throw badRequest("expected an Array of InputMedia");
    if (media.length === 0) throw badRequest("there are no messages to send");
    if (media.length > 10) throw badRequest("too many messages to send as an album");
    if (media.length === 1) throw notImitated("an album of one");
    const album = media.map((item: unknown) => {
      if (!isObject(item)) throw badRequest("can't parse InputMedia: expected an Object");
      checkNames("InputMedia", Object.keys(item), ["type", "media", "caption", "caption_entities"]);
      const { type, media, caption, caption_entities } = item;
      if (!inAlbums.includes(String(type)))
        throw badRequest(`can't parse InputMedia: type "${type}" can't be used in sendMediaGroup`);
      const name = /^attach:\/\/(.+)$/.exec(String(media))?.[1];
      if (name === undefined) throw notImitated("a file of an album that is not uploaded");
      const text = String(caption ?? "");
      return {
        type: type as MediaType,
        name,
        caption: captionOf(fixCaption({ text, entities: readEntities(caption_entities) })),
      };
    });
    const types = new Set<MediaType>(album.map(({ type }) => (type === "video" ? "photo" : type)));
    const other = (["document", "audio"] as const).find((type) => types.has(type));
    if (types.size > 1 && other !== undefined) {
      const name = other === "audio" ? "Audio" : "Document";
      throw badRequest(`${name} can't be mixed with other media types`);
    }
    return album;
  }

  return {
    sendMessage(params) {
      const text = readText(params);
      readReply(params);
      const markup = readMarkup(params);
      const where = place(params);
      spend(where, "text messages");
      return post("sendMessage", { ...textContent(text), ...previewOptions(params) }, markup, where);
    },
    sendPhoto: sendMedia("sendPhoto", "photo"),
    sendDocument: sendMedia("sendDocument", "document"),
    sendVideo: sendMedia("sendVideo", "video"),
    sendAnimation: sendMedia("sendAnimation", "animation"),
    sendAudio: sendMedia("sendAudio", "audio"),
    sendMediaGroup(params) {
      const album = readAlbum(params);
      const where = place(params);
      const contents = album.map(({ type, name, caption }, nth) => {
        try {
          return { ...uploaded(params, type, name), ...caption };
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 400) throw error;
          const why = error.message.replace("Bad Request: ", "");
          throw badRequest(`failed to send message #${nth + 1} with the error message "${why}"`);
        }
      });
      for (const { type } of album) spend(where, `${type}s`);
      const media_group_id = randomId();
      return contents.map((content) =>
        post("sendMediaGroup", { ...content, media_group_id }, { kind: "none" }, where),
      );
    },
  };
}

/** Text and entities of a call, as Telegram will show them. */
export function readText(params: Params): FormattedText {
  const text = params.text("text");
  return fixMessageText(text, readEntities(decodeJson(params.text("entities"))));
}

export function fixMessageText(text: string, entities: Entity[]): FormattedText {
  if (text === "") throw badRequest("message text is empty");
  if (Buffer.byteLength(text) > maxRawBytes) throw badRequest("text is too long");
  const fixed = fixText({ text, entities });
  // TDLib counts code points, the core has its own count; the larger of both, UTF-16 units, is the safe one.
  if (fixed.text.length > maxText) throw badRequest("message is too long");
  return fixed;
}

const maxCaption = 1024;

/** A caption may be empty. */
function fixCaption(given: FormattedText): FormattedText {
  const fixed = fixText(given, { allowEmpty: true });
  if (fixed.text.length > maxCaption) throw badRequest("message caption is too long");
  return fixed;
}

const captionOf = ({ text, entities }: FormattedText): JsonObject =>
  text === "" ? {} : { caption: text, ...(entities.length > 0 ? { caption_entities: entities } : {}) };

/** Of a call, as Telegram will show it. */
export function captionContent(params: Params): JsonObject {
  const entities = readEntities(decodeJson(params.text("caption_entities")));
  return captionOf(fixCaption({ text: params.text("caption"), entities }));
}

export function textContent(text: FormattedText): JsonObject {
  return { text: text.text, ...(text.entities.length > 0 ? { entities: text.entities } : {}) };
}

export function previewOptions(params: Params): JsonObject {
  const options = decodeJson(params.text("link_preview_options"));
  return isObject(options) && Object.keys(options).length > 0 ? { link_preview_options: options } : {};
}

function readReply(params: Params): { messageId: number; mayBeMissing: boolean } | undefined {
  const value = params.json("reply_parameters", "can't parse reply parameters JSON object");
  if (value === undefined) return undefined;
  if (!isObject(value)) throw badRequest("object expected as reply parameters");
  checkNames("reply_parameters", Object.keys(value), ["message_id", "allow_sending_without_reply"]);
  return {
    messageId: Number(value["message_id"]),
    mayBeMissing: value["allow_sending_without_reply"] === true,
  };
}

/** What the bytes of a picture begin with. */
const beginnings: readonly RegExp[] = [
  /^\xff\xd8\xff/,
  /^\x89PNG\r\n/,
  /^GIF8[79]a/,
  /^RIFF....WEBP/s,
  /^BM/,
  /^(?:II\*|MM.\*)/s,
];

/** Refuses what Telegram does not take as a photo: too many bytes, no picture, or one of an unusual shape. */
function checkPhoto(bytes: Uint8Array): void {
  const size = bytes.length;
  if (size > maxPhotoBytes) {
    throw badRequest(
      `file of size ${size} bytes is too big for a photo; the maximum size is ${maxPhotoBytes} bytes`,
    );
  }
  const head = Buffer.from(bytes.subarray(0, 32));
  if (!beginnings.some((beginning) => beginning.test(head.toString("latin1")))) {
    throw badRequest("IMAGE_PROCESS_FAILED");
  }
  if (head[0] !== 0x89 || size < 24) return;
  const width = head.readUInt32BE(16);
  const height = head.readUInt32BE(20);
  const isOdd = Math.max(width, height) > maxRatio * Math.min(width, height);
  if (isOdd || width + height > maxSidesTogether) throw badRequest("PHOTO_INVALID_DIMENSIONS");
}
