const FENCE =
  /^(?<before>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+){0,9})(?<head>(?<sign>`{3,}|~{3,})(?:(?<=~)[^\n]*|[^`\n]*))$/;
const ITEM = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+/;

/** A block of code between fences. Offsets are those of the text. */
interface Fence {
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
  /** What the lines of the quote or the item begin with that it is in, and those of the last item. */
  let outer = "";
  let item = "";
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    const lead = open && leadIn(line, outer);
    if (open && lead !== undefined) {
      open.end = end;
      const last = line.slice(lead.length).trimEnd();
      if (last.startsWith(open.sign) && new Set(last).size === 1) {
        open.close = start;
        open = undefined;
      }
    } else {
      const marked = ITEM.exec(line)?.[0];
      if (marked !== undefined) item = marginOf(marked);
      else if (leadIn(line, item) === undefined) item = "";
      const { before = "", head, sign = "" } = FENCE.exec(line)?.groups ?? {};
      open =
        head === undefined
          ? undefined
          : { margin: marginOf(before), head, sign, start: start + before.length, end };
      if (open) fences.push(open);
      const quotes = before.replace(/[^>]*$/, "");
      outer = quotes.length > item.length ? quotes : item;
    }
    start = end + 1;
  }
  return fences;
}

/** An escape, or code within a paragraph, or back-ticks that are none. */
export const CODE_SPAN =
  /\\.|(`+)(?!`)(?:(?!\n[ \t>]*(?:\n|#|[-+*] |\d{1,9}[.)] ))[\s\S])*?(?<!`)\1(?!`)|`+/g;

/** A text of which only what is searched for tags is left: no code, and no address in angles or behind a label. */
export function withoutCode(text: string): string {
  let left = "";
  let from = 0;
  for (const { start, end } of fencesIn(text)) {
    left += text.slice(from, start);
    from = end;
  }
  return (left + text.slice(from))
    .replace(CODE_SPAN, (found, marker) => (marker === undefined ? found : ""))
    .replace(/<[a-z][^\s<>]*>|\]\([^\s()]*\)/gi, "");
}

const marginOf = (before: string) => before.replace(/[^\s>]/g, " ");

/** What a line begins with that goes on with a quote or an item; undefined where it does not. */
function leadIn(line: string, margin: string): string | undefined {
  const depth = margin.split(">").length - 1;
  const [lead] = new RegExp(`^(?:[ \\t]*>){${depth}}[ \\t]*`).exec(line) ?? [];
  return lead !== undefined && (lead.length >= margin.length || lead.length === line.length)
    ? lead
    : undefined;
}
