import type { Task } from "../domain/incoming.ts";
import { NOT_ADDRESSED } from "../domain/job.ts";
import type { BotName, TelegramMessage, TelegramUpdate } from "../domain/telegram.ts";
import { isAddressed, isInGroup, isOfBot, isOfPerson, withoutAddress } from "./addressed.ts";
import { bringsSecret, type Command, offersToken } from "./command.ts";
import { kindOf } from "./content.ts";
import { messageText, replyTarget } from "./message-text.ts";
import { showsToken } from "./shown-token.ts";
import { changedChecklist } from "./versions.ts";

/** What an update asks for. */
export function taskOf(update: TelegramUpdate, command: Command | null, bot: BotName): Task {
  const { callback_query, my_chat_member, edited_message, message } = update;
  if (callback_query) {
    const { id, from } = callback_query;
    if (typeof id !== "string" || !integer(from?.id)) return nothing("malformed");
    return { kind: "press", callback_query_id: id };
  }
  if (my_chat_member) return nothing("member");
  const sent = edited_message ?? message;
  if (!sent) return { kind: "nothing", reason: "unknown_update_kind", keep: true };
  if (!integer(sent.chat?.id) || !integer(sent.message_id)) return nothing("malformed");
  // An edit runs no command, whatever it says.
  if (edited_message) return editTask(edited_message);
  return sent.chat.type === "private" ? privateTask(sent, command) : sharedTask(sent, bot, command);
}

function privateTask(message: TelegramMessage, command: Command | null): Task {
  if (command && !isWordsToSave(command)) {
    if (!command.forUs) return nothing("for_another_bot");
    return offersToken(command) || !showsToken(message) ? { kind: "command" } : { kind: "leaked_token" };
  }
  const tick = tickOf(message);
  if (tick) return tick;
  if (kindOf(message) === "service") return nothing("service_message");
  if (showsToken(message)) return { kind: "leaked_token" };
  const album = albumOf(message);
  if (album !== null) return { kind: "album", media_group_id: album };
  const repliesTo = integer(message.reply_to_message?.message_id);
  if (repliesTo === null || typeof message.text !== "string" || message.forward_origin) {
    return { kind: "message" };
  }
  return { kind: "message", repliesTo };
}

/** `/save words`, which is meant for groups, saves the words here as well. */
const isWordsToSave = ({ name, argument, forUs }: Command) => forUs && name === "save" && argument !== "";

/** In a group, or in a channel, where nothing is asked for. */
function sharedTask(message: TelegramMessage, bot: BotName, command: Command | null): Task {
  if (command?.forUs && bringsSecret(command)) return { kind: "leaked_token" };
  if (showsToken(message)) return { kind: "leaked_token" };
  return isInGroup(message) ? groupTask(message, bot, command) : NOT_FOR_US;
}

/** Nothing, unless it is of a person and meant for the bot. */
function groupTask(message: TelegramMessage, bot: BotName, command: Command | null): Task {
  const { migrate_to_chat_id: to, migrate_from_chat_id: from, chat } = message;
  if (Number.isSafeInteger(to)) return { kind: "migration", from: chat.id, to: Number(to) };
  if (Number.isSafeInteger(from)) return { kind: "migration", from: Number(from), to: chat.id };
  if (!isOfPerson(message)) return NOT_FOR_US;
  if (command && !command.forUs) return NOT_FOR_US;
  if (command && command.name !== "save") return { kind: "command" };
  const tick = tickOf(message);
  if (tick) return tick;
  if (kindOf(message) === "service") return NOT_FOR_US;
  const media_group_id = albumOf(message);
  if (!isAddressed(message, bot)) return { kind: "overheard", media_group_id };
  if (media_group_id !== null) return { kind: "album", media_group_id };
  const says = messageText(withoutAddress(message, bot)).text.trim() !== "";
  const target = capturable(message, bot);
  // Whoever only calls the bot means the message they reply to.
  if (typeof message.text === "string" && !says && !target) return { kind: "command" };
  if (typeof message.text !== "string" || !target || (!command && says)) return { kind: "message" };
  return showsToken(target) ? { kind: "command" } : { kind: "capture", of: target.message_id, says };
}

/** The other message that is to be saved: none of the bot, and not the beginning of a topic. */
function capturable(message: TelegramMessage, bot: BotName): TelegramMessage | undefined {
  const target = replyTarget(message);
  if (target?.chat.id !== message.chat.id) return undefined;
  if (isOfBot(target, bot) || kindOf(target) === "service") return undefined;
  return target;
}

function editTask(message: TelegramMessage): Task {
  if (message.chat.type !== "private" && !isInGroup(message)) return NOT_FOR_US;
  if (showsToken(message)) return { kind: "leaked_token" };
  if (isInGroup(message) && !isOfPerson(message)) return NOT_FOR_US;
  const live = message.location?.live_period !== undefined;
  return { kind: "edit", of: message.message_id, live, media_group_id: albumOf(message) };
}

/** A tick in a checklist is an edit of its message. */
function tickOf(message: TelegramMessage): Task | null {
  const of = changedChecklist(message);
  return of === null ? null : { kind: "edit", of, live: false, media_group_id: null };
}

const albumOf = ({ media_group_id }: TelegramMessage) =>
  typeof media_group_id === "string" ? media_group_id : null;

const nothing = (reason: string): Task => ({ kind: "nothing", reason, keep: false });

const NOT_FOR_US = nothing(NOT_ADDRESSED);

export function integer(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}
