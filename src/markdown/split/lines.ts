// The lines of a Markdown text, and the blocks they lie in.
import type { Code, Html, Nodes, Root } from "mdast";

export type LineKind =
  | "blank"
  | "text"
  | "underline"
  | "heading"
  | "rule"
  | "code"
  | "fence_open"
  | "fence"
  | "fence_close"
  | "table_head"
  | "table_border"
  | "row"
  | "details_open"
  | "details_close";

/** A block of code or math, which is closed by its marker. */
export interface Fence {
  /** The line that opens it again, without quote and indentation. */
  open: string;
  marker: string;
  /** Columns before its marker; as many belong to no line within. */
  indent: number;
}

export interface Details {
  open: string;
  prefix: string;
  depth: number;
}

export interface Line {
  start: number;
  /** Without the newline. */
  end: number;
  kind: LineKind;
  /** In how many quotes it stands. */
  depth: number;
  /** What stands before the text and belongs to its block: `> `, or the indentation of code. */
  prefix: string;
  /** Columns between the prefix and the text. */
  indent: number;
  /** Offset of the text, list markers included. */
  text: number;
  /** Offset of the text, list markers excluded. */
  body: number;
  isItem: boolean;
  /** Columns before the text of the list item that a following line would belong to. */
  inner: number;
  /** True if a paragraph goes on from the line before. */
  continues: boolean;
  fence?: Fence;
  /** The two first lines of the table, without quote and indentation. */
  table?: string;
  details: readonly Details[];
}

/** Longer ones are not worth repeating. */
const MOST_OPENING = 60;
/** Folded text within folded text, so many times. */
const MOST_DETAILS = 8;

export const startOf = (node: Nodes): number => node.position?.start.offset ?? 0;
export const endOf = (node: Nodes): number => node.position?.end.offset ?? 0;

/** Index of the line that holds `offset`, its newline included. */
export function lineAt(lines: readonly Line[], offset: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lines[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function readLines(text: string, tree: Root): Line[] {
  const lines = emptyLines(text);
  const linesOf = (node: Nodes) =>
    lines.slice(lineAt(lines, startOf(node)), lineAt(lines, endOf(node) - 1) + 1);
  eachBlock(tree, (node) => {
    if (node.type === "blockquote") for (const line of linesOf(node)) line.depth += 1;
  });
  for (const line of lines) place(text, line);
  let details: readonly Details[] = [];
  eachBlock(tree, (node) => {
    const own = linesOf(node);
    const [first] = own;
    if (first === undefined || node.type === "blockquote") return;
    if (node.type === "listItem") {
      first.isItem = true;
      const marker = /^(?:[-*+]|\d{1,9}[.)])(?: {1,4}(?=\S)|[ \t]?)/u.exec(text.slice(startOf(node)))?.[0];
      const inner = startOf(node) - first.start - first.prefix.length + (marker?.length ?? 0);
      for (const line of own) line.inner = inner;
      return;
    }
    details = details.filter(({ depth }) => depth <= first.depth);
    const before = details;
    if (node.type === "html") details = readHtml(node, first, details);
    for (const line of own) line.details = line.kind === "details_open" ? before : details;
    readLeaf(text, node, own);
  });
  return lines;
}

function emptyLines(text: string): Line[] {
  let start = 0;
  return text.split("\n").map((source) => {
    const end = start + source.length;
    const kind = source.trim() === "" ? "blank" : "text";
    const nothing = { prefix: "", indent: 0, depth: 0, inner: 0, isItem: false, continues: false };
    const line: Line = { ...nothing, start, end, kind, text: end, body: end, details: [] };
    start = end + 1;
    return line;
  });
}

/** Reads the signs of quotes, and the indentation behind them. */
function place(text: string, line: Line): void {
  const source = text.slice(line.start, line.end);
  const rest = source.replace(new RegExp(`^(?: {0,3}> ?){0,${line.depth}}`, "u"), "");
  const words = rest.trimStart();
  line.prefix = source.slice(0, source.length - rest.length);
  line.indent = rest.slice(0, rest.length - words.length).replaceAll("\t", "    ").length;
  line.text = line.end - words.length;
  line.body = line.text;
  if (words === "") line.kind = "blank";
}

/** Calls `read` with each block that holds no others but those that hold lines: the outer before the inner. */
function eachBlock(parent: Nodes, read: (node: Nodes) => void): void {
  if (!("children" in parent)) return;
  for (const child of parent.children) {
    if (["blockquote", "list", "listItem", "footnoteDefinition"].includes(child.type)) {
      if (child.type === "blockquote" || child.type === "listItem") read(child);
      eachBlock(child, read);
    } else read(child);
  }
}

function readHtml({ value }: Html, line: Line, details: readonly Details[]): readonly Details[] {
  if (/^<\/details>/iu.test(value)) {
    if (details.length > 0) line.kind = "details_close";
    return details.slice(0, -1);
  }
  if (!/^<details[\s>]/iu.test(value) || /<\/details>/iu.test(value)) return details;
  if (details.length >= MOST_DETAILS) return details;
  line.kind = "details_open";
  const isShort = value.length <= MOST_OPENING * 2;
  const isWhole = isShort && /^<details[^<>]*>(?:<summary>[^\n]*<\/summary>)?$/iu.test(value.trimEnd());
  const open = isWhole && !value.includes("\n") ? value.trimEnd() : "<details>";
  return [...details, { open, prefix: line.prefix, depth: line.depth }];
}

function readLeaf(text: string, node: Nodes, lines: readonly Line[]): void {
  const [first] = lines;
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return;
  first.body = Math.max(first.text, startOf(node));
  for (const line of lines) line.continues = line !== first && node.type !== "table";
  switch (node.type) {
    case "heading":
      first.kind = text[startOf(node)] === "#" ? "heading" : first.kind;
      if (first.kind !== "heading") last.kind = "underline";
      break;
    case "thematicBreak":
      first.kind = "rule";
      break;
    case "table": {
      const [head, border] = [first, lines[1]].map((line) => line && text.slice(line.body, line.end).trim());
      for (const [at, line] of lines.entries()) {
        line.kind = at === 0 ? "table_head" : at === 1 ? "table_border" : "row";
        line.table = `${head}\n${border}`;
      }
      break;
    }
    case "code":
    case "math":
      readCode(text, node as Code, lines);
      break;
    default:
  }
}

function readCode(text: string, node: Code, lines: readonly Line[]): void {
  const [first] = lines;
  if (first === undefined) return;
  const open = text.slice(startOf(node), first.end).trimEnd();
  const marker = /^(?:`{3,}|~{3,}|\${2,})/u.exec(open)?.[0];
  if (marker === undefined) {
    for (const line of lines) readIndented(text, line);
    return;
  }
  const indent = startOf(node) - first.start - first.prefix.length;
  const fence: Fence = { open: open.length > MOST_OPENING ? marker : open, marker, indent };
  for (const line of lines) {
    const own = text.slice(line.text, line.end).trimEnd();
    const closes = own.startsWith(marker) && own.replaceAll(marker.charAt(0), "") === "";
    line.fence = fence;
    line.kind = "fence";
    if (line === first) line.kind = "fence_open";
    else if (line === lines.at(-1) && closes && line.indent < line.inner + 4) line.kind = "fence_close";
    if (line === first) continue;
    // All but the indentation of the fence itself is content.
    const margin = line.start + line.prefix.length;
    line.text = margin + (/^ */u.exec(text.slice(margin, margin + indent))?.[0].length ?? 0);
    line.body = line.text;
  }
}

function readIndented(text: string, line: Line): void {
  if (line.kind === "blank" || line.inner > 0) return;
  const margin = line.start + line.prefix.length;
  // A tab is as wide as four spaces.
  const tab = text.slice(margin, margin + 4).indexOf("\t");
  line.kind = "code";
  line.text = margin + (tab < 0 ? 4 : tab + 1);
  line.body = line.text;
  line.prefix += "    ";
  line.indent = 0;
}
