import type { AppError } from "../../base/errors.ts";
import type { Texts } from "../../locales/texts.ts";
import { isMemosError, type MemosError } from "../../memos/errors.ts";
import { withOwnWords } from "../../replies/failure-words.ts";

/** What went wrong at Memos while a person waited, in words for them. */
export function troubleIn(texts: Texts, error: MemosError): string {
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
