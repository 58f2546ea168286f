// The lines of a Markdown text, and the blocks that are open in each.
import type { Code, ListItem, Nodes, Parents, Table } from "mdast";
import type { Math as Formula } from "mdast-util-math";
import { endOf, type Mark, readMarks, startOf } from "./marks.ts";

/** What stands before each line of a block, and opens and closes it. */
export interface Block {
  /** Before the first line that is written of it, and before the others. */
  readonly first: string;
  readonly rest: string;
  readonly opening: readonly string[];
  readonly closing: readonly string[];
}

export interface Line {
  /** Without what its blocks put before it. */
  readonly text: string;
  /** What stands behind it and breaks the line, where it is not the last of a part: spaces or a backslash. */
  readonly ending: string;
  /** Where it ends in what was read. */
  readonly end: number;
  /** `rule`: no cut goes through it. `heading`: it is not cut from what follows. */
  readonly kind: "text" | "code" | "heading" | "rule";
  /** Whether it is the first of a paragraph, a block of code … */
  readonly isFirst: boolean;
  /** How many blank lines stand above it. */
  readonly gap: number;
  /** The outer first. */
  readonly blocks: readonly Block[];
  readonly marks: readonly Mark[];
  /** So much of its text was put there to open again what was cut. */
  readonly head?: number;
}

const QUOTE = "> ";
const INDENT = "    ";
/** The longest number of an item, its sign and the spaces behind it. */
const MOST_MARKER = 16;
const DETAILS = /^<details[^<>]{0,60}>(?:<summary>.{0,60}<\/summary>)?$/iu;
const DETAILS_END = "</details>";

const isDetails = ({ closing }: Block) => closing.includes(DETAILS_END);

const block = (parts: Partial<Block>): Block => ({
  ...{ first: "", rest: "", opening: [], closing: [] },
  ...parts,
});

/** What opens a block of code or a formula, if it is no indentation, and closes it, if that is written. */
export function fencesOf(code: string): { open?: string | undefined; close?: string | undefined } {
  const [open] = /^(?:`{3,}|~{3,}|\${2,})/u.exec(code) ?? [];
  const last = code
    .slice(code.lastIndexOf("\n") + 1)
    .replace(/^[ \t>]+/u, "")
    .trimEnd();
  const isClosed =
    open !== undefined && code.includes("\n") && last.startsWith(open) && new Set(last).size === 1;
  return { open, close: isClosed ? last : undefined };
}

/** `outer`: the folds that were left open by what was read before. Those that this leaves open are returned. */
export function readLines(text: string, tree: Parents, outer: readonly Block[]) {
  const lines: Line[] = [];
  /** Where what was read ends. */
  let above = 0;
  /** How many blank lines the next line has above it, where that is known already. */
  let known: number | undefined;
  const open = readAll(tree, outer);
  return { lines, open };

  function readAll({ children }: Parents, around: readonly Block[]): readonly Block[] {
    let blocks = around;
    for (const node of children) {
      const details = blocks.find(isDetails);
      const tag = node.type === "html" ? node.value.trimEnd() : "";
      if (details && details === blocks.at(-1) && tag.toLowerCase().startsWith(DETAILS_END)) {
        keepEmpty(node, blocks);
        blocks = blocks.slice(0, -1);
        above = startOf(node) + DETAILS_END.length;
        if (tag.length > DETAILS_END.length) add(node, blocks, "text", above);
      } else if (!details && DETAILS.test(tag)) {
        known = gapBefore(startOf(node));
        above = endOf(node);
        blocks = [...blocks, block({ opening: [tag, ""], closing: ["", DETAILS_END] })];
      } else read(node, blocks);
    }
    const last = children.at(-1);
    if (last && blocks.length > around.length) keepEmpty(last, blocks);
    return blocks;
  }

  /** A block in which nothing stands has a line, too. */
  function keepEmpty(node: Nodes, blocks: readonly Block[]): void {
    const own = blocks.at(-1);
    if (own && !lines.at(-1)?.blocks.includes(own))
      push(endOf(node), endOf(node), { kind: "rule", isFirst: true, blocks, marks: [] });
  }

  function read(node: Nodes, blocks: readonly Block[]): void {
    switch (node.type) {
      case "blockquote":
        readIn(node, [...blocks, block({ first: QUOTE, rest: QUOTE })]);
        break;
      case "list":
        for (const item of node.children) readIn(item, [...blocks, itemOf(item)]);
        break;
      case "code":
      case "math":
        readCode(node, blocks);
        break;
      case "table":
        readTable(node, blocks);
        break;
      case "heading":
        add(node, blocks, "heading");
        break;
      default:
        add(node, blocks, node.type === "thematicBreak" ? "rule" : "text");
    }
  }

  function readIn(node: Parents & Nodes, blocks: readonly Block[]): void {
    readAll(node, blocks);
    keepEmpty(node, blocks);
  }

  function gapBefore(start: number): number {
    return Math.max(0, text.slice(above, start).split("\n").length - 2);
  }

  function push(
    start: number,
    end: number,
    line: Omit<Line, "text" | "end" | "gap" | "ending">,
    ending = "",
  ): void {
    lines.push({ ...line, text: text.slice(start, end), ending, end, gap: known ?? gapBefore(start) });
    known = undefined;
    above = end;
  }

  /** Each line of a node that holds no other blocks. */
  function add(node: Nodes, blocks: readonly Block[], kind: Line["kind"], from = startOf(node)): void {
    const marks = readMarks(text, node);
    const depth = blocks.filter(({ first }) => first === QUOTE).length;
    const prefix = new RegExp(`(?: {0,3}> ?){0,${depth}}[ \\t]*`, "y");
    // The box of a task is none of its paragraph.
    const box = /\[[ x]\][ \t]+$/iu.exec(text.slice(Math.max(0, from - 8), from))?.[0] ?? "";
    for (let start = from - box.length, isFirst = true; ; isFirst = false) {
      const newline = text.indexOf("\n", start);
      const isLast = newline < 0 || newline >= endOf(node);
      const whole = text.slice(start, isLast ? endOfLine(endOf(node)) : newline);
      const isBroken = whole.endsWith("\\") && marks.some((mark) => mark.start === start + whole.length - 1);
      const ending = isBroken ? "\\" : (/(?<![ \t])[ \t]+$/u.exec(whole)?.[0] ?? "");
      push(start, start + whole.length - ending.length, { kind, isFirst, blocks, marks }, ending);
      if (isLast) break;
      prefix.lastIndex = newline + 1;
      start = newline + 1 + (blocks.length === 0 ? 0 : (prefix.exec(text)?.[0].length ?? 0));
    }
  }

  function itemOf(node: ListItem): Block {
    const item = text.slice(startOf(node), startOf(node) + MOST_MARKER);
    const [, sign = "", space = ""] = /^([-*+]|\d{1,9}[.)])( {1,4}(?=\S))?/u.exec(item) ?? [];
    const first = sign + (space || " ");
    return block({ first, rest: " ".repeat(first.length) });
  }

  /** What the parser says is in it stands at the end of each line. */
  function readCode(node: Code | Formula, blocks: readonly Block[]): void {
    const start = startOf(node);
    const { open, close = open } = fencesOf(text.slice(start, endOf(node)));
    const opening = text.slice(start, endOfLine(start)).trimEnd();
    const fenced = close !== undefined && block({ opening: [opening], closing: [close] });
    const own = [...blocks, fenced || block({ first: INDENT, rest: INDENT })];
    known ??= gapBefore(start);
    let at = fenced ? endOfLine(start) + 1 : start;
    for (const [index, value] of node.value.split("\n").entries()) {
      const end = Math.max(at, endOfLine(at));
      push(Math.max(at, end - value.length), end, {
        kind: "code",
        isFirst: index === 0,
        blocks: own,
        marks: [],
      });
      at = end + 1;
    }
    above = endOf(node);
  }

  function endOfLine(start: number): number {
    const newline = text.indexOf("\n", start);
    return newline < 0 ? text.length : newline;
  }

  function readTable(node: Table, blocks: readonly Block[]): void {
    const [head = node, ...rows] = node.children;
    const [border = ""] = /[^\s>].*$/u.exec(text.slice(endOf(head) + 1, endOfLine(endOf(head) + 1))) ?? [];
    const own = [...blocks, block({ opening: [text.slice(startOf(head), endOf(head)), border] })];
    if (rows.length === 0) add(node, blocks, "rule");
    known ??= rows.length === 0 ? undefined : gapBefore(startOf(node));
    for (const row of rows) {
      const isFirst = row === rows[0];
      push(startOf(row), endOf(row), { kind: "text", isFirst, blocks: own, marks: readMarks(text, row) });
    }
  }
}
