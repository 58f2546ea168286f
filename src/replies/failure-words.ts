import { UNKNOWN_KIND } from "../domain/job.ts";
import type { Waits } from "../domain/saved.ts";
import type { FailureReason, Texts } from "../locales/texts.ts";

/**
 * Why a message was given up, in words for its sender: what can be done about it, and what Memos itself said. Where
 * Memos is, and other words for the admin, are not in it.
 */
export function whyFailed(
  texts: Texts,
  { reason, detail }: { readonly reason: string | null; readonly detail: string | null },
): string {
  if (reason === UNKNOWN_KIND) return texts.unknownContent;
  if (reason === "payload_missing") return texts.noLongerKept;
  return reason !== null && isFailureReason(texts, reason)
    ? withOwnWords(texts, texts.failures[reason], ownWordsIn(detail ?? ""))
    : (detail ?? reason ?? "");
}

/** Why something is not in Memos yet. What Memos says to somebody's message is not for those who read along in a group. */
export const whyWaits = (texts: Texts, { why, ownWords }: Omit<Waits, "since">, chat_id: number): string =>
  withOwnWords(texts, texts.waitsFor[why], chat_id > 0 ? ownWords : null);

/** A text, and behind it what Memos itself said, if anything. */
export function withOwnWords(texts: Texts, text: string, words: string | null | undefined): string {
  return words ? `${text} ${texts.memosSaid({ words })}` : text;
}

const isFailureReason = (texts: Texts, reason: string): reason is FailureReason =>
  Object.hasOwn(texts.failures, reason);

/** What Memos itself said, out of the message of an error: behind who said it. Null where it said nothing. */
export function ownWordsIn(message: string): string | null {
  return (
    /^(?:the (?:text|file) is too (?:long|large) for )?Memos at \S+[^:]*: (.+)$/s.exec(message)?.[1] ?? null
  );
}
