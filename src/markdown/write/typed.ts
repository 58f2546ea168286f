// What a person typed as Markdown: it counts, but for what Memos would make of it and nobody meant.
import { hasFormulas, type MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import { fencesIn } from "../fences.ts";
import { placeAddresses } from "./addresses.ts";
import { type Canvas, isCode, type Range, STYLE } from "./canvas.ts";
import { endsInBackslash, type Letters } from "./letters.ts";

/** List markers, headings and quotes: they stay outside the emphasis, or they would be none. */
const TYPED_PREFIX = /^\s*(?:(?:(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ x]\]\s+)?|#{1,6}\s+|>\s?)\s*)*/iu;

/**
 * Reads lines that stand under one another. Changes `canvas`: code that was typed keeps no styles. Returns the line
 * that closes a block of code where nobody did: it would take in what follows.
 */
export function readTyped(
  canvas: Canvas,
  lines: readonly Range[],
  letters: Letters,
  flavor: MarkdownFlavor,
): string[] {
  const { text, styles } = canvas;
  const whole = { start: lines[0]?.start ?? 0, end: lines.at(-1)?.end ?? 0 };
  const source = text.slice(whole.start, whole.end);
  const closing = /`|~~~/.test(source) ? keepCode(canvas, whole, letters) : [];
  if (flavor !== "gomark" && source.includes("<")) placeTags(canvas, whole, letters);
  for (const line of lines) {
    const prefix = TYPED_PREFIX.exec(text.slice(line.start, line.end))?.[0].length ?? 0;
    for (let at = line.start; at < line.start + prefix; at += 1) styles[at] = (styles[at] ?? 0) & STYLE.code;
    placeAddresses(canvas, line, letters, flavor, false);
    if (flavor !== "gomark") placeEdges(canvas, line, letters);
  }
  if (hasFormulas(flavor) && source.includes("$")) placeFormulas(canvas, whole, letters);
  return closing;
}

/** Writes it as it is, without the styles of Telegram. */
function keepRaw({ styles, links }: Canvas, range: Range, letters: Letters): void {
  letters.keep(range);
  styles.fill(0, range.start, range.end);
  links.fill(0, range.start, range.end);
}

/** An escape, or code within a paragraph, or back-ticks that are none. */
const INLINE = /\\.|(`+)(?!`)(?:(?!\n[ \t>]*(?:\n|#|[-+*] |\d{1,9}[.)] ))[\s\S])*?(?<!`)\1(?!`)|`+/g;

function keepCode(canvas: Canvas, { start, end }: Range, letters: Letters): string[] {
  const isTelegrams = (from: number, to: number) =>
    canvas.styles.subarray(start + from, start + to).some((bits) => (bits & STYLE.code) !== 0);
  const source = canvas.text
    .slice(start, end)
    .replace(/`/g, (sign, at) => (isTelegrams(at, at + 1) ? " " : sign));
  const hasTelegrams = isTelegrams(0, end - start);
  const fences = fencesIn(source).filter((fence) => !isTelegrams(fence.start, fence.end));
  let from = 0;
  for (const fence of [...fences, { start: source.length, end: source.length }]) {
    for (const { 0: code, 1: marker, index } of source.slice(from, fence.start).matchAll(INLINE)) {
      const [first, behind] = [from + index, from + index + code.length];
      if (marker !== undefined && !isTelegrams(first, behind))
        keepRaw(canvas, { start: start + first, end: start + behind }, letters);
      // What is none of a pair would be one with a sign of ours.
      else if (hasTelegrams && !code.startsWith("\\"))
        for (const { index } of code.matchAll(/`/g)) letters.escape(start + first + index);
    }
    keepRaw(canvas, { start: start + fence.start, end: start + fence.end }, letters);
    from = fence.end;
  }
  const last = fences.at(-1);
  const isOpen = last && last.close === undefined && last.end === source.length;
  return isOpen ? [last.margin + last.sign] : [];
}

/** Signs where a style or a link begins or ends: they must not add to its own, nor escape them. */
function placeEdges({ text, styles, links }: Canvas, line: Range, letters: Letters): void {
  const isIn = (at: number) => line.start <= at && at < line.end;
  const formAt = (at: number) => (isIn(at) ? `${styles[at]} ${links[at]}` : "0 0");
  const place = (at: number, signs: string) => {
    const isEscaped = endsInBackslash(text.slice(Math.max(line.start, at - 9), at));
    if (isIn(at) && signs.includes(text.charAt(at)) && !isEscaped) letters.escape(at);
  };
  for (let at = line.start; at <= line.end; at += 1) {
    if (formAt(at - 1) === formAt(at)) continue;
    place(at - 1, (links[at] ?? 0) === 0 ? "*~`\\" : "*~`\\!");
    place(at, "*~`");
  }
}

/** A block of formulas, or by pandoc's rule one in a line: no space within the dollars, and no digit behind them. */
const FORMULA =
  /(?<=^[ \t>]*)(\$\$+)[^$]*\n[ \t>]*\1[ \t]*$|(?<![\\$])(\$\$?)(?=[^\s$])[^$\n]*(?<![\s\\])\2(?![\d$])/gm;

/** Dollars that Memos would take for a formula and a person has not meant so. */
function placeFormulas(canvas: Canvas, { start, end }: Range, letters: Letters): void {
  const source = canvas.text.slice(start, end);
  for (const { 0: formula, index } of source.matchAll(FORMULA)) {
    const whole = { start: start + index, end: start + index + formula.length };
    if (letters.isFree(whole) && !isCode(canvas, whole.start)) keepRaw(canvas, whole, letters);
  }
  let from = start;
  for (const paragraph of source.split(/(?<=\n[ \t>]*\n)/)) {
    for (const { 0: run, index } of paragraph.matchAll(/\$+/g)) {
      const isLast = !paragraph.includes("$", index + run.length);
      // Two at the start of a line open a block, and one that ends nowhere takes in all that follows.
      const means = !isLast || run.length > 1;
      if (
        means &&
        !isCode(canvas, from + index) &&
        !endsInBackslash(paragraph.slice(Math.max(0, index - 9), index))
      )
        letters.escape(from + index, run.length);
    }
    from += paragraph.length;
  }
}

/** Elements that Memos' pages show; the others vanish there, and a comment takes along what follows it. */
const SHOWN = new Set(
  (
    "a b i s em strong strike del ins sub sup kbd code pre tt samp var q span blockquote details summary ul ol li dl " +
    "dt dd table thead tbody tfoot tr td th h1 h2 h3 h4 h5 h6 div p ruby rt"
  ).split(" "),
);
const EMPTY = /^<(?:br|hr)\s*\/?>$|^<img\s(?:[^<>]*\s)?src="https:[^<>]*>$/i;
const AUTOLINK = /^<(?:[a-z][a-z\d+.-]{1,31}:[^\s<>]*|[\w.+-]+@[\w.-]+)>$/i;
const TAG_LIKE = /<(?:(\/?)([a-z][a-z\d-]*)(?:\s[^<>]*)?\/?>|[a-z][^\s<>]*>|(?=[a-z/!?]))/gi;

/** Tags of an element that is shown stay, if it is opened and closed; all others are text. */
function placeTags(canvas: Canvas, { start, end }: Range, letters: Letters): void {
  const source = canvas.text.slice(start, end);
  const tags = [...source.matchAll(TAG_LIKE)]
    .map(({ 0: tag, 1: slash = "", 2: name = "", index }) => ({
      tag,
      slash,
      name: name.toLowerCase(),
      index,
    }))
    .filter(({ index }) => !letters.isKept(start + index) && !isCode(canvas, start + index));
  const first = new Map(tags.toReversed().map((tag) => [tag.slash + tag.name, tag.index]));
  const last = new Map(tags.map((tag) => [tag.slash + tag.name, tag.index]));
  const isShown = ({ tag, slash, name, index }: (typeof tags)[number]) => {
    const isPaired =
      slash === ""
        ? index < (last.get(`/${name}`) ?? -1)
        : index > (first.get(name) ?? Number.POSITIVE_INFINITY);
    return AUTOLINK.test(tag) || EMPTY.test(tag) || (SHOWN.has(name) && isPaired);
  };
  // A tag that begins a line may begin a block of HTML, in which no backslash counts.
  const isFirst = (index: number) =>
    /^[\s>]*$/.test(source.slice(source.lastIndexOf("\n", index) + 1, index));
  const isHtml = tags.some((tag) => isShown(tag) && isFirst(tag.index));
  for (const tag of tags) {
    const at = start + tag.index;
    if (isShown(tag)) keepRaw(canvas, { start: at, end: at + tag.tag.length }, letters);
    else if (isHtml) letters.replace(at, "&lt;");
    else if (!endsInBackslash(source.slice(Math.max(0, tag.index - 9), tag.index))) letters.escape(at);
  }
}
