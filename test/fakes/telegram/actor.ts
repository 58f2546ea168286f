import type { TelegramMessage } from "@gramio/types";
import { type Callbacks, randomId } from "./callbacks.ts";
import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import type { FakeTime } from "./clock.ts";
import { createMediaContents, withoutContent } from "./contents.ts";
import type { FileStore } from "./files.ts";
import type { InlineQueries, InlineResult } from "./inline.ts";
import { compact, copyOf, isObject, type JsonObject } from "./json.ts";
import { cutText, textFields } from "./people-text.ts";
import type {
  AlbumItem,
  AlbumOptions,
  Change,
  FileOptions,
  Forwarded,
  PasteOptions,
  Place,
  SendOptions,
} from "./people-types.ts";
import { topicOf } from "./targets.ts";
import type { UpdateQueue } from "./update-queue.ts";

/** How long apps let people edit what they sent, in seconds. */
const editableFor = 48 * 3600;

export type Actors = ReturnType<typeof createActors>;
/** Someone acting in one chat. Each action reaches the bot as Telegram would pass it on. */
export type Actor = ReturnType<Actors>;

interface ActorParts {
  time: FakeTime;
  chats: Chats;
  queue: UpdateQueue;
  files: FileStore;
  callbacks: Callbacks;
  /** Undefined where inline mode is off. */
  inline: InlineQueries | undefined;
  announce(kind: string, chat: ChatState, message: StoredMessage): number | undefined;
}

const asMessage = (body: JsonObject) => body as unknown as TelegramMessage;

/** Makes actors: someone, who stands in messages as `sender` tells, in the chat that `chatOf` gives. */
export function createActors(parts: ActorParts) {
  const { time, chats, queue, files, callbacks, inline, announce } = parts;
  const { media, lacking } = createMediaContents(files);

  return function actor(chatOf: () => ChatState, sender: () => JsonObject) {
    function writable(): ChatState {
      const chat = chatOf();
      if (chat.isBlocked) throw new Error("someone who blocked the bot can't write to it");
      if (chat.migratedTo !== undefined) throw new Error("nobody writes in a group that became a supergroup");
      return chat;
    }

    function compose(content: JsonObject, options: SendOptions, date: number): StoredMessage {
      const chat = chatOf();
      const replyId = idOf(options.replyTo);
      const target = replyId === undefined ? undefined : chat.messages.get(replyId);
      const thread = options.threadId ?? topicOf(target);
      const body = {
        ...sender(),
        chat: chat.body,
        date,
        message_thread_id: thread,
        is_topic_message: thread === undefined ? undefined : true,
        forward_origin: options.forwardOrigin,
        media_group_id: options.mediaGroupId,
        ...content,
        ...(options.caption ? textFields(options.caption, options.entities, "caption") : {}),
        ...options.extra,
      };
      files.adopt(body);
      // In a topic, what replies to nothing replies to the service message that opened the topic.
      return { body: compact(body), fromBot: false, replyTo: replyId ?? thread, reactions: [] };
    }

    function sendContent(
      content: JsonObject,
      options: SendOptions = {},
      date = time.seconds(),
    ): TelegramMessage {
      const chat = writable();
      const message = compose(content, options, date);
      const shown = chats.post(chat, message);
      announce("message", chat, message);
      return asMessage(shown);
    }

    function textContent(text: string, entities: SendOptions["entities"]): JsonObject {
      const fields = textFields(text, entities, "text");
      if (fields["text"] === undefined) throw new Error("Telegram's clients send no empty message");
      return compact(fields);
    }

    /** A text or other content, sent with the options. */
    function sendAny(content: string | object, options: SendOptions, date = time.seconds()): TelegramMessage {
      if (typeof content !== "string") return sendContent(copyOf(content) as JsonObject, options, date);
      return sendContent(textContent(content, options.entities), options, date);
    }

    function forwardAll(items: Forwarded[], date: number): TelegramMessage[] {
      return items.map(({ content, origin, ...options }) => {
        const hidden = { type: "hidden_user", sender_user_name: "Grete", date: date - 3600 };
        return sendAny(content, { ...options, forwardOrigin: origin ?? hidden }, date);
      });
    }

    function beginPaste(text: string, { entities = [], atLines = false }: PasteOptions = {}) {
      const date = time.seconds();
      const [first, ...others] = cutText(text, entities, atLines);
      if (!first) throw new Error("Telegram's clients send no empty message");
      const send = (part: typeof first) => sendAny(part.text, { entities: part.entities }, date);
      return { first: send(first), rest: () => others.map(send) };
    }

    function find(messageId: number): StoredMessage {
      const message = chatOf().messages.get(messageId);
      if (!message) throw new Error(`there is no message ${messageId} in this chat`);
      return message;
    }

    /** Refuses what no app offers to edit. */
    function editable(message: StoredMessage): void {
      const { from, sender_chat: inName, forward_origin, date } = message.body;
      const own = sender();
      const isOwn =
        isObject(from) && isObject(own["from"])
          ? from["id"] === own["from"]["id"]
          : isObject(inName) && isObject(own["sender_chat"]) && inName["id"] === own["sender_chat"]["id"];
      if (!isOwn || forward_origin !== undefined)
        throw new Error("only own messages that are no forwards are edited");
      const isLive = isObject(message.body["location"]) && "live_period" in message.body["location"];
      if (time.seconds() - Number(date) > editableFor && !isLive)
        throw new Error("the message is too old to be edited");
    }

    function changeBody(message: StoredMessage, body: JsonObject, dated: boolean): TelegramMessage {
      message.body = compact({ ...body, ...(dated ? { edit_date: time.seconds() } : {}) });
      files.adopt(message.body);
      announce("edited_message", chatOf(), message);
      return asMessage(chats.view(chatOf(), message));
    }

    return {
      get chatId() {
        return chatOf().id;
      },
      /** Sends a text: trimmed, entities found in it. Throws over 4096 characters, where `paste` cuts. */
      say: (text: string, options: Omit<SendOptions, "caption"> = {}) => sendAny(text, options),
      /**
       * Sends a text of any length, cut as clients cut it: consecutive messages of one second, each of 4096 units but
       * the last. With `atLines` the cuts are at line ends, if there are any in the last 600 units.
       */
      paste(text: string, options?: PasteOptions) {
        const { first, rest } = beginPaste(text, options);
        return [first, ...rest()];
      },
      /** The same over a slow line: the bot may have answered the first part before the others are sent. */
      beginPaste,
      /** Answers a message: with a text, or with content such as `{ photo: … }`. */
      reply: (
        to: number | { message_id: number },
        content: string | object,
        options: Omit<SendOptions, "replyTo"> = {},
      ) => sendAny(content, { ...options, replyTo: to }),
      /** Forwards messages together: consecutive ids, one date. */
      forward: (...items: Forwarded[]) => forwardAll(items, time.seconds()),
      /** Forwards messages with a comment, which comes before them as a message of its own. */
      forwardWithComment(comment: string, ...items: Forwarded[]) {
        const date = time.seconds();
        return [sendAny(comment, {}, date), ...forwardAll(items, date)];
      },
      /** Sends any content, such as `{ location: { … } }`. Files in it that are new to the fake become downloadable. */
      send: (content: object, options?: SendOptions) => sendContent(copyOf(content) as JsonObject, options),
      /** Writes the bot's name and this. */
      asks(text: string, offset = "") {
        if (!inline) throw new Error("the bot has no inline mode: to the app its name is a name");
        const from = sender()["from"] as JsonObject;
        const query = text.slice(0, 256);
        const { press, isKept } = inline.ask(Number(from["id"]), query, offset);
        const { kind } = chatOf();
        const chat_type = kind === "private" ? "sender" : kind;
        if (!isKept) chats.emit("inline_query", { id: press.id, from, chat_type, query, offset });
        return press;
      },
      /** Sends a result of an inline query. */
      choose: ({ message }: InlineResult) => sendContent({ ...message, via_bot: chats.bot }),
      sendPhoto: (options: Omit<FileOptions, "fileName" | "mimeType"> = {}) =>
        sendContent(lacking("photo", options), options),
      sendDocument: (options: FileOptions = {}) => sendContent(lacking("document", options), options),
      sendVoice: (options: FileOptions = {}) => sendContent(lacking("voice", options), options),
      sendAlbum(items: AlbumItem[], options: AlbumOptions = {}): TelegramMessage[] {
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
          return compose(media(item.type, item), { ...options, ...captioned, mediaGroupId }, date);
        });
        const shown = messages.map((message) => chats.post(chat, message));
        const first = messages.slice(0, options.split ?? messages.length);
        const sendRest = () => {
          for (const message of messages.slice(first.length)) announce("message", chat, message);
        };
        const lastId = first.map((message) => announce("message", chat, message)).at(-1);
        if (lastId === undefined) sendRest();
        else queue.whenHandedOut(lastId, sendRest);
        return shown.map(asMessage);
      },
      /** Shares the own place as it moves. */
      shareLocation: (place: Place) => sendContent({ location: { ...place, live_period: 900 } }),
      /** Moves a place that is shared; without a new one the sharing stops. */
      moveLocation(messageId: number, place?: Place): TelegramMessage {
        const message = find(messageId);
        const { location } = message.body;
        const live = isObject(location) ? location["live_period"] : undefined;
        if (!isObject(location) || live === undefined) throw new Error("the message shares no place");
        const { live_period: _live, heading: _heading, ...last } = location;
        const next = place ? { ...place, live_period: live } : last;
        return changeBody(message, { ...message.body, location: next }, true);
      },
      sendChecklist(title: string, texts: string[]) {
        const tasks = texts.map((text, index) => ({ id: index + 1, text }));
        const others = { others_can_add_tasks: true, others_can_mark_tasks_as_done: true };
        return sendContent({ checklist: { title, tasks, ...others } });
      },
      /** Ticks tasks of a checklist. Returns the service message. */
      tick(messageId: number, taskIds: number[]): TelegramMessage {
        const message = find(messageId);
        const checklist = message.body["checklist"] as { tasks: { id: number }[] };
        const done = { completed_by_user: sender()["from"], completion_date: time.seconds() };
        const tasks = checklist.tasks.map((task) =>
          taskIds.includes(task.id) ? { ...task, ...done } : task,
        );
        message.body = { ...message.body, checklist: { ...checklist, tasks } };
        const checklist_message = chats.view(chatOf(), message, { withoutReply: true });
        return sendContent({
          checklist_tasks_done: { checklist_message, marked_as_done_task_ids: taskIds },
        });
      },
      /**
       * Edits an own message, as long as Telegram allows it: 48 hours, shared places longer. `{}` is an edit without
       * visible change, which may come at any time.
       */
      edit(messageId: number, change: Change): TelegramMessage {
        const message = find(messageId);
        const wanted: Exclude<Change, string> = typeof change === "string" ? { text: change } : change;
        const { text, caption, content, entities } = wanted;
        const isVisible = text !== undefined || caption !== undefined || content !== undefined;
        if (isVisible) editable(message);
        const body = {
          ...(content === undefined ? message.body : withoutContent(message.body)),
          ...(text === undefined ? {} : textFields(text, entities, "text")),
          ...(caption === undefined ? {} : textFields(caption, entities, "caption")),
          ...(content === undefined ? {} : (copyOf(content) as JsonObject)),
        };
        return changeBody(message, body, isVisible);
      },
      /** Presses a button of a message of the bot, by its text or its data. A deleted message needs the data. */
      press(messageId: number, button: string) {
        const chat = chatOf();
        const message = chat.messages.get(messageId);
        const press = callbacks.open();
        chats.emit("callback_query", {
          id: press.id,
          from: sender()["from"],
          message: message ? chats.view(chat, message) : { message_id: messageId, chat: chat.body, date: 0 },
          chat_instance: chat.instance,
          data: message ? dataOf(message, button) : button,
        });
        return press;
      },
      /**
       * Reacts with these emojis alone, or takes all back. The bot hears of it where it asks for such updates: in private
       * chats, and as an administrator.
       */
      react(messageId: number, ...emojis: string[]): number | undefined {
        // One, or three for who pays.
        if (emojis.length > 3) throw new Error("nobody sets more than three reactions");
        const chat = writable();
        const message = find(messageId);
        const { from, sender_chat: inName } = sender();
        const who = (from ?? inName) as JsonObject & { id: number };
        message.reactionsOfPeople ??= new Map();
        const before = message.reactionsOfPeople.get(who.id) ?? [];
        const now = emojis.map((emoji) => ({ type: "emoji", emoji }));
        message.reactionsOfPeople.set(who.id, now);
        if (chat.kind !== "private" && chat.standing !== "administrator") return undefined;
        return chats.emit("message_reaction", {
          chat: chat.body,
          message_id: messageId,
          ...(from ? { user: from } : { actor_chat: inName }),
          date: time.seconds(),
          old_reaction: before,
          new_reaction: now,
        });
      },
      /** Deletes a message. The bot hears nothing of it. */
      deleteMessage(messageId: number): void {
        find(messageId);
        chatOf().messages.delete(messageId);
      },
    };
  };
}

function idOf(message: SendOptions["replyTo"]): number | undefined {
  return typeof message === "number" ? message : message?.message_id;
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
