// What Memos' pages read and then do not show: definitions that nothing refers to, cells beyond the columns of a table,
// and entities that are a blank. Where a person typed it, it is text.
import { DELIMITERS } from "../code-spans.ts";
import { type Canvas, isCode } from "./canvas.ts";
import type { Range } from "./letters.ts";

/** Writes what would vanish from lines that stand under one another so that it is seen. */
export function placeVanishing(canvas: Canvas, lines: readonly Range[]): void {
  placeDefinitions(canvas, lines);
  placeTables(canvas, lines);
  for (const { start, end } of lines)
    for (const { index } of canvas.text.slice(start, end).matchAll(BLANK))
      showAsText(canvas, start + index, "&amp;");
}

const BLANK = /&(?:nbsp|shy|zwn?j|lrm|rlm|e[mn]sp|thinsp|hairsp|tab|newline|#x?[\da-f]{1,6});/gi;

/** Unless it is code, or an address. */
function showAsText(canvas: Canvas, at: number, written?: string): void {
  if (!isCode(canvas, at)) canvas.letters.escape(at, written);
}

const LABEL = /\[((?:\\.|[^\\[\]])+)\](?!\()(:?)/g;
/** What may stand before a definition. */
const LEAD = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*/;

/** `[label]: address` and `[^label]: note`: the first of a label counts, where another paragraph refers to it. */
function placeDefinitions(canvas: Canvas, lines: readonly Range[]): void {
  const { text, letters } = canvas;
  const referred = new Set<string>();
  const definitions: { at: number; label: string }[] = [];
  let isInDefinition = false;
  for (const { start, end } of lines) {
    const line = text.slice(start, end);
    // What is indented goes on with a note.
    if (/^[ \t>]*$/.test(line)) isInDefinition = false;
    const lead = LEAD.exec(line)?.[0].length;
    for (const { 0: whole, 1: name = "", 2: colon, index } of line.matchAll(LABEL)) {
      const at = start + index;
      if (!letters.isFree({ start: at, end: at + whole.length }) || isCode(canvas, at)) continue;
      const label = name.trim().toLowerCase().replace(/\s+/g, " ");
      const isDefinition = colon === ":" && index === lead;
      if (isDefinition) definitions.push({ at, label });
      isInDefinition ||= isDefinition;
      if (!isInDefinition && !/^[ \t]{2}/.test(line)) referred.add(label);
    }
  }
  const seen = new Set<string>();
  for (const { at, label } of definitions) {
    if (!referred.has(label) || seen.has(label)) showAsText(canvas, at);
    seen.add(label);
  }
}

/** A table of which a row has more cells than there are columns is none. */
function placeTables(canvas: Canvas, lines: readonly Range[]): void {
  let columns = 0;
  let delimiters = 0;
  for (const [number, { start, end }] of lines.entries()) {
    const line = canvas.text.slice(start, end);
    const [lead = ""] = /^[ \t>]*/.exec(line) ?? [];
    const row = line.slice(lead.length);
    if (row === "") columns = 0;
    else if (columns > 0 && cellsOf(row) > columns) {
      showAsText(canvas, delimiters);
      columns = 0;
    } else if (columns === 0 && number > 0 && row.includes("|") && DELIMITERS.test(row)) {
      columns = cellsOf(row);
      delimiters = start + lead.length + row.search(/[:-]/);
    }
  }
}

const cellsOf = (row: string) =>
  row
    .trim()
    .replace(/^\||(?<!\\)\|$/g, "")
    .replace(/\\./g, "")
    .split("|").length;
