import type { Accounts } from "../accounts.ts";
import type { Bindings } from "../store/bindings.ts";
import type { Owed } from "../store/outbox.ts";
import type { Guests } from "./guests.ts";
import type { Press } from "./press-data.ts";
import type { Pressed } from "./pressed.ts";

export type AccountPress = Extract<Press, { ask: "unbind_yes" | "unbind_no" }>;

/** The buttons about who is connected to which account: they stand in people's own chats. */
export interface AccountPresses {
  run(pressed: Pressed, asked: AccountPress): Promise<Owed[]>;
}

export function createAccountPresses(deps: {
  accounts: Pick<Accounts, "unbind">;
  bindings: Pick<Bindings, "get">;
  guests: Pick<Guests, "endAll">;
}): AccountPresses {
  const { accounts, bindings, guests } = deps;

  return {
    async run(pressed, { ask }) {
      const { from, texts, edit } = pressed;
      // A press from elsewhere is not theirs.
      if (pressed.chat_id !== from) return pressed.refuse("alreadySettled");
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
    },
  };
}
