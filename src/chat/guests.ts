import type { TelegramUser } from "gramio";
import type { Accounts } from "../accounts.ts";
import { accountName } from "../store/account-names.ts";
import type { Binding, Bindings } from "../store/bindings.ts";
import type { Which } from "../store/invitations.ts";
import type { Owed } from "../store/outbox.ts";
import { boundMessages } from "./bound.ts";
import { button, type Message, say } from "./messages.ts";
import type { Texts, TextsFor, TokenPlace } from "./texts.ts";
import { cut, oneLine } from "./writer.ts";

const NAME_LENGTH = 60;
/** Telegram cuts the texts of buttons where the screen ends. */
const NAME_ON_BUTTON = 20;

/** People who come by an invitation, and how long they stay. */
export interface Guests {
  /** Redeems what they come with: `/start inv_…`. */
  arrive(code: string, guest: TelegramUser, texts: Texts): Message[];
  /** They were asked whether to leave their account for that of the invitation, and want to. */
  moveOver(mark: string, guest: TelegramUser, texts: Texts): Message[];
  /** How many a person has in an account of theirs. */
  countOf(host: number): number;
  isGuest(host: number, guest: number): boolean;
  /** Disconnects one of them; what they are told. */
  end(host: number, guest: number): Promise<Owed[]>;
  endAll(host: number): Promise<Owed[]>;
}

export function createGuests(deps: {
  accounts: Pick<Accounts, "redeem" | "unbind">;
  bindings: Pick<Bindings, "guestsOf">;
  /** A code that is not valid counts like a token that is not. */
  tries: {
    mayTryToken(telegramId: number, now: number): boolean;
    noteFailedToken(telegramId: number, now: number): void;
  };
  tokenPlace: () => TokenPlace;
  textsFor: TextsFor;
  now: () => number;
}): Guests {
  const { accounts, bindings, tries, tokenPlace, textsFor, now } = deps;

  function redeem(which: Which, guest: TelegramUser, texts: Texts): Message[] {
    const { id, username = null, language_code: telegram_language = null } = guest;
    if (!tries.mayTryToken(id, now())) return [{ text: texts.tooManyTries }];
    const told = (host: Binding) => [joined(textsFor(host.telegram_id), host, guest)];
    const redeemed = accounts.redeem(which, { telegram_id: id, username, telegram_language }, told);
    switch (redeemed.kind) {
      case "joined":
        return boundMessages(texts, redeemed);
      case "bound":
        return [{ text: texts.greetingBound(redeemed.binding.display_name) }];
      case "replaces":
        return [switchQuestion(texts, redeemed)];
      case "welcome":
        return [{ text: texts.invited(tokenPlace()) }];
      case "no_access":
        return [{ text: texts.inviterWithoutAccess }];
      case "invalid":
        tries.noteFailedToken(id, now());
        return [{ text: texts.badInvitation }];
      default:
        return redeemed satisfies never;
    }
  }

  async function leave({ telegram_id }: Binding): Promise<Owed[]> {
    // What they speak is forgotten with the binding.
    const texts = textsFor(telegram_id);
    const left = await accounts.unbind(telegram_id);
    if (!left) return [];
    const text = texts.guestEnded(accountName(left.binding));
    return [say(telegram_id, { text }, { promise: "notice" })];
  }

  const find = (host: number, guest: number) =>
    bindings.guestsOf(host).find(({ telegram_id }) => telegram_id === guest);

  return {
    arrive: (code, guest, texts) => redeem({ code }, guest, texts),
    moveOver: (mark, guest, texts) => redeem({ mark }, guest, texts),
    countOf: (host) => bindings.guestsOf(host).length,
    isGuest: (host, guest) => find(host, guest) !== undefined,
    async end(host, guest) {
      const found = find(host, guest);
      return found ? leave(found) : [];
    },
    endAll: async (host) => (await Promise.all(bindings.guestsOf(host).map(leave))).flat(),
  };
}

/** To whose account it is: who came, and the way to have them leave. */
function joined(texts: Texts, host: Binding, guest: TelegramUser): Owed {
  const { id, first_name, username } = guest;
  const name = cut(oneLine(first_name), NAME_LENGTH);
  // `Pat (@pat)`
  const full = username === undefined ? name : `${name} (@${username})`;
  const out = texts.guestOut(cut(name, NAME_ON_BUTTON));
  const message: Message = {
    text: texts.guestJoined(full, String(id)),
    buttons: [[button(out, { ask: "guest_out", telegram_id: id })]],
  };
  return say(host.telegram_id, message, { promise: "notice" });
}

function switchQuestion(
  texts: Texts,
  { current, host, mark }: { readonly current: Binding; readonly host: Binding; readonly mark: string },
): Message {
  const to = accountName(host);
  return {
    text: texts.switchQuestion(accountName(current), to),
    buttons: [
      [button(texts.switchYes(cut(oneLine(to), NAME_ON_BUTTON)), { ask: "move_over", mark })],
      [button(texts.stayConnected, { ask: "unbind_no" })],
    ],
  };
}
