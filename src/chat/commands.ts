import type { TelegramMessage } from "gramio";
import { accessTokensIn } from "../access-token.ts";
import type { Accounts } from "../accounts.ts";
import { AppError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { Binding, Bindings } from "../store/bindings.ts";
import type { DeadLetters } from "../store/dead-letters.ts";
import type { LeasedJob } from "../store/jobs.ts";
import type { OfferedTokens } from "../store/offered-tokens.ts";
import type { Owed } from "../store/outbox.ts";
import { isInGroup } from "../telegram/addressed.ts";
import {
  answersTagQuestion,
  type Command,
  offersToken,
  parseCommand,
  redeemsInvitation,
} from "../telegram/command.ts";
import { storedMessage } from "../telegram/update.ts";
import { written } from "../telegram/written.ts";
import { boundMessages } from "./bound.ts";
import { failedMessage } from "./failed.ts";
import type { AnswerInGroup } from "./group-commands.ts";
import type { Inviting } from "./inviting.ts";
import { isMemoCommand, type MemoCommands } from "./memo-commands.ts";
import { button, change, type Message, say, unbindQuestion, withCode } from "./messages.ts";
import type { Asker, Finder } from "./search.ts";
import { settingsMessage } from "./settings.ts";
import { type Health, statusMessage } from "./status.ts";
import { parseTags, shownTags, TAGS_LIMIT } from "./tags.ts";
import type { Texts, TextsFor, TokenPlace } from "./texts.ts";
import { troubleInWords, whyRefused } from "./trouble.ts";

/** What a command led to: messages that are owed once it is done. */
export interface Commands {
  /** Runs a command, answers a stranger, or removes a token somebody showed. */
  run(leased: LeasedJob, signal: AbortSignal): Promise<Owed[]>;
}

export interface CommandsDeps {
  readonly accounts: Accounts;
  readonly bindings: Pick<Bindings, "get" | "accessToken" | "update">;
  readonly offeredTokens: Pick<OfferedTokens, "offer" | "has" | "forget">;
  readonly inviting: Inviting;
  /** Somebody makes an access token for this account now. */
  readonly quiet: { begin(account: Pick<Binding, "server" | "account">): void };
  readonly jobs: { unfinishedOf(telegramId: number): number };
  readonly deadLetters: Pick<DeadLetters, "countOf" | "list">;
  readonly finder: Finder;
  readonly memoCommands: MemoCommands;
  readonly inGroup: AnswerInGroup;
  readonly health: () => Health;
  readonly tries: {
    mayTryToken(telegramId: number, now: number): boolean;
    noteFailedToken(telegramId: number, now: number): void;
  };
  /** A token waits to be checked. */
  readonly wakeChecks: () => void;
  /** Deletes a message; false when Telegram does not allow it. */
  readonly deleteMessage: (chatId: number, messageId: number, signal: AbortSignal) => Promise<boolean>;
  readonly botUsername: () => string | null;
  readonly tokenPlace: () => TokenPlace;
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
  const { accounts, bindings, offeredTokens, jobs, deadLetters, finder, memoCommands, health, tries } = deps;
  const { tokenPlace, textsFor, now } = deps;

  async function bind(asked: Asked, token: string): Promise<Message[]> {
    const { from, chat, texts, signal } = asked;
    if (!tries.mayTryToken(from, now())) {
      return [{ text: texts.tooManyTries }, ...(await removed(chat, texts, signal))];
    }
    const access_token = new Secret(token);
    try {
      const request = { telegram_id: from, access_token, username: chat.username };
      const bound = await accounts.bind(request, signal);
      return [...boundMessages(texts, bound), ...(await removed(chat, texts, signal))];
    } catch (error) {
      if (!(error instanceof AppError) || signal.aborted) throw error;
      if (error.code === "unavailable") return keepForLater(asked, access_token);
      offeredTokens.forget(from);
      tries.noteFailedToken(from, now());
      tokenIsMade(bindings.get(from));
      return [
        { text: texts.tokenRefused(whyRefused(texts, error), tokenPlace()) },
        ...(await removed(chat, texts, signal)),
      ];
    }
  }

  /** Memos cannot be asked: the token is stored before its message is deleted. */
  async function keepForLater(asked: Asked, access_token: Secret): Promise<Message[]> {
    const { from, chat, texts, message, signal } = asked;
    offeredTokens.offer({
      telegram_id: from,
      username: chat.username,
      chat_id: chat.id,
      language: message.from?.language_code ?? null,
      access_token,
    });
    deps.wakeChecks();
    return [tokenKept(texts, from), ...(await removed(chat, texts, signal))];
  }

  function tokenKept(texts: Texts, from: number): Message {
    const lines = bindings.get(from) ? [texts.tokenKept] : [texts.tokenKept, texts.nothingSavedYet];
    return { text: lines.join("\n") };
  }

  /** Whoever was just told how to make a token is in Memos now. */
  function tokenIsMade(binding: Binding | undefined): void {
    if (binding) deps.quiet.begin(binding);
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
      case "start": {
        const guest = asked.message.from;
        if (guest && redeemsInvitation(command)) return deps.inviting(command.argument, guest, texts);
        if (binding?.state === "paused") tokenIsMade(binding);
        return [
          binding
            ? { text: texts.greetingBound(binding.display_name) }
            : withCode(texts.greetingUnbound(from, tokenPlace()), String(from)),
        ];
      }
      case "bind":
        tokenIsMade(binding);
        return [{ text: texts.howToBind(tokenPlace()) }];
      case "unbind":
        if (binding) return [unbindQuestion(texts, binding.display_name, jobs.unfinishedOf(from))];
        return [{ text: offeredTokens.forget(from) ? texts.offerForgotten : texts.notBound }];
      case "id":
        return [withCode(texts.yourId(from), String(from))];
      case "help":
        return [{ text: binding ? texts.help : texts.helpUnbound(tokenPlace()) }];
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
    { from, texts, signal }: Pick<Asked, "from" | "texts" | "signal">,
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

  function strangerMessage(
    texts: Texts,
    from: number,
    reason: string | null,
    command: Command | null,
  ): Message {
    if (reason !== "not_allowed") {
      if (offeredTokens.has(from)) return tokenKept(texts, from);
      return withCode(texts.stranger(from, tokenPlace()), String(from));
    }
    const invited = command !== null && redeemsInvitation(command);
    return withCode(invited ? texts.invitedNotAllowed(from) : texts.notAllowed(from), String(from));
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
      if (isInGroup(message)) {
        const asked = { command, message, from, texts, signal };
        const isKnown = job.kind !== "stranger" && bindings.get(from) !== undefined;
        return reply(await deps.inGroup({ ...asked, isKnown, withMemos: (work) => withMemos(asked, work) }));
      }
      if (job.kind === "stranger") {
        const left = command && offersToken(command) ? await removed(chat, texts, signal) : [];
        return reply([strangerMessage(texts, from, job.reason, command), ...left]);
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
