// The tokens of a line, and whether CommonMark will read the delimiters that are written for them.
import type { Canvas } from "./markdown-entities.ts";
import { endsInBackslash } from "./markdown-runs.ts";

export interface Mark {
  /** Bit of `style`, 0 for a link. */
  bit: number;
  open: string;
  close: string;
  html?: { open: string; close: string };
}

export interface Span {
  mark: Mark;
  form: "markdown" | "html" | "none";
}

export type Token =
  | { kind: "text"; start: number; end: number; styles: number; inLink: boolean }
  | { kind: "code"; start: number; end: number }
  | { kind: "open" | "close"; span: Span };

/** Joins the tokens, giving up delimiters that would not render until all that are left do. */
export function settle(
  canvas: Canvas,
  tokens: readonly Token[],
  written: readonly string[],
  html: boolean,
): string {
  for (;;) {
    const pieces = tokens.map((token, index) =>
      token.kind === "open" || token.kind === "close" ? delimiter(token) : (written[index] ?? ""),
    );
    guardNeighbours(tokens, pieces);
    const failing = failingSpans(canvas, tokens, pieces);
    if (failing.size === 0) return pieces.join("");
    for (const span of failing)
      span.form = span.form === "markdown" && html && span.mark.html !== undefined ? "html" : "none";
  }
}

function delimiter({ kind, span }: { kind: "open" | "close"; span: Span }): string {
  switch (span.form) {
    case "markdown":
      return span.mark[kind];
    case "html":
      return span.mark.html?.[kind] ?? "";
    case "none":
      return "";
  }
}

/** Escapes what the text next to a delimiter would add to it: `*` + `**`, `!` + `[`, a lone backslash. */
function guardNeighbours(tokens: readonly Token[], pieces: string[]): void {
  const filled = [...pieces.keys()].filter((index) => pieces[index] !== "");
  for (const [order, index] of filled.entries()) {
    if (tokens[index]?.kind !== "text") continue;
    const before = pieces[filled[order - 1] ?? -1];
    const after = pieces[filled[order + 1] ?? -1];
    let piece = pieces[index] ?? "";
    const first = piece.charAt(0);
    if (before?.endsWith(first) && "*~`|".includes(first)) piece = `\\${piece}`;
    if (after !== undefined) piece = guardEnd(piece, after);
    pieces[index] = piece;
  }
}

function guardEnd(piece: string, after: string): string {
  if (endsInBackslash(piece)) return `${piece}\\`;
  const body = piece.slice(0, -1);
  const last = piece.slice(-1);
  const joins = after.startsWith(last) ? "*~`|".includes(last) : last === "!" && after.startsWith("[");
  return joins && !endsInBackslash(body) ? `${body}\\${last}` : piece;
}

/** The spans to write otherwise next time: https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run */
function failingSpans(canvas: Canvas, tokens: readonly Token[], pieces: readonly string[]): Set<Span> {
  const failing = new Set<Span>();
  const line = pieces.join("");
  let offset = 0;
  let index = 0;
  while (index < tokens.length) {
    const token = tokens[index];
    const piece = pieces[index] ?? "";
    if (token === undefined) break;
    if (piece === "" || (token.kind !== "open" && token.kind !== "close")) {
      offset += piece.length;
      index += 1;
      continue;
    }
    if (/^[~<]/u.test(piece) && followsTag(canvas, tokens, pieces, index)) failing.add(token.span);
    const marker = piece.charAt(0);
    if (token.span.form !== "markdown" || !"*~".includes(marker)) {
      offset += piece.length;
      index += 1;
      continue;
    }
    const run = [token];
    const start = offset;
    offset += piece.length;
    index += 1;
    for (; index < tokens.length; index += 1) {
      const next = tokens[index];
      const text = pieces[index] ?? "";
      if (text === "") continue;
      if (next === undefined || (next.kind !== "open" && next.kind !== "close") || !text.startsWith(marker))
        break;
      run.push(next);
      offset += text.length;
    }
    const outer = token.kind === "open" ? run[0] : run.at(-1);
    const mixed = run.filter(({ kind }) => kind === "open");
    if (mixed.length > 0 && mixed.length < run.length) for (const { span } of mixed) failing.add(span);
    else if (outer !== undefined && !flanks(line, start, offset, token.kind)) failing.add(outer.span);
  }
  return failing;
}

/** True if the last written token before `index` ends in a hashtag. */
function followsTag(
  canvas: Canvas,
  tokens: readonly Token[],
  pieces: readonly string[],
  index: number,
): boolean {
  for (let before = index - 1; before >= 0; before -= 1) {
    const token = tokens[before];
    if (pieces[before] === "" || token === undefined) continue;
    return token.kind === "text" && canvas.tags[token.end - 1] === 1;
  }
  return false;
}

/** Whether the delimiter run from `start` to `end` can open (or close) emphasis. */
function flanks(line: string, start: number, end: number, kind: "open" | "close"): boolean {
  const before = line.slice(0, start).match(/.$/su)?.[0] ?? " ";
  const after = line.slice(end).match(/^./su)?.[0] ?? " ";
  const inner = kind === "open" ? after : before;
  const outer = kind === "open" ? before : after;
  if (/\s/u.test(inner)) return false;
  return !/[\p{P}\p{S}]/u.test(inner) || /[\s\p{P}]/u.test(outer) || isAsciiSymbol(outer);
}

// Renderers differ on whether other symbols (emoji) count as punctuation, so these count only against us.
function isAsciiSymbol(character: string): boolean {
  return /[$+<=>^`|~]/u.test(character);
}
