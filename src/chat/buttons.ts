import { logger } from "../base/log.ts";
import type { Owed } from "../domain/outgoing.ts";
import type { TelegramCallbackQuery } from "../domain/telegram.ts";
import { type Alert, alertIn, buttonRows, type Press, parsePress } from "../replies/callback-data.ts";
import { change, type Message, say } from "../replies/messages.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import type { Asking, ChatContext, Worked } from "./context.ts";

/** A press in hand. */
export interface Pressed extends Asking {
  readonly job_id: number;
  /** Where the message with the button stands. */
  readonly chat_id: number;
  /** That message; null where Telegram does not show it any more. */
  readonly message_id: number | null;
  /** Changes the message that held the button; where it cannot be changed any more, says it below. */
  edit(message: Message): Owed[];
  /** The buttons as they were, for a text that only asks for patience. */
  readonly kept: Partial<Message>;
}

/** What a press comes to: an alert, where it may not or need not be carried out, or what is owed. */
export type Outcome = Alert | Owed[] | Promise<Owed[]>;
export type Handler<Asked> = (pressed: Pressed, asked: Asked) => Outcome;
/** One for each of some buttons. */
export type Handlers<Ask extends Press["ask"]> = {
  readonly [Name in Ask]: Handler<Extract<Press, { ask: Name }>>;
};

/** A button of somebody's own chat: a press from elsewhere is not theirs. */
export const own =
  <Asked>(handle: Handler<Asked>): Handler<Asked> =>
  (pressed, asked) =>
    isInOwnChat(pressed) ? handle(pressed, asked) : "notYours";

export const isInOwnChat = ({ chat_id, from }: Pressed) => chat_id === from;

/** Works the presses of the buttons under the bot's messages. */
export function createPresses(context: ChatContext, handlers: Handlers<Press["ask"]>) {
  const { api, admission, textsFor } = context;
  const log = logger("commands");

  function outcomeOf(pressed: Pressed, data: unknown): Outcome {
    const asked = parsePress(data);
    if (!asked) return "alreadySettled";
    if (asked.ask === "retired") return asked.alert;
    // Each handler is given what its name says.
    const handle = handlers[asked.ask] as Handler<Press>;
    return handle(pressed, asked);
  }

  return async (
    { job: { id: job_id, kind, telegram_id: from }, updates }: LeasedJob,
    signal: AbortSignal,
  ): Promise<Worked> => {
    const press = updates[0]?.update.callback_query;
    if (!press || from === null) return { owed: [] };
    const texts = textsFor(from, press.from?.language_code);
    const isAllowed = kind !== "stranger" && admission.isAllowed(from);
    const pressed = createPressed(press, { job_id, from, texts, signal });
    const outcome = isAllowed ? outcomeOf(pressed, press.data) : "notAllowed";
    const shown =
      typeof outcome === "string" ? { text: alertIn(texts, outcome, from), show_alert: true } : {};
    // Stops the button's clock: Telegram waits only some seconds, and Memos may take longer.
    const answer = api
      .call("answerCallbackQuery", { callback_query_id: press.id, ...shown }, signal)
      // Too old to be answered, or no connection: what was pressed is done all the same.
      .catch((error) => log.debug("a press could not be answered", { error }));
    const [owed] = await Promise.all([typeof outcome === "string" ? [] : outcome, answer]);
    return { owed };
  };
}

function createPressed(
  press: TelegramCallbackQuery,
  of: Pick<Pressed, "job_id" | "from" | "texts" | "signal">,
): Pressed {
  const held: Partial<NonNullable<TelegramCallbackQuery["message"]>> = press.message ?? {};
  const chat_id = integer(held.chat?.id) ?? of.from;
  // https://core.telegram.org/bots/api#inaccessiblemessage
  const message_id = held.date === 0 ? null : integer(held.message_id);
  const buttons = press.message && buttonRows(press.message);
  return {
    ...of,
    chat_id,
    message_id,
    kept: buttons ? { buttons } : {},
    edit(message) {
      const anew = say(chat_id, message);
      if (message_id === null) return [anew];
      return [{ ...change(chat_id, message_id, message), instead: anew.params }];
    },
  };
}

const integer = (value: number | undefined) => (Number.isSafeInteger(value) ? (value ?? null) : null);
