import { AppError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { TOKEN_WAITS } from "../../domain/job.ts";
import type { Texts } from "../../locales/texts.ts";
import type { Message } from "../../replies/messages.ts";
import { whyRefused } from "../ask-memos.ts";
import type { ChatContext, Said } from "../context.ts";
import { boundMessages } from "./bound.ts";

/** A token that could not be checked for so long is forgotten. */
const KEPT_MS = 24 * 3_600_000;

/** Joins people to the Memos accounts of the access tokens that they send. */
export type Connect = ReturnType<typeof createConnect>;

export function createConnect({ store, accounts, urls, clock: { now } }: ChatContext) {
  const { bindings, waitingTokens, admission } = store;

  /** Binds them, or says what keeps it from being so. `later`: Memos cannot be asked now. */
  async function connect(said: Said, access_token: Secret): Promise<Message[] | "later"> {
    const { message, job, from: telegram_id, texts, signal } = said;
    if (job.reason === TOKEN_WAITS) {
      if (job.created_at + KEPT_MS <= now()) return [{ text: texts.tokenExpired }];
    } else if (!admission.mayTryToken(telegram_id, now())) return [{ text: texts.tooManyTries }];
    waitingTokens.replace(telegram_id, job.id);
    const { username = null, language_code: telegram_language = null } = message.from ?? {};
    const request = { telegram_id, access_token, username, telegram_language, job_id: job.id };
    try {
      return boundMessages(texts, await accounts.bind(request, signal));
    } catch (error) {
      if (!(error instanceof AppError) || signal.aborted) throw error;
      if (error.code === "unavailable") return "later";
      // What took its place speaks for itself.
      if (error.code === "conflict") return [];
      admission.noteFailedToken(telegram_id, now());
      return [{ text: texts.tokenRefused({ why: whyRefused(texts, error), place: urls.tokenPlace(texts) }) }];
    }
  }

  /** For who waits for Memos to be back. */
  function kept(texts: Texts, telegramId: number): Message {
    const lines = bindings.get(telegramId) ? [texts.tokenKept] : [texts.tokenKept, texts.nothingSavedYet];
    return { text: lines.join("\n") };
  }

  return { connect, kept };
}
