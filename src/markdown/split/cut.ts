// Where the next cut is made.
import { bytesOf, closingAfter, type Opening, openingAt } from "./context.ts";
import { type Document, lineAt } from "./document.ts";
import type { Line } from "./lines.ts";
import type { Mark } from "./marks.ts";

export interface Cut {
  /** Where the part ends in the content. */
  end: number;
  /** What the part ends with. */
  closing: (dedent: number) => string;
  /** How the next part begins; undefined behind the last. */
  next: Opening | undefined;
}

/** A place where a part may end, and the next begin. */
interface Place {
  end: number;
  next: number;
  /** The lines of `end` and `next`. */
  last: Line;
  first: Line;
}

interface Border extends Place {
  rank: "paragraph" | "item" | "line";
}

/** The stretch of content that has room in the part. */
interface Window {
  document: Document;
  from: number;
  /** The last offset that has room, if nothing has to be closed. */
  reach: number;
  /** The offset at half of the limit, and at three quarters. */
  half: number;
  near: number;
  limit: number;
  room: number;
  /** Bytes up to each offset, counted from `from`. */
  bytes: readonly number[];
  /** The marks in it that may be closed and opened again. */
  open: readonly Mark[];
  /** 1 where no cut may be, by offset from `from`. */
  blocked: Uint8Array;
}

/** Cuts one content from its start to its end: each call must begin where the one before ended. */
export function createCutter(document: Document): (opening: Opening, limit: number) => Cut {
  let marks: Mark[] = [];
  let nextMark = 0;
  return (opening, limit) => {
    const measured = measure(document.content, opening, limit);
    if (measured.reach === document.content.length)
      return { end: measured.reach, closing: () => "", next: undefined };
    for (; (document.marks[nextMark]?.start ?? Number.POSITIVE_INFINITY) < measured.reach; nextMark += 1)
      marks.push(document.marks[nextMark] as Mark);
    marks = marks.filter(({ end }) => end > opening.from);
    return choose(withMarks({ document, limit, ...measured }, marks));
  };
}

function measure(content: string, { from, head }: Opening, limit: number) {
  const room = limit - bytesOf(head);
  const bytes = [0];
  let [reach, half, near, count] = [from, from, from, 0];
  while (reach < content.length) {
    const point = content.codePointAt(reach) ?? 0;
    count += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (count > room) break;
    const units = point < 0x10000 ? 1 : 2;
    // Within a pair nothing fits.
    if (units === 2) bytes.push(Number.POSITIVE_INFINITY);
    bytes.push(count);
    reach += units;
    if (count <= limit / 2) half = reach;
    if (count <= (limit * 3) / 4) near = reach;
  }
  return { from, room, bytes, reach, half, near };
}

function withMarks(window: Omit<Window, "open" | "blocked">, marks: readonly Mark[]): Window {
  const { from, reach, limit } = window;
  const blocked = new Uint8Array(reach - from + 1);
  const block = (start: number, end: number) => {
    if (end > from) blocked.fill(1, Math.max(0, start - from), Math.min(end, reach + 1) - from);
  };
  const open: Mark[] = [];
  for (const mark of marks) {
    const { start, end, inner, innerEnd } = mark;
    if (!isCuttable(mark, limit)) {
      block(start + 1, end);
      continue;
    }
    open.push(mark);
    block(start + 1, inner + 1);
    block(innerEnd, end);
  }
  return { ...window, open, blocked };
}

function isCuttable({ start, end, inner, open, close, isWhole }: Mark, limit: number): boolean {
  if (inner === end) return false;
  return !isWhole || (end - start > limit / 2 && open.length + close.length <= limit / 4);
}

/** The best place; there always is one. */
function choose(window: Window): Cut {
  const { half } = window;
  const borders = bordersOf(window);
  const late = borders.filter(({ end }) => end >= half);
  for (const rank of ["paragraph", "item", "line"] as const) {
    const found = pick(
      window,
      late.filter((border) => border.rank === rank),
    );
    if (found !== undefined) return found;
  }
  return (
    pick(window, wordBorders(window, half, true)) ??
    pick(window, wordBorders(window, half, false)) ??
    pick(window, characterBorders(window, half)) ??
    pick(window, borders) ??
    pick(window, wordBorders(window, window.from, false)) ??
    pick(window, characterBorders(window, window.from)) ??
    pickRaw(window)
  );
}

/** The last of `places` (the last comes first) that fits, or one outside of emphasis not far before it. */
function pick(window: Window, places: Iterable<Place>): Cut | undefined {
  let found: Cut | undefined;
  for (const place of places) {
    if (found !== undefined && place.end < window.near) break;
    const open = openAt(window, place.end);
    if (found !== undefined && open.length > 0) continue;
    const cut = cutAt(window, place, open);
    if (cut === undefined) continue;
    if (open.length === 0) return cut;
    found ??= cut;
  }
  return found;
}

function openAt({ open }: Window, at: number): readonly Mark[] {
  return open.filter(({ inner, innerEnd }) => inner <= at && at <= innerEnd);
}

function cutAt(window: Window, place: Place, open: readonly Mark[]): Cut | undefined {
  const { document, limit } = window;
  if (joinsDelimiters(document.content, place, open)) return undefined;
  const closing = (dedent: number) => closingAfter(place.last, open, dedent);
  const size = window.bytes[place.end - window.from] ?? Number.POSITIVE_INFINITY;
  if (size + bytesOf(closing(0)) > window.room) return undefined;
  const next = openingAt({ content: document.content, line: place.first, at: place.next }, open, limit);
  return { end: place.end, closing, next };
}

/** Delimiters written next to the same sign would be read as one run, and mean something else. */
function joinsDelimiters(content: string, { end, next }: Place, open: readonly Mark[]): boolean {
  const inner = open.at(-1);
  if (inner === undefined) return false;
  return content.startsWith(inner.open.slice(-1), next) || content[end - 1] === inner.close.charAt(0);
}

function bordersOf(window: Window): Border[] {
  const { document, from, reach, blocked } = window;
  const { content, lines } = document;
  const borders: Border[] = [];
  let after = lineAt(lines, reach) + 1;
  while (lines[after]?.kind === "blank") after += 1;
  for (let index = lineAt(lines, reach); index >= 0; index -= 1) {
    const last = lines[index];
    const first = lines[after];
    if (last === undefined || last.end <= from) break;
    if (last.kind === "blank") continue;
    const end = last.text + content.slice(last.text, last.end).trimEnd().length;
    const rank = first && rankOf(last, first, after - index > 1);
    after = index;
    if (first === undefined || rank === undefined || end > reach || end <= from) continue;
    if (blocked[end - from] === 1 || isLoneTag(content, first)) continue;
    borders.push({ end, next: first.text, last, first, rank });
  }
  return borders;
}

function rankOf(last: Line, first: Line, isApart: boolean): Border["rank"] | undefined {
  if (["fence_open", "details_open", "table_head", "table_border"].includes(last.kind)) return undefined;
  if (["fence_close", "details_close", "table_border", "underline"].includes(first.kind)) return undefined;
  if (last.kind === "heading") return "line";
  if (first.fence !== undefined && first.kind === "fence") return "line";
  if (first.kind === "item") return "item";
  const opens = ["heading", "fence_open", "details_open", "table_head"].includes(first.kind);
  const closes = ["fence_close", "details_close"].includes(last.kind);
  return isApart || opens || closes ? "paragraph" : "line";
}

/** Alone in the first line of a paragraph a tag would make all of it HTML. */
function isLoneTag(content: string, line: Line): boolean {
  return (
    line.continues && content[line.text] === "<" && /^<[^<>]*>\s*$/u.test(content.slice(line.text, line.end))
  );
}

/** Places between two words, or between sentences only, the last first. */
function* wordBorders(window: Window, least: number, isSentence: boolean): Generator<Place> {
  const { document, from, reach, blocked } = window;
  const { content, lines } = document;
  let index = lineAt(lines, reach);
  for (let end = reach; end > Math.max(from, least - 1); end -= 1) {
    while ((lines[index]?.start ?? 0) > end) index -= 1;
    const line = lines[index];
    if (line === undefined || !canBeCut(line, end) || blocked[end - from] === 1) continue;
    const next = content[end] === " " || content[end] === "\t" ? afterSpace(content, end) : end;
    if (next >= line.end || /\s/u.test(content.charAt(end - 1))) continue;
    const isBorder = isSentence
      ? endsSentence(content, end, next > end)
      : next > end || isAfterMark(content, end);
    if (isBorder) yield { end, next, last: line, first: line };
  }
}

function afterSpace(content: string, at: number): number {
  let next = at;
  while (content[next] === " " || content[next] === "\t") next += 1;
  return next;
}

function endsSentence(content: string, end: number, isSpaced: boolean): boolean {
  const before = content.slice(Math.max(0, end - 6), end);
  return isSpaced
    ? /[.!?…。！？][\p{Pe}\p{Pf}"'*_~]*$/u.test(before)
    : /[。！？][\p{Pe}\p{Pf}]*$/u.test(before) && !/[\p{Pe}\p{Pf}。！？]/u.test(content.charAt(end));
}

/** Scripts without spaces have marks of their own. */
function isAfterMark(content: string, end: number): boolean {
  return /[，、；：」』）》]/u.test(content.charAt(end - 1)) && !/[\p{P}\p{S}]/u.test(content.charAt(end));
}

function canBeCut(line: Line, at: number): boolean {
  const isBorder = ["fence_open", "fence_close", "details_open", "details_close"].includes(line.kind);
  if (isBorder || ["table_head", "table_border", "rule", "underline", "blank"].includes(line.kind))
    return false;
  return at > line.body && at < line.end;
}

/** Made when a content is too long: most never are. */
let characters: Intl.Segmenter | undefined;
/** So much is read behind the reach, to know whether a character ends there. In UTF-16 units. */
const LOOK_AHEAD = 64;

/** Places between two characters as people see them, the last first. */
function* characterBorders(window: Window, least: number): Generator<Place> {
  const { document, from, blocked } = window;
  const { content, lines } = document;
  for (const end of charactersOf(window)) {
    if (end <= from || end < least) return;
    const line = lines[lineAt(lines, end)];
    if (line === undefined || !canBeCut(line, end) || blocked[end - from] === 1) continue;
    if (!/\s/u.test(content.slice(end - 1, end + 1))) yield { end, next: end, last: line, first: line };
  }
}

function charactersOf({ document, from, reach }: Window): number[] {
  characters ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const segments = characters.segment(document.content.slice(from, reach + LOOK_AHEAD));
  const ends = Array.from(segments, ({ index }) => from + index).filter((end) => end <= reach);
  return ends.reverse();
}

/** What lies here has no border with room: it is cut through, and all of it kept. */
function pickRaw(window: Window): Cut {
  const { document, from, reach } = window;
  const end = charactersOf(window).find((place) => place > from) ?? reach;
  const line = document.lines[lineAt(document.lines, end)];
  const isInText = line !== undefined && end > line.body;
  const place = isInText ? { end, next: end, last: line, first: line } : undefined;
  const cut = place && cutAt(window, place, openAt(window, end));
  return cut ?? { end: reach, closing: () => "", next: { from: reach, head: "", dedent: 0 } };
}
