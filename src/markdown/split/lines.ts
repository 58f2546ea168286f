// The lines of a Markdown text and the blocks they lie in, as far as cutting it needs to know them.

export type LineKind =
  | "blank"
  | "text"
  | "underline"
  | "heading"
  | "item"
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
  depth: number;
  /** Where the text of the list item begins in which it stands: a line before that ends it. */
  item: number;
}

export interface Details {
  open: string;
  prefix: string;
}

export interface Line {
  start: number;
  /** Without the newline. */
  end: number;
  kind: LineKind;
  /** What stands before the text and belongs to its block: `> `, or the indentation of code. */
  prefix: string;
  /** Columns between the prefix and the text. */
  indent: number;
  /** Offset of the text, list markers included. */
  text: number;
  /** Offset of the text, list markers excluded. */
  body: number;
  /** Columns before the text of the list item that a following line would belong to. */
  inner: number;
  /** True if a paragraph goes on from the line before. */
  continues: boolean;
  fence: Fence | undefined;
  /** The two first lines of the table, without quote and indentation. */
  table: string | undefined;
  details: readonly Details[];
}

interface State {
  content: string;
  depth: number;
  /** Columns where the texts of the open list items begin. */
  items: number[];
  fence: Fence | undefined;
  table: string | undefined;
  details: readonly Details[];
  previous: Line | undefined;
  /** False once no line closes math any more. */
  hasMath: boolean;
}

/** Longer ones are not worth repeating. */
const MAX_OPENING = 60;

/** Folded text within folded text, so many times. */
const MAX_DETAILS = 8;

export function readLines(content: string): Line[] {
  const lines: Line[] = [];
  const state: State = {
    content,
    depth: 0,
    items: [],
    fence: undefined,
    table: undefined,
    details: [],
    previous: undefined,
    hasMath: true,
  };
  for (let start = 0; start <= content.length; ) {
    const newline = content.indexOf("\n", start);
    const end = newline < 0 ? content.length : newline;
    const line = readLine(state, start, end);
    lines.push(line);
    state.previous = line;
    start = end + 1;
  }
  return lines;
}

function readLine(state: State, start: number, end: number): Line {
  const source = state.content.slice(start, end);
  const quote = quoteOf(source, state.fence?.depth);
  const indent = columns(source, quote.length);
  const text = source.slice(quote.length).trimStart();
  const line: Line = {
    start,
    end,
    kind: "blank",
    prefix: quote,
    indent,
    text: end - text.length,
    body: end - text.length,
    inner: 0,
    continues: false,
    fence: undefined,
    table: undefined,
    details: state.details,
  };
  const depth = quote.split(">").length - 1;
  if (state.fence !== undefined && within(state.fence, depth, indent, text)) {
    readFenced(state, line, source, text);
    return line;
  }
  state.fence = undefined;
  if (depth !== state.depth && text !== "") state.items = [];
  state.depth = depth;
  if (text.trim() === "") {
    state.table = undefined;
    line.inner = state.items.at(-1) ?? 0;
    return line;
  }
  line.kind = readKind(state, line, text.trimEnd(), depth);
  if (line.kind !== "row" && line.kind !== "table_border" && line.kind !== "table_head")
    state.table = undefined;
  return line;
}

function within(fence: Fence, depth: number, indent: number, text: string): boolean {
  return depth >= fence.depth && (text.trim() === "" || indent >= fence.item);
}

function readFenced(state: State, line: Line, source: string, text: string): void {
  const fence = state.fence;
  if (fence === undefined) return;
  line.fence = fence;
  line.inner = fence.item;
  const closes =
    text.startsWith(fence.marker) && text.trimEnd().replaceAll(fence.marker.charAt(0), "") === "";
  line.kind = closes ? "fence_close" : "fence";
  if (closes) state.fence = undefined;
  // All but the indentation of the fence itself is content.
  line.text = line.start + line.prefix.length + Math.min(fence.indent, leading(source, line.prefix.length));
  line.body = line.text;
}

/** What the line is; reads what it opens or closes. */
function readKind(state: State, line: Line, text: string, depth: number): LineKind {
  const { previous } = state;
  const isParagraph =
    previous !== undefined &&
    (previous.kind === "text" || previous.kind === "item") &&
    previous.body < previous.end;
  leaveItems(state, line, isParagraph);
  const outside = line.indent - (state.items.at(-1) ?? 0) >= 4;
  if (outside && !isParagraph) {
    line.inner = state.items.at(-1) ?? 0;
    if (state.items.length > 0) return "text";
    const margin = line.start + line.prefix.length;
    // A tab is as wide as four spaces.
    const tab = state.content.slice(margin, margin + 4).indexOf("\t");
    line.text = margin + (tab < 0 ? 4 : tab + 1);
    line.prefix += "    ";
    line.body = line.text;
    line.indent = 0;
    return "code";
  }
  if (state.table !== undefined && !/^(?:[#>]|`{3}|~{3}|[-*+]\s)/u.test(text)) {
    line.table = state.table;
    const isBorder = previous?.kind === "table_head";
    return isBorder ? "table_border" : "row";
  }
  if (isParagraph && /^(?:=+|-+)$/u.test(text) && line.indent < 4) return "underline";
  if (/^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/u.test(text)) return "rule";
  const rest = outside ? text : readMarkers(state, line, text, isParagraph);
  line.inner = state.items.at(-1) ?? 0;
  if (!outside && openFence(state, line, rest, depth)) return "fence_open";
  if (!outside && openDetails(state, line, rest)) return "details_open";
  if (!outside && closeDetails(state, line, rest)) return "details_close";
  if (/^#{1,6}(?:\s|$)/u.test(text) && !outside) return "heading";
  const table = tableAt(state.content, line, rest);
  if (table !== undefined) {
    state.table = table;
    line.table = table;
    return "table_head";
  }
  if (line.kind === "item") return "item";
  line.continues = isParagraph;
  return "text";
}

/** A line before an item's text is no part of it, unless its paragraph simply goes on. */
function leaveItems(state: State, line: Line, isParagraph: boolean): void {
  const marker = listMarker.test(state.content.slice(line.text, line.text + 16));
  if (isParagraph && !marker) return;
  while ((state.items.at(-1) ?? 0) > line.indent) state.items.pop();
}

const listMarker = /^(?:[-*+]|\d{1,9}[.)])(?:[ \t]|\n|$)/u;

/** Reads the list markers (there may be several) and gives what follows them. */
function readMarkers(state: State, line: Line, text: string, isParagraph: boolean): string {
  let rest = text;
  let column = line.indent;
  for (;;) {
    const found = /^([-*+]|(\d{1,9})[.)])([ \t]+|$)/u.exec(rest);
    if (found === null) break;
    const interrupts = isParagraph && line.kind !== "item" && line.indent >= (state.items.at(-1) ?? 0);
    if (interrupts && (found[3] === "" || (found[2] !== undefined && Number(found[2]) !== 1))) break;
    const width =
      found[0].length > (found[1]?.length ?? 0) + 4 ? (found[1]?.length ?? 0) + 1 : found[0].length;
    column += Math.max(width, (found[1]?.length ?? 0) + 1);
    state.items.push(column);
    rest = rest.slice(width);
    line.body = Math.min(line.end, line.body + width);
    line.kind = "item";
    if (found[3] === "") break;
  }
  if (line.kind === "item") {
    const box = /^\[[ xX]\]\s+/u.exec(rest)?.[0].length ?? 0;
    line.body += box;
    rest = rest.slice(box);
  }
  return rest;
}

function openFence(state: State, line: Line, text: string, depth: number): boolean {
  const found = /^(`{3,}(?=[^`]*$)|~{3,}|\$\$(?=\s*$))/u.exec(text)?.[1];
  if (found === undefined) return false;
  if (found === "$$" && !closesMath(state, line.end)) return false;
  state.fence = {
    open: text.length > MAX_OPENING ? found : text,
    marker: found,
    indent: line.kind === "item" ? line.inner : line.indent,
    depth,
    item: state.items.at(-1) ?? 0,
  };
  line.fence = state.fence;
  return true;
}

/** Two dollars that nothing closes are two dollars. */
function closesMath(state: State, from: number): boolean {
  const border = /^[ >]*\$\$[ \t]*$/gmu;
  border.lastIndex = from;
  state.hasMath &&= border.test(state.content);
  return state.hasMath;
}

function openDetails(state: State, line: Line, text: string): boolean {
  if (!/^<details[\s>]/iu.test(text) || /<\/details>/iu.test(text)) return false;
  if (state.details.length >= MAX_DETAILS) return false;
  const isShort = text.length <= MAX_OPENING * 2;
  const isWhole = isShort && /^<details[^<>]*>(?:<summary>[^\n]*<\/summary>)?$/iu.test(text);
  state.details = [...state.details, { open: isWhole ? text : "<details>", prefix: line.prefix }];
  return true;
}

function closeDetails(state: State, line: Line, text: string): boolean {
  if (!/^<\/details>/iu.test(text) || state.details.length === 0) return false;
  state.details = state.details.slice(0, -1);
  line.details = state.details;
  return true;
}

/** The head of the table that begins at `line`, if one does. */
function tableAt(content: string, line: Line, text: string): string | undefined {
  if (!text.includes("|")) return undefined;
  const start = line.end + 1;
  const newline = content.indexOf("\n", start);
  const below = content.slice(start, newline < 0 ? content.length : newline);
  const quote = quoteOf(below, undefined);
  const border = below.slice(quote.length).trim();
  if (quote.trim() !== line.prefix.trim() || !border.includes("|")) return undefined;
  const cells = cellsOf(border);
  if (!cells.every((cell) => /^:?-+:?$/u.test(cell.trim()))) return undefined;
  return cells.length === cellsOf(text).length ? `${text}\n${border}` : undefined;
}

function cellsOf(row: string): string[] {
  return row
    .replace(/^\|/u, "")
    .replace(/(?<!\\)\|$/u, "")
    .split(/(?<!\\)\|/u);
}

function quoteOf(source: string, most = Number.POSITIVE_INFINITY): string {
  const marker = / {0,3}> ?/uy;
  for (let depth = 0; depth < most; depth += 1) {
    const at = marker.lastIndex;
    if (!marker.test(source)) return source.slice(0, at);
  }
  return source.slice(0, marker.lastIndex);
}

function columns(source: string, from: number): number {
  let count = 0;
  for (let at = from; at < source.length; at += 1) {
    if (source[at] === "\t") count += 4 - (count % 4);
    else if (source[at] === " ") count += 1;
    else break;
  }
  return count;
}

function leading(source: string, from: number): number {
  let at = from;
  while (source[at] === " ") at += 1;
  return at - from;
}
