import type { TelegramCallbackQuery, TelegramMessage, TelegramUpdate, TelegramUser } from "gramio";
import { accessTokensIn } from "../access-token.ts";
import { offersToken, parseCommand } from "./command.ts";
import { written } from "./written.ts";

/** The update kinds that are asked for: what this version handles. */
export const ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"] as const;

/** What an update asks for; the store turns it into a job. */
export type Task =
  | { readonly kind: "message" }
  | { readonly kind: "album"; readonly media_group_id: string }
  | { readonly kind: "command" }
  | { readonly kind: "press"; readonly callback_query_id: string }
  | { readonly kind: "leaked_token" }
  | { readonly kind: "nothing"; readonly reason: string; readonly keep: boolean };

/** An update as the inbox takes it: whole, and with what it must know of it. */
export interface IncomingUpdate {
  readonly update_id: number;
  readonly kind: string;
  readonly fingerprint: string;
  readonly json: string;
  readonly chat_id: number | null;
  readonly message_id: number | null;
  readonly sender: { readonly id: number; readonly username: string | null } | null;
  readonly task: Task;
  readonly secrets: readonly string[];
}

/**
 * Reads an update of any shape: what is missing or surprising gives a task that says so, never an error.
 * @throws TypeError only without an integer `update_id`.
 */
export function readUpdate(update: TelegramUpdate, botUsername: string | null): IncomingUpdate {
  const { update_id } = update;
  if (!Number.isSafeInteger(update_id)) throw new TypeError("an update without an update_id");
  const kind = Object.keys(update).find((key) => key !== "update_id") ?? "";
  const message = messageOf(update);
  const chatId = integer(message?.chat?.id) ?? integer(update.my_chat_member?.chat?.id);
  const messageId = integer(message?.message_id);
  const sender = senderOf(update);
  const json = JSON.stringify(update);
  const task = taskOf(update, botUsername);
  return {
    update_id,
    kind,
    fingerprint: fingerprintOf(update, kind),
    json,
    chat_id: chatId,
    message_id: messageId,
    sender,
    task,
    secrets: secretsOf(json, message, botUsername),
  };
}

/** The message of a stored `message` update, or null when it holds none. */
export function storedMessage(json: string | null): TelegramMessage | null {
  if (json === null) return null;
  const update = JSON.parse(json) as TelegramUpdate;
  return update.message ?? null;
}

export function storedPress(json: string | null): TelegramCallbackQuery | null {
  if (json === null) return null;
  const update = JSON.parse(json) as TelegramUpdate;
  return update.callback_query ?? null;
}

function taskOf(update: TelegramUpdate, botUsername: string | null): Task {
  if (update.callback_query) {
    const { id, from } = update.callback_query;
    if (typeof id !== "string" || !integer(from?.id)) return nothing("malformed");
    return { kind: "press", callback_query_id: id };
  }
  if (update.my_chat_member) return nothing("member");
  const { message } = update;
  if (!message) return { kind: "nothing", reason: "unknown_update_kind", keep: true };
  if (!integer(message.chat?.id) || !integer(message.message_id)) return nothing("malformed");
  const command = parseCommand(message, botUsername);
  if (message.chat.type !== "private") {
    const offered = command?.forUs && offersToken(command);
    return offered || showsToken(message) ? { kind: "leaked_token" } : nothing("not_private");
  }
  if (command) return command.forUs ? { kind: "command" } : nothing("for_another_bot");
  const content = contentOf(message);
  if (content.kind === "service") return nothing("service_message");
  if (showsToken(message)) return { kind: "leaked_token" };
  if (typeof message.media_group_id === "string") {
    return { kind: "album", media_group_id: message.media_group_id };
  }
  return { kind: "message" };
}

function nothing(reason: string): Task {
  return { kind: "nothing", reason, keep: false };
}

/** True when there is a token in what was written; one in code was shown on purpose. */
function showsToken(message: TelegramMessage): boolean {
  const { text, entities } = written(message);
  const bare = entities
    .filter((entity) => entity.type === "code" || entity.type === "pre")
    .reduce(
      (left, { offset, length }) =>
        left.slice(0, offset) + " ".repeat(Math.max(0, length)) + left.slice(offset + length),
      text,
    );
  return accessTokensIn(bare).length > 0;
}

/** Shorter words after /bind are no token, and replacing them would hit anything. */
const MIN_SECRET_LENGTH = 8;

/** What must not stay in the store once the update was handled. */
function secretsOf(json: string, message: TelegramMessage | undefined, botUsername: string | null): string[] {
  const command = message && parseCommand(message, botUsername);
  const offered = command && offersToken(command) ? command.argument.split(/\s+/) : [];
  // As JSON writes them, since that is where they are looked for.
  const words = offered
    .filter((word) => word.length >= MIN_SECRET_LENGTH)
    .map((word) => JSON.stringify(word).slice(1, -1));
  return [...new Set([...words, ...accessTokensIn(json)])];
}

function messageOf(update: TelegramUpdate): TelegramMessage | undefined {
  const held = update.message ?? update.callback_query?.message;
  return held as TelegramMessage | undefined;
}

function senderOf(update: TelegramUpdate): { id: number; username: string | null } | null {
  const user: TelegramUser | undefined =
    update.callback_query?.from ?? update.message?.from ?? update.my_chat_member?.from;
  const id = integer(user?.id);
  if (id === null) return null;
  return { id, username: typeof user?.username === "string" ? user.username : null };
}

function fingerprintOf(update: TelegramUpdate, kind: string): string {
  if (update.callback_query) return `${kind}/${update.callback_query.id}`;
  const body = (update as unknown as Record<string, unknown>)[kind] as Partial<TelegramMessage> | undefined;
  return [kind, body?.chat?.id, body?.message_id, body?.edit_date ?? body?.date].join("/");
}

function integer(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}

/** What a message is about; everything that is not built yet is `unsupported`, by its name. */
export type Content =
  | { readonly kind: "text" }
  | { readonly kind: "photo" }
  | { readonly kind: "document" }
  | { readonly kind: "service" }
  | { readonly kind: "unsupported"; readonly name: string }
  | { readonly kind: "unknown" };

/** Content that a later version saves: such messages are kept, and their sender is told. */
const NOT_YET = [
  "rich_message",
  "animation",
  "audio",
  "live_photo",
  "paid_media",
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
] as const satisfies readonly (keyof TelegramMessage)[];

/** Notes of Telegram about the chat itself: there is nothing in them to save. */
const SERVICE = [
  "new_chat_members",
  "left_chat_member",
  "chat_owner_left",
  "chat_owner_changed",
  "new_chat_title",
  "new_chat_photo",
  "delete_chat_photo",
  "group_chat_created",
  "supergroup_chat_created",
  "channel_chat_created",
  "message_auto_delete_timer_changed",
  "migrate_to_chat_id",
  "migrate_from_chat_id",
  "pinned_message",
  "successful_payment",
  "refunded_payment",
  "users_shared",
  "chat_shared",
  "gift",
  "unique_gift",
  "gift_upgrade_sent",
  "connected_website",
  "write_access_allowed",
  "passport_data",
  "proximity_alert_triggered",
  "boost_added",
  "chat_background_set",
  "checklist_tasks_done",
  "checklist_tasks_added",
  "community_chat_added",
  "community_chat_joined",
  "community_chat_removed",
  "direct_message_price_changed",
  "forum_topic_created",
  "forum_topic_edited",
  "forum_topic_closed",
  "forum_topic_reopened",
  "general_forum_topic_hidden",
  "general_forum_topic_unhidden",
  "giveaway_created",
  "giveaway_completed",
  "managed_bot_created",
  "paid_message_price_changed",
  "poll_option_added",
  "poll_option_deleted",
  "suggested_post_approved",
  "suggested_post_approval_failed",
  "suggested_post_declined",
  "suggested_post_paid",
  "suggested_post_refunded",
  "video_chat_scheduled",
  "video_chat_started",
  "video_chat_ended",
  "video_chat_participants_invited",
  "web_app_data",
] as const satisfies readonly (keyof TelegramMessage)[];

export function contentOf(message: TelegramMessage): Content {
  // Before photo and document: an animation also fills `document`, a live photo also fills `photo`.
  const later = NOT_YET.find((name) => message[name] !== undefined);
  if (later) return { kind: "unsupported", name: later };
  if (SERVICE.some((name) => message[name] !== undefined)) return { kind: "service" };
  if (typeof message.text === "string") return { kind: "text" };
  if (Array.isArray(message.photo) && message.photo.length > 0) return { kind: "photo" };
  if (typeof message.document?.file_id === "string") return { kind: "document" };
  return { kind: "unknown" };
}
