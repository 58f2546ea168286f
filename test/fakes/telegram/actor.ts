import type { TelegramMessage } from "@gramio/types";
import { type Callbacks, randomId } from "./callbacks.ts";
import type { ChatState, Chats, StoredMessage } from "./chats.ts";
import { extended, newChecklist, ticked } from "./checklists.ts";
import type { FakeTime } from "./clock.ts";
import { createMediaContents, withoutContent } from "./contents.ts";
import type { FileStore } from "./files.ts";
import { compact, copyOf, isObject, type JsonObject } from "./json.ts";
import { withTwins } from "./message-shape.ts";
import { cutText, quoteOf, textFields } from "./people-text.ts";
import type { Actor, Begun, Forwarded, PasteOptions, SendOptions } from "./people-types.ts";
import type { UpdateQueue } from "./update-queue.ts";

/** How long apps let people edit what they sent, in seconds. */
const editableFor = 48 * 3600;

export interface ActorParts {
  time: FakeTime;
  chats: Chats;
  queue: UpdateQueue;
  files: FileStore;
  callbacks: Callbacks;
  /** Makes an update of a message that is already in a chat. */
  announce(kind: string, chat: ChatState, message: StoredMessage): number | undefined;
}

const asMessage = (body: JsonObject) => body as unknown as TelegramMessage;

/** Makes actors: someone, who stands in messages as `sender` tells, in the chat that `chatOf` gives. */
export function createActors(parts: ActorParts) {
  const { time, chats, queue, files, callbacks, announce } = parts;
  const { media, lacking } = createMediaContents(files);

  return function actor(chatOf: () => ChatState, sender: () => JsonObject): Actor {
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
      const body = withTwins({
        ...sender(),
        chat: chat.body,
        date,
        message_thread_id: thread,
        is_topic_message: thread === undefined ? undefined : true,
        forward_origin: options.forwardOrigin,
        media_group_id: options.mediaGroupId,
        ...(options.quote === undefined ? {} : { quote: quoteOf(target?.body, options.quote) }),
        ...content,
        ...(options.caption ? textFields(options.caption, options.entities, "caption") : {}),
        ...options.extra,
      });
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

    function beginPaste(text: string, { entities = [], atLines = false }: PasteOptions = {}): Begun {
      const date = time.seconds();
      const [first, ...others] = cutText(text, entities, atLines);
      if (!first) throw new Error("Telegram's clients send no empty message");
      const send = (part: typeof first) => sendAny(part.text, { entities: part.entities }, date);
      return { first: send(first), rest: () => others.map(send) };
    }

    function beginForward(comment: string, ...items: Forwarded[]): Begun {
      const date = time.seconds();
      return { first: sendAny(comment, {}, date), rest: () => forwardAll(items, date) };
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
      const isOld = time.seconds() - Number(date) > editableFor;
      if (isOld && !isLive && chatOf().kind !== "channel")
        throw new Error("the message is too old to be edited");
    }

    function changeBody(message: StoredMessage, body: JsonObject, dated: boolean): TelegramMessage {
      message.body = compact({ ...body, ...(dated ? { edit_date: time.seconds() } : {}) });
      files.adopt(message.body);
      announce("edited_message", chatOf(), message);
      return asMessage(chats.view(chatOf(), message));
    }

    /** A service message about a checklist, which is shown as it is by then. */
    function tell(
      kind: string,
      messageId: number,
      checklist: JsonObject,
      change: JsonObject,
    ): TelegramMessage {
      const message = find(messageId);
      message.body = { ...message.body, checklist };
      const checklist_message = chats.view(chatOf(), message, { withoutReply: true });
      return sendContent({ [kind]: { checklist_message, ...change } });
    }

    return {
      get chatId() {
        return chatOf().id;
      },
      say: (text, options = {}) => sendAny(text, options),
      paste: (text, options) => whole(beginPaste(text, options)),
      beginPaste,
      reply: (to, content, options = {}) => sendAny(content, { ...options, replyTo: to }),
      forward: (...items) => forwardAll(items, time.seconds()),
      forwardWithComment: (comment, ...items) => whole(beginForward(comment, ...items)),
      beginForward,
      send: (content, options) => sendContent(copyOf(content) as JsonObject, options),
      sendPhoto: (options = {}) => sendContent(lacking("photo", options), options),
      sendDocument: (options = {}) => sendContent(lacking("document", options), options),
      sendVideo: (options = {}) => sendContent(lacking("video", options), options),
      sendVoice: (options = {}) => sendContent(lacking("voice", options), options),
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
          return compose(media(item.type, item), { ...options, ...captioned, mediaGroupId }, date);
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
      shareLocation: (place, livePeriod = 900) =>
        sendContent({ location: { ...place, live_period: livePeriod } }),
      moveLocation(messageId, place) {
        const message = find(messageId);
        const { location } = message.body;
        const live = isObject(location) ? location["live_period"] : undefined;
        if (!isObject(location) || live === undefined) throw new Error("the message shares no place");
        const { live_period: _live, heading: _heading, ...last } = location;
        const next = place ? { ...place, live_period: live } : last;
        return changeBody(message, { ...message.body, location: next }, true);
      },
      sendChecklist: (title, tasks, options) => sendContent(newChecklist(title, tasks), options),
      tick(messageId, taskIds, how = "done") {
        const by = how === "done" ? { user: sender()["from"], date: time.seconds() } : undefined;
        const checklist = ticked(find(messageId).body, taskIds, by);
        const field = by ? "marked_as_done_task_ids" : "marked_as_not_done_task_ids";
        return tell("checklist_tasks_done", messageId, checklist, { [field]: taskIds });
      },
      addTasks(messageId, texts) {
        const { checklist, added } = extended(find(messageId).body, texts);
        return tell("checklist_tasks_added", messageId, checklist, { tasks: added });
      },
      edit(messageId, change) {
        const message = find(messageId);
        const wanted = typeof change === "string" ? { text: change } : change;
        const { text, caption, content, entities } = wanted;
        const isVisible = text !== undefined || caption !== undefined || content !== undefined;
        if (isVisible) editable(message);
        const body = {
          ...(content === undefined ? message.body : withoutContent(message.body)),
          ...(text === undefined ? {} : textFields(text, entities, "text")),
          ...(caption === undefined ? {} : textFields(caption, entities, "caption")),
          ...(content === undefined ? {} : withTwins(copyOf(content) as JsonObject)),
        };
        return changeBody(message, body, wanted.noEditDate === undefined ? isVisible : !wanted.noEditDate);
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
  };
}

const whole = ({ first, rest }: Begun) => [first, ...rest()];

function idOf(message: SendOptions["replyTo"]): number | undefined {
  return typeof message === "number" ? message : message?.message_id;
}

/** The topic that a reply stays in. */
function topicOf(target: StoredMessage | undefined): number | undefined {
  const { is_topic_message, message_thread_id } = target?.body ?? {};
  return is_topic_message === true && typeof message_thread_id === "number" ? message_thread_id : undefined;
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
