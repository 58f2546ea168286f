// Which characters of a line gomark, the engine of Memos up to 0.25.2, must not take for Markdown. What it reads within
// its own delimiters is raw: there a backslash would be seen.
import type { Canvas, Range } from "./markdown-entities.ts";
import { isUniform, type LineMarks, trimAddress, writeMarked } from "./markdown-escape.ts";

/** What a backslash can stand before; before anything else it is seen. */
const SYMBOLS = /[!#$()*+\-./:<=>?[\\\]^_`|~]/;

/** An address that gomark links by itself, up to the next space. */
const LINKED = /^https?:\/\/[a-z0-9][a-z0-9.-]*(?::\d+)?(?:[/?#][^\s%\\[\]"<>^`{|}]*)?$/i;

/** Marks of a line of `exact` text, `line` without its leading spaces. */
export function marksForGomark(canvas: Canvas, line: Range): LineMarks {
  const text = canvas.text.slice(line.start, line.end);
  const escapes = new Set<number>();
  const blockStart = offsetOfBlockStart(text);
  if (blockStart !== undefined) escapes.add(line.start + blockStart);
  const verbatim: Range[] = [];
  const angled: Range[] = [];
  for (const match of text.matchAll(/[a-z][a-z\d+.-]*:\/\//giu)) {
    const start = line.start + match.index + (/https?:\/\/$/iu.exec(match[0])?.index ?? 0);
    const colon = line.start + match.index + match[0].length - 3;
    if (verbatim.some((other) => other.end > start)) continue;
    const word = canvas.text.slice(start, line.end).match(/^[^\s<>]+/u)?.[0] ?? "";
    const address = { start, end: start + trimAddress(word).length };
    const shown = canvas.text.slice(address.start, address.end);
    const isAddress = /^https?:\/\/[^/\\]/iu.test(shown) && isUniform(canvas, address);
    if (!isAddress || canvas.links[start] !== 0 || canvas.text[address.end - 1] === "\\") {
      escapes.add(colon);
      continue;
    }
    verbatim.push(address);
    // Only a space, and a line's own begin, stand apart from an address; indentation is written as something else.
    const before = canvas.text[start - 1] ?? "\n";
    const begins = before === "\n" || (before === " " && start > line.start);
    const endsThere = /^(?: |$)/u.test(canvas.text.slice(address.end, line.end));
    const isSameAfter = address.end >= line.end || isUniform(canvas, { ...address, end: address.end + 1 });
    if (!LINKED.test(shown) || !begins || !endsThere || !isSameAfter) angled.push(address);
  }
  return { verbatim, angled, escapes };
}

/** Text of which nothing may be read as Markdown, hashtags excepted. */
export function escapeForGomark(canvas: Canvas, range: Range, marks: LineMarks): string {
  const { text, tags } = canvas;
  return writeMarked(text, range, marks, (character, at) => {
    switch (character) {
      case "`":
      case "*":
      case "[":
      case "]":
      case "~":
      case "|":
      case "^":
      case "$":
      case "<":
        return true;
      case "\\":
        // At the end a delimiter may follow, and before an address what is put around it.
        return (
          at + 1 >= range.end ||
          SYMBOLS.test(text[at + 1] ?? "") ||
          text[at + 1] === "'" ||
          marks.angled.some(({ start }) => start === at + 1)
        );
      case "_":
        return tags[at] === 0;
      case "=":
        return text[at + 1] === "=" || text[at - 1] === "=";
      case "#":
        // Any other space is a part of a tag.
        return tags[at] === 0 && !/^[ \n]?$/u.test(text.charAt(at + 1));
      default:
        return false;
    }
  });
}

/** Offset of the character that would open a heading, a list, a quote or a rule at the line's start. */
function offsetOfBlockStart(line: string): number | undefined {
  if (/^(?:[-+]|>|#{1,6})(?:\s|$)/u.test(line) || /^-{3,}\s*$/u.test(line)) return 0;
  return line.match(/^(\d+)\.(?:\s|$)/u)?.[1]?.length;
}
