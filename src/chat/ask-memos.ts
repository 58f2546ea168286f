import type { Clock } from "../base/clock.ts";
import type { AppError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { Texts } from "../locales/texts.ts";
import { isMemosError, type MemosError } from "../memos/errors.ts";
import { withOwnWords } from "../replies/failure-words.ts";
import type { Message } from "../replies/messages.ts";
import type { Binding, Bindings } from "../store/accounts/bindings.ts";

/** What somebody asks for, while they wait for it. */
export interface Asking {
  readonly from: number;
  readonly texts: Texts;
  readonly signal: AbortSignal;
}

/** Who asks. */
export interface Asker {
  readonly binding: Binding;
  readonly token: Secret;
  readonly texts: Texts;
}

/** A person waits no longer for Memos. */
const PATIENCE_MS = 20_000;

/** How the chat asks Memos for a person. */
export function createAskMemos(deps: {
  bindings: Pick<Bindings, "get" | "accessToken">;
  server: string;
  /** A token may have died. */
  suspectToken: (telegramId: number) => void;
  clock: Clock;
}) {
  const { bindings, server, suspectToken, clock } = deps;

  /** Looks up who asks: undefined for who is not bound to this Memos server, since tokens of another one stay here. */
  function askerOf(telegramId: number): Omit<Asker, "texts"> | undefined {
    const binding = bindings.get(telegramId);
    const token = binding?.server === server ? bindings.accessToken(telegramId) : undefined;
    return binding && token && { binding, token };
  }

  /** Ends a call that takes longer than people wait. */
  async function limited<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const done = new AbortController();
    const slow = new AbortController();
    const timer = clock.sleep(PATIENCE_MS, done.signal).then(() => slow.abort());
    try {
      return await work(AbortSignal.any([signal, slow.signal]));
    } finally {
      done.abort();
      await timer;
    }
  }

  /**
   * Asks Memos; what went wrong there is told in words. Throws the error itself when it is no trouble of Memos, when
   * another try a moment later will do, or when the caller's own signal ended the call.
   */
  async function askMemos<T>(
    { from, texts, signal }: Asking,
    work: (signal: AbortSignal) => Promise<T>,
    failed: (text: string, error: MemosError) => T,
  ): Promise<T> {
    try {
      return await limited(signal, work);
    } catch (error) {
      if (!isMemosError(error) || error.kind === "version_changed" || signal.aborted) throw error;
      if (error.kind === "token_refused") suspectToken(from);
      return failed(troubleIn(texts, error), error);
    }
  }

  return {
    askerOf,
    askMemos,
    /** What somebody is answered who has to be bound for it. */
    async answerFromMemos(
      asking: Asking,
      work: (asker: Asker, signal: AbortSignal) => Promise<Message>,
    ): Promise<Message> {
      const { from, texts } = asking;
      const asker = askerOf(from);
      if (!asker) return { text: texts.notBound };
      return askMemos(
        asking,
        (signal) => work({ ...asker, texts }, signal),
        (text) => ({ text }),
      );
    },
  };
}

/** What went wrong at Memos while a person waited, in words for them. */
function troubleIn(texts: Texts, error: MemosError): string {
  if (error.reason === "public_disallowed") return texts.publicDisallowed;
  switch (error.kind) {
    case "not_found":
      return texts.memoGone;
    case "invalid":
    case "content_too_long":
    case "forbidden":
      return withOwnWords(texts, texts.refused, error.said);
    case "token_refused":
      return texts.statusPaused;
    case "timeout":
    case "aborted":
      return texts.memosSlow;
    default:
      return texts.tryLater;
  }
}

/** Why a token was refused: the server's own words, and what may be behind it. */
export function whyRefused(texts: Texts, error: AppError): string {
  const { cause } = error;
  if (!isMemosError(cause, "token_refused")) return error.message;
  const hint = cause.hint && texts.tokenHints[cause.hint];
  if (!hint || !cause.said) return hint ?? cause.said ?? error.message;
  return `${cause.said} (${hint})`;
}
