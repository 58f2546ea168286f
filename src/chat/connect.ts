import type { Bound } from "../accounts/accounts.ts";
import { AppError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import { TOKEN_WAITS } from "../domain/job.ts";
import { chatAlone, type Owed } from "../domain/outgoing.ts";
import type { TelegramUser } from "../domain/telegram.ts";
import type { Texts, TextsFor } from "../locales/texts.ts";
import { isMemosError } from "../memos/errors.ts";
import { type Command, isUserName, redeemsInvitation } from "../messages/command.ts";
import { button, type Message, removal, replies, say, withCode } from "../replies/messages.ts";
import { cut, oneLine } from "../replies/text-writer.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import { accountName } from "../store/accounts/bindings.ts";
import { bound, type Handlers } from "./buttons.ts";
import type { Answers, Asking, ChatContext, Said, Worked } from "./context.ts";

/** A token that could not be checked for so long is forgotten. */
const KEPT_MS = 24 * 3_600_000;
const NAME_LENGTH = 60;

/** Joins people to Memos accounts, by the access tokens that they send or by invitations, and lets them go again. */
export function createConnect(context: ChatContext) {
  const { bindings, admission, jobs, accounts, urls, textsFor, waysInOf, clock } = context;
  const howToBind = (texts: Texts, of: { readonly isKnown: boolean }) =>
    texts.howToBind({ place: urls.tokenPlace(texts, of) });

  /** Somebody offers an access token, whose message is removed. */
  async function bind(said: Said, token: string): Promise<Worked> {
    const { job, message, texts } = said;
    const told = isUserName(token) ? [{ text: texts.notAToken }] : await connect(said, new Secret(token));
    const removed = job.reason === TOKEN_WAITS ? [] : [removal(message, texts)];
    if (told !== "later") return { owed: [...replies(message, told), ...removed] };
    const detail = "its access token waits to be checked";
    return {
      owed: removed.length === 0 ? [] : [...replies(message, kept(said)), ...removed],
      waits: { waiting_for: "memos", reason: TOKEN_WAITS, detail },
    };
  }

  /** Binds them, or says what keeps it from being so. `later`: Memos cannot be asked now. */
  async function connect(said: Said, access_token: Secret): Promise<Message[] | "later"> {
    const { message, job, from: telegram_id, texts, signal } = said;
    const now = clock.now();
    if (job.reason === TOKEN_WAITS) {
      if (job.created_at + KEPT_MS <= now) return [{ text: texts.tokenExpired }];
    } else if (!admission.mayTryToken(telegram_id)) return [{ text: texts.tooManyTries }];
    jobs.replaceTokens(telegram_id, job.id);
    const { username = null, language_code: telegram_language = null } = message.from ?? {};
    const request = { telegram_id, access_token, username, telegram_language, job_id: job.id };
    try {
      return boundMessages(texts, await accounts.bind(request, signal));
    } catch (error) {
      if (!(error instanceof AppError) || signal.aborted) throw error;
      if (error.code === "unavailable") return "later";
      // A later /bind took its place, and has an answer of its own.
      if (error.code === "conflict") return [];
      admission.noteFailedToken(telegram_id);
      const how = howToBind(texts, { isKnown: said.binding !== undefined });
      return [{ text: `${texts.tokenRefused({ why: whyRefused(texts, error) })}\n${how}` }];
    }
  }

  /** The answer while Memos is away: the token is kept until it can be checked. */
  const kept = ({ binding, texts }: Asking): Message => ({
    text: binding ? texts.tokenKept : `${texts.stranger}\n${texts.tokenKept}`,
  });

  /** `/start`, also with an invitation: `/start inv_…`. */
  function start(said: Said, command: Command): Message | readonly Message[] {
    const { message, binding, texts } = said;
    if (message.from && redeemsInvitation(command)) return arrive(command.argument, message.from, texts);
    if (!binding) return waysInOf(said, texts.greeting);
    return { text: binding.state === "active" ? hello(texts, binding) : urls.tokenDied(texts, binding) };
  }

  function arrive(code: string, guest: TelegramUser, texts: Texts): Message | readonly Message[] {
    const { id, username = null, language_code: telegram_language = null } = guest;
    // A wrong code counts as a failed try, as a wrong token does.
    if (!admission.mayTryToken(id)) return { text: texts.tooManyTries };
    const told = (host: Binding) => {
      const texts = textsFor(host.telegram_id);
      const joined = texts.guestJoined({ guest: cut(oneLine(guest.first_name), NAME_LENGTH), id: `${id}` });
      return [say(chatAlone(host.telegram_id), { text: `${joined}\n${texts.guestsLeave}` })];
    };
    const redeemed = accounts.redeem(code, { telegram_id: id, username, telegram_language }, told);
    switch (redeemed.kind) {
      case "joined":
        return boundMessages(texts, redeemed);
      case "bound":
        return { text: hello(texts, redeemed.binding) };
      case "elsewhere":
        return {
          text: `${texts.statusBound({ name: accountName(redeemed.binding) })}\n${texts.unbindFirst}`,
        };
      case "welcome":
        return { text: `${texts.greeting}\n\n${howToBind(texts, { isKnown: true })}` };
      case "no_access":
        return { text: texts.inviterWithoutAccess };
      case "invalid":
        admission.noteFailedToken(id);
        return { text: texts.badInvitation };
      default:
        return redeemed satisfies never;
    }
  }

  function unbind({ from, binding, texts }: Asking): Message {
    if (!binding) {
      jobs.replaceTokens(from);
      return { text: texts.notBound };
    }
    const account = binding.display_name;
    const waiting = jobs.unfinishedOf(from, binding);
    const guests = bindings.guestsOf(from).length;
    const lines = [
      texts.unbindQuestion({ account }),
      ...(waiting > 0 ? [texts.unbindWaiting({ account, count: waiting })] : []),
      ...(guests > 0 ? [texts.unbindGuests({ count: guests })] : []),
    ];
    const yes = button(texts.unbindYes, { ask: "unbind_yes" });
    const no = button(texts.cancel, { ask: "unbind_no" });
    return { text: lines.join("\n"), buttons: [[yes, no]] };
  }

  const commands = {
    start,
    bind: ({ binding, texts }) => ({ text: howToBind(texts, { isKnown: binding !== undefined }) }),
    unbind,
    id: ({ from, texts }) => withCode(texts.yourId({ id: from }), from),
  } satisfies Answers;

  const buttons = {
    unbind_yes: bound(({ from, binding, texts, edit }) => {
      const ended = bindings.guestsOf(from).flatMap((guest) => unboundNotices(context, guest.telegram_id));
      accounts.unbind(from);
      return [...edit({ text: texts.unbound({ account: binding.display_name }) }), ...ended];
    }),
    unbind_no: bound(({ binding, texts, edit }) => edit({ text: hello(texts, binding) })),
  } satisfies Partial<Handlers>;

  return {
    bind,
    commands,
    buttons,
    /** How somebody who is not bound is answered. */
    howToConnect(said: Asking): Message {
      // They were connected only after they had sent it.
      if (said.binding) return { text: said.texts.sentTooEarly };
      if (jobs.hasTokenWaiting(said.from)) return kept(said);
      return waysInOf(said, said.texts.stranger);
    },
  };
}

/** Why a token was refused: the server's own words; it has none for a token that it takes for now. */
function whyRefused(texts: Texts, { cause, message }: AppError): string {
  return isMemosError(cause, "token_refused") ? (cause.ownWords ?? texts.signInToken) : message;
}

/** What somebody is told who was just bound: that they are, and what was not saved because of a change of accounts. */
function boundMessages(texts: Texts, { binding, left }: Bound): Message[] {
  const lost = left.map((one) => texts.leftBehind(one));
  return [{ text: hello(texts, binding) }, ...(lost.length > 0 ? [{ text: lost.join("\n") }] : [])];
}

/** Greets somebody with their account; a guest by its user name, as the display name is their host's. */
const hello = (texts: Texts, binding: Binding) =>
  texts.greetingBound({ name: binding.guest_of === null ? binding.display_name : accountName(binding) });

/** Unbinds somebody because their host or the admin decided so; returns what they are told. */
export function unboundNotices(
  { accounts, textsFor }: Pick<ChatContext, "accounts" | "textsFor">,
  telegramId: number,
): Owed[] {
  // Before the binding is removed: their language is stored with it.
  const texts = textsFor(telegramId);
  const left = accounts.unbind(telegramId);
  if (!left) return [];
  return [say(chatAlone(telegramId), { text: texts.unbound({ account: accountName(left.binding) }) })];
}

/**
 * What is owed to somebody whom the admin bound. They are greeted where that is new to them, they may use the bot, and
 * they have written to it: a bot cannot write to anybody first.
 */
export function boundNotices(
  deps: {
    readonly textsFor: TextsFor;
    readonly admission: { isAllowed(telegramId: number): boolean };
    readonly chats: { isKnown(chatId: number): boolean };
  },
  bound: Bound,
): Owed[] {
  const { telegram_id } = bound.binding;
  const { textsFor, admission, chats } = deps;
  const isGreeted = bound.isNew && admission.isAllowed(telegram_id) && chats.isKnown(telegram_id);
  const told = boundMessages(textsFor(telegram_id), bound);
  return (isGreeted ? told : told.slice(1)).map((message) => say(chatAlone(telegram_id), message));
}
