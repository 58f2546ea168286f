// Where the next cut is made.
import { guard, parseMarkdown } from "../parse.ts";
import { bytesOf, closingAfter, type Opening, openingAt } from "./context.ts";
import { type Line, lineAt, readLines } from "./lines.ts";
import { type Mark, readMarks } from "./marks.ts";

export interface Cut {
  part: string;
  /** How the next part begins; not there behind the last. */
  next?: Opening;
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

export interface Room {
  /** The part begins with so much that is not of the content, in UTF-16 units. */
  from: number;
  /** Bytes that the part may have, and the next one. */
  limit: number;
  nextLimit: number;
}

/** What has room in the part. */
interface Window extends Room {
  text: string;
  lines: readonly Line[];
  /** The last offset that has room, if nothing has to be closed; the one at half of the limit, and at three quarters. */
  reach: number;
  half: number;
  near: number;
  /** The marks that may be closed and opened again. */
  open: readonly Mark[];
  /** 1 where no cut may be. */
  blocked: Uint8Array;
}

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
  const least = far.slice(0, reach + LEAST_AHEAD);
  const nearer = [8, 4, 2].map((times) => far.slice(0, reach + LEAST_AHEAD * times));
  const text = [far, ...nearer].find((seen) => guard(seen) === seen) ?? least;
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
    const made = cutAt(window, place, open);
    if (made === undefined) continue;
    if (open.length === 0) return made;
    found ??= made;
  }
  return found;
}

function openAt({ open }: Window, at: number): readonly Mark[] {
  return open.filter(({ inner, innerEnd }) => inner <= at && at <= innerEnd);
}

function cutAt(window: Window, { end, next, last, first }: Place, open: readonly Mark[]): Cut | undefined {
  const { text, limit, nextLimit } = window;
  if (joinsDelimiters(text, end, next, open)) return undefined;
  const part = text.slice(0, end) + closingAfter(last, open);
  if (bytesOf(part) > limit) return undefined;
  return { part, next: openingAt({ content: text, line: first, at: next }, open, nextLimit) };
}

/** Delimiters written next to the same sign would be read as one run, and mean something else. */
function joinsDelimiters(content: string, end: number, next: number, open: readonly Mark[]): boolean {
  const inner = open.at(-1);
  if (inner === undefined) return false;
  return content.startsWith(inner.open.slice(-1), next) || content[end - 1] === inner.close.charAt(0);
}

function bordersOf(window: Window): Border[] {
  const { text: content, lines, from, reach, blocked } = window;
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
    if (blocked[end] === 1 || isLoneTag(content, first)) continue;
    borders.push({ end, next: first.text, last, first, rank });
  }
  return borders;
}

function rankOf(last: Line, first: Line, isApart: boolean): Border["rank"] | undefined {
  if (["fence_open", "details_open", "table_head", "table_border"].includes(last.kind)) return undefined;
  if (["fence_close", "details_close", "table_border", "underline"].includes(first.kind)) return undefined;
  if (last.kind === "heading") return "line";
  if (first.fence !== undefined && first.kind === "fence") return "line";
  if (first.isItem) return "item";
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
  const { text: content, lines, from, reach, blocked } = window;
  let index = lineAt(lines, reach);
  for (let end = reach; end > Math.max(from, least - 1); end -= 1) {
    while ((lines[index]?.start ?? 0) > end) index -= 1;
    const line = lines[index];
    if (line === undefined || !canBeCut(line, end) || blocked[end] === 1) continue;
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
  const { text: content, lines, from, blocked } = window;
  for (const end of charactersOf(window)) {
    if (end <= from || end < least) return;
    const line = lines[lineAt(lines, end)];
    if (line === undefined || !canBeCut(line, end) || blocked[end] === 1) continue;
    if (!/\s/u.test(content.slice(end - 1, end + 1))) yield { end, next: end, last: line, first: line };
  }
}

function charactersOf({ text, from, reach }: Window): number[] {
  characters ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const segments = characters.segment(text.slice(from, reach + LOOK_AHEAD));
  const ends = Array.from(segments, ({ index }) => from + index).filter((end) => end <= reach);
  return ends.reverse();
}

/** What lies here has no border with room: it is cut through, and all of it kept. */
function pickRaw(window: Window): Cut {
  const { text, lines, from, reach } = window;
  const end = charactersOf(window).find((place) => place > from) ?? reach;
  const line = lines[lineAt(lines, end)];
  const isInText = line !== undefined && end > line.body;
  const place = isInText ? { end, next: end, last: line, first: line } : undefined;
  const found = place && cutAt(window, place, openAt(window, end));
  return found ?? { part: text.slice(0, reach), next: { from: reach, head: "", dedent: 0 } };
}
