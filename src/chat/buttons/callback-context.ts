import type { Owed } from "../../domain/outgoing.ts";
import type { TelegramCallbackQuery, TelegramUser } from "../../domain/telegram.ts";
import type { Texts } from "../../locales/texts.ts";
import { type Alert, alertIn } from "../../replies/alerts.ts";
import { change, type Message, say } from "../../replies/messages.ts";

/** A press in hand. */
export interface Pressed {
  readonly job_id: number;
  readonly from: number;
  readonly presser: TelegramUser | undefined;
  /** Where the message with the button stands. */
  readonly chat_id: number;
  /** That message; null where Telegram does not show it any more. */
  readonly message_id: number | null;
  readonly texts: Texts;
  readonly signal: AbortSignal;
  /** Answers with an alert, and leaves all as it is. */
  refuse(alert: Alert): Promise<Owed[]>;
  /** Stops the button's clock: at once, since Telegram waits only some seconds and Memos may take longer. */
  heard(): Promise<void>;
  /** Changes the message that held the button; where it cannot be changed any more, says it below. */
  edit(message: Message): Owed[];
  /** The buttons as they were, for a text that only asks for patience. */
  readonly kept: Partial<Message>;
}

export function createPressed(
  press: TelegramCallbackQuery,
  of: Pick<Pressed, "job_id" | "from" | "texts" | "signal"> & {
    /** Stops the button's clock; with `alert`, the text stays until it is read. Never throws. */
    answer(id: string, alert: string | null): Promise<void>;
  },
): Pressed {
  const { answer, ...known } = of;
  const held: Partial<NonNullable<TelegramCallbackQuery["message"]>> = press.message ?? {};
  const chat_id = integer(held.chat?.id) ?? known.from;
  // https://core.telegram.org/bots/api#inaccessiblemessage
  const message_id = held.date === 0 ? null : integer(held.message_id);
  return {
    ...known,
    presser: press.from,
    chat_id,
    message_id,
    kept: buttonsOf(press),
    async refuse(alert) {
      await answer(press.id, alertIn(known.texts, alert, known.from));
      return [];
    },
    heard: () => answer(press.id, null),
    edit(message) {
      const anew = say(chat_id, message);
      if (message_id === null) return [anew];
      return [{ ...change(chat_id, message_id, message), instead: anew.params }];
    },
  };
}

/** Whatever was sent for buttons. */
function buttonsOf({ message }: TelegramCallbackQuery): Partial<Message> {
  const { reply_markup } = (message ?? {}) as { reply_markup?: { inline_keyboard?: unknown } | null };
  const rows = reply_markup?.inline_keyboard;
  return Array.isArray(rows) ? { buttons: rows } : {};
}

const integer = (value: number | undefined) => (Number.isSafeInteger(value) ? (value ?? null) : null);
