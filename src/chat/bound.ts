import type { Bound } from "../accounts/accounts.ts";
import type { Owed } from "../domain/outgoing.ts";
import type { Texts, TextsFor } from "../locales/texts.ts";
import { type Message, say } from "../replies/messages.ts";
import { accountName } from "../store/accounts/accounts.ts";

/** What somebody is told who was just bound: that they are, and what was not saved because of a change of accounts. */
export function boundMessages(texts: Texts, { binding, released: count, left }: Bound): Message[] {
  const isGuest = binding.guest_of !== null;
  // A guest's account, and its name, are somebody else's.
  const name = isGuest ? accountName(binding) : binding.display_name;
  const hello = isGuest ? texts.guestBound({ account: name }) : texts.greetingBound({ name });
  const saving = count > 0 ? [texts.savingTo({ name, count })] : [];
  const lost = left.map(({ name, count }) => texts.leftBehind({ account: name, count }));
  return [{ text: [hello, ...saving].join("\n") }, ...(lost.length > 0 ? [{ text: lost.join("\n") }] : [])];
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
  const isGreeted = bound.isNew && admission.isAllowed(telegram_id) && jobs.hasHeardFrom(telegram_id);
  const told = boundMessages(textsFor(telegram_id), bound);
  return (isGreeted ? told : told.slice(1)).map((message) => say(telegram_id, message));
}
