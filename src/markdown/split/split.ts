// Cuts a content that is longer than the server takes. The first part becomes the memo, the others its comments.
import { bytesOf } from "./context.ts";
import { type Cut, cut } from "./cut.ts";
import { createSource } from "./source.ts";

export interface SplitLimits {
  /** Bytes of UTF-8 that the memo may have, 64 at least. */
  firstBytes: number;
  /** The same of a comment. */
  restBytes: number;
}

/**
 * So much is read at most behind what has room, in UTF-16 units: the end of a link, or of bold text, is seen though
 * the cut is made before it. No message of Telegram is longer.
 */
const AHEAD = 4096;

/**
 * The parts of `content`, each a Markdown text by itself and within its limit, none of them blank. A cut is made at
 * a paragraph, item, line, sentence or word border, the best that lies in the second half of the room, and between
 * characters as people see them only where there is none. Links, code within a line, entities and escapes stay
 * whole unless they alone are too long. What is open at a cut (a code block, a quote, `<details>`, emphasis) is
 * closed before it and opened again after it, and a table repeats its head.
 *
 * A content that fits is its only part, as it is. For each part only as much is parsed as has room in it, and
 * the rest of a paragraph: the time it takes grows with the length of the content.
 */
export function splitMarkdown(content: string, { firstBytes, restBytes }: SplitLimits): string[] {
  if (bytesOf(content) <= firstBytes) return [content];
  const source = createSource(withoutFootnotes(content.trimEnd()).replace(/^(?:[ \t]*\n)+/u, ""));
  const parts: string[] = [];
  for (let head: string | undefined = ""; head !== undefined; ) {
    const limit = parts.length === 0 ? firstBytes : restBytes;
    const text: string = head + source.read(limit + AHEAD);
    const { part, next }: Cut =
      bytesOf(text) <= limit ? { part: text } : cut(text, { from: head.length, limit, nextLimit: restBytes });
    if (part.trim() !== "") parts.push(part);
    if (next !== undefined) source.skip(next.from - head.length, next.dedent);
    head = next?.head;
  }
  return parts.length === 0 ? [""] : parts;
}

/** A note and what refers to it may part, and then neither is shown as one: they are shown as they are. */
function withoutFootnotes(content: string): string {
  return content.replaceAll(/^(\s{0,3})\[(?=\^[^\]\s]+\]:)/gmu, "$1\\[");
}
