import { accessTokensIn } from "../base/access-token.ts";
import { integerOf, isObject } from "../base/read-values.ts";
import { CHAT_TYPES } from "../domain/choices.ts";
import type { Incoming, Task, ToSave } from "../domain/incoming.ts";
import { NOT_ADDRESSED } from "../domain/job.ts";
import { placeOf } from "../domain/outgoing.ts";
import type {
  BotName,
  TelegramChat,
  TelegramChatMemberUpdated,
  TelegramMessage,
  TelegramMessageReactionUpdated,
  TelegramUpdate,
  TelegramUser,
} from "../domain/telegram.ts";
import {
  isAddressed,
  isInGroup,
  isOfAnotherBot,
  isOfBot,
  isOfHiddenPerson,
  isOfPerson,
  withoutAddress,
} from "./addressed.ts";
import { bringsSecret, type Command, offersToken, parseCommand } from "./command.ts";
import { kindOf } from "./content.ts";
import { continues } from "./continuation.ts";
import { messageText, replyTarget } from "./message-text.ts";
import { showsToken } from "./shown-token.ts";
import { changedChecklist, messageIn } from "./versions.ts";

/** The update kinds that are asked for: what this version handles. */
export const ALLOWED_UPDATES = [
  "message",
  "edited_message",
  "channel_post",
  "edited_channel_post",
  "callback_query",
  "inline_query",
  "my_chat_member",
  "message_reaction",
] as const;

/**
 * Reads an update of any shape: what is missing or surprising gives a task that says so, never an error.
 * @throws TypeError only without an integer `update_id`.
 */
export function readUpdate(update: TelegramUpdate, bot: BotName): Incoming {
  const { update_id } = update;
  if (!Number.isSafeInteger(update_id)) throw new TypeError("an update without an update_id");
  const kind = Object.keys(update).find((key) => key !== "update_id") ?? "";
  const isBeyond = isBeyondReading(update);
  const message = messageWithin(update);
  // Of what is nested too deep even for this, by tens of thousands of levels, only the id is kept.
  const json = unlessUnreadable(() => JSON.stringify(update), JSON.stringify({ update_id }));
  const command = unlessUnreadable(() => message && parseCommand(message, bot.username), undefined) ?? null;
  return {
    update_id,
    kind,
    fingerprint: unlessUnreadable(() => fingerprintOf(update, kind), kind),
    json,
    chat_id: integerOf((message ?? update.my_chat_member ?? update.message_reaction)?.chat?.id),
    message_id: integerOf(message?.message_id),
    group: unlessUnreadable(() => groupOf((message ?? update.my_chat_member)?.chat), null),
    message_thread_id: placeOf(message ?? {}, 0).message_thread_id,
    topic: unlessUnreadable(() => topicOf(message), null),
    sender: senderOf(update),
    task: isBeyond ? UNREADABLE : unlessUnreadable(() => taskOf(update, command, bot), UNREADABLE),
    secrets: secretsOf(json, command),
    continues: (leader, before) =>
      unlessUnreadable(() => message !== undefined && continues(leader, before, message), false),
  };
}

const UNREADABLE: Task = { kind: "unreadable" };

/** Telegram's own are nested some ten levels deep. What follows each level by a call would end at too many, and late. */
const MOST_LEVELS = 200;
/** Where an object has them, whatever wants a number or a text in its place throws. */
const CONVERSIONS = ["toString", "valueOf"];

/** Nested too deep, or with something in it that cannot even be made a text. */
function isBeyondReading(update: object): boolean {
  let level: object[] = [update];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === MOST_LEVELS) return true;
    if (level.some((holder) => CONVERSIONS.some((name) => Object.hasOwn(holder, name)))) return true;
    level = level.flatMap((holder) => Object.values(holder).filter(isObject));
  }
  return false;
}

/** One update that nobody thought of must not keep all that come after it from being stored. */
function unlessUnreadable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Null for a private chat. */
function groupOf(chat: TelegramChat | undefined): Incoming["group"] {
  const type = CHAT_TYPES.find((one) => one === chat?.type);
  return type && typeof chat?.title === "string" ? { type, title: chat.title } : null;
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

function messageWithin(update: TelegramUpdate): TelegramMessage | undefined {
  return messageIn(update) ?? (update.callback_query?.message as TelegramMessage | undefined);
}

function senderOf(update: TelegramUpdate): Incoming["sender"] {
  const user: TelegramUser | undefined =
    (update.callback_query ?? update.inline_query)?.from ??
    messageWithin(update)?.from ??
    update.my_chat_member?.from ??
    update.message_reaction?.user;
  const id = integerOf(user?.id);
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  return id === null
    ? null
    : { id, username: text(user?.username), language: text(user?.language_code)?.slice(0, 35) ?? null };
}

function topicOf(message: TelegramMessage | undefined): Incoming["topic"] {
  const { forum_topic_created, forum_topic_edited, reply_to_message } = message ?? {};
  const told = (forum_topic_created ?? forum_topic_edited)?.name;
  const name = told ?? reply_to_message?.forum_topic_created?.name;
  return typeof name === "string" && name !== "" ? { name, isNew: told !== undefined } : null;
}

/** In place of a number or a word there may be something that cannot be made a text. */
function fingerprintOf(update: TelegramUpdate, kind: string): string {
  const query = update.callback_query ?? update.inline_query;
  if (query) return `${kind}/${query.id}`;
  const body = (update as unknown as Record<string, unknown>)[kind] as Partial<TelegramMessage> | undefined;
  return [kind, body?.chat?.id, body?.message_id, body?.edit_date ?? body?.date].join("/");
}

/** What an update asks for. */
function taskOf(update: TelegramUpdate, command: Command | null, bot: BotName): Task {
  const { callback_query, inline_query, my_chat_member, message_reaction, edited_message, channel_post } =
    update;
  if (callback_query) {
    const { id, from } = callback_query;
    if (typeof id !== "string" || !integerOf(from?.id)) return UNREADABLE;
    return { kind: "press", callback_query_id: id };
  }
  if (inline_query) {
    const { id, from, query } = inline_query;
    if (typeof id !== "string" || typeof query !== "string" || !integerOf(from?.id)) return UNREADABLE;
    return { kind: "inline", inline_query_id: id };
  }
  if (my_chat_member) return membershipTask(my_chat_member);
  if (message_reaction) return reactionTask(message_reaction);
  const sent = messageIn(update);
  if (!sent) return { kind: "nothing", reason: "unknown_update_kind", keep: true };
  if (!integerOf(sent.chat?.id) || integerOf(sent.message_id) === null) return UNREADABLE;
  if (sent.message_id === 0) return nothing("malformed");
  // A memo that was sent by inline mode is in Memos already.
  if (sent.via_bot?.id === bot.id) return nothing("sent_inline");
  if (channel_post ?? update.edited_channel_post) return postTask(sent, !channel_post);
  // An edit runs no command, whatever it says.
  if (edited_message) return editTask(edited_message, bot, command);
  return sent.chat.type === "private" ? privateTask(sent, command) : sharedTask(sent, bot, command);
}

/** Of a private chat it tells that somebody blocks the bot, or does so no more. */
function membershipTask({
  chat,
  old_chat_member: before,
  new_chat_member: now,
}: TelegramChatMemberUpdated): Task {
  if (chat?.type === "private" || typeof now?.status !== "string") return nothing("member");
  return {
    kind: "membership",
    was: typeof before?.status === "string" ? before.status : null,
    is: now.status,
  };
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
  const repliesTo = integerOf(message.reply_to_message?.message_id);
  if (repliesTo === null || typeof message.text !== "string" || message.forward_origin) {
    return { kind: "message" };
  }
  return { kind: "message", repliesTo };
}

/** `/save words`, which is meant for groups, saves the words here as well. */
const isWordsToSave = ({ name, argument, forUs }: Command) => forUs && name === "save" && argument !== "";

/** What a channel posts is never said to the bot: whether it becomes a memo, the channel has been told. */
function postTask(post: TelegramMessage, isEdit: boolean): Task {
  if (kindOf(post) === "service") return nothing("service_message");
  if (showsToken(post)) return { kind: "leaked_token" };
  return isEdit ? editOf(post) : { kind: "overheard", media_group_id: albumOf(post) };
}

/** In a group. */
function sharedTask(message: TelegramMessage, bot: BotName, command: Command | null): Task {
  if (command?.forUs && bringsSecret(command)) return { kind: "leaked_token" };
  if (showsToken(message)) return { kind: "leaked_token" };
  return isInGroup(message) ? groupTask(message, bot, command) : NOT_FOR_US;
}

/** Nothing, unless it is meant for the bot; of another bot in any case. */
function groupTask(message: TelegramMessage, bot: BotName, command: Command | null): Task {
  const { migrate_to_chat_id: to, migrate_from_chat_id: from, chat } = message;
  if (Number.isSafeInteger(to)) return { kind: "migration", from: chat.id, to: Number(to) };
  if (Number.isSafeInteger(from)) return { kind: "migration", from: Number(from), to: chat.id };
  if ((command && !command.forUs) || isOfAnotherBot(message)) return NOT_FOR_US;
  const mayAsk = isOfPerson(message) || isOfHiddenPerson(message);
  if (command && command.name !== "save") return mayAsk ? { kind: "command" } : NOT_FOR_US;
  const tick = tickOf(message);
  if (tick) return tick;
  if (kindOf(message) === "service") return NOT_FOR_US;
  const media_group_id = albumOf(message);
  if (!mayAsk || !isAddressed(message, bot))
    return { kind: "overheard", media_group_id, ...copiedFrom(message) };
  const says = messageText(withoutAddress(message, bot)).text.trim() !== "";
  if (!isOfPerson(message)) {
    // Its writer is hidden, so nothing can be saved for them: they are told that.
    const isNote = says || typeof message.text !== "string";
    return { kind: "command", ...(isNote && { hidden: { media_group_id } }) };
  }
  if (media_group_id !== null) return { kind: "album", media_group_id };
  const target = capturable(message, bot);
  // Whoever only calls the bot means the message they reply to.
  if (typeof message.text === "string" && !says && !target) return { kind: "command" };
  if (typeof message.text !== "string" || !target || (!command && says)) return { kind: "message" };
  return showsToken(target) ? { kind: "command" } : { kind: "capture", of: target.message_id, says };
}

/** The post that Telegram has copied from the channel of a group. */
function copiedFrom({ is_automatic_forward, sender_chat, forward_origin }: TelegramMessage) {
  const channel = is_automatic_forward === true ? integerOf(sender_chat?.id) : null;
  const message_id = forward_origin?.type === "channel" ? integerOf(forward_origin.message_id) : null;
  return channel === null ? {} : { copyOf: { channel, message_id } };
}

/** The other message that is to be saved: none of the bot, and not the beginning of a topic. */
function capturable(message: TelegramMessage, bot: BotName): TelegramMessage | undefined {
  const target = replyTarget(message);
  if (target?.chat.id !== message.chat.id) return undefined;
  if (isOfBot(target, bot) || kindOf(target) === "service") return undefined;
  return target;
}

function editTask(message: TelegramMessage, bot: BotName, command: Command | null): Task {
  if (message.chat.type !== "private" && !isInGroup(message)) return NOT_FOR_US;
  if (showsToken(message)) return { kind: "leaked_token" };
  if (isInGroup(message) && isOfAnotherBot(message)) return NOT_FOR_US;
  const calls = isInGroup(message) ? groupTask(message, bot, command) : undefined;
  return { ...editOf(message), ...(calls && isToSave(calls) && { calls }) };
}

const editOf = (message: TelegramMessage) => ({
  kind: "edit" as const,
  of: message.message_id,
  live: message.location?.live_period !== undefined,
  media_group_id: albumOf(message),
});

const isToSave = (task: Task): task is ToSave =>
  task.kind === "message" || task.kind === "album" || task.kind === "capture";

/** A reaction in a private chat. Those in groups, of which administrators hear, ask for nothing. */
function reactionTask({ chat, message_id }: TelegramMessageReactionUpdated): Task {
  const to = integerOf(message_id);
  return chat?.type === "private" && to !== null ? { kind: "reaction", to } : NOT_FOR_US;
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
