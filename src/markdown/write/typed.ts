// What a person typed as Markdown: it counts, but for what Memos would make of it and nobody meant.
import type { MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import { placeAddresses } from "./addresses.ts";
import { type Canvas, isCode, isUniform, type Range, STYLE } from "./canvas.ts";
import { endsInBackslash, type Letters } from "./letters.ts";

/** List markers, headings and quotes: they stay outside the emphasis, or they would be none. */
const TYPED_PREFIX = /^\s*(?:(?:(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ x]\]\s+)?|#{1,6}\s+|>\s?)\s*)*/iu;

const prefixOf = ({ text }: Canvas, { start, end }: Range) =>
  TYPED_PREFIX.exec(text.slice(start, end))?.[0] ?? "";

/** Reads lines that stand under one another. Changes `canvas`: code that was typed keeps no styles. */
export function readTyped(
  canvas: Canvas,
  lines: readonly Range[],
  letters: Letters,
  flavor: MarkdownFlavor,
): { raw: ReadonlySet<Range>; closing: string | null } {
  const { raw, closing } = fencesIn(canvas, lines, flavor);
  const rest = lines.filter((line) => !raw.has(line));
  for (const line of rest) {
    const prefix = prefixOf(canvas, line).length;
    for (let at = line.start; at < line.start + prefix; at += 1)
      canvas.styles[at] = (canvas.styles[at] ?? 0) & STYLE.code;
    keepCode(canvas, line, letters);
  }
  if (flavor.html && canvas.text.includes("<")) placeTags(canvas, lines, raw, letters);
  for (const line of rest) placeAddresses(canvas, line, letters, flavor, false);
  if (flavor.escapeDollar)
    for (const paragraph of paragraphsOf(canvas, lines, raw)) placeFormulas(canvas, paragraph, letters);
  return { raw, closing };
}

/** Behind the signs of quotes: those of items, the spaces before it, and what opens code or formulas. */
const OPENING = /^((?: {0,3}(?:[-*+]|\d{1,9}[.)]) )*( {0,3}))(`{3,}(?=[^`]*$)|~{3,}|\$\$+(?=[^$]*$))/;

/** Blocks of code and formulas, and the line that closes the last where nobody did: it would take in what follows. */
function fencesIn(canvas: Canvas, lines: readonly Range[], flavor: MarkdownFlavor) {
  const raw = new Set<Range>();
  const dollarsBelow = canvas.text.includes("$$") ? dollarsBelowOf(canvas, lines) : [];
  let open: { prefix: string; marker: string; depth: number; indent: number } | null = null;
  let isInList = false;
  for (const [at, line] of lines.entries()) {
    const source = canvas.text.slice(line.start, line.end);
    // Within code a `>` that is one too many is code.
    const quote: string = new RegExp(`^(?: {0,3}> ?){0,${open?.depth ?? ""}}`).exec(source)?.[0] ?? "";
    const text = source.slice(quote.length);
    const indent = text.length - text.trimStart().length;
    if (open !== null && (depthOf(quote) < open.depth || (text.trim() !== "" && indent < open.indent)))
      open = null;
    if (open !== null) {
      raw.add(line);
      if (closes(text, open.marker)) open = null;
      continue;
    }
    const isItem = /^ *(?:[-*+]|\d{1,9}[.)])(?:\s|$)/.test(text);
    if (isItem) isInList = true;
    else if (text.trim() !== "" && indent === 0) isInList = false;
    const [, prefix = "", margin = "", marker] = OPENING.exec(text) ?? [];
    if (marker === undefined || hasStyleOrLink(canvas, line)) continue;
    const isFormula = marker.startsWith("$");
    // Nobody means a formula that has no end.
    if (isFormula && !(flavor.escapeDollar && marker.length <= (dollarsBelow[at] ?? 0))) continue;
    raw.add(line);
    const inner = prefix.replaceAll(/\S/g, " ");
    open = {
      ...{ marker, depth: depthOf(quote), prefix: quote + inner },
      indent: isItem ? inner.length - margin.length : isInList ? inner.length : 0,
    };
  }
  return { raw, closing: open && open.prefix + open.marker };
}

const depthOf = (quote: string) => quote.split(">").length - 1;

const closes = (text: string, marker: string) => {
  const line = text.trim();
  return line.startsWith(marker) && line.replaceAll(marker.charAt(0), "") === "";
};

/** The most dollars that stand alone in a line below each. */
function dollarsBelowOf({ text }: Canvas, lines: readonly Range[]): number[] {
  const below: number[] = [];
  let most = 0;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    below[at] = most;
    const { start = 0, end = 0 } = lines[at] ?? {};
    const alone = /^[\s>]*(\$\$+)\s*$/.exec(text.slice(start, end))?.[1] ?? "";
    most = Math.max(most, alone.length);
  }
  return below;
}

function hasStyleOrLink({ styles, links }: Canvas, { start, end }: Range): boolean {
  return (
    styles.subarray(start, end).some((bits) => bits !== 0) ||
    links.subarray(start, end).some((link) => link !== 0)
  );
}

/** Code in one line. Back-ticks in several pair too rarely to take their styles. */
function keepCode(canvas: Canvas, line: Range, letters: Letters): void {
  const source = canvas.text.slice(line.start, line.end);
  for (const { start, end } of outermost(pairsOf(source, /`+/g))) {
    const span = { start: line.start + start, end: line.start + end };
    let isTelegrams = false;
    for (let at = span.start; at < span.end; at += 1) isTelegrams ||= isCode(canvas, at);
    if (isTelegrams) continue;
    keepRaw(canvas, span, letters);
  }
}

/** Writes it as it is, without the styles of Telegram. */
function keepRaw({ styles, links }: Canvas, range: Range, letters: Letters): void {
  letters.keep(range);
  styles.fill(0, range.start, range.end);
  links.fill(0, range.start, range.end);
}

/** Stretches between two runs of one length, the leftmost first; a run behind a backslash opens none. */
function pairsOf(
  source: string,
  sign: RegExp,
): { start: number; inner: number; innerEnd: number; end: number }[] {
  const runs = [...source.matchAll(sign)].map(({ 0: run, index }) => ({ index, length: run.length }));
  const nextAlike = new Map<number, number>();
  const partners = runs.map(() => -1);
  for (let at = runs.length - 1; at >= 0; at -= 1) {
    const { length = 0 } = runs[at] ?? {};
    partners[at] = nextAlike.get(length) ?? -1;
    nextAlike.set(length, at);
  }
  return runs.flatMap(({ index, length }, at) => {
    const partner = runs[partners[at] ?? -1];
    if (!partner || endsInBackslash(source.slice(Math.max(0, index - 9), index))) return [];
    const { index: innerEnd } = partner;
    return [{ start: index, inner: index + length, innerEnd, end: innerEnd + length }];
  });
}

/** Of `pairsOf` those that do not begin within another. */
function outermost<T extends Range>(pairs: readonly T[]): T[] {
  let end = 0;
  return pairs.filter((pair) => {
    if (pair.start < end) return false;
    end = pair.end;
    return true;
  });
}

/** Lines that stand under one another without a blank one, and without what is raw. */
function paragraphsOf({ text }: Canvas, lines: readonly Range[], raw: ReadonlySet<Range>): Range[] {
  const paragraphs: Range[] = [];
  let last: Range | null = null;
  for (const line of lines) {
    const isBlank = text.slice(line.start, line.end).trim() === "";
    if (isBlank || raw.has(line)) last = null;
    else if (last === null) {
      last = line;
      paragraphs.push(last);
    } else {
      last = { start: last.start, end: line.end };
      paragraphs[paragraphs.length - 1] = last;
    }
  }
  return paragraphs;
}

/**
 * Dollars that Memos would take for a formula and a person has not meant so: an opening one has no space behind it, a
 * closing one none before it and no digit behind.
 */
function placeFormulas(canvas: Canvas, paragraph: Range, letters: Letters): void {
  const source = canvas.text.slice(paragraph.start, paragraph.end);
  if (!source.includes("$")) return;
  let end = 0;
  for (const pair of pairsOf(source, /\$+/g)) {
    const at = (offset: number) => paragraph.start + offset;
    if (pair.start < end || isCode(canvas, at(pair.start)) || letters.isKept(at(pair.start))) continue;
    const content = source.slice(pair.inner, pair.innerEnd);
    const isMeant = /^\S(?:.*[^\s\\])?$/.test(content) && !/^\d/.test(source.slice(pair.end, pair.end + 1));
    const whole = { start: at(pair.start), end: at(pair.end) };
    if (isMeant && letters.isFree(whole)) {
      keepRaw(canvas, whole, letters);
      end = pair.end;
    } else letters.escape(whole.start, pair.inner - pair.start);
  }
  // Those that a style parts are runs of another length.
  for (const { 0: run, index } of source.matchAll(/\$\$+/g)) {
    const start = paragraph.start + index;
    if (!isUniform(canvas, { start, end: start + run.length })) letters.escape(start, run.length);
  }
  // At the start of a line two open a block of formulas, and one that ends nowhere takes in all that follows.
  for (const { 0: found, 1: prefix = "", index } of source.matchAll(OPENING_DOLLARS))
    letters.escape(paragraph.start + index + prefix.length, found.length - prefix.length);
}

const OPENING_DOLLARS = /^((?:\s|>|(?:[-*+]|\d{1,9}[.)])\s)*)\$\$+(?=[^$\n]*$)/gm;

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
/** What begins a block of HTML, up to the next blank line. */
const HTML_BLOCK =
  /^<\/?(?:pre|blockquote|details|summary|[uod]l|li|dt|dd|table|t(?:head|body|foot|[rdh])|h[1-6r]|div|p)(?:[\s/>]|$)/i;
const LONE_TAG = /^<[^<>]*>\s*$/;

/** Tags of an element that is shown stay, if each has its other one; all others are text. */
function placeTags(canvas: Canvas, lines: readonly Range[], raw: ReadonlySet<Range>, letters: Letters): void {
  const { text } = canvas;
  const kept = new Set<number>();
  const keep = (tag: Range) => {
    kept.add(tag.start);
    keepRaw(canvas, tag, letters);
  };
  const show = ({ start }: Range) => {
    if (!endsInBackslash(text.slice(Math.max(0, start - 9), start))) letters.escape(start);
  };
  const tagsIn = (line: Range) =>
    [...text.slice(line.start, line.end).matchAll(TAG_LIKE)].map(
      ({ 0: found, 1: slash, 2: name, index }) => ({
        ...{ found, slash, name: name?.toLowerCase() ?? "" },
        ...{ start: line.start + index, end: line.start + index + found.length },
      }),
    );

  const open = new Map<string, Range[]>();
  for (const tag of lines.filter((line) => !raw.has(line)).flatMap(tagsIn)) {
    if (letters.isKept(tag.start) || isCode(canvas, tag.start)) continue;
    if (AUTOLINK.test(tag.found) || EMPTY.test(tag.found)) keep(tag);
    else if (!SHOWN.has(tag.name)) show(tag);
    else if (tag.slash === "") {
      const same = open.get(tag.name) ?? [];
      open.set(tag.name, same);
      same.push(tag);
    } else {
      const opener = open.get(tag.name)?.pop();
      if (opener) for (const one of [opener, tag]) keep(one);
      else show(tag);
    }
  }
  for (const tag of [...open.values()].flat()) show(tag);

  let isHtml = false;
  let isFirst = true;
  for (const line of lines) {
    const prefix = prefixOf(canvas, line).length;
    const inner = text.slice(line.start + prefix, line.end);
    const isBorder = inner.trim() === "" || raw.has(line);
    const opens = HTML_BLOCK.test(inner) || (isFirst && LONE_TAG.test(inner));
    isHtml = !isBorder && (isHtml || (kept.has(line.start + prefix) && opens));
    isFirst = isBorder;
    // In a block of HTML no backslash and no code counts.
    if (isHtml) for (const tag of tagsIn(line)) if (!kept.has(tag.start)) letters.replace(tag.start, "&lt;");
  }
}
