import { Secret } from "../../base/secret.ts";
import { TOKEN_WAITS } from "../../domain/job.ts";
import type { Owed } from "../../domain/outgoing.ts";
import type { TelegramMessage } from "../../domain/telegram.ts";
import type { Texts } from "../../locales/texts.ts";
import { isInGroup } from "../../messages/addressed.ts";
import {
  type Command,
  offeredToken,
  offersToken,
  parseCommand,
  redeemsInvitation,
  tokenAlone,
} from "../../messages/command.ts";
import { messageText } from "../../messages/message-text.ts";
import { messageIn } from "../../messages/versions.ts";
import { button, type Message, say, unbindQuestion, withCode } from "../../replies/messages.ts";
import { accountName } from "../../store/accounts/accounts.ts";
import { TOLD } from "../../store/queue/assign-job.ts";
import type { LeasedJob } from "../../store/queue/jobs.ts";
import { UNKNOWN_COMMAND } from "../../store/queue/message-jobs.ts";
import type { Asker } from "../ask-memos.ts";
import type { Connect } from "../connect/connect.ts";
import type { Guests } from "../connect/guests.ts";
import type { ChatContext, Said } from "../context.ts";
import type { Finder } from "../lists/search.ts";
import { failedMessage } from "../notices/failed.ts";
import { answerTags, settingsMessage } from "../notices/settings.ts";
import { statusMessage } from "../notices/status.ts";
import type { AnswerInGroup } from "./group-commands.ts";
import { isMemoCommand, type MemoCommands } from "./memo-commands.ts";

/** A command that has to wait for Memos, and what is owed meanwhile. */
export interface WaitsForMemos {
  readonly waitsForMemos: readonly Owed[];
}

interface Asked extends Said {
  readonly command: Command;
}

export function createCommands(
  context: ChatContext,
  parts: {
    connect: Connect;
    guests: Pick<Guests, "arrive" | "countOf">;
    finder: Finder;
    memoCommands: MemoCommands;
    inGroup: AnswerInGroup;
  },
) {
  const { identity, answerFromMemos, health, textsFor } = context;
  const { bindings, waitingTokens, jobs, deadLetters } = context.store;
  const { isAllowed } = context.store.admission;
  const { tokenPlace } = context.urls;
  const { connect, guests, finder, memoCommands, inGroup } = parts;

  async function answer(asked: Asked): Promise<Message | readonly Message[]> {
    const { command, from, texts } = asked;
    const binding = bindings.get(from);
    switch (command.name) {
      case "start": {
        const guest = asked.message.from;
        if (guest && redeemsInvitation(command)) return guests.arrive(command.argument, guest, texts);
        if (!binding) return withCode(texts.greetingUnbound({ id: from, place: tokenPlace(texts) }), from);
        if (binding.state === "active") return { text: texts.greetingBound({ name: binding.display_name }) };
        return { text: texts.tokenDied({ account: accountName(binding), place: tokenPlace(texts) }) };
      }
      case "bind":
        return { text: texts.howToBind({ place: tokenPlace(texts) }) };
      case "unbind":
        if (!binding) return { text: waitingTokens.replace(from) ? texts.tokenForgotten : texts.notBound };
        return unbindQuestion(texts, {
          account: binding.display_name,
          waiting: jobs.unfinishedOf(from, binding),
          guests: guests.countOf(from),
        });
      case "id":
        return withCode(texts.yourId({ id: from }), from);
      case "help":
        return { text: binding ? texts.help : texts.helpUnbound({ place: tokenPlace(texts) }) };
      case "status": {
        const person = {
          binding,
          waiting: jobs.unfinishedOf(from),
          failed: deadLetters.countOf(from),
        };
        return statusMessage(texts, person, health());
      }
      case "failed":
        return failedMessage(texts, deadLetters, { telegram_id: from, binding }, 0);
      case "settings":
        return binding ? settingsMessage(texts, binding, null) : { text: texts.notBound };
      case "search":
      case "recent":
      case "random":
      case "today":
        return answerFromMemos(asked, (asker, signal) => find(command, asker, signal));
      default:
        if (!isMemoCommand(command)) return unknown(asked, binding !== undefined);
        return memoCommands.run({ ...asked, command });
    }
  }

  /** Somebody offers an access token, whose message is removed at once. */
  async function bind(said: Said, token: string): Promise<Owed[] | WaitsForMemos> {
    const { job, message, from, texts } = said;
    const told = await connect.connect(said, new Secret(token));
    const isRemoved = job.reason === TOKEN_WAITS;
    if (told !== "later") return [...(isRemoved ? [] : [removed(message, texts)]), ...replies(message, told)];
    if (isRemoved) return { waitsForMemos: [] };
    return { waitsForMemos: [removed(message, texts), ...replies(message, connect.kept(texts, from))] };
  }

  function find(command: Command, asker: Asker, signal: AbortSignal): Promise<Message> {
    if (command.name === "search") return finder.search(asker, command.argument, signal);
    if (command.name === "recent") return finder.recent(asker, signal);
    return command.name === "today" ? finder.today(asker, signal) : finder.random(asker, signal);
  }

  /** Somebody who is not let in, or is not bound. */
  function stranger({ message, from, texts }: Said, command: Command | null, reason: string | null): Owed[] {
    const removal = command && offersToken(command) ? [removed(message, texts)] : [];
    if (reason === TOLD) return removal;
    const isInvited = command !== null && redeemsInvitation(command);
    const shut = isInvited ? texts.invitedNotAllowed({ id: from }) : texts.notAllowed({ id: from });
    return [
      ...removal,
      ...replies(message, reason === "not_bound" ? unbound(from, texts) : withCode(shut, from)),
    ];
  }

  const unbound = (from: number, texts: Texts): Message =>
    waitingTokens.has(from)
      ? connect.kept(texts, from)
      : withCode(texts.stranger({ id: from, place: tokenPlace(texts) }), from);

  /**
   * An access token, or in a group an invitation, that whoever reads along could use. From somebody who is not bound, a
   * message that is nothing but a token is meant as /bind.
   */
  async function leaked(said: Said, command: Command | null): Promise<Owed[] | WaitsForMemos> {
    const { job, message, from, texts } = said;
    const removal = removed(message, texts);
    const tell = (told: Message) => [removal, ...replies(message, told)];
    if (message.chat.type !== "private") {
      const isInvitation = command !== null && redeemsInvitation(command);
      return tell({ text: isInvitation ? texts.invitationInGroup : texts.tokenInGroup });
    }
    if (job.reason === TOLD) return [removal];
    if (job.reason === "not_allowed" || !isAllowed(from))
      return tell(withCode(texts.notAllowed({ id: from }), from));
    const isMeant = !message.forward_origin && message.edit_date === undefined && !bindings.get(from);
    const token = isMeant ? tokenAlone(message.text) : undefined;
    return token === undefined ? tell({ text: texts.tokenShown }) : bind(said, token);
  }

  /** Not saved silently, and not lost: a button saves it as what it was perhaps meant as. */
  function unknown(asked: Asked, bound: boolean): Message {
    const { command, texts, job } = asked;
    const text = texts.unknownCommand({ name: command.name });
    if (!bound) return { text };
    const buttons = [[button(texts.saveAsMemo, { ask: "save", job_id: job.id })]];
    return { text, buttons, about: UNKNOWN_COMMAND };
  }

  return {
    /** Runs a command, answers a stranger, or removes a token somebody showed: what is owed once it is done. */
    async run({ job, updates }: LeasedJob, signal: AbortSignal): Promise<Owed[] | WaitsForMemos> {
      const message = messageIn(updates[0]?.update);
      const from = job.telegram_id;
      if (from === null) return [];
      if (!message) {
        // The key that it was sealed with is lost.
        const lost = { text: textsFor(from).tokenExpired };
        return job.reason === TOKEN_WAITS ? [say(from, lost)] : [];
      }
      const texts = textsFor(from, message.from?.language_code);
      const said = { message, job, from, texts, signal };
      const command = parseCommand(message, identity.name().username);
      if (job.kind === "leaked_token") return leaked(said, command);
      if (isInGroup(message)) {
        const isKnown = job.kind !== "stranger" && isAllowed(from) && bindings.get(from) !== undefined;
        return replies(message, await inGroup({ ...said, command }, isKnown));
      }
      if (job.kind === "stranger") return stranger(said, command, job.reason);
      // Taken off the list since it was sent.
      if (!isAllowed(from)) return stranger(said, command, "not_allowed");
      if (command && offersToken(command)) return bind(said, offeredToken(command));
      if (command) return replies(message, await answer({ ...said, command }));
      const { text } = messageText(message);
      return replies(message, answerTags(bindings, { text, job_id: job.id, from, texts }));
    },
  };
}

function replies(to: TelegramMessage, messages: Message | readonly Message[]): Owed[] {
  const { chat, message_id: replyTo } = to;
  return [messages].flat().map((message) => say(chat.id, message, { replyTo }));
}

/** Deletes somebody's message; they are asked to do it where Telegram does not allow it. */
function removed({ chat, message_id }: TelegramMessage, texts: Texts): Owed {
  const refused = { text: texts.deleteItYourself };
  return {
    chat_id: chat.id,
    method: "deleteMessage",
    promise: "notice",
    params: { chat_id: chat.id, message_id },
    instead: say(chat.id, refused, { replyTo: message_id }).params,
  };
}
