import { fencesIn } from "./fences.ts";

/** Back-ticks of a text without fences: code within a paragraph, or a run that is none of a pair. */
export function codeSpansIn(text: string): { start: number; end: number; isCode: boolean }[] {
  // Nearly all texts have none.
  if (!text.includes("`")) return [];
  const breaks = paragraphsIn(text);
  let paragraph = 0;
  const runs = Array.from(text.matchAll(/`+/g), ({ 0: { length }, index: start }) => {
    while ((breaks[paragraph] ?? Number.POSITIVE_INFINITY) < start) paragraph += 1;
    return { start, length, paragraph };
  });
  const byLength = Map.groupBy(runs.keys(), (at) => runs[at]?.length);
  /** Of each length the first that may still be behind. */
  const seen = new Map<number, number>();
  const behind = (at: number, length: number) => {
    const same = byLength.get(length) ?? [];
    let next = seen.get(length) ?? 0;
    while ((same[next] ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    seen.set(length, next);
    return same[next] ?? -1;
  };
  const spans: { start: number; end: number; isCode: boolean }[] = [];
  for (let at = 0; at < runs.length; at += 1) {
    const { start: first, length, paragraph } = runs[at] ?? { start: 0, length: 0, paragraph: 0 };
    const start = first + (endsInBackslash(text, first) ? 1 : 0);
    const end = first + length;
    if (start === end) continue;
    const closing = behind(at, end - start);
    const close = runs[closing];
    const isCode = close?.paragraph === paragraph;
    spans.push({ start, end: isCode ? close.start + close.length : end, isCode });
    if (isCode) at = closing;
  }
  return spans;
}

const BLOCK = /^(?:#|<[!?/a-z]|[-+*][ \t]|\d{1,9}[.)][ \t]|\$\$|(?:[-*_][ \t]*){3,}$|$)/i;
/** The second row of a table, which says how many columns it has. */
export const DELIMITERS = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

/** The lines that no code goes over: an empty one, or one that begins a block. */
function paragraphsIn(text: string): number[] {
  let start = 0;
  const lines = text.split("\n").map((line) => {
    const [lead = ""] = /^[ \t>]*/.exec(line) ?? [];
    const index = start;
    start += line.length + 1;
    return { index, row: line.slice(lead.length), depth: lead.split(">").length };
  });
  return lines.flatMap(({ index, row, depth }, at) => {
    const [before, next] = [lines[at - 1], lines[at + 1]];
    const isTable = next !== undefined && /[|:]/.test(next.row) && DELIMITERS.test(next.row);
    const isAfterHeading = /^#{1,6}(?:[ \t]|$)/.test(before?.row ?? "");
    return BLOCK.test(row) || isAfterHeading || isTable || depth > (before?.depth ?? 1) ? [index] : [];
  });
}

/** Whether a backslash escapes what stands at `end`. */
export function endsInBackslash(text: string, end = text.length): boolean {
  let at = end;
  while (text[at - 1] === "\\") at -= 1;
  return (end - at) % 2 === 1;
}

/** What of a text is searched for tags: no code, and no address in angles or behind a label. */
export function withoutCode(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (const { start, end } of [...fencesIn(text), { start: text.length, end: text.length }]) {
    const piece = text.slice(from, start);
    let at = 0;
    for (const span of codeSpansIn(piece)) {
      if (!span.isCode) continue;
      parts.push(piece.slice(at, span.start));
      at = span.end;
    }
    parts.push(piece.slice(at));
    from = end;
  }
  return parts.join("").replace(/<[a-z][^\s<>]*>|\]\([^\s()]*\)/gi, "");
}
