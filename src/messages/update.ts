import { accessTokensIn } from "../base/access-token.ts";
import type { Incoming, Task } from "../domain/incoming.ts";
import type { BotName, TelegramMessage, TelegramUpdate, TelegramUser } from "../domain/telegram.ts";
import { bringsSecret, type Command, parseCommand } from "./command.ts";
import { continues } from "./continuation.ts";
import { integer, taskOf } from "./task.ts";

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
  const message = messageWithin(update);
  const json = JSON.stringify(update);
  const command = unlessUnreadable(() => message && parseCommand(message, bot.username), undefined) ?? null;
  return {
    update_id,
    kind,
    fingerprint: unlessUnreadable(() => fingerprintOf(update, kind), kind),
    json,
    chat_id: integer(message?.chat?.id) ?? integer(update.my_chat_member?.chat?.id),
    message_id: integer(message?.message_id),
    sender: senderOf(update),
    task: unlessUnreadable(() => taskOf(update, command, bot), UNREADABLE),
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
  const held = update.message ?? update.edited_message ?? update.callback_query?.message;
  return held as TelegramMessage | undefined;
}

function senderOf(update: TelegramUpdate): Incoming["sender"] {
  const user: TelegramUser | undefined =
    update.callback_query?.from ?? messageWithin(update)?.from ?? update.my_chat_member?.from;
  const id = integer(user?.id);
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
  return id === null
    ? null
    : { id, username: text(user?.username), language: text(user?.language_code)?.slice(0, 35) ?? null };
}

/** What is in place of a number or a word may not know how to be a text. */
function fingerprintOf(update: TelegramUpdate, kind: string): string {
  if (update.callback_query) return `${kind}/${update.callback_query.id}`;
  const body = (update as unknown as Record<string, unknown>)[kind] as Partial<TelegramMessage> | undefined;
  return [kind, body?.chat?.id, body?.message_id, body?.edit_date ?? body?.date].join("/");
}
