import { hash } from "node:crypto";
import { EXPORTED_CHATS } from "../../domain/exported.ts";
import type { Incoming, Task } from "../../domain/incoming.ts";
import type { BotName, TelegramUpdate } from "../../domain/telegram.ts";
import { readUpdate } from "../update.ts";
import type { ImportedMessage } from "./exported-message.ts";

/** The same for the same names, above all ids of Telegram's, and below 7e15: JSON and JavaScript hold it exactly. */
function numberOf(...names: readonly (string | number)[]): number {
  const bytes = hash("sha256", JSON.stringify(names), "buffer");
  return EXPORTED_CHATS + Number(bytes.readBigUInt64BE() >> 13n);
}

/**
 * A message of an export, as an update of a private chat of its own. `chat`: its type and id in the export; by it and the
 * person this chat is named, so that each of them has their own memos of it.
 */
export function exportedUpdate(
  message: ImportedMessage,
  { telegram_id, chat, bot }: { telegram_id: number; chat: string; bot: BotName },
): Incoming {
  const owner = { from: { id: telegram_id, is_bot: false, first_name: "" } };
  const place = { ...owner, chat: { id: numberOf(telegram_id, chat), type: "private" } };
  const { reply_to_message: target } = message;
  const update = {
    update_id: numberOf(telegram_id, chat, message.message_id),
    message: { ...message, ...place, ...(target && { reply_to_message: { ...target, ...place } }) },
  };
  const incoming = readUpdate(update as TelegramUpdate, bot);
  // What others wrote is told as a forward, and their words follow on somebody else's by chance.
  const isOthers = (message.forward_origin?.date ?? 0) > 0;
  return {
    ...incoming,
    sender: { id: telegram_id, username: null, language: null },
    task: taskOf(incoming.task, message),
    ...(isOthers && { continues: () => false }),
  };
}

/** Nothing of an export is carried out: commands are words. */
function taskOf(task: Task, { media_group_id }: ImportedMessage): Task {
  if (task.kind === "unreadable") return task;
  if (task.kind === "leaked_token") return { kind: "nothing", reason: "leaked_token", keep: false };
  return media_group_id === undefined ? { kind: "message" } : { kind: "album", media_group_id };
}
