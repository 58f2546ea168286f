// Which characters of a line must not be read as Markdown where only Telegram's formatting counts, hashtags excepted.
import { hasFormulas, type MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import { type Canvas, isUniform, type Range } from "./canvas.ts";
import type { Letters } from "./letters.ts";

/** `line` without the spaces at its ends. */
export function escapeLine(canvas: Canvas, line: Range, letters: Letters, flavor: MarkdownFlavor): void {
  const text = canvas.text.slice(line.start, line.end);
  const isGomark = flavor === "gomark";
  const block = (isGomark ? GOMARK_BLOCK : BLOCK).exec(text);
  if (block) letters.escape(line.start + (block[1]?.length ?? 0));
  for (const { 0: sign, index } of text.matchAll(isGomark ? GOMARK_SIGNS : SIGNS)) {
    const at = line.start + index;
    const needsEscape = isGomark ? means(canvas, line, at) : reads(canvas, line, at, sign, flavor);
    if (needsEscape) letters.escape(at, sign.length);
  }
}

/** What would open a heading, a list, a quote, a rule, a table: its sign is the first character, or behind a number. */
const BLOCK = /^(?:>|#{1,6}(?:\s|$)|[-+](?:\s|$)|=+\s*$|[-:][-:|\s]*$|(\d{1,9})[.)](?:\s|$))/u;
const GOMARK_BLOCK = /^(?:[-+>](?:\s|$)|#{1,6}(?:\s|$)|-{3,}\s*$|(\d+)\.(?:\s|$))/u;
const SIGNS = /[\\`*[\]~|$<&#!]|_+/g;
const GOMARK_SIGNS = /[\\`*[\]~|$<^_=#]/g;

function reads(canvas: Canvas, line: Range, at: number, sign: string, flavor: MarkdownFlavor): boolean {
  const { text, tags, links } = canvas;
  const next = text.slice(at + 1, Math.min(line.end, at + 40));
  switch (sign.charAt(0)) {
    case "$":
      return hasFormulas(flavor);
    case "_":
      return !isInWord(canvas, line, { start: at, end: at + sign.length });
    case "<":
      return /^[a-z/!?]/iu.test(next);
    case "&":
      return /^(?:#\d+|#x[\da-f]+|[a-z][a-z\d]*);/iu.test(next);
    case "#":
      return tags[at] === 0 && /^[^\s#]/u.test(next);
    case "!":
      return (links[at + 1] ?? 0) !== 0 && links[at + 1] !== links[at];
    default:
      return true;
  }
}

/** Underscores between letters are none of emphasis, and in a tag they are a part of it. */
function isInWord(canvas: Canvas, line: Range, { start, end }: Range): boolean {
  const { text, tags } = canvas;
  const before = { start: Math.max(line.start, start - 2), end: start };
  const after = { start: end, end: Math.min(line.end, end + 2) };
  const isLetterBefore = /[\p{L}\p{N}]$/u.test(text.slice(before.start, before.end));
  const isLetterAfter = /^[\p{L}\p{N}]/u.test(text.slice(after.start, after.end));
  if (!isLetterBefore || !isUniform(canvas, { start: start - 1, end })) return false;
  return tags[start] === 1 || (isLetterAfter && isUniform(canvas, { start, end: end + 1 }));
}

/** What gomark reads. Within its own delimiters nothing is escaped: there a backslash would be seen. */
function means({ text, tags }: Canvas, line: Range, at: number): boolean {
  const next = at + 1 < line.end ? text.charAt(at + 1) : "";
  switch (text.charAt(at)) {
    case "_":
      return tags[at] === 0;
    case "=":
      return next === "=" || text[at - 1] === "=";
    case "#":
      // Any other space is a part of a tag.
      return tags[at] === 0 && next !== "" && next !== " ";
    default:
      return true;
  }
}
