// Cuts a content that is longer than the server takes. The first part becomes the memo, the others its comments.
import { guard, parseMarkdown } from "../parse.ts";
import { type Block, type Line, readLines } from "./lines.ts";
import { endOf } from "./marks.ts";
import { bytesOf, packLines, type SplitLimits } from "./pack.ts";

/**
 * The parts of `content`, each a Markdown text by itself and within its limit, none of them blank. A cut is made at
 * a paragraph, item, line, sentence or word border, the best that lies in the second half of the room, and between
 * characters as people see them only where there is none. Links, code within a line, entities and escapes stay
 * whole unless they alone are too long. What is open at a cut (an item, a quote, a block of code, `<details>`,
 * emphasis) is closed before it and opened again after it, and a table repeats its head.
 *
 * A content that fits is its only part, as it is.
 */
export function splitMarkdown(content: string, limits: SplitLimits): string[] {
  if (bytesOf(content) <= limits.firstBytes) return [content];
  const whole = withoutFootnotes(content.replace(/\r\n?/g, "\n").trimEnd()).replace(/^(?:[ \t]*\n)+/u, "");
  return packLines(linesOf(whole), limits);
}

/** So much is parsed at once, in UTF-16 units: the time that takes grows faster than the text. */
const MOST_PARSED = 32_768;

function linesOf(content: string): Line[] {
  const all: Line[] = [];
  let folds: readonly Block[] = [];
  for (let rest = content; rest !== ""; ) {
    const text = rest.slice(0, rest.length > MOST_PARSED ? borderIn(rest) : undefined);
    const tree = parseMarkdown(guard(text));
    const isAll = text.length === rest.length;
    // The last block may go on. Where it is the only one, it is cut at a line or a word.
    const isAlone = tree.children.length < 2;
    if (!isAll && !isAlone) tree.children.pop();
    const last = tree.children.at(-1);
    const read = readLines(text, tree, folds);
    for (const line of read.lines) all.push(line);
    const opening = isAlone ? (all.at(-1)?.blocks[folds.length]?.opening ?? []) : [];
    folds = read.open;
    if (isAll) break;
    const head = opening.map((line) => `${line}\n`).join("");
    rest = isAlone || !last ? head + rest.slice(text.length).replace(/^\n/, "") : rest.slice(endOf(last));
  }
  return all;
}

function borderIn(text: string): number {
  const beginning = text.slice(0, MOST_PARSED).toWellFormed();
  const line = beginning.lastIndexOf("\n");
  return line > 0 ? line : Math.max(beginning.lastIndexOf(" "), 0) || MOST_PARSED - 1;
}

/** A note and what refers to it may part, and then neither is shown as one: they are shown as they are. */
function withoutFootnotes(content: string): string {
  return content.replaceAll(/^(\s{0,3})\[(?=\^[^\]\s]+\]:)/gmu, "$1\\[");
}
