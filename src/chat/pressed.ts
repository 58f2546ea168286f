import type { TelegramCallbackQuery } from "gramio";
import type { Owed } from "../store/outbox.ts";
import { type Alert, alertIn } from "./alerts.ts";
import { change, type Message, say } from "./messages.ts";
import type { Texts } from "./texts.ts";

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
  const held = press.message;
  const chat_id = held?.chat.id ?? known.from;
  // https://core.telegram.org/bots/api#inaccessiblemessage
  const message_id = held && held.date !== 0 ? held.message_id : null;
  return {
    ...known,
    chat_id,
    message_id,
    kept: buttonsOf(press),
    async refuse(alert) {
      await answer(press.id, alertIn(known.texts, alert, known.from));
      return [];
    },
    heard: () => answer(press.id, null),
    edit(message) {
      const anew = say(chat_id, message, { promise: "notice" });
      if (message_id === null) return [anew];
      return [{ ...change(chat_id, message_id, message), instead: anew.params }];
    },
  };
}

function buttonsOf({ message }: TelegramCallbackQuery): Partial<Message> {
  const markup = message && "reply_markup" in message ? message.reply_markup : undefined;
  return markup && "inline_keyboard" in markup ? { buttons: markup.inline_keyboard } : {};
}
