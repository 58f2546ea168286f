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
  let outer = marginOf("");
  let item = marginOf("");
  let start = 0;
  for (const line of text.split("\n")) {
    const end = start + line.length;
    const lead = open && leadIn(line, outer);
    if (open && lead !== undefined) {
      open.end = end;
      const last = line.slice(lead).trimEnd();
      if (last.startsWith(open.sign) && new Set(last).size === 1) {
        open.close = start;
        open = undefined;
      }
    } else {
      const marked = ITEM.exec(line)?.[0];
      if (marked !== undefined) item = marginOf(marked);
      else if (leadIn(line, item) === undefined) item = marginOf("");
      const { before = "", head, sign = "" } = FENCE.exec(line)?.groups ?? {};
      open =
        head === undefined
          ? undefined
          : { margin: marginOf(before).text, head, sign, start: start + before.length, end };
      if (open) fences.push(open);
      const quotes = before.slice(0, before.lastIndexOf(">") + 1);
      outer = quotes.length > item.text.length ? marginOf(quotes) : item;
    }
    start = end + 1;
  }
  return fences;
}

function marginOf(before: string) {
  const text = before.replace(/[^\s>]/g, " ");
  return { text, depth: text.split(">").length - 1 };
}

/** How much of a line goes on with a quote or an item; undefined where it does not. */
function leadIn(line: string, { text, depth }: ReturnType<typeof marginOf>): number | undefined {
  let at = 0;
  const skipSpaces = () => {
    while (line[at] === " " || line[at] === "\t") at += 1;
  };
  for (let left = depth; left > 0; left -= 1) {
    skipSpaces();
    if (line[at] !== ">") return undefined;
    at += 1;
  }
  skipSpaces();
  return at >= text.length || at === line.length ? at : undefined;
}
