// What a cut must not break within a paragraph: spans of emphasis, links and code, and signs of several characters.

/** A stretch of text that has a meaning as a whole. Offsets are of the text read. */
export interface Mark {
  start: number;
  end: number;
  /** Between its delimiters: the same as `end` where there is nothing to cut. */
  inner: number;
  innerEnd: number;
  open: string;
  close: string;
  /** A link, code: cut only where it is too long for a part. */
  isWhole: boolean;
}

interface Run {
  sign: string;
  start: number;
  end: number;
  length: number;
  opens: boolean;
  closes: boolean;
}

interface Bracket {
  start: number;
  inner: number;
  isImage: boolean;
  /** How many delimiter runs lie before it. */
  runs: number;
}

interface Reading {
  text: string;
  marks: Mark[];
  runs: Run[];
  brackets: Bracket[];
  tags: { name: string; start: number; end: number }[];
  /** Where runs of so many backticks begin, the farthest first. */
  backticks: Map<number, number[]>;
}

/** Reads one paragraph, in time that grows with its length. */
export function readMarks(text: string): Mark[] {
  const reading: Reading = {
    text,
    marks: [],
    runs: [],
    brackets: [],
    tags: [],
    backticks: backticksOf(text),
  };
  const interesting = /[\\&`<[\]!$*_~|]|https?:\/\//gu;
  for (let found = interesting.exec(text); found !== null; found = interesting.exec(text)) {
    interesting.lastIndex = readSign(reading, found.index, found[0]);
  }
  pair(reading, 0);
  return reading.marks;
}

/** Reads what begins at `at` and gives the offset behind it. */
function readSign(reading: Reading, at: number, sign: string): number {
  const { text } = reading;
  switch (sign) {
    case "\\":
      return atom(reading, at, at + (/[!-/:-@[-`{-~]/u.test(text.charAt(at + 1)) ? 2 : 1));
    case "&":
      return atom(reading, at, at + (entity.exec(text.slice(at, at + 40))?.[0].length ?? 1));
    case "`":
      return readCode(reading, at);
    case "<":
      return readTag(reading, at);
    case "!":
      if (text[at + 1] !== "[") return at + 1;
      return openBracket(reading, at, at + 2, true);
    case "[":
      return openBracket(reading, at, at + 1, false);
    case "]":
      return closeBracket(reading, at);
    case "$":
      return atom(reading, at, at + (sticky(math, text, at)?.length ?? 1));
    case "*":
    case "_":
    case "~":
    case "|":
      return readRun(reading, at, sign);
    default: {
      const address = (sticky(addressLike, text, at) ?? "").replace(/[?!.,:;*_~'"()[\]|]+$/u, "");
      return atom(reading, at, at + Math.max(address.length, sign.length));
    }
  }
}

const entity = /^&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/iu;
const math = /\$(?=[^\s$])[^$\n]{0,2000}(?<!\s)\$/uy;
const addressLike = /[^\s<>`\]*]+/uy;
const tag = /<(\/?)([a-z][a-z\d-]*)(?:\s[^<>]*)?(\/?)>/iuy;
const autolink = /<[a-z][a-z\d+.-]{1,31}:[^\s<>]*>/iuy;

function sticky(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function atom(reading: Reading, start: number, end: number): number {
  if (end - start > 1)
    reading.marks.push({ start, end, inner: end, innerEnd: end, open: "", close: "", isWhole: true });
  return end;
}

function backticksOf(text: string): Map<number, number[]> {
  const places = new Map<number, number[]>();
  for (const { 0: run, index } of text.matchAll(/`+/gu)) {
    const same = places.get(run.length);
    if (same === undefined) places.set(run.length, [index]);
    else same.push(index);
  }
  for (const same of places.values()) same.reverse();
  return places;
}

function readCode(reading: Reading, at: number): number {
  const { text, backticks } = reading;
  let inner = at;
  while (text[inner] === "`") inner += 1;
  const marker = text.slice(at, inner);
  const same = backticks.get(marker.length) ?? [];
  while ((same.at(-1) ?? inner) < inner) same.pop();
  const innerEnd = same.at(-1);
  if (innerEnd === undefined) return atom(reading, at, inner);
  const end = innerEnd + marker.length;
  // One space on both sides is taken off again by the reader.
  reading.marks.push({
    ...{ start: at, end, inner, innerEnd, isWhole: true },
    ...{ open: `${marker} `, close: ` ${marker}` },
  });
  return end;
}

function readTag(reading: Reading, at: number): number {
  const { text, tags, marks } = reading;
  const link = sticky(autolink, text, at);
  if (link !== undefined) return atom(reading, at, at + link.length);
  tag.lastIndex = at;
  const [whole, slash, tagName = "", empty] = tag.exec(text) ?? [];
  if (whole === undefined) return at + 1;
  const end = at + whole.length;
  const name = tagName.toLowerCase();
  const opener = slash === "" ? undefined : tags.findLast((open) => open.name === name);
  if (opener === undefined) {
    if (slash === "" && empty === "" && name !== "br" && tags.length < MAX_OPEN)
      tags.push({ name, start: at, end });
    return atom(reading, at, end);
  }
  tags.length = tags.indexOf(opener);
  marks.push({
    ...{ start: opener.start, end, inner: opener.end, innerEnd: at, isWhole: false },
    ...{ open: text.slice(opener.start, opener.end), close: whole },
  });
  return end;
}

/** So many tags and brackets are open at most: what is nested deeper is text. */
const MAX_OPEN = 64;
/** In UTF-16 units. */
const MAX_ADDRESS = 8192;
/** Open ones in an address; Memos' parser stops there, too. */
const MOST_PARENTHESES = 32;

function openBracket(reading: Reading, start: number, inner: number, isImage: boolean): number {
  const { text, brackets, runs } = reading;
  const note = isImage ? undefined : sticky(/\[\^[^\]\s]{1,99}\]/uy, text, start);
  if (note !== undefined) return atom(reading, start, start + note.length);
  brackets.push({ start, inner, isImage, runs: runs.length });
  if (brackets.length > MAX_OPEN) brackets.shift();
  return inner;
}

function closeBracket(reading: Reading, at: number): number {
  const { text, brackets, marks } = reading;
  const bracket = brackets.pop();
  const end = bracket && endOfDestination(text, at + 1);
  if (bracket === undefined || end === undefined) return at + 1;
  if (bracket.isImage) {
    reading.runs.length = bracket.runs;
    return atom(reading, bracket.start, end);
  }
  pair(reading, bracket.runs);
  // A link holds no other link.
  reading.brackets = brackets.filter(({ isImage }) => isImage);
  marks.push({
    ...{ start: bracket.start, end, inner: bracket.inner, innerEnd: at, isWhole: true },
    ...{ open: "[", close: text.slice(at, end) },
  });
  return end;
}

/** The offset behind `(address "title")`, if that stands at `from`. */
function endOfDestination(text: string, from: number): number | undefined {
  if (text[from] !== "(") return undefined;
  const angled = sticky(/\(\s*<[^<>\n]*>/uy, text, from);
  let at = from + (angled?.length ?? 1);
  if (angled === undefined) {
    for (let depth = 0; at < text.length && at < from + MAX_ADDRESS; at += 1) {
      const character = text.charAt(at);
      if (character === "\\") at += 1;
      else if (character === "(") {
        depth += 1;
        if (depth > MOST_PARENTHESES) return undefined;
      } else if (/\s/u.test(character) && at > from + 1) break;
      else if (character === ")") {
        depth -= 1;
        if (depth < 0) break;
      }
    }
  }
  const rest = sticky(/(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\s*\)/uy, text, at);
  return rest === undefined ? undefined : at + rest.length;
}

/** A run of delimiters: https://spec.commonmark.org/0.31.2/#delimiter-run */
function readRun(reading: Reading, at: number, sign: string): number {
  const { text, runs } = reading;
  let end = at;
  while (text[end] === sign) end += 1;
  const length = end - at;
  if (sign === "|" ? length !== 2 : sign === "~" && length > 2) return atom(reading, at, end);
  const before = lastCharacter(text, at);
  const after = String.fromCodePoint(text.codePointAt(end) ?? 10);
  const left = !isSpace(after) && (!isPunctuation(after) || isSpace(before) || isPunctuation(before));
  const right = !isSpace(before) && (!isPunctuation(before) || isSpace(after) || isPunctuation(after));
  const isWordLike = sign === "_";
  const opens = left && (!isWordLike || !right || isPunctuation(before));
  const closes = right && (!isWordLike || !left || isPunctuation(after));
  runs.push({ sign, start: at, end, length, opens, closes });
  return end;
}

function lastCharacter(text: string, at: number): string {
  const unit = text.charCodeAt(at - 1);
  if (Number.isNaN(unit)) return "\n";
  return unit >= 0xdc00 && unit < 0xe000 ? text.slice(at - 2, at) : text.charAt(at - 1);
}

const isSpace = (character: string) => /\s/u.test(character);
const isPunctuation = (character: string) => /[\p{P}\p{S}]/u.test(character);

/** Joins openers and closers from the run `first` on: https://spec.commonmark.org/0.31.2/#phase-2-inline-structure */
function pair(reading: Reading, first: number): void {
  const runs = reading.runs.splice(first);
  const openers: Run[] = [];
  /** Below this height no opener of that kind is left. */
  const bottoms = new Map<string, number>();
  for (const run of runs) {
    while (run.closes && run.start < run.end) {
      const kind = `${run.sign}${run.opens}${run.length % 3}${run.sign === "~" ? run.length : ""}`;
      const bottom = bottoms.get(kind) ?? 0;
      let height = openers.length - 1;
      while (height >= bottom && !joins(openers[height], run)) height -= 1;
      const opener = openers[height];
      if (height < bottom || opener === undefined) {
        bottoms.set(kind, openers.length);
        break;
      }
      openers.length = height + 1;
      for (const [key, value] of bottoms) if (value > height) bottoms.set(key, height);
      const size = sizeOf(opener, run);
      reading.marks.push(emphasis(reading.text, opener, run, size));
      opener.end -= size;
      run.start += size;
      if (opener.start === opener.end) openers.pop();
    }
    if (run.opens && run.start < run.end) openers.push(run);
  }
}

function joins(opener: Run | undefined, closer: Run): boolean {
  if (opener?.sign !== closer.sign) return false;
  if (closer.sign === "~" || closer.sign === "|") return opener.length === closer.length;
  const isOdd = opener.closes || closer.opens;
  return !(isOdd && (opener.length + closer.length) % 3 === 0 && opener.length % 3 !== 0);
}

function sizeOf(opener: Run, closer: Run): number {
  if (closer.sign === "~" || closer.sign === "|") return closer.length;
  return opener.end - opener.start >= 2 && closer.end - closer.start >= 2 ? 2 : 1;
}

function emphasis(text: string, opener: Run, closer: Run, size: number): Mark {
  return {
    start: opener.end - size,
    end: closer.start + size,
    inner: opener.end,
    innerEnd: closer.start,
    open: text.slice(opener.end - size, opener.end),
    close: text.slice(closer.start, closer.start + size),
    isWhole: false,
  };
}
