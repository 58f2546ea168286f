// What a person typed as Markdown: it counts, but for what Memos would make of it and nobody meant.
import { hasFormulas } from "../../domain/markdown-flavor.ts";
import { codeSpansIn } from "../code-spans.ts";
import { fencesIn } from "../fences.ts";
import { placeAddresses } from "./addresses.ts";
import { type Canvas, isCode, STYLE } from "./canvas.ts";
import type { Range } from "./letters.ts";
import { placeVanishing } from "./vanishing.ts";

/** List markers, headings and quotes: they stay outside the emphasis, or they would be none. */
const TYPED_PREFIX = /^\s*(?:(?:(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ x]\]\s+)?|#{1,6}\s+|>\s?)\s*)*/iu;

/**
 * Reads lines that stand under one another. Changes `canvas`: code that was typed keeps no styles. Returns the line
 * that closes a block of code where nobody did: it would take in what follows.
 */
export function readTyped(canvas: Canvas, lines: readonly Range[]): string[] {
  const { text, styles, flavor } = canvas;
  const whole = { start: lines[0]?.start ?? 0, end: lines.at(-1)?.end ?? 0 };
  const source = text.slice(whole.start, whole.end);
  const closing = /`|~~~/.test(source) ? keepCode(canvas, whole) : [];
  if (flavor !== "gomark") keepIndented(canvas, lines);
  const blocks = flavor !== "gomark" && source.includes("<") ? placeTags(canvas, whole) : new Set();
  if (flavor !== "gomark") placeVanishing(canvas, lines);
  let isHtml = false;
  for (const line of lines) {
    const row = text.slice(line.start, line.end);
    // A block of HTML goes on to a blank line: there angles would be a tag.
    isHtml = row.trim() !== "" && (isHtml || blocks.has(line.start));
    const prefix = TYPED_PREFIX.exec(row)?.[0].length ?? 0;
    for (let at = line.start; at < line.start + prefix; at += 1) styles[at] = (styles[at] ?? 0) & STYLE.code;
    if (!isHtml) placeAddresses(canvas, line);
    if (flavor !== "gomark") placeEdges(canvas, line);
  }
  if (hasFormulas(flavor) && source.includes("$")) placeFormulas(canvas, whole);
  return closing;
}

/** Writes it as it is, without the styles of Telegram. */
function keepRaw({ styles, links, letters }: Canvas, range: Range): void {
  letters.keep(range);
  styles.fill(0, range.start, range.end);
  links.fill(0, range.start, range.end);
}

/** What indented lines may be a part of: an item, a quote, a note, a block of HTML. */
const HOLDS_INDENTED = /^[ \t]*(?:[-*+<>]|\d{1,9}[.)]|\[\^)/;

/** Code by indentation, where it surely is some: a backslash would be seen in it. */
function keepIndented(canvas: Canvas, lines: readonly Range[]): void {
  let mayBegin = true;
  for (const line of lines) {
    const row = canvas.text.slice(line.start, line.end);
    const isIndented = /^(?: {4}| {0,3}\t)/.test(row);
    if (/^[ \t]*$/.test(row)) mayBegin = true;
    else if (mayBegin && isIndented) keepRaw(canvas, line);
    else if (HOLDS_INDENTED.test(row)) return;
    else mayBegin = false;
  }
}

function keepCode(canvas: Canvas, { start, end }: Range): string[] {
  const { flavor } = canvas;
  const isTelegrams = (from: number, to: number) =>
    canvas.styles.subarray(start + from, start + to).some((bits) => (bits & STYLE.code) !== 0);
  const source = canvas.text
    .slice(start, end)
    .replace(/`/g, (sign, at) => (isTelegrams(at, at + 1) ? " " : sign));
  const hasTelegrams = isTelegrams(0, end - start);
  const fences = fencesIn(source).filter((fence) => !isTelegrams(fence.start, fence.end));
  let from = 0;
  for (const fence of [...fences, { start: source.length, end: source.length }]) {
    for (const span of codeSpansIn(source.slice(from, fence.start))) {
      const [first, behind] = [from + span.start, from + span.end];
      if (span.isCode && !isTelegrams(first, behind))
        keepRaw(canvas, { start: start + first, end: start + behind });
      // What is none of a pair would be one with a sign of ours.
      else if (hasTelegrams)
        for (const { index } of source.slice(first, behind).matchAll(/`/g))
          canvas.letters.escape(start + first + index);
    }
    keepRaw(canvas, { start: start + fence.start, end: start + fence.end });
    from = fence.end;
  }
  for (const { start: at, head, sign, margin } of flavor === "gomark" ? [] : fences) {
    // Nothing is seen of what stands behind the signs: unless it can be a language, it is the first line of the code.
    const info = head.slice(sign.length);
    const words = start + at + sign.length;
    if (!/^[\w+#.-]*\s*$/.test(info))
      canvas.letters.enclose({ start: words, end: words + info.length }, `\n${margin}`, "");
  }
  const last = fences.at(-1);
  const isOpen = last && last.close === undefined && last.end === source.length;
  return isOpen ? [last.margin + last.sign] : [];
}

/** Signs where a style or a link begins or ends: they must not add to its own, nor escape them. */
function placeEdges({ text, styles, links, letters }: Canvas, { start, end }: Range): void {
  let before = 0;
  for (let at = start; at <= end; at += 1) {
    const form = at < end ? (styles[at] ?? 0) + 64 * (links[at] ?? 0) : 0;
    if (form === before) continue;
    before = form;
    if (/[*~`\\]/.test(text.charAt(at - 1)) || (text[at - 1] === "!" && links[at] !== 0))
      letters.escape(at - 1);
    if (/[*~`]/.test(text.charAt(at))) letters.escape(at);
  }
}

/** A block of formulas, or by pandoc's rule one in a line: no space within the dollars, and no digit behind them. */
const FORMULA =
  /(?<=^[ \t>]*)(\$\$+)[ \t]*(?:\n[^$\n]*)*\n[ \t>]*\1[ \t]*$|(?<![\\$])(\$\$?)(?=[^\s$])[^$\n]*(?<![\s\\])\2(?![\d$])/gm;

/** Dollars that Memos would take for a formula and a person has not meant so: one alone opens none. */
function placeFormulas(canvas: Canvas, { start, end }: Range): void {
  const source = canvas.text.slice(start, end);
  for (const { 0: formula, index } of source.matchAll(FORMULA)) {
    const whole = { start: start + index, end: start + index + formula.length };
    if (canvas.letters.isFree(whole) && !isCode(canvas, whole.start)) keepRaw(canvas, whole);
  }
  const paragraphs = Array.from(source.matchAll(/\n(?=[ \t>]*\n)/g), ({ index }) => index);
  let behind = 0;
  const dollars = Map.groupBy(source.matchAll(/\$/g), ({ index }) => {
    while ((paragraphs[behind] ?? source.length) < index) behind += 1;
    return behind;
  });
  for (const together of dollars.values())
    if (together.length > 1)
      for (const { index } of together)
        if (!isCode(canvas, start + index)) canvas.letters.escape(start + index);
}

/** Elements that Memos' pages show; the others vanish there, and a comment takes along what follows it. */
const SHOWN = new Set(
  (
    "a b i s em strong strike del ins sub sup kbd code pre tt samp var q span blockquote details summary ul ol li dl " +
    "dt dd table thead tbody tfoot tr td th h1 h2 h3 h4 h5 h6 div p ruby rt"
  ).split(" "),
);
const EMPTY = /^<(?:br|hr)\s*\/?>$|^<img\s(?:[^<>]*\s)?src="https:[^<>]*>$/i;
/** They begin a block only where they stand alone. */
const INLINE = /^(?:[abiqs]|em|strong|strike|del|ins|su[bp]|kbd|code|tt|samp|var|span|ruby|rt|br|img)$/;
const AUTOLINK = /^<(?:[a-z][a-z\d+.-]{1,31}:[^\s<>]*|[\w.+-]+@[\w.-]+)>$/i;
const TAG_LIKE = /<(?:(\/?)([a-z][a-z\d-]*)(?:\s[^<>]*)?\/?>|[a-z][^\s<>]*>|(?=[a-z/!?]))/gi;

/**
 * Tags of an element that is shown stay, if it is opened and closed; all others are text. Returns where the lines begin
 * that begin with one.
 */
function placeTags(canvas: Canvas, { start, end }: Range): Set<number> {
  const { letters } = canvas;
  const source = canvas.text.slice(start, end);
  const tags = [...source.matchAll(TAG_LIKE)]
    .map(({ 0: tag, 1: slash = "", 2: name = "", index }) => ({
      tag,
      slash,
      name: name.toLowerCase(),
      index,
    }))
    .filter(
      ({ index }) =>
        letters.isFree({ start: start + index, end: start + index + 1 }) && !isCode(canvas, start + index),
    );
  const first = new Map(tags.toReversed().map((tag) => [tag.slash + tag.name, tag.index]));
  const last = new Map(tags.map((tag) => [tag.slash + tag.name, tag.index]));
  const isShown = ({ tag, slash, name, index }: (typeof tags)[number]) => {
    const isPaired =
      slash === ""
        ? index < (last.get(`/${name}`) ?? -1)
        : index > (first.get(name) ?? Number.POSITIVE_INFINITY);
    return AUTOLINK.test(tag) || EMPTY.test(tag) || (SHOWN.has(name) && isPaired);
  };
  // Such a tag may begin a block of HTML, in which no backslash counts.
  const isBlock = ({ tag, name, index }: (typeof tags)[number]) =>
    !INLINE.test(name) || /^[ \t]*(?:\n|$)/.test(source.slice(index + tag.length, index + tag.length + 80));
  const beginnings = new Map(
    Array.from(source.matchAll(/^[ \t>]*</gm), ({ 0: { length }, index }) => [
      index + length - 1,
      start + index,
    ]),
  );
  const blocks = new Set(
    tags.flatMap((tag) => {
      const line = beginnings.get(tag.index);
      return line !== undefined && isShown(tag) && isBlock(tag) ? [line] : [];
    }),
  );
  for (const tag of tags) {
    const at = start + tag.index;
    if (isShown(tag)) keepRaw(canvas, { start: at, end: at + tag.tag.length });
    else letters.escape(at, blocks.size > 0 ? "&lt;" : undefined);
  }
  return blocks;
}
