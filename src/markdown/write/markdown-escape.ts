// Which characters of a line must not be read as Markdown. Two questions: where is a character already safe (an
// address, code that a person typed), and which of the others need a backslash.
import { type Canvas, type Range, style } from "./markdown-entities.ts";

/** What encloses a piece of text. */
export interface TextContext {
  /** Bits of `style` of the enclosing spans. */
  styles: number;
  /** True within the label of a link. */
  inLink: boolean;
}

/** How single characters of one line are written. Offsets are those of the canvas. */
export interface LineMarks {
  /** Written as they are: addresses and typed code. */
  verbatim: readonly Range[];
  /** Addresses that need `<…>` to end where they end. */
  angled: readonly Range[];
  /** Characters that need a backslash because of where they stand. */
  escapes: ReadonlySet<number>;
}

const noMarks: LineMarks = { verbatim: [], angled: [], escapes: new Set() };
// The address may be followed by these without taking them in (GFM, "extended autolink path validation").
const trailing = /[.,:;!?'")]*$/u;
const bareAddress =
  /^(?:https?:\/\/|www\.)[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?(?::\d+)?(?:[/?#][^\s<\]\\]*)?$/iu;

/** Marks of a line of `as_typed` text: addresses and typed code spans stay out of every escape. */
export function marksAsTyped(canvas: Canvas, line: Range): LineMarks {
  const text = canvas.text.slice(line.start, line.end);
  const verbatim = typedCode(canvas, line);
  const angled: Range[] = [];
  for (const match of text.matchAll(/(?:https?:\/\/|www\.)[^\s<>]+/giu)) {
    const word = { start: line.start + match.index, end: line.start + match.index + match[0].length };
    const address = uniformStart(canvas, { ...word, end: word.start + trimAddress(match[0]).length });
    if (canvas.links[address.start] !== 0 || isCode(canvas, address.start) || overlaps(verbatim, address))
      continue;
    if (!/[^/.]$/u.test(canvas.text.slice(address.start, address.end))) continue;
    verbatim.push(address);
    const runsOn = !isUniform(canvas, word) && !isTrailing(canvas, { start: address.end, end: word.end });
    if (runsOn && /^http/iu.test(match[0])) angled.push(address);
  }
  return { ...noMarks, verbatim, angled };
}

/** Marks of a line of `exact` text, `line` without its leading spaces. */
export function marksExact(canvas: Canvas, line: Range): LineMarks {
  const text = canvas.text.slice(line.start, line.end);
  const escapes = new Set<number>();
  const blockStart = offsetOfBlockStart(text);
  if (blockStart !== undefined) escapes.add(line.start + blockStart);
  const verbatim: Range[] = [];
  const angled: Range[] = [];
  for (const match of text.matchAll(/https?:\/\/|www\./giu)) {
    const start = line.start + match.index;
    // GFM links none within a word, but a delimiter may come between.
    const opens = /^h/iu.test(match[0]) ? /(?:^|[^a-z])$/iu : /(?:^|[\s(*_[\]~])$/u;
    const before = { start: Math.max(start - 1, line.start), end: start + 1 };
    if (!opens.test(text.slice(0, match.index)) && isUniform(canvas, before)) continue;
    if (canvas.links[start] !== 0 || isCode(canvas, start) || overlaps(verbatim, { start, end: start + 1 }))
      continue;
    const word = canvas.text.slice(start, line.end).match(/^[^\s<>]+/u)?.[0] ?? "";
    const bare = { start, end: start + word.replace(trailing, "").length };
    const rest = { start: bare.end, end: start + word.length };
    const afterEmail = /@\S*$/u.test(text.slice(0, match.index));
    const ends = /^(?:\s|$)/u.test(canvas.text.slice(rest.end, line.end));
    if (isBareAddress(word) && ends && !afterEmail && isUniform(canvas, bare) && isTrailing(canvas, rest)) {
      verbatim.push(bare);
      continue;
    }
    const address = { start, end: start + trimAddress(word).length };
    if (/^http/iu.test(word) && address.end - start > match[0].length && isUniform(canvas, address)) {
      verbatim.push(address);
      angled.push(address);
      continue;
    }
    // Broken on purpose: a backslash further on would show within an address.
    escapes.add(start + match[0].search(/[:.]/u));
  }
  return { verbatim, angled, escapes };
}

/** Text as a person typed it, with only what would break the enclosing delimiters escaped. */
export function escapeTyped(
  text: string,
  range: Range,
  marks: LineMarks,
  context: TextContext,
  escapeDollar: boolean,
): string {
  let special = escapeDollar ? "$" : "";
  if ((context.styles & (style.bold | style.italic)) !== 0) special += "*";
  if ((context.styles & style.strikethrough) !== 0) special += "~";
  if ((context.styles & style.spoiler) !== 0) special += "|";
  if (context.inLink) special += "[]";
  let typedEscape = false;
  return writeMarked(text, range, marks, (character) => {
    const isEscaped = typedEscape;
    typedEscape = !isEscaped && character === "\\";
    return !isEscaped && special.includes(character);
  });
}

/** Text of which nothing may be read as Markdown, hashtags excepted. */
export function escapeExact(canvas: Canvas, range: Range, marks: LineMarks, escapeDollar: boolean): string {
  const { text, tags } = canvas;
  return writeMarked(text, range, marks, (character, at) => {
    switch (character) {
      case "\\":
      case "`":
      case "*":
      case "[":
      case "]":
      case "~":
      case "|":
        return true;
      case "$":
        return escapeDollar;
      case "_":
        return !(isWordBefore(text, range, at) && (tags[at] === 1 || isWordAfter(text, range, at)));
      case "<":
        return /[a-z/!?]/iu.test(text[at + 1] ?? "");
      case "&":
        return /^&(?:#\d+|#x[\da-f]+|[a-z][a-z\d]*);/iu.test(text.slice(at, at + 40));
      case "#":
        return tags[at] === 0 && /[^\s#]/u.test(text[at + 1] ?? " ");
      default:
        return false;
    }
  });
}

/** `range` of `text`, with a backslash before each character that needs one. */
export function writeMarked(
  text: string,
  range: Range,
  marks: LineMarks,
  needsEscape: (character: string, at: number) => boolean,
): string {
  const openings = new Set(marks.angled.map(({ start }) => start));
  const closings = new Set(marks.angled.map(({ end }) => end));
  let written = "";
  for (let at = range.start; at < range.end; at += 1) {
    const character = text.charAt(at);
    if (openings.has(at)) written += "<";
    const verbatim = marks.verbatim.some(({ start, end }) => start <= at && at < end);
    // Asked for every character, since the answer may depend on the one before.
    const isEscaped = (needsEscape(character, at) && !verbatim) || marks.escapes.has(at);
    written += isEscaped ? `\\${character}` : character;
    if (closings.has(at + 1)) written += ">";
  }
  return written;
}

/** Offset of the character that would open a block (heading, list, quote, rule, table …) at the line's start. */
function offsetOfBlockStart(line: string): number | undefined {
  if (line.startsWith(">") || /^#{1,6}(?:\s|$)/u.test(line)) return 0;
  if (/^[-+](?:\s|$)/u.test(line) || /^(?:=+\s*|[-:|][-:|\s]*)$/u.test(line)) return 0;
  const ordered = line.match(/^(\d{1,9})[.)](?:\s|$)/u);
  return ordered?.[1]?.length;
}

/** True if GFM links `word`, less the punctuation after it, when it stands bare: nothing in it is Markdown then. */
function isBareAddress(word: string): boolean {
  const address = word.replace(trailing, "");
  return bareAddress.test(address) && !/[*_~&]$/u.test(address) && !/&[#\w]+;/u.test(word);
}

/** True if what is written for `range` ends an address before it: punctuation and closing delimiters only. */
function isTrailing(canvas: Canvas, range: Range): boolean {
  if (canvas.text.slice(range.start, range.end).replace(trailing, "") !== "") return false;
  for (let at = range.start; at < range.end; at += 1)
    if (canvas.links[at] !== 0 || isCode(canvas, at)) return false;
  return true;
}

/** The address at the start of `word`, as Telegram would cut it. */
export function trimAddress(word: string): string {
  let address = word.replace(/[.,:;!?'"*_~`»\]]+$/u, "");
  while (/\)$/u.test(address) && count(address, ")") > count(address, "("))
    address = address.slice(0, -1).replace(/[.,:;!?'"*_~`»\]]+$/u, "");
  return address;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** Code spans that a person typed in one line. Backticks across lines pair too rarely to take their styles. */
function typedCode(canvas: Canvas, line: Range): Range[] {
  const spans: Range[] = [];
  for (const match of canvas.text
    .slice(line.start, line.end)
    .matchAll(/(?<![`\\])(`+)(?!`).*?[^`]\1(?!`)/gu)) {
    const span = { start: line.start + match.index, end: line.start + match.index + match[0].length };
    if (canvas.styles.subarray(span.start, span.end).some((bits) => (bits & style.code) !== 0)) continue;
    spans.push(span);
  }
  return spans;
}

function isCode(canvas: Canvas, at: number): boolean {
  return ((canvas.styles[at] ?? 0) & style.code) !== 0;
}

/** Whether all of `range` has the same styles and link. */
export function isUniform(canvas: Canvas, range: Range): boolean {
  return uniformStart(canvas, range).end === range.end;
}

/** `range` up to where a style or a link begins or ends. */
function uniformStart(canvas: Canvas, range: Range): Range {
  const { start } = range;
  let end = Math.min(start + 1, range.end);
  while (
    end < range.end &&
    canvas.styles[end] === canvas.styles[start] &&
    canvas.links[end] === canvas.links[start]
  )
    end += 1;
  return { start, end };
}

function overlaps(ranges: readonly Range[], range: Range): boolean {
  return ranges.some(({ start, end }) => start < range.end && range.start < end);
}

function isWordBefore(text: string, range: Range, at: number): boolean {
  return /[\p{L}\p{N}]_*$/u.test(text.slice(range.start, at));
}

function isWordAfter(text: string, range: Range, at: number): boolean {
  return /^_*[\p{L}\p{N}]/u.test(text.slice(at, range.end));
}
