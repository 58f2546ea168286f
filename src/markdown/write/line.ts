// One line with its styles and links: properly nested, each written with Markdown's signs where the server reads them,
// else with HTML, else plain.
import type { Formatting, MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import { placeAddresses } from "./addresses.ts";
import { type Canvas, isCode, type Range, STYLE } from "./canvas.ts";
import { escapeLine } from "./escape.ts";
import { GOMARK_FORMS, gomarkLink, spacedTags } from "./gomark.ts";
import { createLetters, destination, endsInBackslash, guarded, type Letters } from "./letters.ts";
import { type Form, type Run, runsOf } from "./runs.ts";
import { readTyped } from "./typed.ts";

/** Writes lines that stand under one another in one block. Changes `canvas`: what is typed keeps no styles. */
export function createLineWriter(canvas: Canvas, formatting: Formatting, flavor: MarkdownFlavor) {
  const { text } = canvas;
  const letters = createLetters(text);
  const typedTicks = formatting === "as_typed" ? backtickRuns(canvas) : new Set<number>();
  const context = { canvas, letters, flavor, typedTicks };
  const write = (line: Range, special: Special) => writeLine(context, line, special);

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

/** The outer first, where several reach as far. HTML is outside, so that the signs within it stand next to punctuation. */
const FORMS: readonly Form[] = [
  { bits: STYLE.underline, sign: "", html: "ins" },
  { bits: STYLE.bold, sign: "**", html: "b" },
  { bits: STYLE.italic, sign: "*", html: "i" },
  { bits: STYLE.strikethrough, sign: "~~", html: "s" },
  { bits: STYLE.spoiler, sign: "||" },
];

/** What stands beside a stretch: the characters, and the sign that encloses it. */
interface Edge {
  readonly before: string;
  readonly after: string;
  readonly opening: string;
  readonly closing: string;
}

const NOTHING: Edge = { before: "", after: "", opening: "", closing: "" };

function writeLine({ canvas, letters, flavor, typedTicks }: Context, line: Range, special: Special): string {
  const { text, urls } = canvas;
  const isGomark = flavor.engine === "gomark";
  const forms = isGomark ? GOMARK_FORMS : FORMS;
  const runs = runsOf(canvas, line, isGomark);
  // gomark nests no styles, so a run is of just one form.
  const has = ({ styles }: Run, { bits }: Form) => (isGomark ? styles === bits : (styles & bits) !== 0);
  const charBefore = (at: number) => text.slice(Math.max(line.start, at - 2), at).match(/.$/su)?.[0] ?? "";
  const charAfter = (at: number) => text.slice(at, Math.min(line.end, at + 2)).match(/^./su)?.[0] ?? "";
  const startOf = (index: number) => runs[index]?.start ?? line.end;

  /** Up to where a style goes on: not to a space, and not to the middle of a link. */
  function reachOf(form: Form, from: number, to: number, isLinked: boolean): number {
    let end = from;
    while (end < to && has(runs[end] as Run, form)) end += 1;
    const link = runs[end - 1]?.link ?? 0;
    if (!isLinked && end < to && link !== 0 && runs[end]?.link === link) {
      let first = end;
      while (first > from && runs[first - 1]?.link === link) first -= 1;
      if (first > from) end = first;
    }
    // Memos' server reads `~` and `<` as a part of a tag, so a tag cannot be the last thing struck or underlined.
    const sticks = form.bits === STYLE.underline || form.bits === STYLE.strikethrough;
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
        for (const candidate of forms) {
          if (!has(run, candidate) || (open & candidate.bits) !== 0) continue;
          const reach = reachOf(candidate, at, to, isLinked);
          // A label of gomark has no styles.
          if (reach > end || (isGomark && reach === end)) [form, end] = [candidate, reach];
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
          form === "link"
            ? linked(at, end, open, own.opening)
            : styled(form, at, end, open, isLinked, own, isFirst);
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
        written += guarded(plain(range, open, isLinked), lastSign, next);
        lastSign = "";
      }
      at = end;
    }
    return written;
  }

  const plain = (range: Range, open: number, isLinked: boolean) =>
    isGomark ? spacedTags(canvas, range, letters) : letters.write(range, special(open, isLinked));
  const hasCode = (run: Run | undefined) => !isGomark && ((run?.styles ?? 0) & STYLE.code) !== 0;
  /** Whether another form begins at a run. */
  const begins = (index: number, open: number, isLinked: boolean) => {
    const run = runs[index] as Run;
    const isStyled = forms.some((form) => has(run, form) && (open & form.bits) === 0);
    return !run.isBlank && (isStyled || (run.link !== 0 && !isLinked));
  };
  const nextSign = (index: number) => {
    const run = runs[index] as Run;
    return run.link !== 0 ? "[" : hasCode(run) ? "`" : "sign";
  };

  /** What stands between the signs of gomark; undefined where it would end them. */
  function raw(from: number, to: number, sign: string, not: RegExp): string | undefined {
    let content = "";
    for (let at = from; at < to; ) {
      const { start, link, isBlank } = runs[at] as Run;
      const isLink = link !== 0 && !isBlank;
      const end = isLink ? linkEnd(at, to) : at + 1;
      const source = text.slice(start, startOf(end));
      const written = isLink ? gomarkLink(source, urls[link - 1]).whole : source;
      if (written === undefined || (!isLink && not.test(source))) return undefined;
      content += written;
      at = end;
    }
    // In the address of a link, or its label.
    const isEnded = sign === "**" && content.includes("**");
    return isEnded || content.trim() === "" ? undefined : content;
  }

  function linked(from: number, to: number, open: number, before: string): { text: string; sign: string } {
    const url = urls[(runs[from]?.link ?? 0) - 1] ?? "";
    if (isGomark) {
      const range = { start: startOf(from), end: startOf(to) };
      const link = gomarkLink(text.slice(range.start, range.end), url);
      if (link.whole !== undefined) return { text: link.whole, sign: ")" };
      return { text: `${guarded(plain(range, open, false), before, "")} <${link.url}>`, sign: ">" };
    }
    const label = write(from, to, open, true, { before: "[", after: "]", opening: "[", closing: "]" });
    return { text: `[${label}](${destination(url)})`, sign: ")" };
  }

  function styled(
    { bits, sign, html, not }: Form,
    from: number,
    to: number,
    open: number,
    isLinked: boolean,
    edge: Edge,
    isFirst: boolean,
  ): { text: string; sign: string } {
    const inner = (inside: Edge) => write(from, to, open | bits, isLinked, inside);
    const own = sign.charAt(0);
    if (not) {
      const content = raw(from, to, sign, not);
      if (content !== undefined) return { text: sign + content + sign, sign: own };
    }
    const endsTag = canvas.tags[startOf(from) - 1] === 1 || canvas.tags[startOf(to) - 1] === 1;
    // Signs of one kind next to one another are one run: its neighbours count, and a closed one is none of it.
    const isTouching = own !== "" && !isFirst && edge.opening === own;
    if (!not && own !== "" && !isTouching && !(own === "~" && endsTag)) {
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
