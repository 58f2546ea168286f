import { isMemosError } from "../memos/errors.ts";
import { withOwnWords } from "./failure-words.ts";
import type { Texts } from "./texts.ts";

/**
 * What went wrong at Memos, in words for a person.
 * @throws the error itself when it is no trouble of Memos, or when the caller's own signal ended the call.
 */
export function troubleInWords(texts: Texts, error: unknown, signal: AbortSignal): string {
  if (!isMemosError(error) || signal.aborted) throw error;
  if (error.reason === "public_disallowed") return texts.publicDisallowed;
  switch (error.kind) {
    case "not_found":
      return texts.memoGone;
    case "invalid":
    case "content_too_long":
    case "forbidden":
      return withOwnWords(texts, texts.refused, error.message);
    case "token_refused":
      return texts.statusPaused;
    case "timeout":
    case "aborted":
      return texts.memosSlow;
    default:
      return texts.tryLater;
  }
}
