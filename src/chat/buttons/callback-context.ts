import type { Owed } from "../../domain/outgoing.ts";
import type { TelegramCallbackQuery } from "../../domain/telegram.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Alert } from "../../replies/alerts.ts";
import type { Press } from "../../replies/callback-data.ts";
import { change, type Message, say } from "../../replies/messages.ts";

/** A press in hand. */
export interface Pressed {
  readonly job_id: number;
  readonly from: number;
  /** Where the message with the button stands. */
  readonly chat_id: number;
  /** That message; null where Telegram does not show it any more. */
  readonly message_id: number | null;
  readonly texts: Texts;
  readonly signal: AbortSignal;
  /** Changes the message that held the button; where it cannot be changed any more, says it below. */
  edit(message: Message): Owed[];
  /** The buttons as they were, for a text that only asks for patience. */
  readonly kept: Partial<Message>;
}

/** What is done once the button's clock is stopped: Telegram waits only some seconds, and Memos may take longer. */
type Work = () => Owed[] | Promise<Owed[]>;

/** What a press comes to: an alert that leaves all as it is, work, or work with an alert. */
export type Outcome = Alert | Work | { readonly alert: Alert | null; readonly work: Work };

export type Handler<Asked> = (pressed: Pressed, asked: Asked) => Outcome;
/** One for each of some buttons. */
export type Handlers<Ask extends Press["ask"]> = {
  readonly [Name in Ask]: Handler<Extract<Press, { ask: Name }>>;
};

/** What is somebody's alone stands in their own chat: a press from elsewhere is not theirs. */
export const isInOwnChat = ({ chat_id, from }: Pressed) => chat_id === from;

export function createPressed(
  press: TelegramCallbackQuery,
  of: Pick<Pressed, "job_id" | "from" | "texts" | "signal">,
): Pressed {
  const held: Partial<NonNullable<TelegramCallbackQuery["message"]>> = press.message ?? {};
  const chat_id = integer(held.chat?.id) ?? of.from;
  // https://core.telegram.org/bots/api#inaccessiblemessage
  const message_id = held.date === 0 ? null : integer(held.message_id);
  return {
    ...of,
    chat_id,
    message_id,
    kept: buttonsOf(press),
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
