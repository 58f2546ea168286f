// A Markdown text as the splitter sees it: lines, and the marks of all its paragraphs in one order.

import { type Line, readLines } from "./lines.ts";
import { type Mark, readMarks } from "./marks.ts";

export interface Document {
  content: string;
  lines: readonly Line[];
  /** In the order of their starts, outer before inner; offsets of the content. */
  marks: readonly Mark[];
}

export function readDocument(content: string): Document {
  const lines = readLines(content);
  const marks = paragraphsOf(lines).flatMap((paragraph) => marksOf(content, paragraph));
  marks.sort((a, b) => a.start - b.start || b.end - a.end);
  return { content, lines, marks: notTooDeep(marks) };
}

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

/** Lines whose text is read as one: a paragraph, a heading, a row. */
function paragraphsOf(lines: readonly Line[]): Line[][] {
  const paragraphs: Line[][] = [];
  for (const line of lines) {
    const last = paragraphs.at(-1);
    if (line.kind === "text" && line.continues && last !== undefined) last.push(line);
    else if (["text", "heading", "item", "row", "table_head"].includes(line.kind)) paragraphs.push([line]);
  }
  return paragraphs;
}

function marksOf(content: string, paragraph: readonly Line[]): Mark[] {
  const marks = readMarks(paragraph.map(({ body, end }) => content.slice(body, end)).join("\n"));
  const starts: number[] = [];
  let length = 0;
  for (const { body, end } of paragraph) {
    starts.push(length);
    length += end - body + 1;
  }
  const toContent = (offset: number) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return (paragraph[low]?.body ?? 0) + offset - (starts[low] ?? 0);
  };
  return marks.map((mark) => ({
    ...mark,
    start: toContent(mark.start),
    end: toContent(mark.end - 1) + 1,
    inner: toContent(mark.inner - 1) + 1,
    innerEnd: mark.inner === mark.end ? toContent(mark.end - 1) + 1 : toContent(mark.innerEnd),
  }));
}

/** Deeper than people nest by hand; keeps the work for one part small. */
const MAX_DEPTH = 16;

function notTooDeep(marks: readonly Mark[]): Mark[] {
  let open: Mark[] = [];
  return marks.filter((mark) => {
    open = open.filter(({ end }) => end > mark.start);
    if (open.length >= MAX_DEPTH) return false;
    open.push(mark);
    return true;
  });
}
