// One line with its styles and links: properly nested, each written with Markdown's signs where CommonMark reads them,
// else with HTML.
import type { Formatting, MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import { placeAddresses } from "./addresses.ts";
import { type Canvas, isCode, type Range, STYLE } from "./canvas.ts";
import { escapeLine } from "./escape.ts";
import { writeFlat } from "./gomark.ts";
import { createLetters, destination, endsInBackslash, guarded, type Letters } from "./letters.ts";
import { type Run, runsOf } from "./runs.ts";
import { readTyped } from "./typed.ts";

/** Writes lines that stand under one another in one block. Changes `canvas`: what is typed keeps no styles. */
export function createLineWriter(canvas: Canvas, formatting: Formatting, flavor: MarkdownFlavor) {
  const { text } = canvas;
  const letters = createLetters(text);
  const typedTicks = formatting === "as_typed" ? backtickRuns(canvas) : new Set<number>();
  const context = { canvas, letters, flavor, typedTicks };
  const write = (line: Range, special: Special): string => {
    const runs = runsOf(canvas, line, flavor);
    return flavor.engine === "gomark"
      ? writeFlat(canvas, runs, letters)
      : writeNested(context, runs, line, special);
  };

  const writeExact = (line: Range): string => {
    const source = text.slice(line.start, line.end);
    if (source.trim() === "") return "";
    const indent = source.length - source.trimStart().length;
    const rest = { start: line.start + indent, end: line.start + source.trimEnd().length };
    placeAddresses(canvas, rest, letters, flavor, true);
    escapeLine(canvas, rest, letters, flavor);
    // Ordinary spaces would vanish, or make a code block; these are shown and open nothing.
    return "\u00A0".repeat(indent) + write(rest, () => "");
  };

  return (lines: readonly Range[]): string[] => {
    if (formatting === "exact") return lines.map(writeExact);
    const { raw, closing } = readTyped(canvas, lines, letters, flavor);
    const written = lines.map((line) =>
      raw.has(line) ? text.slice(line.start, line.end) : write(line, specialIn),
    );
    return closing === null ? written : [...written, closing];
  };
}

interface Context {
  readonly canvas: Canvas;
  readonly letters: Letters;
  readonly flavor: MarkdownFlavor;
  /** Lengths of the runs of back-ticks outside of Telegram's code: ours are others, so that none pairs with them. */
  readonly typedTicks: ReadonlySet<number>;
}

/** What would end the styles and the link that a typed text lies in. */
type Special = (styles: number, isLinked: boolean) => string;

function specialIn(styles: number, isLinked: boolean): string {
  let special = isLinked ? "[]" : "";
  if ((styles & (STYLE.bold | STYLE.italic)) !== 0) special += "*";
  if ((styles & STYLE.strikethrough) !== 0) special += "~";
  if ((styles & STYLE.spoiler) !== 0) special += "|";
  return special;
}

interface Form {
  readonly bit: number;
  readonly sign: string;
  readonly html?: string;
}

/** The outer first, where several reach as far. HTML is outside, so that the signs within it stand next to punctuation. */
const FORMS: readonly Form[] = [
  { bit: STYLE.underline, sign: "", html: "ins" },
  { bit: STYLE.bold, sign: "**", html: "b" },
  { bit: STYLE.italic, sign: "*", html: "i" },
  { bit: STYLE.strikethrough, sign: "~~", html: "s" },
  { bit: STYLE.spoiler, sign: "||" },
];

/** What stands beside a stretch: the characters, and the sign that encloses it. */
interface Edge {
  readonly before: string;
  readonly after: string;
  readonly opening: string;
  readonly closing: string;
}

const NOTHING: Edge = { before: "", after: "", opening: "", closing: "" };

function writeNested(
  { canvas, letters, flavor, typedTicks }: Context,
  runs: readonly Run[],
  line: Range,
  special: Special,
): string {
  const { text, urls } = canvas;
  const charBefore = (at: number) => text.slice(Math.max(line.start, at - 2), at).match(/.$/su)?.[0] ?? "";
  const charAfter = (at: number) => text.slice(at, Math.min(line.end, at + 2)).match(/^./su)?.[0] ?? "";
  const startOf = (index: number) => runs[index]?.start ?? line.end;

  /** Up to where a style goes on: not to a space, and not to the middle of a link. */
  function reachOf(bit: number, from: number, to: number, isLinked: boolean): number {
    let end = from;
    while (end < to && ((runs[end]?.styles ?? 0) & bit) !== 0) end += 1;
    const link = runs[end - 1]?.link ?? 0;
    if (!isLinked && end < to && link !== 0 && runs[end]?.link === link) {
      let first = end;
      while (first > from && runs[first - 1]?.link === link) first -= 1;
      if (first > from) end = first;
    }
    // Memos' server reads `~` and `<` as a part of a tag, so a tag cannot be the last thing struck or underlined.
    const sticks = bit === STYLE.underline || bit === STYLE.strikethrough;
    while (end > from && (runs[end - 1]?.isBlank || (sticks && runs[end - 1]?.isTag))) end -= 1;
    return end;
  }

  function linkEnd(from: number, to: number): number {
    let end = from;
    while (end < to && runs[end]?.link === runs[from]?.link) end += 1;
    while (runs[end - 1]?.isBlank) end -= 1;
    return end;
  }

  /** The runs from `from` to `to`, within what is open. */
  function write(from: number, to: number, open: number, isLinked: boolean, edge: Edge): string {
    let written = "";
    /** The sign that the last piece ended with. */
    let lastSign = edge.opening;
    for (let at = from; at < to; ) {
      const run = runs[at] as Run;
      let end = at;
      let form: Form | "link" | undefined;
      if (!run.isBlank) {
        if (run.link !== 0 && !isLinked) [form, end] = ["link", linkEnd(at, to)];
        for (const candidate of FORMS) {
          if ((run.styles & candidate.bit & ~open) === 0) continue;
          const reach = reachOf(candidate.bit, at, to, isLinked);
          if (reach > end) [form, end] = [candidate, reach];
        }
      }
      if (form !== undefined) {
        const isFirst = written === "";
        const own: Edge = {
          before: isFirst ? edge.before : charBefore(run.start),
          opening: isFirst ? edge.opening : lastSign,
          after: end < to ? charAfter(startOf(end)) : edge.after,
          closing: end < to ? "" : edge.closing,
        };
        const piece =
          form === "link" ? linked(at, end, open) : styled(form, at, end, open, isLinked, own, isFirst);
        written += piece.text;
        lastSign = piece.sign;
        at = end;
        continue;
      }
      const isCodeRun = hasCode(run);
      end = at + 1;
      while (end < to && hasCode(runs[end]) === isCodeRun && !begins(end, open, isLinked)) end += 1;
      const range = { start: run.start, end: startOf(end) };
      if (isCodeRun) {
        written += codeSpan(text.slice(range.start, range.end), typedTicks);
        lastSign = "`";
      } else {
        const next = end < to ? nextSign(end) : edge.closing;
        written += guarded(letters.write(range, special(open, isLinked)), lastSign, next);
        lastSign = "";
      }
      at = end;
    }
    return written;
  }

  const hasCode = (run: Run | undefined) => ((run?.styles ?? 0) & STYLE.code) !== 0;
  /** Whether another form begins at a run. */
  const begins = (index: number, open: number, isLinked: boolean) => {
    const { styles, link, isBlank } = runs[index] as Run;
    const isStyled = FORMS.some(({ bit }) => (styles & bit & ~open) !== 0);
    return !isBlank && (isStyled || (link !== 0 && !isLinked));
  };
  const nextSign = (index: number) => {
    const run = runs[index] as Run;
    return run.link !== 0 ? "[" : hasCode(run) ? "`" : "sign";
  };

  function linked(from: number, to: number, open: number): { text: string; sign: string } {
    const label = write(from, to, open, true, { before: "[", after: "]", opening: "[", closing: "]" });
    return { text: `[${label}](${destination(urls[(runs[from]?.link ?? 0) - 1] ?? "")})`, sign: ")" };
  }

  function styled(
    { bit, sign, html }: Form,
    from: number,
    to: number,
    open: number,
    isLinked: boolean,
    edge: Edge,
    isFirst: boolean,
  ): { text: string; sign: string } {
    const inner = (inside: Edge) => write(from, to, open | bit, isLinked, inside);
    const own = sign.charAt(0);
    const endsTag = canvas.tags[startOf(from) - 1] === 1 || canvas.tags[startOf(to) - 1] === 1;
    // Signs of one kind next to one another are one run: its neighbours count, and a closed one is none of it.
    const isTouching = own !== "" && !isFirst && edge.opening === own;
    if (own !== "" && !isTouching && !(own === "~" && endsTag)) {
      const before = isFirst && edge.opening === own ? edge.before : edge.opening || edge.before;
      const after = edge.closing === own ? edge.after : edge.closing || edge.after;
      const content = inner({ before, after, opening: own, closing: own });
      if (own === "|" || flanks(before, content, after, own))
        return { text: sign + content + sign, sign: own };
    }
    if (html && flavor.html && !endsTag) {
      const content = inner({ before: ">", after: "<", opening: ">", closing: "<" });
      return { text: `<${html}>${content}</${html}>`, sign: ">" };
    }
    return { text: inner(edge), sign: "" };
  }

  return write(0, runs.length, 0, false, NOTHING);
}

/** Whether both ends of a run of delimiters are read as such: https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run */
function flanks(before: string, content: string, after: string, own: string): boolean {
  const first = content.match(/^./su)?.[0] ?? " ";
  const last = content.match(/.$/su)?.[0] ?? " ";
  if (/\s/u.test(first) || /\s/u.test(last)) return false;
  const isMark = (character: string) => /[\p{P}\p{S}]/u.test(character);
  // Renderers differ on whether other symbols (emoji) count as punctuation, so these count only against us.
  const isOutside = (character: string) => character === "" || /[\s\p{P}$+<=>^`|~]/u.test(character);
  const isNestedStart = first === own;
  const isNestedEnd = last === own && !endsInBackslash(content.slice(0, -1));
  return (
    (isNestedStart || !isMark(first) || isOutside(before)) &&
    (isNestedEnd || !isMark(last) || isOutside(after))
  );
}

function codeSpan(content: string, typedTicks: ReadonlySet<number>): string {
  if (content.trim() === "") return content;
  const used = new Set([...content.matchAll(/`+/g)].map(([run]) => run.length));
  let size = 1;
  while (used.has(size) || typedTicks.has(size)) size += 1;
  const marker = "`".repeat(size);
  // One space on both sides is taken off again by the reader.
  const pad = /^`|`$|^ .* $/u.test(content) ? " " : "";
  return `${marker}${pad}${content}${pad}${marker}`;
}

function backtickRuns(canvas: Canvas): Set<number> {
  const isTyped = (at: number) =>
    !isCode(canvas, at) && !canvas.pres.some(({ start, end }) => start <= at && at < end);
  const found = [...canvas.text.matchAll(/`+/g)].filter(({ index }) => isTyped(index));
  return new Set(found.map(([run]) => run.length));
}
