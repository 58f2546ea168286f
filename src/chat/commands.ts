import type { TelegramMessage } from "gramio";
import type { Accounts, Bound } from "../accounts.ts";
import { AppError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { Bindings } from "../store/bindings.ts";
import type { LeasedJob } from "../store/jobs.ts";
import type { Owed } from "../store/outbox.ts";
import { type Command, offersToken, parseCommand } from "../telegram/command.ts";
import { storedMessage } from "../telegram/update.ts";
import { type Message, say, unbindQuestion, withCode } from "./messages.ts";
import type { Texts } from "./texts.ts";

/** What a command led to: messages that are owed once it is done. */
export interface Commands {
  /** Runs a command, answers a stranger, or removes a token somebody showed. */
  run(leased: LeasedJob, signal: AbortSignal): Promise<Owed[]>;
}

export interface CommandsDeps {
  readonly accounts: Accounts;
  readonly bindings: Pick<Bindings, "get">;
  readonly jobs: { unfinishedOf(telegramId: number): number };
  readonly tries: {
    mayTryToken(telegramId: number, now: number): boolean;
    noteFailedToken(telegramId: number, now: number): void;
  };
  /** Deletes a message; false when Telegram does not allow it. */
  readonly deleteMessage: (chatId: number, messageId: number, signal: AbortSignal) => Promise<boolean>;
  readonly botUsername: () => string | null;
  readonly memosUrl: () => string;
  readonly texts: Texts;
  readonly now: () => number;
}

export function createCommands(deps: CommandsDeps): Commands {
  const { accounts, bindings, jobs, tries, deleteMessage, botUsername, memosUrl, texts, now } = deps;

  async function bind(from: number, chat: Chat, token: string, signal: AbortSignal): Promise<Message[]> {
    if (!tries.mayTryToken(from, now())) {
      return [{ text: texts.tooManyTries }, ...(await removed(chat, signal))];
    }
    try {
      const bound = await accounts.bind(
        { telegram_id: from, access_token: new Secret(token), username: chat.username },
        signal,
      );
      return [...greetings(bound), ...(await removed(chat, signal))];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const left = await removed(chat, signal);
      if (error.code === "unavailable") return [{ text: texts.memosAway }, ...left];
      tries.noteFailedToken(from, now());
      return [{ text: texts.tokenRefused(error.message) }, ...left];
    }
  }

  function greetings({ binding, released, left }: Bound): Message[] {
    const { display_name } = binding;
    const hello = released > 0 ? texts.boundAndReleased(display_name, released) : texts.bound(display_name);
    return [{ text: left ? `${hello}\n\n${texts.waitFromOther(left.account, left.waiting)}` : hello }];
  }

  /** Deletes the message that holds a token; with a word to its sender when that is not allowed. */
  async function removed(chat: Chat, signal: AbortSignal): Promise<Message[]> {
    const done = await deleteMessage(chat.id, chat.messageId, signal);
    return done ? [] : [{ text: texts.deleteItYourself }];
  }

  async function answer(command: Command, from: number, chat: Chat, signal: AbortSignal): Promise<Message[]> {
    const binding = bindings.get(from);
    if (offersToken(command)) return bind(from, chat, command.argument, signal);
    switch (command.name) {
      case "start":
        if (command.argument !== "") return [{ text: texts.badInvitation }];
        return [
          binding
            ? { text: texts.greetingBound(binding.display_name) }
            : withCode(texts.greetingUnbound(from), String(from)),
        ];
      case "bind":
        return [{ text: texts.howToBind(memosUrl()) }];
      case "unbind":
        return [
          binding
            ? unbindQuestion(texts, binding.display_name, jobs.unfinishedOf(from))
            : { text: texts.notBound },
        ];
      case "id":
        return [withCode(texts.yourId(from), String(from))];
      case "help":
        return [{ text: texts.help }];
      default:
        return [{ text: texts.unknownCommand(command.name) }];
    }
  }

  return {
    async run({ job, updates }, signal) {
      const message = storedMessage(updates[0]?.json ?? null);
      const chat = chatOf(message);
      const from = job.telegram_id;
      if (!message || !chat || from === null) return [];
      const reply = (messages: readonly Message[]) =>
        messages.map((text) => say(chat.id, text, { replyTo: chat.messageId, promise: "notice" }));
      if (job.kind === "leaked_token") {
        const left = await removed(chat, signal);
        const text = message.chat.type === "private" ? texts.tokenNotSaved : texts.tokenInGroup;
        return reply([{ text }, ...left]);
      }
      const command = parseCommand(message, botUsername());
      if (job.kind === "stranger") {
        const text = job.reason === "not_allowed" ? texts.notAllowed(from) : texts.stranger(from);
        const left = command && offersToken(command) ? await removed(chat, signal) : [];
        return reply([withCode(text, String(from)), ...left]);
      }
      return command ? reply(await answer(command, from, chat, signal)) : [];
    },
  };
}

interface Chat {
  readonly id: number;
  readonly messageId: number;
  readonly username: string | null;
}

function chatOf(message: TelegramMessage | null): Chat | null {
  if (!message) return null;
  return { id: message.chat.id, messageId: message.message_id, username: message.from?.username ?? null };
}
