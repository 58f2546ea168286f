// Addresses. Telegram says exactly where one begins and ends, and Memos finds them by itself, in its own way: one that
// it might end elsewhere, or find a tag in, stands in angles.
import type { MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import { type Canvas, isCode, isUniform, type Range } from "./canvas.ts";
import type { Letters } from "./letters.ts";

/** Writes those of a line so that they lead where they should. `isExact`: those that Telegram has not found are none. */
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
  for (const address of canvas.addresses) {
    const isHere = line.start <= address.start && address.end <= line.end && isFree(address);
    if (isHere && (isExact || !isInTypedLink(text, address)))
      placeOne(canvas, line, address, letters, flavor, isExact);
  }
  if (!isExact) return;
  const scheme = flavor === "gomark" ? /[a-z][a-z\d+.-]{0,31}:\/\//giu : /https?:\/\/|www\./giu;
  for (const { 0: found, index } of text.slice(line.start, line.end).matchAll(scheme)) {
    const start = line.start + index;
    // A backslash further on would show within an address.
    if (isFree({ start, end: start + found.length }))
      letters.escape(start + found.length - (found.endsWith("/") ? 3 : 1));
  }
}

function placeOne(
  canvas: Canvas,
  line: Range,
  address: Range,
  letters: Letters,
  flavor: MarkdownFlavor,
  isExact: boolean,
): void {
  const shown = canvas.text.slice(address.start, address.end);
  if (/[\s<>]/u.test(shown) || !isUniform(canvas, address)) return;
  if (isBare(canvas, line, address, flavor, isExact)) letters.keep(address);
  else if (/^https?:\/\/[^/\\]/iu.test(shown)) {
    if (flavor === "gomark" && shown.endsWith("\\")) return;
    letters.enclose(address, "<", ">");
    letters.keep(address);
  } else if (!isExact && flavor !== "gomark" && MEANS_SOMETHING.test(shown)) {
    // Without a scheme it is a text, and none of it is Markdown.
    for (const { index } of shown.matchAll(/(?<=^www)\.|[\\`*_[\]~<&$#|]/gi))
      letters.escape(address.start + index);
  }
}

const MEANS_SOMETHING = /[\\`*[\]~$#|]|&#?\w+;|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/u;

/** An address in a text to which a person has given a form by hand: `<…>`, `[…](…)`. */
function isInTypedLink(text: string, { start, end }: Range): boolean {
  const isAngled = text[start - 1] === "<" && text[end] === ">";
  return isAngled || text.slice(start - 2, start) === "](" || (text[start - 1] === "[" && text[end] === "]");
}

/** What everybody reads alike, wherever it stands: it has no sign that might end it, and ends in none. */
const BARE =
  /^(?:https?:\/\/|www\.)[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?(?::\d+)?(?:[/?](?:[^\s#*~;()<>[\]\\`"^{|}]|\([\p{L}\p{N}]+\))*(?<=[\p{L}\p{N}/=)]))?$/iu;
/** gomark links these alone. */
const GOMARK_BARE = /^http[!-$&-~]*$/;
/** So much is read behind it. */
const TRAILING = 32;

/** Whether the server links it, and nothing else, where it stands bare. */
function isBare(
  canvas: Canvas,
  line: Range,
  { start, end }: Range,
  flavor: MarkdownFlavor,
  isExact: boolean,
): boolean {
  const { text } = canvas;
  const shown = text.slice(start, end);
  const before = text[start - 1] ?? "\n";
  const after = text.slice(end, Math.min(line.end, end + TRAILING));
  const isSameAfter = after === "" || isUniform(canvas, { start, end: end + 1 });
  if (!BARE.test(shown) || !isSameAfter) return false;
  if (flavor === "gomark") {
    // Only a space, and a line's own begin, stand apart from an address; indentation is written as something else.
    const begins = before === "\n" || (before === " " && start > line.start);
    return GOMARK_BARE.test(shown) && begins && /^(?: |$)/u.test(after);
  }
  // A backslash before a sign would be a part of the address.
  const ends = isExact ? /^[.,:!?'"]*(?:\s|$)/u : /^[.,:!?'"*_~]*(?:\s|$)/u;
  return /[\s(]/u.test(before) && ends.test(after.replace(/^\)/, ""));
}
