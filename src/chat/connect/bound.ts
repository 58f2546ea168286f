import type { Bound } from "../../accounts/accounts.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { Texts, TextsFor } from "../../locales/texts.ts";
import { type Message, say } from "../../replies/messages.ts";
import { accountName } from "../../store/accounts/accounts.ts";
import type { Binding } from "../../store/accounts/bindings.ts";

/** What somebody is told who was just bound: that they are, and what was not saved because of a change of accounts. */
export function boundMessages(texts: Texts, { binding, released, left }: Bound): Message[] {
  return [
    { text: binding.guest_of === null ? hello(texts, binding, released) : welcome(texts, binding, released) },
    ...(left.length === 0
      ? []
      : [{ text: left.map(({ name, count }) => texts.leftBehind({ account: name, count })).join("\n") }]),
  ];
}

/**
 * What is owed to somebody whom the admin bound. They are greeted where that is new to them, they may use the bot, and
 * they have written to it: a bot cannot write to anybody first.
 */
export function boundNotices(
  deps: {
    readonly textsFor: TextsFor;
    readonly admission: { isAllowed(telegramId: number): boolean };
    readonly jobs: { hasHeardFrom(telegramId: number): boolean };
  },
  bound: Bound,
): Owed[] {
  const { telegram_id } = bound.binding;
  const { textsFor, admission, jobs } = deps;
  const [greeting, ...asked] = boundMessages(textsFor(telegram_id), bound);
  const isGreeted = bound.isNew && admission.isAllowed(telegram_id) && jobs.hasHeardFrom(telegram_id);
  const told = isGreeted && greeting ? [greeting, ...asked] : asked;
  return told.map((message) => say(telegram_id, message));
}

function hello(texts: Texts, { display_name }: Binding, released: number): string {
  return released > 0
    ? texts.boundAndReleased({ name: display_name, count: released })
    : texts.bound({ name: display_name });
}

/** To a guest: the account, and its name, are somebody else's. */
function welcome(texts: Texts, binding: Binding, released: number): string {
  const name = accountName(binding);
  const lines = released > 0 ? [texts.savingTo({ name, count: released })] : [];
  return [texts.guestBound({ account: name }), ...lines].join("\n");
}
