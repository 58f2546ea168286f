import { logger } from "../base/log.ts";
import { integerOf, listOf, textOf } from "../base/read-values.ts";
import { type Owed, placeOf } from "../domain/outgoing.ts";
import type {
  TelegramCallbackQuery,
  TelegramInlineKeyboardMarkup,
  TelegramMessage,
} from "../domain/telegram.ts";
import { textsOf } from "../locales/texts.ts";
import type { MemosError } from "../memos/errors.ts";
import { type Press, parsePress, shows } from "../replies/callback-data.ts";
import { inPlaceOf, type Message, say } from "../replies/messages.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import type { Asking, ChatContext, Worked } from "./context.ts";

/** A press that is being worked. */
export interface Pressed extends Asking {
  /** Where the message with the button stands. */
  readonly chat_id: number;
  /** That message; null where Telegram does not show it any more. */
  readonly message_id: number | null;
  /** What that message shows; null where Telegram does not tell. */
  readonly held: Message | null;
  /** Changes the message that held the button; where it cannot be changed any more, says it below. */
  edit(message: Message): Owed[];
  /** Says what went wrong at Memos: below the message, which stays as it is, unless the memo is gone. */
  fail(text: string, error: MemosError): Owed[];
}

/**
 * What a press comes to: a text, shown as an alert of 200 characters at most, where it may not or need not be carried
 * out; else what is owed. `checked`: either, but only Telegram knows.
 */
export type PressAnswer = string | Owed[] | Promise<Owed[]> | { readonly checked: Promise<string | Owed[]> };
export type Handler<Asked> = (pressed: Pressed, asked: Asked) => PressAnswer;
/** One for each button. */
export type Handlers = {
  readonly [Ask in Press["ask"]]: Handler<Extract<Press, { ask: Ask }>>;
};

/** A button of somebody's own chat: a press from elsewhere is not theirs. */
export const own =
  <Asked>(handle: Handler<Asked>): Handler<Asked> =>
  (pressed, asked) =>
    isInOwnChat(pressed) ? handle(pressed, asked) : pressed.texts.notYours;

/** The same, for people who are bound. */
export const bound = <Asked>(
  handle: (pressed: Pressed & { readonly binding: Binding }, asked: Asked) => PressAnswer,
): Handler<Asked> =>
  own((pressed, asked) => {
    const { binding, texts } = pressed;
    return binding ? handle({ ...pressed, binding }, asked) : texts.notBound;
  });

export const isInOwnChat = ({ chat_id, from }: Pressed) => chat_id === from;

/** Works the presses of the buttons under the bot's messages. */
export function createPresses(context: ChatContext, handlers: Handlers) {
  const { api, admission, bindings, clock } = context;
  const log = logger("commands");

  function outcomeOf(pressed: Pressed, { data, message }: TelegramCallbackQuery): PressAnswer {
    const asked = parsePress(data);
    if (asked?.ask === "retired") return pressed.texts[asked.instead];
    // What a message shows is not known where Telegram does not show it any more.
    const isThere = pressed.message_id === null || (message && asked && shows(message, asked));
    if (!asked || !isThere) return pressed.texts.alreadySettled;
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
    const binding = bindings.get(from);
    const texts = textsOf(binding, press.from?.language_code);
    const isAllowed = kind !== "stranger" && admission.isAllowed(from);
    const pressed = createPressed(press, {
      job_id,
      at: api.time() ?? clock.now(),
      from,
      binding,
      texts,
      signal,
    });
    const first = isAllowed ? outcomeOf(pressed, press) : texts.notAllowed({ id: from });
    const outcome = typeof first === "object" && "checked" in first ? await first.checked : first;
    const shown = typeof outcome === "string" ? { text: outcome, show_alert: true } : {};
    // Stops the button's clock: Telegram waits only some seconds, and Memos may take longer.
    const answer = api
      .call("answerCallbackQuery", { callback_query_id: press.id, ...shown }, signal)
      // Too old to be answered, or no connection: what was pressed is done all the same.
      .catch((error) => log.debug("a press could not be answered", { error }));
    const [owed] = await Promise.all([typeof outcome === "string" ? [] : outcome, answer]);
    return { owed };
  };
}

function createPressed(press: TelegramCallbackQuery, of: Omit<Asking, "to">): Pressed {
  const held: Partial<NonNullable<TelegramCallbackQuery["message"]>> = press.message ?? {};
  const chat_id = integerOf(held.chat?.id) ?? of.from;
  // https://core.telegram.org/bots/api#inaccessiblemessage
  const message_id = held.date === 0 ? null : integerOf(held.message_id);
  const to = placeOf(held, chat_id);
  function edit(message: Message): Owed[] {
    const anew = say(to, message);
    if (message_id === null) return [anew];
    return [inPlaceOf({ message_id }, message, anew)];
  }
  return {
    ...of,
    chat_id,
    to,
    message_id,
    held: message_id !== null && "text" in held ? shownIn(held) : null,
    edit,
    fail: (text, { kind }) =>
      kind === "not_found" ? edit({ text }) : [say(to, { text }, { replyTo: message_id })],
  };
}

/** A message as it is shown, without the marks that Telegram sets by itself, such as links. */
function shownIn({ text, entities, reply_markup }: Partial<TelegramMessage>): Message {
  const { inline_keyboard: buttons } = (reply_markup ?? {}) as Partial<TelegramInlineKeyboardMarkup>;
  return {
    text: textOf(text),
    entities: listOf(entities).filter(({ type }) => !FOUND_BY_TELEGRAM.has(type)),
    ...(buttons && { buttons }),
  };
}

const FOUND_BY_TELEGRAM = new Set<string>(
  "mention hashtag cashtag bot_command url email phone_number".split(" "),
);
