// Fills parts with lines, and cuts where the room ends.
import type { Block, Line } from "./lines.ts";
import type { Mark } from "./marks.ts";

export interface SplitLimits {
  /** Bytes of UTF-8 that the memo may have, 64 at least. */
  firstBytes: number;
  /** The same of a comment. */
  restBytes: number;
}

export const bytesOf = (text: string): number => Buffer.byteLength(text);

/** How much of a text has so many bytes, in UTF-16 units. */
const fitting = (text: string, bytes: number) =>
  bytes <= 0 ? 0 : new TextEncoder().encodeInto(text, new Uint8Array(Math.min(bytes, 3 * text.length))).read;

/** What goes on in the next part: a line, maybe the rest of one, and those behind `index`. */
interface Rest {
  readonly line: Line;
  readonly index: number;
}

interface Cut {
  readonly part: string;
  readonly rest?: Rest;
}

export function packLines(lines: readonly Line[], { firstBytes, restBytes }: SplitLimits): string[] {
  const parts: string[] = [];
  const [line] = lines;
  for (let rest: Rest | undefined = line && { line, index: 0 }; rest !== undefined; ) {
    const cut: Cut = fill(lines, rest, parts.length === 0 ? firstBytes : restBytes);
    if (cut.part.trim() !== "") parts.push(cut.part);
    rest = cut.rest;
  }
  return parts.length === 0 ? [""] : parts;
}

/** One part: cut at the last border of two paragraphs, or two lines, in its second half, else within the line there. */
function fill(lines: readonly Line[], { line, index }: Rest, limit: number): Cut {
  const borders: (Cut & { isOfBlocks: boolean; size: number })[] = [];
  /** The lines below the last border. */
  let joined: Room[] = [];
  let written = "";
  let size = 0;
  let last: Line | undefined;
  for (;;) {
    const start = between(last, line, limit);
    const closing = closingAt(line, line.text.length);
    const added = bytesOf(start + line.text);
    const room = { line, before: written + start, index, bytes: limit - size - bytesOf(start) };
    joined.push(room);
    if (size + added + bytesOf(closing) > limit) {
      const late = borders.filter((border) => border.size >= limit / 2);
      return (
        late.findLast(({ isOfBlocks }) => isOfBlocks) ??
        late.at(-1) ??
        cutWithin(joined, limit / 2) ??
        borders.at(-1) ??
        cutWithin(joined, limit) ??
        cutRaw(room)
      );
    }
    written += start + line.text;
    size += added;
    last = line;
    index += 1;
    const below = lines[index];
    if (below === undefined) return { part: written + closing };
    const isOfBlocks = below.isFirst && line.kind !== "heading";
    const rest = { index, line: opened(line, line.text.length, below) };
    if (isBorder(line, below)) {
      borders.push({ part: written + closing, rest, isOfBlocks, size: size + bytesOf(closing) });
      joined = [];
    }
    line = below;
  }
}

/** What stands between two lines of a part, or before its first one: blocks are closed and opened. */
function between(last: Line | undefined, { blocks, gap }: Line, limit: number): string {
  const differs = blocks.findIndex((block, depth) => last?.blocks[depth] !== block);
  const common = differs < 0 ? blocks.length : differs;
  let rest = blocks
    .slice(0, common)
    .map((block) => block.rest)
    .join("");
  const blank = `\n${rest.trimEnd()}`.repeat(gap);
  let prefix = rest;
  let start = "";
  for (const block of blocks.slice(common)) {
    prefix += block.first;
    rest += block.rest;
    for (const line of block.opening) {
      start += `${`${prefix}${line}`.trimEnd()}\n`;
      prefix = rest;
    }
  }
  start += prefix;
  if (last !== undefined) return `${last.ending}${closingOf(last.blocks, common)}${blank}\n${start}`;
  // So much of it could only be made to be a nuisance.
  return bytesOf(start) > limit / 2 ? "" : start;
}

/** What closes the blocks, the outer `from` excepted. */
function closingOf(blocks: readonly Block[], from: number): string {
  let before = "";
  let closing = "";
  for (const [depth, block] of blocks.entries()) {
    const lines = block.closing.map((line) => `\n${`${before}${line}`.trimEnd()}`);
    if (depth >= from) closing = lines.join("") + closing;
    before += block.rest;
  }
  return closing;
}

/** Not within what is whole, nor within a heading: the line below it may be one of signs. */
const isBorder = (last: Line, below: Line) =>
  (below.isFirst || below.kind !== "heading") &&
  !last.marks.some(({ start, inner, end }) => start < last.end && last.end < end && inner === end);

/** The emphasis that is open at a place of a line, the outer first. */
function openAt({ marks, end, text }: Line, at: number): Mark[] {
  const place = end - text.length + at;
  return marks.filter((mark) => mark.inner <= place && place <= mark.innerEnd && mark.inner < mark.end);
}

function closingAt(line: Line, at: number): string {
  const marks = openAt(line, at).map(({ close }) => close);
  return marks.toReversed().join("") + closingOf(line.blocks, 0);
}

/** `below` as it begins a part that goes on where `line` was cut. */
function opened(line: Line, at: number, below: Line): Line {
  const marks = openAt(line, at)
    .map(({ open }) => open)
    .join("");
  const isText = marks === "" && !below.isFirst && below.kind !== "code";
  const escaped = isText ? escapedStart(below.text.slice(0, MOST_ESCAPED)) : "";
  const text = marks + escaped + below.text.slice(escaped.replaceAll("\\", "").length);
  return { ...below, text, head: marks.length + escaped.length };
}

const MOST_ESCAPED = 100;

/**
 * The start of `text` with backslashes, if it would open a block at the start of a line where it opened none within
 * it: `1. `, `# `, `> `, a fence …
 */
function escapedStart(text: string): string {
  const [, digits, sign] = /^(\d{1,9})([.)])(?=\s|$)/u.exec(text) ?? [];
  if (digits !== undefined) return `${digits}\\${sign}`;
  const run = /^(?:`{3,}|~{3,}|\$\$)/u.exec(text)?.[0];
  if (run !== undefined) return run.replaceAll(/./gu, "\\$&");
  const opensBlock = /^(?:#{1,6}(?=\s|$)|[-+*](?=\s|$)|>|\[[^\]]+\]:|([-*_])[ \t]*(?:\1[ \t]*){2,}$)/mu;
  return text.search(opensBlock) === 0 ? `\\${text.charAt(0)}` : "";
}

/** A line and its number, what the part has before it, and the bytes that are left. */
interface Room {
  readonly line: Line;
  readonly before: string;
  readonly index: number;
  readonly bytes: number;
}

/**
 * Cuts behind the last sentence, else word, else character as people see them, that has room and leaves no more than
 * `most` bytes of it.
 */
function cutWithin(rooms: readonly Room[], most: number): Cut | undefined {
  for (const isInWord of [false, true]) {
    for (const room of rooms.toReversed()) {
      const cut = cutLine(room, Math.ceil(room.bytes - most), isInWord);
      if (cut) return cut;
    }
  }
  return undefined;
}

function cutLine({ line, before, index, bytes }: Room, least: number, isInWord: boolean): Cut | undefined {
  if (line.kind === "rule") return undefined;
  const { text, head = 0 } = line;
  const reach = Math.min(fitting(text, bytes - bytesOf(closingOf(line.blocks, 0))), text.length - 1);
  const first = Math.max(fitting(text, least), head + 1);
  const blocked = blockedIn(line, reach);
  for (const isGood of isInWord ? [characterEnds(text, reach)] : [isSentenceEnd, isWordEnd]) {
    for (let end = reach; end >= first; end -= 1) {
      if (blocked[end] === 1 || /\s/u.test(text.charAt(end - 1)) || !isGood(text, end)) continue;
      const next = end + (/^[ \t]*/u.exec(text.slice(end))?.[0].length ?? 0);
      const inmost = openAt(line, end).at(-1);
      // Signs written next to the same sign would be read as one run, and mean something else.
      const joins = inmost && [text.charAt(next), text.charAt(end - 1)].includes(inmost.close.charAt(0));
      const part = text.slice(0, end) + closingAt(line, end);
      if (joins || bytesOf(part) > bytes) continue;
      return { part: before + part, rest: { index, line: opened(line, end, restOf(line, next)) } };
    }
  }
  return undefined;
}

const restOf = (line: Line, from: number): Line => ({
  ...line,
  text: line.text.slice(from),
  isFirst: false,
  gap: 0,
});

/** 1 where no cut may be: within what is whole, and within the signs of emphasis. */
function blockedIn({ marks, end, text }: Line, reach: number): Uint8Array {
  const blocked = new Uint8Array(reach + 1);
  const at = (place: number) => Math.max(0, place - end + text.length);
  for (const { start, inner, innerEnd, ...mark } of marks) {
    blocked.fill(1, at(start + 1), at(inner === mark.end ? inner : inner + 1));
    blocked.fill(1, at(innerEnd), at(mark.end));
  }
  return blocked;
}

function isSentenceEnd(text: string, end: number): boolean {
  const [before, next] = [text.slice(Math.max(0, end - 6), end), text.charAt(end)];
  if (/\s/u.test(next)) return /[.!?…。！？][\p{Pe}\p{Pf}"'*_~]*$/u.test(before);
  return /[。！？][\p{Pe}\p{Pf}]*$/u.test(before) && !/[\p{Pe}\p{Pf}。！？]/u.test(next);
}

/** Scripts without spaces have marks of their own. */
function isWordEnd(text: string, end: number): boolean {
  const next = text.charAt(end);
  return (
    /[ \t]/u.test(next) || (/[，、；：」』）》]/u.test(text.charAt(end - 1)) && !/[\p{P}\p{S}]/u.test(next))
  );
}

/** So much is read behind the reach, to know whether a character ends there. In UTF-16 units. */
const LOOK_AHEAD = 64;

/** Whether a place lies between two characters as people see them. */
function characterEnds(text: string, reach: number) {
  let ends: Set<number> | undefined;
  return (_: string, end: number): boolean => {
    const segments = () => new Intl.Segmenter().segment(text.slice(0, reach + LOOK_AHEAD));
    ends ??= new Set(Array.from(segments(), ({ index }) => index));
    return ends.has(end) && !/\s/u.test(text.charAt(end));
  };
}

/** What lies here has no border with room: it is cut through, and all of it kept. */
function cutRaw({ line, before, index, bytes }: Room): Cut {
  const end = fitting(line.text, bytes);
  return { part: before + line.text.slice(0, end), rest: { index, line: restOf(line, end) } };
}
