import { fencesIn } from "../fences.ts";

/** Bytes of the two characters that may be put in. */
export const EARLY_SPACE_BYTES = 4;

/** A space that nobody sees: a zero-width one, so that Markdown keeps what follows it. */
const SPACE = "\u200b ";
/** What Memos cuts a memo's beginning to, in bytes. */
const SNIPPET_BYTES = 64;
/** What stands before the text of a line: marks of quotes, lists, tasks, headings and table cells. */
const BLOCK_MARKS = /^(?:\s*(?:>|[-*+]|\d{1,9}[.)]|#{1,6}|\||\[[ xX]\])(?:\s+|$))*/;
/**
 * Memos 0.25.3 shows the beginning of a memo, cut at 64 bytes: at a space, or else amid a letter. Then no answer that
 * holds the memo can be sent any more, neither the memo itself nor any list of its owner (0.26 counts letters). So
 * a text that begins with letters of several bytes and without a space gets one before it.
 */
export function withEarlySpace(markdown: string): string {
  const fences = fencesIn(markdown);
  let at = 0;
  let behind = 0;
  for (const line of markdown.split("\n")) {
    const marks = BLOCK_MARKS.exec(line)?.[0] ?? "";
    const text = line.slice(marks.length);
    const start = at + marks.length;
    while ((fences[behind]?.end ?? start) < start) behind += 1;
    // Code is no part of what is shown.
    if (text.trim() !== "" && !(start >= (fences[behind]?.start ?? markdown.length)))
      return isCutAmid(text) ? markdown.slice(0, start) + SPACE + markdown.slice(start) : markdown;
    at += line.length + 1;
  }
  return markdown;
}

/** Marks of emphasis and addresses are no part of what is shown: what is written may be longer, never shorter. */
function isCutAmid(text: string): boolean {
  const bytes = Buffer.from(text);
  const beginning = bytes.subarray(0, SNIPPET_BYTES);
  const hasSpace = /\S\s/.test(beginning.toString());
  return bytes.length > SNIPPET_BYTES && !hasSpace && /[^\x20-\x7e]/.test(text);
}
