// One line of text with its styles and links. The line becomes a flat list of tokens with properly nested spans;
// then every span is written with Markdown delimiters if CommonMark will read them so, and with HTML if not.
import { escapeForGomark, marksForGomark } from "./gomark-escape.ts";
import { writeForGomark } from "./gomark-inline.ts";
import { type Canvas, type Range, style } from "./markdown-entities.ts";
import { escapeExact, escapeTyped, marksAsTyped, marksExact, type TextContext } from "./markdown-escape.ts";
import { destination, type Run, runsOf } from "./markdown-runs.ts";
import { type Mark, type Span, settle, type Token } from "./markdown-spans.ts";

/** Lines of a text range that holds no blocks. */
export type LineWriter = (range: Range) => string[];

interface LineOptions {
  engine: "commonmark" | "gomark";
  html: boolean;
  escapeDollar: boolean;
}

// In the order of nesting where two cover the same text. Links come first, their brackets always work; HTML next,
// so that the delimiters within it stand next to punctuation.
const marks: readonly Mark[] = [
  { bit: style.underline, open: "<ins>", close: "</ins>" },
  { bit: style.bold, open: "**", close: "**", html: { open: "<b>", close: "</b>" } },
  { bit: style.italic, open: "*", close: "*", html: { open: "<i>", close: "</i>" } },
  { bit: style.strikethrough, open: "~~", close: "~~", html: { open: "<s>", close: "</s>" } },
  { bit: style.spoiler, open: "||", close: "||" },
];

/** Changes `canvas`: styles are taken off the spaces at their edges and off what must stay as typed. */
export function createLineWriter(
  canvas: Canvas,
  formatting: "as_typed" | "exact",
  options: LineOptions,
): LineWriter {
  const typedBackticks = formatting === "as_typed" ? backtickRuns(canvas) : new Set<number>();

  const writeTyped = (line: Range): string => {
    const text = canvas.text.slice(line.start, line.end);
    clear(canvas, { start: line.start, end: line.start + typedPrefix(text).length }, ~style.code);
    const lineMarks = marksAsTyped(canvas, line);
    const typed = lineMarks.verbatim.filter(({ start }) => canvas.text[start] === "`");
    for (const range of typed) clear(canvas, range, ~0);
    return write(line, (start, end, context) =>
      escapeTyped(canvas.text, { start, end }, lineMarks, context, options.escapeDollar),
    );
  };

  const writeExact = (line: Range): string => {
    const text = canvas.text.slice(line.start, line.end);
    const indent = text.match(/^[ \t]*/u)?.[0].length ?? 0;
    if (text.trim() === "") return "";
    const rest = { start: line.start + indent, end: line.start + text.trimEnd().length };
    const isGomark = options.engine === "gomark";
    const lineMarks = isGomark ? marksForGomark(canvas, rest) : marksExact(canvas, rest);
    // Ordinary spaces would vanish, or make a code block; these are shown and open nothing.
    return `${"\u00A0".repeat(indent)}${write(rest, (start, end) =>
      isGomark
        ? escapeForGomark(canvas, { start, end }, lineMarks)
        : escapeExact(canvas, { start, end }, lineMarks, options.escapeDollar),
    )}`;
  };

  const write = (
    line: Range,
    writeText: (start: number, end: number, context: TextContext) => string,
  ): string => {
    if (options.engine === "gomark") {
      return writeForGomark(canvas, line, ({ start, end }) =>
        writeText(start, end, { styles: 0, inLink: false }),
      );
    }
    trimTags(canvas, line, style.strikethrough);
    trimTags(canvas, line, style.underline);
    const tokens = nest(canvas, runsOf(canvas, line));
    const written = tokens.map((token) => {
      if (token.kind === "text") return writeText(token.start, token.end, token);
      if (token.kind === "code") return codeSpan(canvas.text.slice(token.start, token.end), typedBackticks);
      return "";
    });
    return settle(canvas, tokens, written, options.html);
  };

  return (range) => {
    let openFence: string | undefined;
    return linesOf(canvas.text, range).map((line) => {
      if (formatting === "exact") return writeExact(line);
      const text = canvas.text.slice(line.start, line.end);
      const typedFence = text.match(/^[\s>]*(`{3,}(?=[^`]*$)|~{3,})\s*(\S*)/u);
      if (openFence !== undefined) {
        if (typedFence?.[1]?.startsWith(openFence) && typedFence[2] === "") openFence = undefined;
        return text;
      }
      if (typedFence?.[1] !== undefined && !hasStyleOrLink(canvas, line)) {
        openFence = typedFence[1];
        return text;
      }
      return writeTyped(line);
    });
  };
}

function linesOf(text: string, range: Range): Range[] {
  let start = range.start;
  return text
    .slice(range.start, range.end)
    .split("\n")
    .map(({ length }) => {
      const line = { start, end: start + length };
      start += length + 1;
      return line;
    });
}

/** List markers, headings and quotes that a person typed stay outside the emphasis, or they would be none. */
function typedPrefix(line: string): string {
  return line.match(/^\s*(?:(?:(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ x]\]\s+)?|#{1,6}\s+|>\s?)\s*)*/iu)?.[0] ?? "";
}

function clear(canvas: Canvas, range: Range, bits: number): void {
  for (let at = range.start; at < range.end; at += 1) {
    canvas.styles[at] = (canvas.styles[at] ?? 0) & ~bits;
    if (bits === ~0) canvas.links[at] = 0;
  }
}

function hasStyleOrLink(canvas: Canvas, line: Range): boolean {
  return (
    canvas.styles.subarray(line.start, line.end).some((bits) => bits !== 0) ||
    canvas.links.subarray(line.start, line.end).some((link) => link !== 0)
  );
}

/** Memos' server reads `~` and `<` as part of a tag, so a tag cannot be the last thing struck or underlined. */
function trimTags(canvas: Canvas, line: Range, bit: number): void {
  const isEdge = (at: number) => canvas.tags[at] === 1 || /\s/u.test(canvas.text.charAt(at));
  for (const { start, end } of stretches(line, (at) => ((canvas.styles[at] ?? 0) & bit) !== 0)) {
    let kept = end;
    while (kept > start && isEdge(kept - 1)) kept -= 1;
    clear(canvas, { start: kept, end }, bit);
  }
}

function stretches(line: Range, has: (at: number) => boolean): Range[] {
  const found: Range[] = [];
  for (let at = line.start; at < line.end; at += 1) {
    if (!has(at)) continue;
    const last = found.at(-1);
    if (last?.end === at) last.end = at + 1;
    else found.push({ start: at, end: at + 1 });
  }
  return found;
}

/** Spans nested properly, the one that reaches farthest outermost; crossing styles are cut, links are not. */
function nest(canvas: Canvas, runs: readonly Run[]): Token[] {
  const tokens: Token[] = [];
  const visit = (from: number, to: number, openStyles: number, openLink: boolean) => {
    let at = from;
    while (at < to) {
      const run = runs[at];
      if (run === undefined) return;
      let mark: Mark | undefined;
      let end = at;
      if (run.link !== 0 && !openLink && !run.isBlank) {
        mark = linkMark(canvas.urls[run.link - 1] ?? "");
        end = beforeBlank(
          runs,
          reach(runs, at, to, (other) => other.link === run.link),
        );
      }
      for (const candidate of marks) {
        if (run.isBlank || (run.styles & candidate.bit & ~openStyles) === 0) continue;
        const reached = reach(runs, at, to, (other) => (other.styles & candidate.bit) !== 0);
        const stop = beforeBlank(runs, openLink ? reached : beforeCutLink(runs, at, reached, to));
        if (stop <= end) continue;
        mark = candidate;
        end = stop;
      }
      if (mark === undefined) {
        const last = tokens.at(-1);
        if ((run.styles & style.code) !== 0) tokens.push({ kind: "code", start: run.start, end: run.end });
        else if (last?.kind === "text") last.end = run.end;
        else
          tokens.push({ kind: "text", start: run.start, end: run.end, styles: openStyles, inLink: openLink });
        at += 1;
        continue;
      }
      const span: Span = { mark, form: "markdown" };
      tokens.push({ kind: "open", span });
      visit(at, end, openStyles | mark.bit, openLink || mark.bit === 0);
      tokens.push({ kind: "close", span });
      at = end;
    }
  };
  visit(0, runs.length, 0, false);
  return tokens;
}

function reach(runs: readonly Run[], from: number, to: number, has: (run: Run) => boolean): number {
  let end = from;
  for (const run of runs.slice(from, to)) {
    if (!has(run)) break;
    end += 1;
  }
  return end;
}

function beforeBlank(runs: readonly Run[], end: number): number {
  let before = end;
  while (runs[before - 1]?.isBlank) before -= 1;
  return before;
}

/** `end`, or the start of the link that a span from `start` to `end` would cut in two. */
function beforeCutLink(runs: readonly Run[], start: number, end: number, to: number): number {
  const link = runs[end - 1]?.link ?? 0;
  if (end >= to || link === 0 || runs[end]?.link !== link) return end;
  let first = end - 1;
  while (first > start && runs[first - 1]?.link === link) first -= 1;
  return first > start ? first : end;
}

function linkMark(url: string): Mark {
  return { bit: 0, open: "[", close: `](${destination(url)})` };
}

/** Lengths of the backtick runs outside Telegram's code: our code spans use others, so none pairs with them. */
function backtickRuns(canvas: Canvas): Set<number> {
  const runs = canvas.text
    .matchAll(/`+/gu)
    .filter(({ index }) => ((canvas.styles[index] ?? 0) & style.code) === 0)
    .filter(({ index }) => !canvas.pres.some(({ start, end }) => start <= index && index < end));
  return new Set(runs.map(([run]) => run.length));
}

function codeSpan(content: string, avoid: ReadonlySet<number>): string {
  if (content.trim() === "") return content;
  let size = Math.max(0, ...Array.from(content.matchAll(/`+/gu), ([run]) => run.length)) + 1;
  while (avoid.has(size)) size += 1;
  const marker = "`".repeat(size);
  // One space on both sides is taken off again by the reader.
  const pad = /^`|`$|^ .* $/u.test(content) ? " " : "";
  return `${marker}${pad}${content}${pad}${marker}`;
}
