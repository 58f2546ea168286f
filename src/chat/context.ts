import type { Accounts } from "../accounts/accounts.ts";
import type { TokenWatch } from "../accounts/token-watch.ts";
import type { Background } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import type { Secret } from "../base/secret.ts";
import { UNKNOWN_COMMAND } from "../domain/job.ts";
import type { Destination, Owed } from "../domain/outgoing.ts";
import type { TelegramMessage } from "../domain/telegram.ts";
import type { Texts, TextsFor } from "../locales/texts.ts";
import type { MemosClient } from "../memos/client.ts";
import { isMemosError, type MemosError } from "../memos/errors.ts";
import type { Command } from "../messages/command.ts";
import { withOwnWords } from "../replies/failure-words.ts";
import { button, type Message, replies, waysIn } from "../replies/messages.ts";
import type { Binding } from "../store/accounts/bindings.ts";
import type { Job } from "../store/db/rows.ts";
import type { Store } from "../store/store.ts";
import type { Identity, TelegramApi } from "../telegram/api.ts";
import type { createMemoUrls } from "./memo-urls.ts";

/** What the chat is given. */
export interface ChatDeps {
  readonly botId: number;
  readonly store: Store;
  readonly memos: MemosClient;
  readonly api: TelegramApi;
  readonly identity: Identity;
  readonly accounts: Accounts;
  readonly urls: ReturnType<typeof createMemoUrls>;
  readonly textsFor: TextsFor;
  readonly health: (signal: AbortSignal) => Promise<{
    /** Whether updates come in; null while that is not known. */
    readonly receiving: boolean | null;
    readonly memos: { readonly reachable: boolean | null; readonly version: string | null };
  }>;
  /** A token may have died. */
  readonly suspectToken: TokenWatch["suspect"];
  /** Memos may be away: whoever depends on it learns of it. */
  readonly suspectMemos: () => void;
  /** The job of a person's message that the store does not know, where Memos has its memo. */
  readonly takeUp: (asked: {
    readonly message: TelegramMessage;
    readonly binding: Binding;
    readonly token: Secret;
    readonly signal: AbortSignal;
  }) => Promise<Job | undefined>;
  /** One change at a time for each memo, also by an edit of its message. */
  readonly memoMutex: <T>(memoName: string, work: () => Promise<T>) => Promise<T>;
  /** Telegram's limits, which everything that is sent keeps to. */
  readonly pace: {
    /** How long nothing may be sent to a chat, in ms; `isAnswer`: to what somebody there has just done. */
    restsMs(chatId: number, isAnswer: boolean): number;
    called(chatId: number): void;
    pause(ms: number): void;
  };
  /** The largest file that the Bot API takes. */
  readonly uploadLimitBytes: number;
  readonly background: Background;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
}

/** What a job of the chat has come to. */
export interface Worked {
  readonly owed: readonly Owed[];
  /** Stored as the job's reason. */
  readonly reason?: string;
  readonly waits?: Waits;
}

/** It is not done, but tried again later, for as long as it takes. */
export interface Waits {
  readonly waiting_for: "memos" | "binding" | "telegram";
  readonly reason: string;
  readonly detail: string;
  /** Default: longer each time. */
  readonly pauseMs?: number | undefined;
}

/** Answers what is no command we know. It may be meant as a note: it is not saved by itself, and a button saves it. */
export function notUnderstood({ message, job_id, texts }: Said, text: string): Worked {
  const buttons = [[button(texts.saveAsMemo, { ask: "save", job_id })]];
  return { owed: replies(message, { text, buttons }), reason: UNKNOWN_COMMAND };
}

/** A request of somebody who waits for its answer. */
export interface Asking {
  /** The job that answers them. */
  readonly job_id: number;
  readonly from: number;
  /** When they asked, by Telegram's clock, as far as that is known. */
  readonly at: number;
  /** Where they asked. */
  readonly to: Destination;
  readonly binding: Binding | undefined;
  readonly texts: Texts;
  readonly signal: AbortSignal;
}

/** A request by a message: a command, or the answer to a question of the bot. */
export interface Said extends Asking {
  readonly message: TelegramMessage;
  readonly job: Pick<Job, "id" | "reason" | "created_at">;
}

type Answer = Message | readonly Message[];
export type Answered = Answer | Promise<Answer>;
/** What some commands do, by their names. */
export type Answers = Readonly<Record<string, (said: Said, command: Command) => Answered>>;

/** Bound to this Memos server. */
export interface Asker extends Asking {
  readonly binding: Binding;
  readonly token: Secret;
}

/** How long a person waits for an answer of Memos. */
const PATIENCE_MS = 20_000;

export type ChatContext = ReturnType<typeof createChatContext>;

/** What all parts of the chat work with. */
export function createChatContext({ store, ...deps }: ChatDeps) {
  const { memos, urls, suspectToken, suspectMemos } = deps;

  /** Undefined for who is not bound to this Memos server: tokens of another one stay here. */
  function askerOf<Of extends Asking>(asking: Of): (Of & Asker) | undefined {
    const { binding, token } = store.bindings.withToken(asking.from) ?? {};
    return token && binding?.server === memos.server ? { ...asking, binding, token } : undefined;
  }

  /** How somebody who is not bound may come to be. */
  const waysInOf = ({ from: id, texts }: Asking, greeting: string) =>
    waysIn(texts, greeting, { id, place: urls.tokenPlace(texts, { isKnown: false }) });

  /** What went wrong at Memos while a person waited, in words for them. */
  function troubleIn({ binding, from, to, texts }: Asking, { reason, kind, ownWords }: MemosError): string {
    if (reason === "public_disallowed") return texts.publicDisallowed;
    switch (kind) {
      case "not_found":
        return texts.memoGone;
      case "invalid":
      case "content_too_long":
      case "forbidden":
        return withOwnWords(texts, texts.refused, ownWords);
      case "token_refused":
        return urls.tokenDied(texts, binding);
      default:
        suspectMemos();
        // In a group, or where no message of theirs waits, nothing is said of messages that are kept.
        if (to.chat_id !== from || store.jobs.unfinishedOf(from) === 0) return texts.tryLater;
        return `${memosDown(from, texts)}\n${texts.askAgain}`;
    }
  }

  /** The text that Memos is down. It counts as the notice of the outage, which is then not sent as well. */
  function memosDown(telegramId: number, texts: Texts): string {
    store.outages.told(telegramId);
    return texts.memosDown;
  }

  /**
   * Asks Memos; what went wrong there is told in words. Throws the error itself when it is no trouble of Memos, when
   * another try a moment later will do, or when the caller's own signal ended the call.
   */
  async function askMemos<Of extends Asking, T>(
    asking: Of,
    work: (asking: Of) => Promise<T>,
    failed: (text: string, error: MemosError) => T,
  ): Promise<T> {
    const { from, to } = asking;
    const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(PATIENCE_MS)]);
    try {
      return await work({ ...asking, signal });
    } catch (error) {
      if (!isMemosError(error) || error.kind === "version_changed" || asking.signal.aborted) throw error;
      if (error.kind === "token_refused") suspectToken(from, to);
      return failed(troubleIn(asking, error), error);
    }
  }

  return {
    ...deps,
    ...store,
    waysInOf,
    memosDown,
    askerOf,
    askMemos,
    /** The answer to a request that needs a binding. */
    async answerFromMemos<Of extends Asking, Said extends Answer = Message>(
      asking: Of,
      work: (asker: Of & Asker) => Promise<Said>,
    ): Promise<Said | Message> {
      const asker = askerOf(asking);
      if (!asker) return { text: asking.texts.notBound };
      return askMemos<Of & Asker, Said | Message>(asker, work, (text) => ({ text }));
    },
  };
}
