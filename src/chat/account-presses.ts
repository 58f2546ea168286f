import type { Accounts } from "../accounts.ts";
import type { Bindings } from "../store/bindings.ts";
import type { Owed } from "../store/outbox.ts";
import type { Guests } from "./guests.ts";
import type { Press } from "./press-data.ts";
import type { Pressed } from "./pressed.ts";
import type { StrandedAnswers } from "./stranded.ts";

type Stranded = Extract<Press, { ask: "stranded_save" | "stranded_discard" }>;
type Unbind = Extract<Press, { ask: "unbind_yes" | "unbind_no" }>;
export type AccountPress = Stranded | Unbind;

/** The buttons about who is connected to which account: they stand in people's own chats. */
export interface AccountPresses {
  run(pressed: Pressed, asked: AccountPress): Promise<Owed[]>;
}

export function createAccountPresses(deps: {
  accounts: Pick<Accounts, "unbind">;
  bindings: Pick<Bindings, "get">;
  guests: Pick<Guests, "endAll">;
  stranded: StrandedAnswers;
}): AccountPresses {
  const { accounts, bindings, guests, stranded } = deps;

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
        default:
          return unbind(pressed, asked);
      }
    },
  };
}
