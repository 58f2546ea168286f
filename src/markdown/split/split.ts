// Cuts a content that is longer than the server takes. The first part becomes the memo, the others its comments.
import type { Nodes, Parents } from "mdast";
import { guard, parseMarkdown } from "../parse.ts";
import { type Block, fencesOf, type Line, readLines } from "./lines.ts";
import { endOf, startOf } from "./marks.ts";
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

/** So much is parsed at once, in UTF-16 units, and one line at least: the time that takes grows faster than the lines. */
const MOST_PARSED = 32_768;

function linesOf(content: string): Line[] {
  const all: Line[] = [];
  let folds: readonly Block[] = [];
  let goesOn: Block | undefined;
  for (let rest = content; rest !== ""; ) {
    const text = rest.slice(0, borderIn(rest));
    const tree = parseMarkdown(guard(text));
    const isAll = text.length === rest.length;
    const inner = innerOf(tree);
    // The last block or item may go on. Where it is the only one, it is cut at a line.
    const isAlone = inner.children.length < 2;
    if (!isAll && !isAlone) inner.children.pop();
    const { lines, open } = readLines(text, tree, folds);
    const depth = folds.length;
    const [first] = lines;
    for (const line of lines) {
      const isSame = line.blocks[depth] === first?.blocks[depth];
      all.push(
        goesOn && isSame ? { ...line, isFirst: false, blocks: line.blocks.with(depth, goesOn) } : line,
      );
    }
    if (isAll) break;
    const last = inner.children.at(-1);
    goesOn = isAlone && inner === tree && last && isOpen(text, last) ? all.at(-1)?.blocks[depth] : undefined;
    const opening = goesOn?.opening.map((line) => `${line}\n`).join("");
    rest = opening || !last ? (opening ?? "") + rest.slice(text.length) : rest.slice(endOf(last));
    folds = open;
  }
  return all;
}

/** Behind the last line that ends there, else the first one. */
function borderIn(text: string): number {
  if (text.length <= MOST_PARSED) return text.length;
  const last = text.lastIndexOf("\n", MOST_PARSED - 1);
  const border = last < 0 ? text.indexOf("\n", MOST_PARSED) : last;
  return border < 0 ? text.length : border + 1;
}

/** The list or the quotes that are all there is, else the whole. */
function innerOf(tree: Parents): Parents {
  const [only] = tree.children;
  if (tree.children.length > 1 || (only?.type !== "list" && only?.type !== "blockquote")) return tree;
  return innerOf(only);
}

/** Whether a table, or a block of code or a formula, may go on behind `text`, which it ends. */
function isOpen(text: string, node: Nodes): boolean {
  if (node.type === "table") return !text.endsWith("\n\n");
  if (node.type !== "code" && node.type !== "math") return false;
  const { open, close } = fencesOf(text.slice(startOf(node), endOf(node)));
  return open !== undefined && close === undefined;
}

/** A note and what refers to it may part, and then neither is shown as one: they are shown as they are. */
function withoutFootnotes(content: string): string {
  return content.replaceAll(/^(\s{0,3})\[(?=\^[^\]\s]+\]:)/gmu, "$1\\[");
}
