import { accessTokensIn, redact } from "../base/access-token.ts";
import { integerOf } from "../base/read-values.ts";
import type { AskedFor } from "../domain/choices.ts";
import { NOT_BOUND, TOKEN_WAITS, TOLD } from "../domain/job.ts";
import { chatAlone, type Owed, placeOf } from "../domain/outgoing.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import { COMMANDS, textsOf } from "../locales/texts.ts";
import { isInGroup, isOfHiddenPerson, isPost, repliesToBot } from "../messages/addressed.ts";
import {
  type Command,
  offeredToken,
  offersToken,
  parseCommand,
  redeemsInvitation,
  tokenAlone,
} from "../messages/command.ts";
import { isNote } from "../messages/content.ts";
import { nameOfPost } from "../messages/forward-source.ts";
import { messageText, replyTarget } from "../messages/message-text.ts";
import { messageIn } from "../messages/versions.ts";
import { type Message, removal, replies, say, withCode } from "../replies/messages.ts";
import type { LeasedJob } from "../store/queue/jobs.ts";
import { hearsAll } from "./administrators.ts";
import type { createConnect } from "./connect.ts";
import {
  type Answered,
  type Answers,
  type ChatContext,
  notUnderstood,
  type Said,
  type Worked,
} from "./context.ts";
import type { createMemoRequests } from "./memo-requests.ts";

/** Works commands, and all that is said by people whose messages are not saved. */
export function createCommands(
  context: ChatContext,
  parts: {
    readonly answers: Answers;
    /** Commands that set something in a group, by their names. */
    readonly groupCommands: Readonly<Record<string, (said: Said) => Promise<Owed[]>>>;
    readonly connect: Pick<ReturnType<typeof createConnect>, "bind" | "howToConnect">;
    readonly memoRequests: Pick<ReturnType<typeof createMemoRequests>, "isCommand" | "jobOf" | "answer">;
    /** Takes a reply to the bot's last question, by what that asked for. */
    readonly answered: Readonly<Record<AskedFor, (said: Said) => Worked | Promise<Worked>>>;
  },
) {
  const { api, botId, chats, identity, textsFor, bindings, admission } = context;
  const { isAllowed } = admission;
  const { answers, groupCommands, connect, memoRequests, answered } = parts;

  const isOurs = (name: string) => Object.hasOwn(answers, name);

  async function answer(said: Said, command: Command): Promise<Worked> {
    const { message, binding, texts } = said;
    const { name } = command;
    const carryOut = isOurs(name) ? answers[name] : undefined;
    if (carryOut) return { owed: replies(message, await carryOut(said, command)) };
    const meant = COMMANDS.find((command) => isSlipOf(command, name));
    const hints = meant ? [texts.didYouMean({ command: meant })] : [];
    const text = [texts.unknownCommand({ name }), ...hints].join("\n");
    if (!binding) return { owed: replies(message, { text }) };
    return notUnderstood(said, text);
  }

  /** In a group others read along: nothing of a memo is shown but its link. */
  function answerInGroup(said: Said, command: Command | null, isKnown: boolean): Answered {
    const { message, texts } = said;
    const isMeant = command === null || command.name === "save" || isCalled(message);
    // Other bots hear a command without a name as well, and it may be theirs.
    if (command && !isOurs(command.name) && !isNamed(message)) return [];
    if (isOfHiddenPerson(message)) {
      const sets = command !== null && Object.hasOwn(groupCommands, command.name);
      return isMeant || sets ? { text: texts.whoseMemo } : [];
    }
    if (!isKnown) {
      const mayTell = admission.claimHint(message.chat.id, command && isMeant ? "command" : "message");
      return mayTell ? withLink(texts.groupHint) : [];
    }
    if (command === null) return { text: whyNotSaved(said) };
    if (memoRequests.isCommand(command.name)) return answerAboutMemo(said, command);
    const isHelp = command.name === "help" || command.name === "start" || !isOurs(command.name);
    return isHelp ? { text: texts.groupHelp } : withLink(texts.askInPrivate);
  }

  async function answerAboutMemo(said: Said, command: Command): Promise<Awaited<Answered>> {
    const { message, from, texts, signal } = said;
    const target = replyTarget(message);
    const job = target && memoRequests.jobOf(target, from);
    if (command.name === "save") {
      if (target && accessTokensIn(messageText(target).text).length > 0) return { text: texts.tokenInGroup };
      if (!job) return { text: whyNotSaved(said) };
    }
    // In privacy mode a command without a bot's name comes only to the bot that wrote last, so it is meant for us. A
    // bot that hears everything cannot tell.
    const asked = { chat_id: message.chat.id, user_id: botId };
    if (!job && !isCalled(message) && (await hearsAll(api, asked, signal))) return [];
    return memoRequests.answer(said, command);
  }

  /** The answer to a call of the bot by which nothing can be saved. */
  function whyNotSaved({ message, texts }: Said): string {
    const target = replyTarget(message);
    return target && isNote(target) ? texts.nothingToSave : texts.groupHelp;
  }

  /** Whether a message names the bot, or replies to it. */
  const isNamed = (message: TelegramMessage) =>
    /^\/\w+@/.test(message.text ?? "") || repliesToBot(message, identity.name());

  /** Whether a message is meant for the bot: by its name, or in a notebook, where its commands are known. */
  const isCalled = (message: TelegramMessage) =>
    isNamed(message) || chats.of(message.chat.id)?.mode === "all";

  function withLink(text: string): Message {
    const { username } = identity.name();
    return { text: username === null ? text : `${text}\nhttps://t.me/${username}` };
  }

  /** Somebody who is not let in, or is not bound. */
  function answerStranger(said: Said, command: Command | null, reason: string | null): Worked {
    const { message, from, texts } = said;
    const removed = command && offersToken(command) ? [removal(message, texts)] : [];
    if (reason === TOLD) return { owed: removed };
    const shut = withCode(texts.notAllowed({ id: from }), from);
    const told = reason === NOT_BOUND ? connect.howToConnect(said) : shut;
    return { owed: [...replies(message, told), ...removed] };
  }

  /**
   * An access token, or in a group an invitation, that whoever reads along could use. From somebody who is not bound, a
   * message that is nothing but a token is meant as /bind.
   */
  async function removeSecret(said: Said, command: Command | null): Promise<Worked> {
    const { job, message, from, binding, texts } = said;
    if (isPost(message)) {
      return { owed: [say(chatAlone(from), { text: `${nameOfPost(message)}\n${texts.tokenInPost}` })] };
    }
    const removed = removal(message, texts);
    const tell = (...told: Message[]) => ({ owed: [...replies(message, told), removed] });
    if (message.chat.type !== "private") {
      const isInvitation = command !== null && redeemsInvitation(command);
      return tell({ text: isInvitation ? texts.invitationInGroup : texts.tokenInGroup });
    }
    if (job.reason === TOLD) return { owed: [removed] };
    if (job.reason === "not_allowed" || !isAllowed(from)) {
      return tell(withCode(texts.notAllowed({ id: from }), from));
    }
    const isMeant = !message.forward_origin && message.edit_date === undefined && !binding;
    const token = isMeant ? tokenAlone(message.text) : undefined;
    if (token !== undefined) return connect.bind(said, token);
    const shown = { text: texts.tokenShown };
    const { text } = messageText(message);
    const hadWords = command === null && binding !== undefined && tokenAlone(text) === undefined;
    // The message goes: its words are given back.
    return hadWords && text !== "" ? tell(shown, { text: redact(text, accessTokensIn(text)) }) : tell(shown);
  }

  return async ({ job, updates }: LeasedJob, signal: AbortSignal): Promise<Worked> => {
    const message = messageIn(updates[0]?.update);
    const from = job.telegram_id;
    if (from === null) return { owed: [] };
    if (!message) {
      // Its message cannot be read: the key that it was sealed with is lost.
      const lost = say(chatAlone(from), { text: textsFor(from).tokenExpired });
      return { owed: job.reason === TOKEN_WAITS ? [lost] : [] };
    }
    const binding = bindings.get(from);
    const texts = textsOf(binding, message.from?.language_code);
    const to = placeOf(message, message.chat.id);
    const sentAt = integerOf(message.date);
    const at = sentAt === null ? job.created_at : sentAt * 1_000;
    const said = { job_id: job.id, at, message, job, from, to, binding, texts, signal };
    const command = parseCommand(message, identity.name().username);
    if (job.kind === "leaked_token") return removeSecret(said, command);
    if (isInGroup(message)) {
      const isKnown = job.kind !== "stranger" && isAllowed(from) && binding !== undefined;
      const carryOut = isKnown && command ? groupCommands[command.name] : undefined;
      if (carryOut && !isOfHiddenPerson(message)) return { owed: await carryOut(said) };
      return { owed: replies(message, await answerInGroup(said, command, isKnown)) };
    }
    if (job.kind === "stranger") return answerStranger(said, command, job.reason);
    // They were taken off ALLOWED_USERS since they sent it.
    if (!isAllowed(from)) return answerStranger(said, command, "not_allowed");
    if (command && offersToken(command)) return connect.bind(said, offeredToken(command));
    if (command) return answer(said, command);
    return answered[binding?.asked_for ?? "tags"](said);
  };
}

/** Whether somebody may have meant a word: one letter is missing, too many or another one, or two are swapped. */
function isSlipOf(word: string, typed: string): boolean {
  const differs = [...word].findIndex((letter, at) => letter !== typed[at]);
  const at = differs < 0 ? word.length : differs;
  const [wanted, found] = [word.slice(at), typed.slice(at)];
  const swapped = `${wanted.charAt(1)}${wanted.charAt(0)}${wanted.slice(2)}`;
  return [swapped, wanted.slice(1)].includes(found) || [wanted, wanted.slice(1)].includes(found.slice(1));
}
