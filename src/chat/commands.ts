import type { TelegramMessage } from "gramio";
import { accessTokensIn } from "../access-token.ts";
import type { Accounts, Bound } from "../accounts.ts";
import { AppError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { Bindings } from "../store/bindings.ts";
import type { DeadLetters } from "../store/dead-letters.ts";
import type { LeasedJob } from "../store/jobs.ts";
import type { Owed } from "../store/outbox.ts";
import { answersTagQuestion, type Command, offersToken, parseCommand } from "../telegram/command.ts";
import { storedMessage } from "../telegram/update.ts";
import { written } from "../telegram/written.ts";
import { failedMessage } from "./failed.ts";
import { isMemoCommand, type MemoCommands } from "./memo-commands.ts";
import { button, change, type Message, say, unbindQuestion, withCode } from "./messages.ts";
import type { Asker, Finder } from "./search.ts";
import { settingsMessage } from "./settings.ts";
import { type Health, statusMessage } from "./status.ts";
import { parseTags, shownTags, TAGS_LIMIT } from "./tags.ts";
import type { Texts, TextsFor } from "./texts.ts";
import { troubleInWords } from "./trouble.ts";

/** What a command led to: messages that are owed once it is done. */
export interface Commands {
  /** Runs a command, answers a stranger, or removes a token somebody showed. */
  run(leased: LeasedJob, signal: AbortSignal): Promise<Owed[]>;
}

export interface CommandsDeps {
  readonly accounts: Accounts;
  readonly bindings: Pick<Bindings, "get" | "accessToken" | "update">;
  readonly jobs: { unfinishedOf(telegramId: number): number };
  readonly deadLetters: Pick<DeadLetters, "countOf" | "list">;
  readonly finder: Finder;
  readonly memoCommands: MemoCommands;
  readonly health: () => Health;
  readonly tries: {
    mayTryToken(telegramId: number, now: number): boolean;
    noteFailedToken(telegramId: number, now: number): void;
  };
  /** Deletes a message; false when Telegram does not allow it. */
  readonly deleteMessage: (chatId: number, messageId: number, signal: AbortSignal) => Promise<boolean>;
  readonly botUsername: () => string | null;
  readonly memosUrl: () => string;
  /** The Memos server that is spoken with: tokens of another one stay here. */
  readonly server: string;
  readonly textsFor: TextsFor;
  readonly now: () => number;
}

/** A command in hand. */
interface Asked {
  readonly command: Command;
  readonly message: TelegramMessage;
  readonly job_id: number;
  readonly from: number;
  readonly chat: Chat;
  readonly texts: Texts;
  readonly signal: AbortSignal;
}

export function createCommands(deps: CommandsDeps): Commands {
  const { accounts, bindings, jobs, deadLetters, finder, memoCommands, health, tries, textsFor, now } = deps;

  async function bind({ from, chat, texts, signal }: Asked, token: string): Promise<Message[]> {
    if (!tries.mayTryToken(from, now())) {
      return [{ text: texts.tooManyTries }, ...(await removed(chat, texts, signal))];
    }
    try {
      const bound = await accounts.bind(
        { telegram_id: from, access_token: new Secret(token), username: chat.username },
        signal,
      );
      return [...greetings(texts, bound), ...(await removed(chat, texts, signal))];
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const left = await removed(chat, texts, signal);
      if (error.code === "unavailable") return [{ text: texts.memosAway }, ...left];
      tries.noteFailedToken(from, now());
      return [{ text: texts.tokenRefused(error.message) }, ...left];
    }
  }

  function greetings(texts: Texts, { binding, released, left }: Bound): Message[] {
    const { display_name } = binding;
    const hello = released > 0 ? texts.boundAndReleased(display_name, released) : texts.bound(display_name);
    return [{ text: left ? `${hello}\n\n${texts.waitFromOther(left.account, left.waiting)}` : hello }];
  }

  /** Deletes the message that holds a token; with a word to its sender when that is not allowed. */
  async function removed(chat: Chat, texts: Texts, signal: AbortSignal): Promise<Message[]> {
    const done = await deps.deleteMessage(chat.id, chat.messageId, signal);
    return done ? [] : [{ text: texts.deleteItYourself }];
  }

  async function answer(asked: Asked): Promise<Message[]> {
    const { command, from, texts } = asked;
    const binding = bindings.get(from);
    if (offersToken(command)) return bind(asked, command.argument);
    switch (command.name) {
      case "start":
        if (command.argument !== "") return [{ text: texts.badInvitation }];
        return [
          binding
            ? { text: texts.greetingBound(binding.display_name) }
            : withCode(texts.greetingUnbound(from), String(from)),
        ];
      case "bind":
        return [{ text: texts.howToBind(deps.memosUrl()) }];
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
      case "status": {
        const person = { binding, waiting: jobs.unfinishedOf(from), failed: deadLetters.countOf(from) };
        return [statusMessage(texts, person, health())];
      }
      case "failed":
        return [failedMessage(texts, deadLetters, from, 0)];
      case "settings":
        return [binding ? settingsMessage(texts, binding, null) : { text: texts.notBound }];
      case "search":
      case "recent":
      case "random":
      case "today":
        return [await withMemos(asked, (asker) => find(asked, asker))];
      default:
        if (isMemoCommand(command.name)) {
          return [
            await withMemos(asked, async (asker) => {
              const done = await memoCommands.run(command, asked.message, asker, asked.signal);
              return done ?? { text: texts.noMemoThere };
            }),
          ];
        }
        return unknown(asked, binding !== undefined);
    }
  }

  function find({ command, signal }: Asked, asker: Asker): Promise<Message> {
    if (command.name === "search") return finder.search(asker, command.argument, signal);
    if (command.name === "recent") return finder.recent(asker, signal);
    return command.name === "today" ? finder.today(asker, signal) : finder.random(asker, signal);
  }

  /** What needs Memos: trouble with it is told in words. */
  async function withMemos(
    { from, texts, signal }: Asked,
    work: (asker: Asker) => Promise<Message>,
  ): Promise<Message> {
    const binding = bindings.get(from);
    const token = binding?.server === deps.server ? bindings.accessToken(from) : undefined;
    if (!binding || !token) return { text: texts.notBound };
    try {
      return await work({ binding, token, texts });
    } catch (error) {
      return { text: troubleInWords(texts, error, signal) };
    }
  }

  /** Not saved silently, and not lost: a button saves it as what it was perhaps meant as. */
  async function unknown(asked: Asked, bound: boolean): Promise<Message[]> {
    const { command, message, chat, texts, job_id, signal } = asked;
    if (accessTokensIn(written(message).text).length > 0) {
      return [{ text: texts.tokenNotSaved }, ...(await removed(chat, texts, signal))];
    }
    const text = texts.unknownCommand(command.name);
    if (!bound) return [{ text }];
    return [{ text, buttons: [[button(texts.saveAsMemo, { ask: "save", job_id })]] }];
  }

  /** The tags that were asked for in the settings: said, and shown in the message that asked. */
  function setTags(message: TelegramMessage, from: number, texts: Texts, chat: Chat): Owed[] {
    const reply = (text: string) => [say(chat.id, { text }, { replyTo: chat.messageId, promise: "notice" })];
    const parsed = parseTags(written(message).text);
    if ("bad" in parsed) return reply(texts.badTag(parsed.bad));
    if (parsed.tags.length > TAGS_LIMIT) return reply(texts.tooManyTags(TAGS_LIMIT));
    const binding = bindings.update(from, { tags: parsed.tags });
    if (!binding) return reply(texts.notBound);
    const question = message.reply_to_message;
    return [
      ...(question ? [change(chat.id, question.message_id, settingsMessage(texts, binding, null))] : []),
      ...reply(parsed.tags.length === 0 ? texts.done : texts.tagsSet(shownTags(parsed.tags))),
    ];
  }

  return {
    async run({ job, updates }, signal) {
      const message = storedMessage(updates[0]?.json ?? null);
      const chat = chatOf(message);
      const from = job.telegram_id;
      if (!message || !chat || from === null) return [];
      const texts = textsFor(from, message.from?.language_code);
      const reply = (messages: readonly Message[]) =>
        messages.map((text) => say(chat.id, text, { replyTo: chat.messageId, promise: "notice" }));
      if (job.kind === "leaked_token") {
        const left = await removed(chat, texts, signal);
        const text = message.chat.type === "private" ? texts.tokenNotSaved : texts.tokenInGroup;
        return reply([{ text }, ...left]);
      }
      const command = parseCommand(message, deps.botUsername());
      if (job.kind === "stranger") {
        const text = job.reason === "not_allowed" ? texts.notAllowed(from) : texts.stranger(from);
        const left = command && offersToken(command) ? await removed(chat, texts, signal) : [];
        return reply([withCode(text, String(from)), ...left]);
      }
      if (command) {
        return reply(await answer({ command, message, job_id: job.id, from, chat, texts, signal }));
      }
      return answersTagQuestion(message) ? setTags(message, from, texts, chat) : [];
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
