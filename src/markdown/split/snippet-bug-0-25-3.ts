/** Bytes of the two characters that may be put in. */
export const EARLY_SPACE_BYTES = 4;

/** A space that nobody sees: a zero-width one, so that Markdown keeps what follows it. */
const SPACE = "\u200b ";
/** What Memos cuts a memo's beginning to, in bytes. */
const SNIPPET_BYTES = 64;
/** What stands before the text of a line: marks of quotes, lists, tasks, headings and table cells. */
const BLOCK_MARKS = /^(?:\s*(?:>|[-*+]|\d{1,9}[.)]|#{1,6}|\||\[[ xX]\])(?:\s+|$))*/;
const FENCE = /^\s*(`{3,}|~{3,})/;

/**
 * Memos 0.25.3 shows the beginning of a memo, cut at 64 bytes: at a space, or else amid a letter. Then no answer that
 * holds the memo can be sent any more, neither the memo itself nor any list of its owner (0.26 counts letters). So
 * a text that begins with letters of several bytes and without a space gets one before it.
 */
export function withEarlySpace(markdown: string): string {
  const lines = markdown.split("\n");
  let fence: string | undefined;
  for (const [at, line] of lines.entries()) {
    const mark = FENCE.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      continue;
    }
    // Code is no part of what is shown.
    fence = mark;
    if (mark !== undefined) continue;
    const marks = BLOCK_MARKS.exec(line)?.[0] ?? "";
    const text = line.slice(marks.length);
    if (text.trim() === "") continue;
    if (!isCutAmid(text)) return markdown;
    return [...lines.slice(0, at), `${marks}${SPACE}${text}`, ...lines.slice(at + 1)].join("\n");
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
