import type { Accounts } from "../accounts.ts";
import { AppError } from "../errors.ts";
import type { Secret } from "../secret.ts";
import type { Bindings } from "../store/bindings.ts";
import type { OfferedTokens } from "../store/offered-tokens.ts";
import { boundMessages } from "./bound.ts";
import type { Message } from "./messages.ts";
import type { Texts, TokenPlace } from "./texts.ts";
import { whyRefused } from "./trouble.ts";

/** Who gives an access token, and where they are told what comes of it. */
export interface Connecting {
  readonly telegram_id: number;
  readonly username: string | null;
  readonly chat_id: number;
  /** What their Telegram speaks. */
  readonly language: string | null;
  readonly texts: Texts;
  readonly signal: AbortSignal;
}

/** Joins people to the Memos accounts of the access tokens that they send. */
export interface Connect {
  /** Binds them, or says what keeps it from being so; while Memos is away, the token is kept. */
  connect(who: Connecting, token: Secret): Promise<Message[]>;
  /** For who waits for Memos to be back. */
  kept(texts: Texts, telegramId: number): Message;
}

export interface ConnectDeps {
  readonly accounts: Pick<Accounts, "bind">;
  readonly bindings: Pick<Bindings, "get">;
  readonly offeredTokens: Pick<OfferedTokens, "offer" | "forget">;
  readonly tries: {
    mayTryToken(telegramId: number, now: number): boolean;
    noteFailedToken(telegramId: number, now: number): void;
  };
  /** A token waits to be checked. */
  readonly wakeChecks: () => void;
  readonly tokenPlace: () => TokenPlace;
  readonly now: () => number;
}

export function createConnect(deps: ConnectDeps): Connect {
  const { accounts, bindings, offeredTokens, tries, wakeChecks, tokenPlace, now } = deps;

  async function connect(who: Connecting, access_token: Secret): Promise<Message[]> {
    const { telegram_id, username, language: telegram_language, texts, signal } = who;
    if (!tries.mayTryToken(telegram_id, now())) return [{ text: texts.tooManyTries }];
    try {
      const bound = await accounts.bind({ telegram_id, access_token, username, telegram_language }, signal);
      return boundMessages(texts, bound);
    } catch (error) {
      if (!(error instanceof AppError) || signal.aborted) throw error;
      if (error.code === "unavailable") return keepForLater(who, access_token);
      offeredTokens.forget(telegram_id);
      tries.noteFailedToken(telegram_id, now());
      return [{ text: texts.tokenRefused(whyRefused(texts, error), tokenPlace()) }];
    }
  }

  /** Memos cannot be asked: the token is stored before its message is deleted. */
  function keepForLater(who: Connecting, access_token: Secret): Message[] {
    const { telegram_id, username, chat_id, language, texts } = who;
    offeredTokens.offer({ telegram_id, username, chat_id, language, access_token });
    wakeChecks();
    return [kept(texts, telegram_id)];
  }

  function kept(texts: Texts, telegramId: number): Message {
    const lines = bindings.get(telegramId) ? [texts.tokenKept] : [texts.tokenKept, texts.nothingSavedYet];
    return { text: lines.join("\n") };
  }

  return { connect, kept };
}
