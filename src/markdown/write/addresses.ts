// Addresses. Telegram says exactly where one begins and ends, and Memos finds them by itself, in its own way: one that
// it would end elsewhere, or find a tag in, stands in angles.
import type { MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import { type Canvas, isCode, isUniform, type Range, uniformPart } from "./canvas.ts";
import { destination, type Letters } from "./letters.ts";

/** Writes those of a line so that they lead where they should. `exact`: also those that Telegram has not found. */
export function placeAddresses(
  canvas: Canvas,
  line: Range,
  letters: Letters,
  flavor: MarkdownFlavor,
  isExact: boolean,
): void {
  const { text } = canvas;
  const isFree = (range: Range) =>
    letters.isFree(range) && canvas.links[range.start] === 0 && !isCode(canvas, range.start);
  const place = (address: Range) => placeOne(canvas, line, address, letters, flavor, isExact);
  for (const address of canvas.addresses) {
    const isHere = line.start <= address.start && address.end <= line.end && isFree(address);
    if (isHere && (isExact || !isInTypedLink(text, address))) place(address);
  }
  const scheme = flavor.engine === "gomark" ? /[a-z][a-z\d+.-]{0,31}:\/\//giu : /https?:\/\/|www\./giu;
  for (const { 0: found, index } of text.slice(line.start, line.end).matchAll(scheme)) {
    const begin = line.start + index;
    const start = begin + Math.max(0, found.search(/https?:\/\/$/iu));
    if (!isFree({ start, end: begin + found.length })) continue;
    const word = wordFrom(text, { start, end: line.end });
    const address = { start, end: start + asTelegramEnds(word).length };
    if (!isExact) {
      keepTyped(canvas, uniformPart(canvas, address), start + word.length, letters);
    } else if (flavor.engine === "gomark" || canBegin(canvas, line, start)) {
      const bare = { start, end: start + asGfmEnds(word).length };
      const isBare = flavor.engine === "commonmark" && isPlain(canvas, line, bare, flavor, true);
      const isLonger = address.end > begin + found.length && found.toLowerCase() !== "www.";
      // Broken on purpose: a backslash further on would show within an address.
      if (isBare) letters.keep(bare);
      else if (!isLonger || !place(address)) letters.escape(begin + found.search(/[:.]/));
    }
  }
}

/** False where it cannot be written as an address. */
function placeOne(
  canvas: Canvas,
  line: Range,
  address: Range,
  letters: Letters,
  flavor: MarkdownFlavor,
  isExact: boolean,
): boolean {
  const shown = canvas.text.slice(address.start, address.end);
  if (/[\s<>]/u.test(shown) || !isUniform(canvas, address)) return false;
  if (/^https?:\/\/[^/\\]/iu.test(shown)) {
    if (flavor.engine === "gomark" && shown.endsWith("\\")) return false;
    if (!isPlain(canvas, line, address, flavor, isExact)) letters.enclose(address, "<", ">");
    letters.keep(address);
    return true;
  }
  // Without a scheme it shows itself, unless it would be read as something else.
  if (/^[a-z][a-z\d+.-]*:/iu.test(shown) || flavor.engine === "gomark") return false;
  if (/^www\./iu.test(shown) && isPlain(canvas, line, address, flavor, isExact)) {
    letters.keep(address);
    return true;
  }
  if (!MEANS_SOMETHING.test(shown)) return false;
  for (const { index } of shown.matchAll(/[\\`*_[\]~<&$#|]/g)) letters.escape(address.start + index);
  letters.enclose(address, "[", `](${destination(`http://${shown}`)})`);
  letters.keep(address);
  return true;
}

/** Of an address and what stands beside it, so that the work for one is bounded. */
const LONGEST = 2_048;

const wordFrom = (text: string, { start, end }: Range) =>
  /^[^\s<>]*/u.exec(text.slice(start, Math.min(end, start + LONGEST)))?.[0] ?? "";

const MEANS_SOMETHING = /[\\`*[\]~$#|]|&#?\w+;|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u;

/** An address in a text to which a person has given a form by hand: `<…>`, `[…](…)`. */
function isInTypedLink(text: string, { start, end }: Range): boolean {
  const isAngled = text[start - 1] === "<" && text[end] === ">";
  return isAngled || text.slice(start - 2, start) === "](" || (text[start - 1] === "[" && text[end] === "]");
}

/** One that Telegram has not found stays as it is, but is ended where a style ends and letters follow. */
function keepTyped(canvas: Canvas, address: Range, wordEnd: number, letters: Letters): void {
  const shown = canvas.text.slice(address.start, address.end);
  if (!/[^/.]$/u.test(shown)) return;
  const runsOn =
    !isUniform(canvas, { start: address.start, end: wordEnd }) &&
    !isTrailing(canvas, { start: address.end, end: wordEnd }, false);
  if (runsOn && /^http/iu.test(shown)) letters.enclose(address, "<", ">");
  letters.keep(address);
}

const BARE =
  /^(?:https?:\/\/|www\.)[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?(?::\d+)?(?:[/?#][^\s<\]\\]*)?$/iu;
const GOMARK_BARE = /^https?:\/\/[a-z0-9][a-z0-9.-]*(?::\d+)?(?:[/?#][^\s%\\[\]"<>^`{|}]*)?$/i;
/** What the server's own parser takes for an address: in the rest of a longer one it finds tags. */
const WITHOUT_TAGS =
  /^(?:https?:\/\/|www\.)[-\w@:%.+~=]{1,256}\.[a-z]+(?::\d+)?(?:[/?#][-\w@:%+.~#$!?&/=();,'">^{}[\]`]*)?$/;

/** Whether the server links it, and nothing else, where it stands bare. */
function isPlain(
  canvas: Canvas,
  line: Range,
  address: Range,
  { engine }: MarkdownFlavor,
  isExact: boolean,
): boolean {
  const { text } = canvas;
  if (!isUniform(canvas, address)) return false;
  const shown = text.slice(address.start, address.end);
  const rest = wordFrom(text, { start: address.end, end: line.end });
  const trailing = { start: address.end, end: address.end + rest.length };
  if (engine === "gomark") {
    const before = text[address.start - 1] ?? "\n";
    // Only a space, and a line's own begin, stand apart from an address; indentation is written as something else.
    const begins = before === "\n" || (before === " " && address.start > line.start);
    const isSameAfter = address.end >= line.end || isUniform(canvas, { ...address, end: address.end + 1 });
    const ends = /^(?: |$)/u.test(text.slice(address.end, line.end));
    return GOMARK_BARE.test(shown) && begins && ends && isSameAfter;
  }
  const before = text.slice(Math.max(line.start, address.start - LONGEST), address.start);
  const isApart = /(?:^|[\s(*_~])$/u.test(before);
  const isFreeOfTags = !shown.includes("#") || (WITHOUT_TAGS.test(shown) && isApart);
  const isMeant = BARE.test(shown) && !/&[#\w]+;/u.test(shown + rest) && isFreeOfTags;
  const begins = /^www/iu.test(shown) ? isApart : !/[a-z]$/iu.test(before);
  const ends = asGfmEnds(shown + rest) === shown && /^(?:\s|$)/u.test(text.slice(trailing.end, line.end));
  return isMeant && begins && ends && !/@\S*$/u.test(before) && isTrailing(canvas, trailing, isExact);
}

/** Whether what is written for it ends an address before it: punctuation and closing delimiters only. */
function isTrailing(canvas: Canvas, { start, end }: Range, isExact: boolean): boolean {
  // A backslash before a sign would be a part of the address.
  const signs = isExact ? /^[.,:;!?'")]*$/ : /^[.,:;!?'")*_~]*$/;
  if (!signs.test(canvas.text.slice(start, end))) return false;
  for (let at = start; at < end; at += 1) if (canvas.links[at] !== 0 || isCode(canvas, at)) return false;
  return true;
}

/** GFM links none within a word, but a delimiter may come between. */
function canBegin(canvas: Canvas, line: Range, start: number): boolean {
  const opens = /^h/iu.test(canvas.text.charAt(start)) ? /(?:^|[^a-z])$/iu : /(?:^|[\s(*_[\]~])$/u;
  const before = { start: Math.max(start - 1, line.start), end: start + 1 };
  return opens.test(canvas.text.slice(before.start, start)) || !isUniform(canvas, before);
}

/** Where GFM ends an address: https://github.github.com/gfm/#extended-autolink-path-validation */
const asGfmEnds = (word: string) => withoutTrailing(word, "?!.,:;*_~'\"");

/** Where Telegram would end an address that it has not marked. */
const asTelegramEnds = (word: string) => withoutTrailing(word, ".,:;!?'\"*_~`»]");

function withoutTrailing(word: string, trailing: string): string {
  let unbalanced = word.split(")").length - word.split("(").length;
  let end = word.length;
  for (; end > 0; end -= 1) {
    const last = word.charAt(end - 1);
    if (last === ")" && unbalanced > 0) unbalanced -= 1;
    else if (!trailing.includes(last)) break;
  }
  return word.slice(0, end);
}
