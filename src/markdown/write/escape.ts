// Which characters of a line must not be read as Markdown where only Telegram's formatting counts, hashtags excepted.
import { hasFormulas } from "../../domain/markdown-flavor.ts";
import { type Canvas, isUniform } from "./canvas.ts";
import type { Range } from "./letters.ts";

/** `line` without the spaces at its ends. */
export function escapeLine(canvas: Canvas, line: Range): void {
  const { letters, flavor } = canvas;
  const text = canvas.text.slice(line.start, line.end);
  const isGomark = flavor === "gomark";
  const block = (isGomark ? GOMARK_BLOCK : BLOCK).exec(text);
  if (block) letters.escape(line.start + (block[1]?.length ?? 0));
  for (const { index } of text.matchAll(isGomark ? GOMARK_SIGNS : SIGNS)) {
    const at = line.start + index;
    if (isGomark ? means(canvas, line, at) : reads(canvas, line, at)) letters.escape(at);
  }
}

/** What would open a heading, a list, a quote, a rule, a table: its sign is the first character, or behind a number. */
const BLOCK = /^(?:>|#{1,6}(?:\s|$)|[-+](?:\s|$)|=+\s*$|[-:][-:|\s]*$|(\d{1,9})[.)](?:\s|$))/u;
const GOMARK_BLOCK = /^(?:[-+>](?:\s|$)|#{1,6}(?:\s|$)|-{3,}\s*$|(\d+)\.(?:\s|$))/u;
const SIGNS = /[\\`*[\]~|$<&#!_]/g;
const GOMARK_SIGNS = /[\\`*[\]~|$<^_=#]/g;

function reads(canvas: Canvas, line: Range, at: number): boolean {
  const { text, tags, links, flavor } = canvas;
  const next = text.slice(at + 1, Math.min(line.end, at + 40));
  switch (text.charAt(at)) {
    case "$":
      return hasFormulas(flavor);
    case "_":
      return !isInWord(canvas, line, at);
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

/** One underscore between letters is none of emphasis, and in a tag all of them are a part of it. */
function isInWord(canvas: Canvas, line: Range, at: number): boolean {
  const { text, tags } = canvas;
  if (tags[at] === 1)
    return /[^#]/.test(text.charAt(at - 1)) && isUniform(canvas, { start: at - 1, end: at + 1 });
  const around = text.slice(Math.max(line.start, at - 2), Math.min(line.end, at + 3));
  return /[\p{L}\p{N}]_[\p{L}\p{N}]/u.test(around) && isUniform(canvas, { start: at - 1, end: at + 2 });
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
