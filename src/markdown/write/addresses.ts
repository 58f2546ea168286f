// Addresses. Telegram says exactly where one begins and ends, and Memos finds them by itself, in its own way: one that
// it might end elsewhere, or find a tag in, stands in angles, and one without a scheme, which cannot, is a link.
import { endsInBackslash } from "../code-spans.ts";
import { type Canvas, isCode, isUniform } from "./canvas.ts";
import type { Range } from "./letters.ts";

/** Writes those of a line so that they lead where they should. In `exact` those that Telegram has not found are none. */
export function placeAddresses(canvas: Canvas, line: Range): void {
  const { text, links, letters, flavor, isExact } = canvas;
  for (let index = firstFrom(canvas.addresses, line.start); index < canvas.addresses.length; index += 1) {
    const address = canvas.addresses[index] ?? line;
    const { start, end } = address;
    if (start >= line.end) break;
    const shown = text.slice(start, end);
    const isHere = end <= line.end && links[start] === 0 && !isCode(canvas, start);
    const isTyped = !isExact && isInTypedLink(text, address);
    if (!isHere || isTyped || !letters.isFree(address) || !isUniform(canvas, address)) continue;
    if (/[\s<>]/u.test(shown)) continue;
    const hasScheme = /^[a-z][a-z\d+.-]{0,31}:/iu.test(shown);
    if (!hasScheme && !/^www\./iu.test(shown)) {
      if (!PLAIN.test(shown)) placeDomain(canvas, address);
      continue;
    }
    const needsAngles = !isBare(canvas, line, address);
    if (needsAngles && !hasScheme) placeDomain(canvas, address);
    else if (!needsAngles || /^https?:\/\/[^/\\]/iu.test(shown)) {
      // Behind a backslash it would be a mere sign.
      if (needsAngles) letters.enclose(address, endsInBackslash(text, start) ? "\\<" : "<", ">");
      letters.keep(address);
    }
  }
  if (!isExact) return;
  const scheme = flavor === "gomark" ? /[a-z][a-z\d+.-]{0,31}:\/\//giu : /https?:\/\/|www\./giu;
  for (const { 0: found, index } of text.slice(line.start, line.end).matchAll(scheme)) {
    // A backslash further on would show within an address.
    const at = line.start + index + found.length - (found.endsWith("/") ? 3 : 1);
    if (links[at] === 0 && !isCode(canvas, at)) letters.escape(at);
  }
}

/** Without a scheme no version takes it for more than a text, in which it reads no sign. */
const PLAIN = /^(?:[\p{L}\p{N}.:/?=%+,@&-]|(?<=[\p{L}\p{N}])_(?=[\p{L}\p{N}]))*$/u;
const SIGNS = /[\\`*_[\]~<>&#!$|]/g;
const GOMARK_SIGNS = /[\\`*_[\]~<>#!$|^=]/g;

/** An address without a scheme in which a sign would be read. gomark knows no escape in the text of a link. */
function placeDomain({ text, links, urls, letters, flavor, isExact }: Canvas, { start, end }: Range): void {
  const shown = text.slice(start, end);
  const isGomark = flavor === "gomark";
  if (!isGomark) links.fill(urls.push(`http://${shown}`), start, end);
  if (isExact) return;
  for (const { index } of shown.matchAll(isGomark ? GOMARK_SIGNS : SIGNS)) letters.escape(start + index);
}

/** The first of ordered ranges that begins at a place or behind it. */
function firstFrom(ranges: readonly Range[], place: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.start ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An address in a text to which a person has given a form by hand: `<…>`, `[…](…)`. */
function isInTypedLink(text: string, { start, end }: Range): boolean {
  const isAngled = text[start - 1] === "<" && text[end] === ">";
  return isAngled || text.slice(start - 2, start) === "](" || (text[start - 1] === "[" && text[end] === "]");
}

/** What everybody reads alike, wherever it stands: it has no sign that might end it, and ends in none. */
const BARE =
  /^(?:https?:\/\/|www\.)[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?(?::\d+)?(?:[/?](?:[^\s#*~;()<>[\]\\`"^{|}]|\([\p{L}\p{N}]+\))*(?<=[\p{L}\p{N}/=)]))?$/iu;
/** How much is read behind an address, in UTF-16 units. */
const TRAILING = 32;

/** Whether the server links it, and nothing else, where it stands bare. */
function isBare(canvas: Canvas, line: Range, { start, end }: Range): boolean {
  const { text, flavor, isExact } = canvas;
  const shown = text.slice(start, end);
  const before = text[start - 1] ?? "\n";
  const after = text.slice(end, Math.min(line.end, end + TRAILING));
  if (!BARE.test(shown) || (after !== "" && !isUniform(canvas, { start, end: end + 1 }))) return false;
  // Only a space, and a line's own begin, stand apart from an address; indentation is written as something else.
  if (flavor === "gomark")
    return /^http[!-$&-~]*$/.test(shown) && /^[\n ]$/.test(before) && /^(?: |$)/u.test(after);
  // A backslash before a sign would be a part of the address.
  const ends = isExact ? /^[.,:!?'"]*(?:\s|$)/u : /^[.,:!?'"*_~]*(?:\s|$)/u;
  return /[\s(]/u.test(before) && ends.test(after.replace(/^\)/, ""));
}
