import type { Change, FakeTelegram, Press } from "../fakes/telegram.ts";
import { boundPerson, type Place, type PlaceWithMemos } from "./app.ts";

interface Button {
  text: string;
  callback_data?: string;
}

/** One of the bot's messages, as the person sees it now. */
export interface Shown {
  readonly id: number;
  readonly text: string;
  readonly buttons: string[];
  /** callback_data of each button. */
  readonly data: string[];
  readonly bold: string[];
  readonly links: string[];
}

export type Conversation = ReturnType<typeof conversation>;

/**
 * A person and the bot in their chat, readable as a script: `says`, `hears`, `presses`. In a group the bot is called by
 * its name, except by commands.
 */
export function conversation(
  world: Place,
  person: ReturnType<FakeTelegram["user"]>,
  { token = "", group }: { readonly token?: string; readonly group?: { readonly id: number } } = {},
) {
  const actor = group ? person.in(group) : person;
  const called = (text: string) =>
    group && !text.startsWith("/") ? `@${world.telegram.bot.username} ${text}` : text;
  const seen = () =>
    world.telegram.botMessages(actor.chatId).map((message): Shown => {
      const markup = message.reply_markup as { inline_keyboard: Button[][] } | undefined;
      const keys = (markup?.inline_keyboard ?? []).flat();
      const text = message.text ?? "";
      const entities = message.entities ?? [];
      return {
        id: message.message_id,
        text,
        buttons: keys.map((key) => key.text),
        data: keys.map((key) => key.callback_data ?? ""),
        bold: entities
          .filter(({ type }) => type === "bold")
          .map(({ offset, length }) => text.slice(offset, offset + length)),
        links: entities.flatMap((entity) => ("url" in entity ? [entity.url] : [])),
      };
    });
  const matches = (text: string, what: string | RegExp) =>
    typeof what === "string" ? text.includes(what) : what.test(text);
  const pressed = async (press: Press) => {
    await world.until("an answer to the press", () => press.isAnswered);
    return (await press.answer).text;
  };
  return {
    person,
    /** What the person can do in the chat of the conversation: their own, or a group. */
    actor,
    /** The access token that they were bound by; empty for who was not. */
    token,
    says: (text: string, options: { replyTo?: number } = {}) => actor.say(called(text), options).message_id,
    /** Answers one of their own messages or of the bot's, with a text or other content. */
    replies: (to: number, content: string | object) => actor.reply(to, content).message_id,
    edits: (id: number, change: Change) =>
      void actor.edit(id, typeof change === "string" ? called(change) : change),
    /** Forwards a text of somebody, with a comment. */
    forwards: (comment: string, content: string) =>
      void actor.forwardWithComment(called(comment), { content }),
    /** Waits until the bot's last message (or any of its messages with `anywhere`) says so, and returns it. */
    hears: (what: string | RegExp, where?: "anywhere"): Promise<Shown> =>
      world.until(`the bot to say ${what}; it says ${JSON.stringify(seen().at(-1)?.text)}`, () => {
        const candidates = where === "anywhere" ? seen() : seen().slice(-1);
        return candidates.findLast(({ text }) => matches(text, what));
      }),
    /** Presses a button of the last message that has it. Returns the alert, if one was shown. */
    async presses(button: string): Promise<string | undefined> {
      const message = await world.until(`a button ${button}`, () =>
        seen().findLast(({ buttons }) => buttons.includes(button)),
      );
      return pressed(actor.press(message.id, button));
    },
    /** Presses the button with this text or callback_data, under that message. Returns the alert, if one was shown. */
    pressesOn: (messageId: number, button: string) => pressed(actor.press(messageId, button)),
    /** All of the bot's messages as they are now. */
    seen,
    /** Waits until the bot has nothing left to do. */
    quiet: world.quiet,
  };
}

/** Somebody bound to an account of the same name, whose Telegram speaks `language`. */
export async function talking(world: PlaceWithMemos, name = "alice", language = "en"): Promise<Conversation> {
  const { person, account } = await boundPerson(world, name);
  Object.assign(person.user, { language_code: language });
  return conversation(world, person, { token: account.token });
}
