import type { Accounts } from "../accounts.ts";
import type { Bindings } from "../store/bindings.ts";
import type { Owed } from "../store/outbox.ts";
import type { Connect } from "./connecting.ts";
import type { Guests } from "./guests.ts";
import { type Message, say } from "./messages.ts";
import type { Press } from "./press-data.ts";
import type { Pressed } from "./pressed.ts";
import type { StrandedAnswers } from "./stranded.ts";

type Stranded = Extract<Press, { ask: "stranded_save" | "stranded_discard" }>;
type Unbind = Extract<Press, { ask: "unbind_yes" | "unbind_no" }>;
type Token = Extract<Press, { ask: "token_connect" | "token_forget" }>;
export type AccountPress = Stranded | Unbind | Token;

/** The buttons about who is connected to which account: they stand in people's own chats. */
export interface AccountPresses {
  run(pressed: Pressed, asked: AccountPress): Promise<Owed[]>;
}

export function createAccountPresses(deps: {
  accounts: Pick<Accounts, "unbind">;
  bindings: Pick<Bindings, "get">;
  connect: Pick<Connect, "answered">;
  guests: Pick<Guests, "endAll">;
  stranded: StrandedAnswers;
}): AccountPresses {
  const { accounts, bindings, connect, guests, stranded } = deps;

  async function unbind(pressed: Pressed, { ask }: Unbind): Promise<Owed[]> {
    const { from, texts, edit } = pressed;
    if (ask === "unbind_no") {
      await pressed.heard();
      return edit({ text: texts.stillBound });
    }
    if (!bindings.get(from)) return pressed.refuse("notBound");
    await pressed.heard();
    const ended = guests.endAll(from);
    const left = accounts.unbind(from);
    const lines = [
      texts.unbound,
      ...(left && left.waiting > 0 ? [texts.unboundWaiting(left.waiting)] : []),
      ...(ended.length > 0 ? [texts.unboundGuests(ended.length)] : []),
    ];
    return [...edit({ text: lines.join("\n") }), ...ended];
  }

  async function token(pressed: Pressed, { ask }: Token): Promise<Owed[]> {
    const { from, presser, chat_id, texts, signal } = pressed;
    const { username = null, language_code: language = null } = presser ?? {};
    const who = { telegram_id: from, username, chat_id, language, texts, signal };
    const done = connect.answered(who, ask === "token_connect");
    if (!done) return pressed.refuse("tokenTooOld");
    await pressed.heard();
    return inPlace(pressed, await done);
  }

  async function answerStranded(pressed: Pressed, asked: Stranded): Promise<Owed[]> {
    const done = stranded.answer(asked, pressed.from, pressed.texts);
    if (!done) return pressed.refuse("alreadySettled");
    await pressed.heard();
    return pressed.edit(done);
  }

  return {
    async run(pressed, asked) {
      // A press from elsewhere is not theirs.
      if (pressed.chat_id !== pressed.from) return pressed.refuse("alreadySettled");
      switch (asked.ask) {
        case "stranded_save":
        case "stranded_discard":
          return answerStranded(pressed, asked);
        case "token_connect":
        case "token_forget":
          return token(pressed, asked);
        default:
          return unbind(pressed, asked);
      }
    },
  };
}

/** The first one where the button stood, the others below it. */
function inPlace({ chat_id, edit }: Pressed, [first, ...others]: readonly Message[]): Owed[] {
  return [
    ...(first ? edit(first) : []),
    ...others.map((message) => say(chat_id, message, { promise: "notice" })),
  ];
}
