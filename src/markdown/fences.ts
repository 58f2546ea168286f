const FENCE =
  /^(?<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+){0,9})(?<head>(?<sign>`{3,}|~{3,})(?:(?<=~)[^\n]*|[^`\n]*))$/;
const ITEM = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+/;

/** A block of code between fences. Offsets are those of the text. */
export interface Fence {
  /** What stands before each line: the signs of quotes, and spaces within an item. */
  readonly margin: string;
  /** Its first line, behind the margin, and what ends it. */
  readonly head: string;
  readonly sign: string;
  /** Where its head begins, and its last line ends. */
  readonly start: number;
  end: number;
  /** Where its last line begins, if that closes it. */
  close?: number;
}

/** A fence that nothing closes ends with the quote or the item that it is in, else with the text. */
export function fencesIn(text: string): Fence[] {
  const fences: Fence[] = [];
  let open: Fence | undefined;
  /** How far in the lines of the last item begin. */
  let item = 0;
  let start = 0;
  for (const line of text.split("\n")) {
    const lead = /^[ \t>]*/.exec(line)?.[0] ?? "";
    const isBlank = lead.length === line.length;
    if (open && !isIn(open, lead, isBlank, item)) open = undefined;
    const { before = "", head, sign = "" } = (!open && FENCE.exec(line)?.groups) || {};
    if (open) {
      open.end = start + line.length;
      const last = line.slice(lead.length).trimEnd();
      if (quotes(lead) === quotes(open.margin) && last.startsWith(open.sign) && new Set(last).size === 1) {
        open.close = start;
        open = undefined;
      }
    } else {
      const marked = ITEM.exec(line)?.[0].length;
      if (marked !== undefined) item = marked;
      else if (!isBlank && lead.length < item) item = 0;
    }
    if (head !== undefined) {
      open = {
        margin: before.replace(/[^\s>]/g, " "),
        head,
        sign,
        start: start + before.length,
        end: start + line.length,
      };
      fences.push(open);
    }
    start += line.length + 1;
  }
  return fences;
}

const quotes = (signs: string) => signs.split(">").length;

const isIn = ({ margin }: Fence, lead: string, isBlank: boolean, item: number) =>
  quotes(lead) >= quotes(margin) && (isBlank || margin.length < item || lead.length >= item);
