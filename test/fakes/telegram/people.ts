import type { TelegramMessage, TelegramMessageEntity, TelegramUser } from "@gramio/types";
import { type Callbacks, type Press, randomId } from "./callbacks.ts";
import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import type { FakeTime } from "./clock.ts";
import { type Entity, type FormattedText, fixText } from "./entities.ts";
import { type FileKind, type FileStore, onePixelJpeg } from "./files.ts";
import { compact, copyOf, isObject, type JsonObject } from "./json.ts";
import { withTwins } from "./message-shape.ts";
import type { UpdateQueue } from "./update-queue.ts";

/** What any message can have beside its content. */
export interface SendOptions {
  replyTo?: number | { message_id: number };
  /** The part of the target's text that the reply quotes. */
  quote?: string;
  /** The topic, in a forum. */
  threadId?: number;
  caption?: string;
  entities?: TelegramMessageEntity[];
  mediaGroupId?: string;
  /** Where the message was forwarded from. */
  forwardOrigin?: object;
  /** Raw fields, put into the message as they are. */
  extra?: object;
}

export interface FileOptions extends SendOptions {
  bytes?: Uint8Array;
  /** The size told when there are no `bytes`; such bytes are made up. May be huge. */
  size?: number;
  fileName?: string;
  mimeType?: string;
  /** Fields to leave out of the file, such as "file_name", "mime_type", "file_size", "thumbnail". */
  omit?: string[];
}

export interface AlbumItem {
  type: "photo" | "video" | "document" | "audio";
  bytes?: Uint8Array;
  size?: number;
  fileName?: string;
  mimeType?: string;
  caption?: string;
  entities?: TelegramMessageEntity[];
}

export interface AlbumOptions extends Omit<SendOptions, "caption" | "entities"> {
  /** So many items come at once, the others only after the last of these was handed to the bot. */
  split?: number;
  /** Runs between the two parts, so that other chats' updates come in between. */
  between?: () => void;
}

export type Change =
  | string
  | {
      text?: string;
      caption?: string;
      entities?: TelegramMessageEntity[];
      /** New content, such as `{ photo: … }`. */
      content?: object;
      /** Leaves `edit_date` out, as Telegram does in edits without visible change. Default when nothing changes. */
      noEditDate?: boolean;
    };

/** Someone acting in one chat. Each action reaches the bot as Telegram would pass it on. */
export interface Actor {
  readonly chatId: number;
  /** Sends a text: trimmed, entities found in it. Throws over 4096 characters, where `paste` cuts. */
  say(text: string, options?: Omit<SendOptions, "caption">): TelegramMessage;
  /** Sends a text of any length, cut as clients cut it: consecutive messages of one second. */
  paste(text: string): TelegramMessage[];
  /** Sends any content, such as `{ location: { … } }`. Files in it that are new to the fake become downloadable. */
  send(content: object, options?: SendOptions): TelegramMessage;
  sendPhoto(options?: Omit<FileOptions, "fileName" | "mimeType">): TelegramMessage;
  sendDocument(options?: FileOptions): TelegramMessage;
  sendVoice(options?: FileOptions & { duration?: number }): TelegramMessage;
  sendVideo(options?: FileOptions & { duration?: number }): TelegramMessage;
  sendAlbum(items: AlbumItem[], options?: AlbumOptions): TelegramMessage[];
  /** Edits an own message. `{}` is an edit without visible change. */
  edit(messageId: number, change: Change): TelegramMessage;
  /** Presses a button of a message of the bot, by its text or its data. A deleted message needs the data. */
  press(messageId: number, button: string): Press;
  /** Deletes a message. The bot hears nothing of it. */
  deleteMessage(messageId: number): void;
  /** Sets one's reactions to a message. */
  react(messageId: number, emoji: string[]): void;
}

export interface Person extends Actor {
  readonly id: number;
  readonly user: TelegramUser;
  block(): void;
  unblock(): void;
  /** Deletes the account: nothing can be sent to it any more. */
  deactivate(): void;
  /** The same person in a group or channel. */
  in(group: { id: number }): Actor;
}

export interface GroupOptions {
  title?: string;
  type?: "group" | "supergroup" | "channel";
  username?: string;
  isForum?: boolean;
  /** Makes the bot an administrator: it then sees all messages. */
  admin?: boolean;
  /** False when privacy mode is off: the bot then sees all messages. Default true. */
  privacy?: boolean;
}

export interface Group {
  readonly id: number;
  readonly chat: JsonObject;
  as(person: Person): Actor;
  /** A post of a channel, or a message in its name. */
  post(text: string, options?: SendOptions): TelegramMessage;
  /** Creates a topic of a forum and returns its thread id. */
  topic(name: string, by: Person): number;
  /** Turns a basic group into a supergroup, with the two service messages. */
  migrate(by: Person): Group;
  /** Removes the bot, as "kicked" (default) or "left". */
  removeBot(by: Person, how?: "kicked" | "left"): void;
  addBot(by: Person): void;
}

export interface People {
  user(partial?: Partial<TelegramUser>): Person;
  group(options?: GroupOptions): Group;
  /** Makes an update of a message that is already in a chat. */
  announce(kind: string, chat: ChatState, message: StoredMessage): number | undefined;
}

const names = ["Ada", "Boris", "Chiara", "Dao", "Elif", "Farid", "Grete", "Hana"];
const maxText = 4096;
const maxCaption = 1024;

const asMessage = (body: JsonObject) => body as unknown as TelegramMessage;

export function createPeople(parts: {
  time: FakeTime;
  chats: Chats;
  queue: UpdateQueue;
  files: FileStore;
  callbacks: Callbacks;
}): People {
  const { time, chats, queue, files, callbacks } = parts;
  let nextUser = 7_215_338_901;
  let nextGroup = 4_812_345_678;

  /** Privacy mode: in groups the bot hears commands, replies to it and service messages only. */
  function hears(chat: ChatState, message: StoredMessage): boolean {
    if (chat.kind === "private" || chat.kind === "channel") return true;
    if (chat.standing === "administrator" || !chat.hasPrivacy) return true;
    const { text, entities, via_bot: via } = message.body;
    const isService = text === undefined && !hasContent(message.body);
    const target = message.replyTo === undefined ? undefined : chat.messages.get(message.replyTo);
    if (isService || target?.fromBot || isObject(via)) return true;
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

  function fileOf(kind: FileKind, options: FileOptions): JsonObject {
    return { ...files.add({ kind, bytes: options.bytes, size: options.size, fileName: options.fileName }) };
  }

  function thumbnail(): JsonObject {
    return { ...files.add({ kind: "thumbnail", bytes: onePixelJpeg }), width: 320, height: 240 };
  }

  function photoSizes(options: FileOptions | AlbumItem): JsonObject[] {
    const bytes = options.bytes ?? (options.size === undefined ? onePixelJpeg : undefined);
    const small = { ...files.add({ kind: "photo", bytes: onePixelJpeg }), width: 90, height: 67 };
    const medium = { ...files.add({ kind: "photo", size: 21_044 }), width: 320, height: 240 };
    const large = { ...files.add({ kind: "photo", bytes, size: options.size }), width: 1280, height: 960 };
    return [small, medium, large];
  }

  function mediaContent(type: AlbumItem["type"], options: FileOptions | AlbumItem): JsonObject {
    const { fileName, mimeType } = options;
    switch (type) {
      case "photo":
        return { photo: photoSizes(options) };
      case "video":
        return {
          video: compact({
            duration: 12,
            width: 1280,
            height: 720,
            file_name: fileName,
            mime_type: mimeType ?? "video/mp4",
            thumbnail: thumbnail(),
            ...fileOf("video", options),
          }),
        };
      case "audio":
        return {
          audio: compact({
            duration: 180,
            file_name: fileName ?? "song.mp3",
            mime_type: mimeType ?? "audio/mpeg",
            ...fileOf("audio", { fileName: "song.mp3", ...options }),
          }),
        };
      case "document":
        return {
          document: compact({
            file_name: fileName ?? "document.pdf",
            mime_type: mimeType ?? "application/pdf",
            thumbnail: thumbnail(),
            ...fileOf("document", { fileName: "document.pdf", ...options }),
          }),
        };
    }
  }

  function without(content: JsonObject, omit: string[] = []): JsonObject {
    for (const media of Object.values(content)) {
      for (const part of Array.isArray(media) ? media : [media]) {
        if (isObject(part)) for (const name of omit) delete part[name];
      }
    }
    return content;
  }

  function textFields(
    text: string,
    entities: TelegramMessageEntity[] | undefined,
    limit: number,
  ): FormattedText {
    const fixed = fixText({ text, entities: (entities ?? []) as Entity[] }, { allowEmpty: true });
    if (fixed.text.length > limit)
      throw new Error(`Telegram's clients send at most ${limit} characters at once`);
    return fixed;
  }

  function actor(chatOf: () => ChatState, sender: () => JsonObject): Actor {
    function compose(content: JsonObject, options: SendOptions, date: number): StoredMessage {
      const chat = chatOf();
      const caption = textFields(
        options.caption ?? "",
        options.caption ? options.entities : undefined,
        maxCaption,
      );
      const replyId = typeof options.replyTo === "number" ? options.replyTo : options.replyTo?.message_id;
      const target = replyId === undefined ? undefined : chat.messages.get(replyId);
      const body = withTwins({
        ...sender(),
        chat: chat.body,
        date,
        message_thread_id: options.threadId,
        is_topic_message: options.threadId === undefined ? undefined : true,
        forward_origin: options.forwardOrigin,
        media_group_id: options.mediaGroupId,
        ...(options.quote === undefined ? {} : { quote: quoteOf(target, options.quote) }),
        ...content,
        ...(caption.text === "" ? {} : { caption: caption.text }),
        ...(caption.entities.length === 0 ? {} : { caption_entities: caption.entities }),
        ...options.extra,
      });
      files.adopt(body);
      // In a topic, what replies to nothing replies to the service message that opened the topic.
      return { body: compact(body), fromBot: false, replyTo: replyId ?? options.threadId, reactions: [] };
    }

    function quoteOf(target: StoredMessage | undefined, text: string): JsonObject {
      const whole = String(target?.body["text"] ?? target?.body["caption"] ?? "");
      const position = whole.indexOf(text);
      if (position < 0) throw new Error("the quoted text is not in the message");
      return { text, position, is_manual: true };
    }

    function sendContent(content: JsonObject, options: SendOptions = {}): TelegramMessage {
      const chat = chatOf();
      if (chat.isBlocked) throw new Error("someone who blocked the bot can't write to it");
      const message = compose(content, options, time.seconds());
      const shown = chats.post(chat, message);
      announce("message", chat, message);
      return asMessage(shown);
    }

    function find(messageId: number): StoredMessage {
      const message = chatOf().messages.get(messageId);
      if (!message) throw new Error(`there is no message ${messageId} in this chat`);
      return message;
    }

    return {
      get chatId() {
        return chatOf().id;
      },
      say(text, options = {}) {
        const fixed = textFields(text, options.entities, maxText);
        if (fixed.text === "") throw new Error("Telegram's clients send no empty message");
        const entities = fixed.entities.length === 0 ? {} : { entities: fixed.entities };
        return sendContent({ text: fixed.text, ...entities }, options);
      },
      paste(text) {
        const parts: string[] = [];
        for (let at = 0; at < text.length; at += maxText) parts.push(text.slice(at, at + maxText));
        return parts.map((part) => this.say(part));
      },
      send: (content, options) => sendContent(copyOf(content) as JsonObject, options),
      sendPhoto: (options = {}) =>
        sendContent(without(mediaContent("photo", options), options.omit), options),
      sendDocument: (options = {}) =>
        sendContent(without(mediaContent("document", options), options.omit), options),
      sendVideo: (options = {}) =>
        sendContent(without(mediaContent("video", options), options.omit), options),
      sendVoice(options = {}) {
        const mime = { duration: options.duration ?? 3, mime_type: options.mimeType ?? "audio/ogg" };
        return sendContent(
          without({ voice: { ...mime, ...fileOf("voice", options) } }, options.omit),
          options,
        );
      },
      sendAlbum(items, options = {}) {
        if (items.length < 2 || items.length > 10) throw new Error("an album has 2 to 10 items");
        const chat = chatOf();
        const mediaGroupId = options.mediaGroupId ?? randomId();
        const date = time.seconds();
        const messages = items.map((item) => {
          const { caption, entities } = item;
          const captioned = {
            ...(caption === undefined ? {} : { caption }),
            ...(entities ? { entities } : {}),
          };
          return compose(mediaContent(item.type, item), { ...options, ...captioned, mediaGroupId }, date);
        });
        const shown = messages.map((message) => chats.post(chat, message));
        const first = messages.slice(0, options.split ?? messages.length);
        const rest = messages.slice(first.length);
        const ids = first.map((message) => announce("message", chat, message));
        const lastId = ids.at(-1);
        const sendRest = () => {
          options.between?.();
          for (const message of rest) announce("message", chat, message);
        };
        if (rest.length > 0) {
          if (lastId === undefined) sendRest();
          else queue.whenHandedOut(lastId, sendRest);
        }
        return shown.map(asMessage);
      },
      edit(messageId, change) {
        const message = find(messageId);
        const wanted = typeof change === "string" ? { text: change } : change;
        const body = { ...message.body };
        if (wanted.text !== undefined)
          Object.assign(body, textOf(wanted.text, wanted.entities, "text", "entities"));
        if (wanted.caption !== undefined) {
          Object.assign(body, textOf(wanted.caption, wanted.entities, "caption", "caption_entities"));
        }
        if (wanted.content !== undefined)
          Object.assign(body, withTwins(copyOf(wanted.content) as JsonObject));
        const isVisible =
          wanted.text !== undefined || wanted.caption !== undefined || wanted.content !== undefined;
        const dated = wanted.noEditDate === undefined ? isVisible : !wanted.noEditDate;
        if (dated) body["edit_date"] = time.seconds();
        message.body = compact(body);
        files.adopt(body);
        announce("edited_message", chatOf(), message);
        return asMessage(chats.view(chatOf(), message));
      },
      press(messageId, button) {
        const chat = chatOf();
        const message = chat.messages.get(messageId);
        const data = message ? dataOf(message, button) : button;
        const press = callbacks.open();
        const shown = message
          ? chats.view(chat, message)
          : { message_id: messageId, chat: chat.body, date: 0 };
        const update_id = chats.emit("callback_query", {
          id: press.id,
          from: sender()["from"],
          message: shown,
          chat_instance: chat.instance,
          data,
        });
        return Object.assign(press, { update_id });
      },
      deleteMessage(messageId) {
        if (!chatOf().messages.delete(messageId))
          throw new Error(`there is no message ${messageId} in this chat`);
      },
      react(messageId, emoji) {
        const chat = chatOf();
        find(messageId);
        chats.emit("message_reaction", {
          chat: chat.body,
          message_id: messageId,
          date: time.seconds(),
          user: sender()["from"],
          old_reaction: [],
          new_reaction: emoji.map((item) => ({ type: "emoji", emoji: item })),
        });
      },
    };
  }

  function textOf(
    text: string,
    entities: TelegramMessageEntity[] | undefined,
    name: "text" | "caption",
    entitiesName: string,
  ): JsonObject {
    const fixed = textFields(text, entities, name === "text" ? maxText : maxCaption);
    return {
      [name]: fixed.text === "" ? undefined : fixed.text,
      [entitiesName]: fixed.entities.length === 0 ? undefined : fixed.entities,
    };
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
    const acting = actor(chatOf, () => ({ from: body }));
    return Object.assign(acting, {
      id,
      user: body as unknown as TelegramUser,
      in: (group: { id: number }) =>
        actor(
          () => groupState(group.id),
          () => ({ from: body }),
        ),
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

  function groupState(id: number): ChatState {
    const chat = chats.find(id);
    if (!chat) throw new Error(`there is no chat ${id}`);
    return chat;
  }

  function group(options: GroupOptions = {}): Group {
    const type = options.type ?? "group";
    const id = type === "group" ? -nextGroup++ : -1_000_000_000_000 - (nextGroup++ % 3_000_000_000);
    const title = options.title ?? "Trip";
    const state = chats.ensure(
      type === "group"
        ? {
            id,
            title,
            type,
            all_members_are_administrators: true,
            accepted_gift_types: {
              unlimited_gifts: false,
              limited_gifts: false,
              unique_gifts: false,
              premium_subscription: false,
              gifts_from_channels: false,
            },
          }
        : compact({ id, title, username: options.username, is_forum: options.isForum || undefined, type }),
    );
    state.hasPrivacy = options.privacy ?? true;
    if (options.admin || type === "channel") state.standing = "administrator";
    return groupOf(state, options);
  }

  function groupOf(state: ChatState, options: GroupOptions): Group {
    const inName = actor(
      () => state,
      () => ({ sender_chat: state.body }),
    );
    const send = (person: Person, content: JsonObject) => person.in({ id: state.id }).send(content);
    return {
      id: state.id,
      chat: state.body,
      as: (person) => person.in({ id: state.id }),
      post: (text, sendOptions) => inName.say(text, sendOptions),
      topic(name, by) {
        const message = send(by, {
          forum_topic_created: { name, icon_color: 7322096 },
          is_topic_message: true,
        });
        return message.message_id;
      },
      migrate(by) {
        const next = group({ ...options, type: "supergroup" });
        send(by, { migrate_to_chat_id: next.id });
        state.migratedTo = next.id;
        const anonymous = {
          id: 1087968824,
          is_bot: true,
          first_name: "Group",
          username: "GroupAnonymousBot",
        };
        const nextState = groupState(next.id);
        const asGroup = actor(
          () => nextState,
          () => ({ from: anonymous, sender_chat: nextState.body }),
        );
        asGroup.send({ migrate_from_chat_id: state.id });
        return next;
      },
      removeBot(by, how = "kicked") {
        state.standing = how;
        memberUpdate(
          state,
          by.user,
          { status: "member" },
          how === "kicked" ? { status: how, until_date: 0 } : { status: how },
        );
      },
      addBot(by) {
        state.standing = options.admin ? "administrator" : "member";
        memberUpdate(state, by.user, { status: "left" }, { status: "member" });
      },
    };
  }

  return { user, group, announce };
}

const contents = [
  "animation",
  "audio",
  "document",
  "live_photo",
  "paid_media",
  "photo",
  "sticker",
  "story",
  "video",
  "video_note",
  "voice",
  "checklist",
  "contact",
  "dice",
  "game",
  "poll",
  "venue",
  "location",
  "invoice",
  "giveaway",
  "giveaway_winners",
  "rich_message",
];

function hasContent(body: JsonObject): boolean {
  return contents.some((name) => body[name] !== undefined);
}

function dataOf(message: StoredMessage, button: string): string {
  const markup = message.body["reply_markup"];
  const rows = isObject(markup) && Array.isArray(markup["inline_keyboard"]) ? markup["inline_keyboard"] : [];
  const found = (rows as JsonObject[][])
    .flat()
    .find((item) => item["text"] === button || item["callback_data"] === button);
  const data = found?.["callback_data"];
  if (typeof data !== "string") throw new Error(`the message has no button "${button}" that calls back`);
  return data;
}
