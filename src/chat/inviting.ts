import type { TelegramUser } from "gramio";
import type { Accounts } from "../accounts.ts";
import { boundMessages } from "./bound.ts";
import { type Message, say } from "./messages.ts";
import type { Texts, TextsFor, TokenPlace } from "./texts.ts";
import { cut, oneLine } from "./writer.ts";

const NAME_LENGTH = 60;

/** Redeems the invitations that guests come with: `/start inv_…`. */
export type Inviting = (code: string, guest: TelegramUser, texts: Texts) => Message[];

export function createInviting(deps: {
  accounts: Pick<Accounts, "redeem">;
  /** A code that is not valid counts like a token that is not. */
  tries: {
    mayTryToken(telegramId: number, now: number): boolean;
    noteFailedToken(telegramId: number, now: number): void;
  };
  tokenPlace: () => TokenPlace;
  textsFor: TextsFor;
  now: () => number;
}): Inviting {
  const { accounts, tries, tokenPlace, textsFor, now } = deps;

  return (code, guest, texts) => {
    const { id, username = null } = guest;
    if (!tries.mayTryToken(id, now())) return [{ text: texts.tooManyTries }];
    const redeemed = accounts.redeem(code, { telegram_id: id, username }, (host) => {
      const text = textsFor(host.telegram_id).guestJoined(nameOf(guest), String(id));
      return [say(host.telegram_id, { text }, { promise: "notice" })];
    });
    switch (redeemed.kind) {
      case "joined":
        return boundMessages(texts, redeemed);
      case "bound":
        return [{ text: texts.greetingBound(redeemed.binding.display_name) }];
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
  };
}

/** `Pat (@pat)` */
function nameOf({ first_name, username }: TelegramUser): string {
  const name = cut(oneLine(first_name), NAME_LENGTH);
  return username === undefined ? name : `${name} (@${username})`;
}
