// The lines of a Markdown text that a cut may go between or through, and the blocks that are open in each.
import type { Code, Heading, Html, ListItem, Nodes, Parents, Root, Table } from "mdast";
import type { Math as Formula } from "mdast-util-math";

/**
 * A block that goes on behind a cut. What opens it again stands in the columns where it stood before, so the lines
 * below it keep their own indentation and their meaning.
 */
export interface Block {
  readonly start: number;
  /** Before the first line that is written of it, and before the others. */
  readonly first: string;
  readonly rest: string;
  readonly opening: readonly string[];
  readonly closing: readonly string[];
  /** Where the text of an item begins in its first line. */
  readonly inner?: number;
}

export interface Line {
  /** Of the text, without what stands before it in each line of its blocks, and without the spaces around it. */
  readonly start: number;
  readonly end: number;
  /** `opens` and `closes`: a block, and it is not cut from what is in it. `heading`: nor is that from what follows. */
  kind: "text" | "code" | "row" | "heading" | "underline" | "opens" | "closes" | "rule";
  /** Whether it is the first of a paragraph, a row, a block of code … */
  readonly isFirst: boolean;
  /** The outer first. */
  blocks: readonly Block[];
}

/** Longer ones are not worth repeating. */
const MOST_OPENING = 60;
/** Folded text within folded text, so many times. */
const MOST_DETAILS = 8;
const QUOTE = "> ";

export const startOf = (node: Nodes): number => node.position?.start.offset ?? 0;
export const endOf = (node: Nodes): number => node.position?.end.offset ?? 0;

export function readLines(text: string, tree: Root): Line[] {
  const lines: Line[] = [];
  readAll(tree, []);
  return lines;

  function readAll({ children }: Parents, outer: readonly Block[]): void {
    let blocks = outer;
    for (const node of children) {
      if (node.type === "html") blocks = readHtml(node, blocks, outer);
      else read(node, blocks);
    }
  }

  function read(node: Nodes, blocks: readonly Block[]): void {
    if (node.type === "blockquote") readIn(node, [...blocks, block(node, { first: QUOTE, rest: QUOTE })]);
    else if (node.type === "list")
      for (const item of node.children) readIn(item, [...blocks, itemOf(item, blocks)]);
    else if (node.type === "code" || node.type === "math") readCode(node, blocks);
    else if (node.type === "table") readTable(node, blocks);
    else if (node.type === "heading") readHeading(node, blocks);
    else add(node, blocks, node.type === "thematicBreak" ? "rule" : "text");
  }

  function readIn(node: Parents & Nodes, blocks: readonly Block[]): void {
    if (node.children.length > 0) readAll(node, blocks);
    else add(node, blocks, "rule");
  }

  /** Each line of a node that holds no other blocks. */
  function add(node: Nodes, blocks: readonly Block[], kind: Line["kind"], from = startOf(node)): Line[] {
    const own: Line[] = [];
    for (let start = from, isFirst = true; ; isFirst = false) {
      const newline = text.indexOf("\n", start);
      const isLast = newline < 0 || newline >= endOf(node);
      const line = text.slice(start, isLast ? endOf(node) : newline);
      own.push({ start, end: start + line.trimEnd().length, kind, isFirst, blocks });
      if (isLast) break;
      start = behind(text, newline + 1, blocks);
      if (kind !== "code") while (/[ \t]/.test(text.charAt(start))) start += 1;
    }
    lines.push(...own);
    return own;
  }

  function itemOf(node: ListItem, blocks: readonly Block[]): Block {
    const start = startOf(node);
    const line = lineStart(text, start);
    const margin = behind(text, line, blocks);
    const [marker] = /^(?:[-*+]|\d{1,9}[.)])(?:[ \t]{1,4}(?=\S)|[ \t]?)/u.exec(text.slice(start)) ?? [""];
    const inner = start + marker.length;
    const first = text.slice(margin, inner) + (/\s$/u.test(marker) ? "" : " ");
    const width = columns(text.slice(line, margin) + first) - columns(text.slice(line, margin));
    return block(node, { first, rest: " ".repeat(width), inner });
  }

  function readCode(node: Code | Formula, blocks: readonly Block[]): void {
    const start = startOf(node);
    const line = lineStart(text, start);
    const open = /^.*/u.exec(text.slice(start))?.[0].trimEnd() ?? "";
    const marker = /^(?:`{3,}|~{3,}|\${2,})/u.exec(open)?.[0];
    if (marker === undefined) {
      const indented = [...blocks, block(node, { first: "    ", rest: "    " })];
      add(node, indented, "code", behind(text, line, indented));
      return;
    }
    const first = text.slice(behind(text, line, blocks), start);
    const opening = [open.length > MOST_OPENING ? marker : open];
    const own = add(node, [...blocks, block(node, { first, opening, closing: [marker] })], "code");
    const [opener, last] = [own[0], own.at(-1)];
    if (opener) opener.kind = "opens";
    const isMarker = (line: string) =>
      line.startsWith(marker) && line.replaceAll(marker.charAt(0), "") === "";
    if (last && last !== opener && isMarker(text.slice(last.start, last.end).trimStart()))
      last.kind = "closes";
  }

  function readTable(node: Table, blocks: readonly Block[]): void {
    const [head, ...rows] = node.children;
    if (head === undefined) return;
    const border = behind(text, endOf(head) + 1, blocks);
    const borderEnd = border + (/^.*/u.exec(text.slice(border))?.[0].trimEnd().length ?? 0);
    const opening = [text.slice(startOf(head), endOf(head)), text.slice(border, borderEnd)];
    const own = [...blocks, block(node, { opening })];
    lines.push({ start: startOf(node), end: borderEnd, kind: "opens", isFirst: true, blocks: own });
    for (const row of rows) add(row, own, "row");
  }

  function readHeading(node: Heading, blocks: readonly Block[]): void {
    const own = add(node, blocks, text[startOf(node)] === "#" ? "heading" : "text");
    const last = own.at(-1);
    if (last?.kind === "text") last.kind = "underline";
  }

  /** The blocks of what follows it. */
  function readHtml(node: Html, blocks: readonly Block[], outer: readonly Block[]): readonly Block[] {
    const { value } = node;
    const depth = blocks.length - outer.length;
    const isEnd = depth > 0 && /^<\/details>/iu.test(value);
    const inside = isEnd ? blocks.slice(0, -1) : blocks;
    const [first, ...others] = add(node, inside, "text");
    if (isEnd && first) first.kind = "closes";
    if (isEnd || depth >= MOST_DETAILS || !/^<details[\s>](?!.*<\/details>)/isu.test(value)) return inside;
    const isWhole = /^<details[^<>]{0,60}>(?:<summary>.{0,60}<\/summary>)?$/iu.test(value.trimEnd());
    const open = isWhole ? value.trimEnd() : "<details>";
    const own = [...blocks, block(node, { opening: [open, ""], closing: ["", "</details>"] })];
    if (first) first.kind = "opens";
    for (const line of others) line.blocks = own;
    return own;
  }
}

const block = (node: Nodes, parts: Partial<Block>): Block => ({
  ...{ start: startOf(node), first: "", rest: "", opening: [], closing: [] },
  ...parts,
});

export const lineStart = (text: string, at: number) => text.lastIndexOf("\n", at - 1) + 1;

/** Where in a line the text begins that lies in all of `blocks`; tabs that reach farther are a part of it. */
export function behind(text: string, start: number, blocks: readonly Block[]): number {
  const newline = text.indexOf("\n", start);
  let at = start;
  for (const block of blocks) {
    const isHere = block.start >= at && (newline < 0 || block.start < newline);
    if (block.inner !== undefined && isHere) at = block.inner;
    else if (block.rest === QUOTE) at += /^ {0,3}> ?/u.exec(text.slice(at, at + 5))?.[0].length ?? 0;
    else {
      const end = columns(text.slice(start, at)) + block.rest.length;
      while (/[ \t]/.test(text.charAt(at)) && columns(text.slice(start, at + 1)) <= end) at += 1;
    }
  }
  return at;
}

/** A tab goes on to the next fourth column. */
function columns(text: string): number {
  let count = 0;
  for (const character of text) count += character === "\t" ? 4 - (count % 4) : 1;
  return count;
}
