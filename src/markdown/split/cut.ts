// Where the next cut is made, and what goes on behind it.
import { guard, parseMarkdown } from "../parse.ts";
import { type Block, behind, type Line, lineStart, readLines } from "./blocks.ts";
import { type Mark, readMarks } from "./marks.ts";

export interface Cut {
  readonly part: string;
  /** Where the next part begins in what was cut, and what opens again before it. */
  readonly next: number;
  readonly head: string;
}

/** A place where a part may end, and the next begin. */
interface Place {
  readonly end: number;
  readonly next: number;
  readonly blocks: readonly Block[];
  /** What follows might open a block at the start of a line, and did not where it stood. */
  readonly isGuarded: boolean;
}

interface Border extends Place {
  readonly rank: "paragraph" | "item" | "line";
}

interface Room {
  /** The part begins with so much that is not of the content, in UTF-16 units. */
  readonly from: number;
  /** Bytes that the part may have, and the next one. */
  readonly limit: number;
  readonly nextLimit: number;
}

/** What has room in the part. */
interface Window extends Room {
  readonly text: string;
  readonly lines: readonly Line[];
  /** The last offset that has room, if nothing has to be closed; the one at half of the limit, and at three quarters. */
  readonly reach: number;
  readonly half: number;
  readonly near: number;
  /** The marks that may be closed and opened again. */
  readonly open: readonly Mark[];
  /** 1 where no cut may be. */
  readonly blocked: Uint8Array;
}

export const bytesOf = (text: string): number => Buffer.byteLength(text);

/** So much is read behind what has room, to know what begins there. In UTF-16 units. */
const LEAST_AHEAD = 256;
/** No link and no emphasis goes on behind it. */
const PARAGRAPH_END = /\n(?=[ \t>]*(?:\n|[-*+][ \t]|#{1,6}[ \t]|`{3}|~{3}))/gu;

/** Cuts `whole`, which is longer than `limit`, behind `from` at least. */
export function cut(whole: string, room: Room): Cut {
  const { limit } = room;
  const fitting = (bytes: number) => new TextEncoder().encodeInto(whole, new Uint8Array(bytes)).read;
  const reach = fitting(limit);
  PARAGRAPH_END.lastIndex = reach + LEAST_AHEAD;
  const far = whole.slice(0, PARAGRAPH_END.exec(whole)?.index);
  // Rather see less of what follows than all of it as plain text.
  const nearer = [8, 4, 2, 1].map((times) => far.slice(0, reach + LEAST_AHEAD * times));
  const text = [far, ...nearer].find((seen) => guard(seen) === seen) ?? nearer.at(-1) ?? far;
  const tree = parseMarkdown(guard(text));
  const blocked = new Uint8Array(reach + 1);
  const open: Mark[] = [];
  for (const mark of readMarks(text, tree)) {
    const { start, end, inner, innerEnd } = mark;
    if (!isCuttable(mark, limit)) blocked.fill(1, start + 1, end);
    else {
      open.push(mark);
      blocked.fill(1, start + 1, inner + 1).fill(1, innerEnd, end);
    }
  }
  const [half, near] = [fitting(Math.floor(limit / 2)), fitting(Math.floor((limit * 3) / 4))];
  return choose({ ...room, text, lines: readLines(text, tree), reach, half, near, open, blocked });
}

function isCuttable({ start, end, inner, open, close, isWhole }: Mark, limit: number): boolean {
  if (inner === end) return false;
  return !isWhole || (end - start > limit / 2 && open.length + close.length <= limit / 4);
}

/** The best place; there always is one. */
function choose(window: Window): Cut {
  const { from, half } = window;
  const borders = bordersOf(window);
  const late = (rank: Border["rank"]) =>
    borders.filter((border) => border.end >= half && border.rank === rank);
  return (
    pick(window, late("paragraph")) ??
    pick(window, late("item")) ??
    pick(window, late("line")) ??
    pick(window, wordBorders(window, half, true)) ??
    pick(window, wordBorders(window, half, false)) ??
    pick(window, characterBorders(window, half)) ??
    pick(window, borders) ??
    pick(window, wordBorders(window, from, false)) ??
    pick(window, characterBorders(window, from)) ??
    pickRaw(window)
  );
}

/** The last of `places` (the last comes first) that fits, or one outside of emphasis not far before it. */
function pick(window: Window, places: Iterable<Place>): Cut | undefined {
  let found: Cut | undefined;
  for (const place of places) {
    if (found !== undefined && place.end < window.near) break;
    const open = window.open.filter(({ inner, innerEnd }) => inner <= place.end && place.end <= innerEnd);
    if (found !== undefined && open.length > 0) continue;
    const made = cutAt(window, place, open);
    if (made === undefined) continue;
    if (open.length === 0) return made;
    found ??= made;
  }
  return found;
}

function cutAt({ text, limit, nextLimit }: Window, place: Place, open: readonly Mark[]): Cut | undefined {
  const { end, next, blocks, isGuarded } = place;
  const [inmost] = open.slice(-1);
  // Delimiters written next to the same sign would be read as one run, and mean something else.
  if (inmost && (text.startsWith(inmost.open.slice(-1), next) || text[end - 1] === inmost.close.charAt(0)))
    return undefined;
  const closing = open.map(({ close }) => close).toReversed();
  const part = text.slice(0, end) + closing.join("") + closingOf(blocks);
  if (bytesOf(part) > limit) return undefined;
  const guarded = isGuarded && open.length === 0 ? guardOf(text.slice(next, next + MOST_GUARDED)) : "";
  const head = openingOf(blocks) + open.map((mark) => mark.open).join("") + guarded;
  // So much of it could only be made to be a nuisance.
  if (bytesOf(head) > nextLimit / 2) return { part, next, head: "" };
  return { part, next: next + guarded.replaceAll("\\", "").length, head };
}

function closingOf(blocks: readonly Block[]): string {
  let before = "";
  let closing = "";
  for (const block of blocks) {
    const lines = block.closing.map((line) => `\n${`${before}${block.first}${line}`.trimEnd()}`);
    closing = lines.join("") + closing;
    before += block.rest;
  }
  return closing;
}

function openingOf(blocks: readonly Block[]): string {
  let opening = "";
  let before = "";
  let rest = "";
  for (const block of blocks) {
    before += block.first;
    rest += block.rest;
    for (const line of block.opening) {
      opening += `${`${before}${line}`.trimEnd()}\n`;
      before = rest;
    }
  }
  return opening + before;
}

const MOST_GUARDED = 100;

/**
 * The start of `text` with backslashes, if it would open a block at the start of a line where it opened none within
 * it: `1. `, `# `, `> `, a fence …
 */
function guardOf(text: string): string {
  const [, digits, sign] = /^(\d{1,9})([.)])(?=\s|$)/u.exec(text) ?? [];
  if (digits !== undefined) return `${digits}\\${sign}`;
  const run = /^(?:`{3,}|~{3,}|\$\$)/u.exec(text)?.[0];
  if (run !== undefined) return run.replaceAll(/./gu, "\\$&");
  const opensBlock = /^(?:#{1,6}(?=\s|$)|[-+*](?=\s|$)|>|\[[^\]]+\]:|([-*_])[ \t]*(?:\1[ \t]*){2,}$)/mu;
  return text.search(opensBlock) === 0 ? `\\${text.charAt(0)}` : "";
}

/** Between two lines, the last first. */
function bordersOf({ text, lines, from, reach, blocked }: Window): Border[] {
  return lines
    .flatMap((last, at): Border[] => {
      const first = lines[at + 1];
      const { end } = last;
      if (first === undefined || end > reach || end <= from || blocked[end] === 1) return [];
      const common = last.blocks.filter((block, depth) => first.blocks[depth] === block);
      const rank = rankOf(last, first, common.length);
      // Alone in the first line of a paragraph a tag would make all of it HTML.
      const isLoneTag = !first.isFirst && /^<[^<>]*>$/u.test(text.slice(first.start, first.end));
      if (rank === undefined || isLoneTag) return [];
      const inner = first.blocks[common.length];
      const next = inner ? behind(text, lineStart(text, inner.start), common) : first.start;
      const isGuarded = !first.isFirst && first.kind !== "code";
      return [{ end, next, blocks: common, isGuarded, rank }];
    })
    .reverse();
}

function rankOf(last: Line, first: Line, depth: number): Border["rank"] | undefined {
  if (last.kind === "opens" || first.kind === "closes" || first.kind === "underline") return undefined;
  if (last.kind === "heading" || last.kind === "underline" || !first.isFirst) return "line";
  if (first.blocks[depth]?.inner !== undefined) return "item";
  return first.kind === "row" && last.blocks.length === depth ? "line" : "paragraph";
}

/** The offsets within the lines that a cut may go through, the last first. */
function* insides({ lines, from, reach, blocked }: Window, least: number): Generator<[number, Line]> {
  for (const line of lines.toReversed()) {
    if (["opens", "closes", "underline", "rule"].includes(line.kind)) continue;
    const first = Math.max(line.start, from, least - 1) + 1;
    for (let end = Math.min(reach, line.end - 1); end >= first; end -= 1)
      if (blocked[end] !== 1) yield [end, line];
  }
}

/** Places between two words, or between sentences only. */
function* wordBorders(window: Window, least: number, isSentence: boolean): Generator<Place> {
  const { text } = window;
  for (const [end, { blocks, kind }] of insides(window, least)) {
    if (/\s/u.test(text.charAt(end - 1))) continue;
    let next = end;
    while (/[ \t]/.test(text.charAt(next))) next += 1;
    const isBorder = isSentence ? endsSentence(text, end, next > end) : next > end || isAfterMark(text, end);
    if (isBorder) yield { end, next, blocks, isGuarded: kind !== "code" };
  }
}

function endsSentence(text: string, end: number, isSpaced: boolean): boolean {
  const before = text.slice(Math.max(0, end - 6), end);
  return isSpaced
    ? /[.!?…。！？][\p{Pe}\p{Pf}"'*_~]*$/u.test(before)
    : /[。！？][\p{Pe}\p{Pf}]*$/u.test(before) && !/[\p{Pe}\p{Pf}。！？]/u.test(text.charAt(end));
}

/** Scripts without spaces have marks of their own. */
function isAfterMark(text: string, end: number): boolean {
  return /[，、；：」』）》]/u.test(text.charAt(end - 1)) && !/[\p{P}\p{S}]/u.test(text.charAt(end));
}

/** Made when a content is too long: most never are. */
let segmenter: Intl.Segmenter | undefined;
/** So much is read behind the reach, to know whether a character ends there. In UTF-16 units. */
const LOOK_AHEAD = 64;

/** Places between two characters as people see them. */
function* characterBorders(window: Window, least: number): Generator<Place> {
  const { text } = window;
  const ends = charactersOf(window);
  for (const [end, { blocks, kind }] of insides(window, least))
    if (ends.has(end) && !/\s/u.test(text.slice(end - 1, end + 1)))
      yield { end, next: end, blocks, isGuarded: kind !== "code" };
}

function charactersOf({ text, from, reach }: Window): ReadonlySet<number> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const segments = segmenter.segment(text.slice(from, reach + LOOK_AHEAD));
  return new Set(
    Array.from(segments, ({ index }) => from + index).filter((end) => end > from && end <= reach),
  );
}

/** What lies here has no border with room: it is cut through, and all of it kept. */
function pickRaw({ text, from, reach, ...window }: Window): Cut {
  const end = [...charactersOf({ text, from, reach, ...window })].at(-1) ?? reach;
  return { part: text.slice(0, end), next: end, head: "" };
}
