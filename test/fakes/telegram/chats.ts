import type { AllowedUpdates } from "./allowed-updates.ts";
import type { FakeTime } from "./clock.ts";
import { compact, copyOf, isObject, type JsonObject } from "./json.ts";
import type { Standing } from "./members.ts";
import type { UpdateQueue } from "./update-queue.ts";

const day = 24 * 3600;

type ChatKind = "private" | "group" | "supergroup" | "channel";

export interface StoredMessage {
  /** Without `reply_to_message`, unless it came in raw. */
  body: JsonObject;
  fromBot: boolean;
  /** The message replied to: shown as long as it exists. */
  replyTo?: number | undefined;
  /** The bot's. */
  reactions: JsonObject[];
  /** By the ids of people, and of groups in whose name somebody acts. */
  reactionsOfPeople?: Map<number, JsonObject[]>;
  /** Such messages of the bot can't be edited. */
  asksForReply?: boolean;
}

export interface ChatState {
  readonly id: number;
  kind: ChatKind;
  body: JsonObject;
  messages: Map<number, StoredMessage>;
  /** In a private chat: the person blocked the bot. */
  isBlocked: boolean;
  /** The bot's standing in a group or channel. */
  standing: "member" | "administrator" | "left" | "kicked";
  /** What people are there, by id: in a group a member, unless it is told here. */
  members: Map<number, Standing>;
  /** Of a channel: administrators without the right to post. */
  silent: Set<number>;
  /** In a group: what its members may not do, and so neither may the bot, unless it is an administrator. */
  mayWrite: boolean;
  /** The emoji that the group allows; undefined for all. */
  reactions: readonly string[] | undefined;
  /** Topics in which only administrators write. */
  closedTopics: Set<number>;
  /** Slow mode: so many seconds between two messages of a member. */
  slowSeconds: number;
  /** When the bot sent the last one there. */
  sentAt: number;
  /** Privacy mode holds ordinary group messages back. */
  hasPrivacy: boolean;
  migratedTo: number | undefined;
  instance: string;
}

export type Chats = ReturnType<typeof createChats>;

/** Everybody and everything that the bot can see. */
export function createChats(parts: {
  time: FakeTime;
  queue: UpdateQueue;
  allowed: AllowedUpdates;
  bot: JsonObject & { id: number };
}) {
  const { time, queue, allowed, bot } = parts;
  const all = new Map<number, ChatState>();
  const users = new Map<number, JsonObject>([[bot.id, bot]]);
  // Private chats and basic groups share one row of message ids; the others have their own.
  let nextCommonId = 4001;
  const nextOwnId = new Map<number, number>();

  function nextId(chat: ChatState): number {
    if (chat.kind === "private" || chat.kind === "group") return nextCommonId++;
    const id = nextOwnId.get(chat.id) ?? 1;
    nextOwnId.set(chat.id, id + 1);
    return id;
  }

  function noteId(chat: ChatState, id: number): void {
    if (chat.kind === "private" || chat.kind === "group") nextCommonId = Math.max(nextCommonId, id + 1);
    else nextOwnId.set(chat.id, Math.max(nextOwnId.get(chat.id) ?? 1, id + 1));
  }

  /** As the server shows the message: keys in order, the target of a reply one level deep. */
  function view(
    chat: ChatState,
    message: StoredMessage,
    options: { withoutReply?: boolean } = {},
  ): JsonObject {
    const body = { ...message.body };
    if (options.withoutReply) delete body["reply_to_message"];
    const target = message.replyTo === undefined ? undefined : chat.messages.get(message.replyTo);
    if (target && !options.withoutReply)
      body["reply_to_message"] = view(chat, target, { withoutReply: true });
    return copyOf(orderMessage(body));
  }

  return {
    bot,
    users,
    find: (id: number) => all.get(id),
    /** Groups and channels alone are found by their names. */
    named: (name: string) =>
      [...all.values()].find(
        ({ kind, body }) =>
          kind !== "private" && String(body["username"] ?? "").toLowerCase() === name.toLowerCase(),
      ),
    /** The chat with this body; made when it is new. */
    ensure(body: JsonObject): ChatState {
      const id = Number(body["id"]);
      const known = all.get(id);
      if (known) return known;
      const chat: ChatState = {
        id,
        kind: kindOf(body),
        body,
        messages: new Map(),
        isBlocked: false,
        standing: "member",
        members: new Map(),
        silent: new Set(),
        mayWrite: true,
        reactions: undefined,
        closedTopics: new Set(),
        slowSeconds: 0,
        sentAt: Number.NEGATIVE_INFINITY,
        hasPrivacy: true,
        migratedTo: undefined,
        instance: `-${String(Math.abs(id) * 7919)
          .padStart(18, "3")
          .slice(0, 18)}`,
      };
      all.set(id, chat);
      return chat;
    },
    /** Gives the message an id unless it has one, keeps it, and returns it as the server shows it. */
    post(chat: ChatState, message: StoredMessage): JsonObject {
      const given = message.body["message_id"];
      const id = typeof given === "number" ? given : nextId(chat);
      noteId(chat, id);
      message.body = { message_id: id, ...message.body };
      // A topic's thread id is the id of its first message.
      if (message.body["forum_topic_created"] !== undefined) message.body["message_thread_id"] ??= id;
      chat.messages.set(id, message);
      return view(chat, message);
    },
    view,
    /** Makes an update, unless the bot doesn't want its kind. Returns its id. */
    emit(kind: string, payload: JsonObject, options: { id?: number } = {}): number | undefined {
      if (!allowed.allows(kind)) return undefined;
      return queue.push({
        kind,
        payload,
        expiresAt: expiryOf(kind, payload, time.seconds()),
        lane: laneOf(kind, payload),
        ...(options.id === undefined ? {} : { id: options.id }),
      });
    },
  };
}

function kindOf(chat: JsonObject): ChatKind {
  const type = chat["type"];
  return type === "group" || type === "supergroup" || type === "channel" ? type : "private";
}

function expiryOf(kind: string, payload: JsonObject, now: number): number {
  if (/message$|post$/.test(kind) && typeof payload["date"] === "number") {
    return Math.max(payload["date"], Number(payload["edit_date"] ?? 0)) + day;
  }
  if (["callback_query", "shipping_query", "pre_checkout_query"].includes(kind)) return now + 150;
  if (kind === "inline_query") return now + 30;
  if (kind === "chosen_inline_result") return now + 600;
  return now + day;
}

let nextLane = 0;

function laneOf(kind: string, payload: JsonObject): string {
  const { chat, from, user } = payload;
  if (/message$|post$|message_reaction/.test(kind) && isObject(chat)) return `chat ${chat["id"]}`;
  if (isObject(from)) return `${kind} ${from["id"]}`;
  if (isObject(user)) return `${kind} ${user["id"]}`;
  if (isObject(chat)) return `${kind} ${chat["id"]}`;
  return `${kind} ${typeof payload["id"] === "string" ? payload["id"] : nextLane++}`;
}

const beforeContent = (
  "business_connection_id message_id from author_signature sender_chat chat date edit_date message_thread_id " +
  "forward_origin is_automatic_forward forward_from forward_from_chat forward_from_message_id forward_signature " +
  "forward_sender_name forward_date reply_to_message external_reply quote reply_to_checklist_task_id " +
  "reply_to_poll_option_id reply_to_story media_group_id guest_query_id"
).split(" ");
const afterContent = (
  "caption caption_entities show_caption_above_media has_media_spoiler reply_markup via_bot guest_bot_caller_user " +
  "guest_bot_caller_chat has_protected_content is_topic_message direct_messages_topic is_from_offline effect_id " +
  "sender_boost_count sender_tag paid_star_count is_paid_post suggested_post_info"
).split(" ");
const framing = new Set([...beforeContent, ...afterContent]);

/** Puts a message's keys into the order in which the server writes them; absent and undefined ones are left out. */
function orderMessage(message: JsonObject): JsonObject {
  const pick = (names: string[]) => names.map((name) => [name, message[name]] as const);
  const content = Object.entries(message).filter(([name]) => !framing.has(name));
  return compact(Object.fromEntries([...pick(beforeContent), ...content, ...pick(afterContent)]));
}
