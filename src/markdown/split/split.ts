// Cuts a content that is longer than the server takes. The first part becomes the memo, the others its comments.
import { bytesOf, cut } from "./cut.ts";

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
 * whole unless they alone are too long. What is open at a cut (an item, a quote, a block of code, `<details>`,
 * emphasis) is closed before it and opened again after it, and a table repeats its head.
 *
 * A content that fits is its only part, as it is. For each part only as much is parsed as has room in it, and
 * the rest of a paragraph: the time it takes grows with the length of the content.
 */
export function splitMarkdown(content: string, { firstBytes, restBytes }: SplitLimits): string[] {
  if (bytesOf(content) <= firstBytes) return [content];
  const whole = withoutFootnotes(content.trimEnd()).replace(/^(?:[ \t]*\n)+/u, "");
  const parts: string[] = [];
  for (let head = "", at = 0; ; ) {
    const limit = parts.length === 0 ? firstBytes : restBytes;
    const text = head + whole.slice(at, at + limit + AHEAD);
    const isLast = bytesOf(text) <= limit;
    const made = isLast ? undefined : cut(text, { from: head.length, limit, nextLimit: restBytes });
    const part = made?.part ?? text;
    if (part.trim() !== "") parts.push(part);
    if (made === undefined) break;
    at += made.next - head.length;
    head = made.head;
  }
  return parts.length === 0 ? [""] : parts;
}

/** A note and what refers to it may part, and then neither is shown as one: they are shown as they are. */
function withoutFootnotes(content: string): string {
  return content.replaceAll(/^(\s{0,3})\[(?=\^[^\]\s]+\]:)/gmu, "$1\\[");
}
