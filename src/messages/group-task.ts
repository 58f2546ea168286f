import type { BotName } from "../domain/bot-name.ts";
import type { Task } from "../domain/incoming.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { isAddressed, isOfBot, isOfPerson, withoutAddress } from "./addressed.ts";
import { changedChecklist } from "./checklist.ts";
import type { Command } from "./command.ts";
import { contentOf } from "./content-kinds.ts";
import { written } from "./message-text.ts";
import { replyTarget } from "./reply-target.ts";
import { showsToken } from "./shown-token.ts";

const NOT_FOR_US: Task = { kind: "nothing", reason: "not_private", keep: false };

/** What a message of a group asks for: nothing, unless it is of a person and meant for the bot. */
export function groupTask(message: TelegramMessage, bot: BotName, command: Command | null): Task {
  const { migrate_to_chat_id: to, migrate_from_chat_id: from, chat } = message;
  if (Number.isSafeInteger(to)) return { kind: "migration", from: chat.id, to: Number(to) };
  if (Number.isSafeInteger(from)) return { kind: "migration", from: Number(from), to: chat.id };
  if (!isOfPerson(message)) return NOT_FOR_US;
  if (command && !command.forUs) return NOT_FOR_US;
  if (command && command.name !== "save") return { kind: "command" };
  const checklist = changedChecklist(message);
  if (checklist !== null) return { kind: "edit", of: checklist, live: false, media_group_id: null };
  if (contentOf(message).kind === "service") return NOT_FOR_US;
  const media_group_id = typeof message.media_group_id === "string" ? message.media_group_id : null;
  if (!isAddressed(message, bot)) return { kind: "overheard", media_group_id };
  if (media_group_id !== null) return { kind: "album", media_group_id };
  const says = written(withoutAddress(message, bot)).text.trim() !== "";
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
  if (isOfBot(target, bot) || contentOf(target).kind === "service") return undefined;
  return target;
}
