import type { Owed } from "../../domain/outgoing.ts";
import type { TelegramUser } from "../../domain/telegram.ts";
import type { Texts } from "../../locales/texts.ts";
import { type Message, say } from "../../replies/messages.ts";
import { accountName } from "../../store/accounts/accounts.ts";
import type { Binding } from "../../store/accounts/bindings.ts";
import type { ChatContext } from "../context.ts";
import { cut, oneLine } from "../lists/writer.ts";
import { boundMessages } from "./bound.ts";

const NAME_LENGTH = 60;

/** People who come by an invitation, and stay until their host leaves. */
export type Guests = ReturnType<typeof createGuests>;

export function createGuests({ store, accounts, urls, textsFor, clock: { now } }: ChatContext) {
  const { bindings, admission } = store;

  /** Redeems what somebody comes with: `/start inv_…`. */
  function arrive(code: string, guest: TelegramUser, texts: Texts): Message | readonly Message[] {
    const { id, username = null, language_code: telegram_language = null } = guest;
    // A code that is not valid counts like a token that is not.
    if (!admission.mayTryToken(id, now())) return { text: texts.tooManyTries };
    const told = (host: Binding) => [joined(textsFor(host.telegram_id), host, guest)];
    const redeemed = accounts.redeem(code, { telegram_id: id, username, telegram_language }, told);
    switch (redeemed.kind) {
      case "joined":
        return boundMessages(texts, redeemed);
      case "bound":
        return { text: texts.greetingBound({ name: redeemed.binding.display_name }) };
      case "elsewhere":
        return {
          text: `${texts.statusBound({ name: accountName(redeemed.binding) })}\n${texts.unbindFirst}`,
        };
      case "welcome":
        return { text: texts.invited({ place: urls.tokenPlace(texts) }) };
      case "no_access":
        return { text: texts.inviterWithoutAccess };
      case "invalid":
        admission.noteFailedToken(id, now());
        return { text: texts.badInvitation };
      default:
        return redeemed satisfies never;
    }
  }

  function leave({ telegram_id }: Binding): Owed[] {
    // What they speak is forgotten with the binding.
    const texts = textsFor(telegram_id);
    const left = accounts.unbind(telegram_id);
    if (!left) return [];
    const text = texts.guestEnded({ account: accountName(left.binding) });
    return [say(telegram_id, { text })];
  }

  return {
    arrive,
    /** How many have the access token from this person. */
    countOf: (host: number) => bindings.guestsOf(host).length,
    /** Disconnects them; what they are told. */
    endAll: (host: number) => bindings.guestsOf(host).flatMap(leave),
  };
}

/** To whose account it is: who came, and how they leave again. */
function joined(texts: Texts, host: Binding, guest: TelegramUser): Owed {
  const { id, first_name, username } = guest;
  const name = cut(oneLine(first_name), NAME_LENGTH);
  // `Pat (@pat)`
  const full = username === undefined ? name : `${name} (@${username})`;
  const text = `${texts.guestJoined({ guest: full, id: String(id) })}\n${texts.guestsLeave}`;
  return say(host.telegram_id, { text });
}
