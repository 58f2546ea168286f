import { accessTokensIn } from "../base/access-token.ts";
import type { BotName } from "../domain/bot-name.ts";
import type { Incoming, Task } from "../domain/incoming.ts";
import type { TelegramMessage, TelegramUpdate, TelegramUser } from "../domain/telegram.ts";
import { isInGroup, isOfPerson } from "./addressed.ts";
import { changedChecklist } from "./checklist.ts";
import { bringsSecret, type Command, offersToken, parseCommand } from "./command.ts";
import { contentOf } from "./content-kinds.ts";
import { continues } from "./continuation.ts";
import { groupTask } from "./group-task.ts";
import { showsToken } from "./shown-token.ts";

/** The update kinds that are asked for: what this version handles. */
export const ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"] as const;

/** An update as it came over the wire; null where it is none. */
export function parseUpdate(json: string): TelegramUpdate | null {
  try {
    const update = JSON.parse(json) as TelegramUpdate | null;
    return Number.isSafeInteger(update?.update_id) ? update : null;
  } catch {
    return null;
  }
}

/**
 * Reads an update of any shape: what is missing or surprising gives a task that says so, never an error.
 * @throws TypeError only without an integer `update_id`.
 */
export function readUpdate(update: TelegramUpdate, bot: BotName): Incoming {
  const { update_id } = update;
  if (!Number.isSafeInteger(update_id)) throw new TypeError("an update without an update_id");
  const kind = Object.keys(update).find((key) => key !== "update_id") ?? "";
  const message = messageOf(update);
  const chatId = integer(message?.chat?.id) ?? integer(update.my_chat_member?.chat?.id);
  const messageId = integer(message?.message_id);
  const sender = senderOf(update);
  const json = JSON.stringify(update);
  const command = unlessUnreadable(() => message && parseCommand(message, bot.username), undefined) ?? null;
  const task = unlessUnreadable(() => taskOf(update, command, bot), UNREADABLE);
  return {
    update_id,
    kind,
    fingerprint: fingerprintOf(update, kind),
    json,
    chat_id: chatId,
    message_id: messageId,
    sender,
    task,
    secrets: secretsOf(json, command),
    continues: (leader, before) => message !== undefined && continues(leader, before, message),
  };
}

const UNREADABLE: Task = { kind: "nothing", reason: "unreadable", keep: true };

/** One update that nobody thought of must not keep all that come after it from being stored. */
function unlessUnreadable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

function taskOf(update: TelegramUpdate, command: Command | null, bot: BotName): Task {
  if (update.callback_query) {
    const { id, from } = update.callback_query;
    if (typeof id !== "string" || !integer(from?.id)) return nothing("malformed");
    return { kind: "press", callback_query_id: id };
  }
  if (update.my_chat_member) return nothing("member");
  if (update.edited_message) return editOf(update.edited_message);
  const { message } = update;
  if (!message) return { kind: "nothing", reason: "unknown_update_kind", keep: true };
  if (!integer(message.chat?.id) || !integer(message.message_id)) return nothing("malformed");
  if (message.chat.type !== "private") {
    const brought = command?.forUs && bringsSecret(command);
    if (brought || showsToken(message)) return { kind: "leaked_token" };
    return isInGroup(message) ? groupTask(message, bot, command) : nothing("not_private");
  }
  if (command && !isWordsToSave(command)) {
    if (!command.forUs) return nothing("for_another_bot");
    return offersToken(command) || !showsToken(message) ? { kind: "command" } : { kind: "leaked_token" };
  }
  const checklist = changedChecklist(message);
  if (checklist !== null) return { kind: "edit", of: checklist, live: false, media_group_id: null };
  const content = contentOf(message);
  if (content.kind === "service") return nothing("service_message");
  if (showsToken(message)) return { kind: "leaked_token" };
  if (typeof message.media_group_id === "string") {
    return { kind: "album", media_group_id: message.media_group_id };
  }
  const repliesTo = integer(message.reply_to_message?.message_id);
  if (repliesTo === null || typeof message.text !== "string" || message.forward_origin) {
    return { kind: "message" };
  }
  return { kind: "message", repliesTo };
}

/** `/save words`, which is meant for groups, saves the words here as well. */
const isWordsToSave = ({ name, argument, forUs }: Command) => forUs && name === "save" && argument !== "";

/** An edit runs no command, whatever it says. */
function editOf(message: TelegramMessage): Task {
  const of = integer(message.message_id);
  if (!integer(message.chat?.id) || of === null) return nothing("malformed");
  if (message.chat.type !== "private" && !isInGroup(message)) return nothing("not_private");
  if (showsToken(message)) return { kind: "leaked_token" };
  if (isInGroup(message) && !isOfPerson(message)) return nothing("not_private");
  const { media_group_id, location } = message;
  return {
    kind: "edit",
    of,
    live: location?.live_period !== undefined,
    media_group_id: typeof media_group_id === "string" ? media_group_id : null,
  };
}

function nothing(reason: string): Task {
  return { kind: "nothing", reason, keep: false };
}

/** Shorter words after /bind are no token, and replacing them would hit anything. */
const MIN_SECRET_LENGTH = 8;

/** What must not stay in the store once the update was handled. */
function secretsOf(json: string, command: Command | null): string[] {
  const offered = command && bringsSecret(command) ? command.argument.split(/\s+/) : [];
  // As JSON writes them, since that is where they are looked for.
  const words = offered
    .filter((word) => word.length >= MIN_SECRET_LENGTH)
    .map((word) => JSON.stringify(word).slice(1, -1));
  return [...new Set([...words, ...accessTokensIn(json)])];
}

function messageOf(update: TelegramUpdate): TelegramMessage | undefined {
  const held = update.message ?? update.edited_message ?? update.callback_query?.message;
  return held as TelegramMessage | undefined;
}

function senderOf(update: TelegramUpdate): { id: number; username: string | null } | null {
  const user: TelegramUser | undefined =
    update.callback_query?.from ?? messageOf(update)?.from ?? update.my_chat_member?.from;
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
