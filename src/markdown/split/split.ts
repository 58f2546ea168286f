// Cuts a content that is longer than the server takes. The first part becomes the memo, the others its comments.
import { fencesIn } from "../fences.ts";
import { bestCut, LOOK_AHEAD } from "./cut.ts";

export interface SplitLimits {
  /** Bytes of UTF-8 that the memo may have, 64 at least. */
  firstBytes: number;
  /** The same of a comment. */
  restBytes: number;
}

/**
 * The parts of `content`, each within its limit, none of them blank. What stands on lines of its own and would be
 * another thing without its first one (code, a fold, a table) is closed at a cut and opened again. All else is cut as
 * text: our writer ends emphasis and links with the line, and repeats the signs of a quote.
 *
 * A content that fits is its only part, as it is.
 */
export function splitMarkdown(content: string, { firstBytes, restBytes }: SplitLimits): string[] {
  if (Buffer.byteLength(content) <= firstBytes) return [content];
  // A note that is parted from what refers to it would not be shown.
  const text = content.replaceAll(/^([ >]*)\[(?=\^[^\]\s]+\]:)/gm, "$1\\[").trimEnd();
  const blocks = blocksIn(text, Math.min(firstBytes, restBytes) / 4);
  const places = placesIn(text, blocks);
  const parts: string[] = [];
  let opening = "";
  /** Where the line of the last cut begins, and the blocks that may be there yet. */
  let line = 0;
  let ahead = blocks;
  for (let from = 0; from < text.length; ) {
    const limit = parts.length === 0 ? firstBytes : restBytes;
    ahead = ahead.filter(({ end }) => from < end);
    const near = ahead.filter(({ start }) => start < from + limit);
    // At most two lie in one another.
    const reserved = 2 * Math.max(0, ...near.map(({ closing }) => Buffer.byteLength(closing)));
    const room = fitting(text, from, limit - Buffer.byteLength(opening));
    const isLast = from + room === text.length;
    const most = isLast ? room : fitting(text, from, limit - Buffer.byteLength(opening) - reserved);
    const cut = bestCut(text.slice(from, from + most + LOOK_AHEAD), most, (at, between) => {
      const place = places[from + at];
      return place === PLACE.free || (place === PLACE.ofLines && /lines|characters/.test(between));
    });
    const [end, next] = isLast ? [text.length, text.length] : [from + cut.end, from + cut.next];
    const open = near.filter((block) => block.start < end && end < block.end);
    const closing = open.map((block) => block.closing).reverse();
    const body = text.slice(from, end);
    const part = withoutIndent([opening, open.length === 0 ? body.trimEnd() : body, ...closing].join(""));
    if (part.trim() !== "") parts.push(part);
    opening = open.map((block) => block.opening).join("");
    if (body.includes("\n")) line = from + body.lastIndexOf("\n") + 1;
    if (text.slice(end, next).includes("\n")) line = next;
    else opening += /^(?:> ?){0,4}/.exec(text.slice(line, Math.min(line + 8, end)))?.[0] ?? "";
    from = next;
  }
  return parts.length === 0 ? [""] : parts;
}

/** How much of a text from a place on has so many bytes, in UTF-16 units. */
const fitting = (text: string, from: number, bytes: number) =>
  new TextEncoder().encodeInto(text.slice(from, from + bytes), new Uint8Array(Math.max(bytes, 0))).read;

const FOLD =
  /^(?<margin>[ \t>]*)(?<head><details>.*)\n[\s\S]*?(?<foot>(?:^[ \t>]*\n)?^[ \t>]*<\/details>$|(?![\s\S]))/gm;
const TABLE = /^(?<margin>[ \t>]*)(?<head>\|.*\n[ \t>]*\|[-:| ]+)(?<foot>)(?:\n[ \t>]*\|.*)+/gm;

/** Where blocks lie, and what ends one at a cut and begins it again. One that would take `most` bytes for that is text. */
function blocksIn(text: string, most: number) {
  const code = fencesIn(text).map(({ margin, head, sign, start, end, close }) => ({
    ...{ start, end, isOfLines: true },
    ...{ opening: `${margin}${head}\n`, closing: `\n${margin}${sign}` },
    body: { start: start + head.length + 1, end: close === undefined ? end : close - 1 },
  }));
  const others = [FOLD, TABLE].flatMap((find) =>
    Array.from(text.matchAll(find), ({ 0: whole, index: start, groups = {} }) => {
      const { margin = "", head = "", foot = "" } = groups;
      // A blank line ends the HTML, so that what follows is Markdown.
      const gap = `${margin.trimEnd()}\n`;
      const isOfLines = find === TABLE;
      const end = start + whole.length;
      return {
        ...{ start, end, isOfLines },
        opening: `${margin}${head}\n${isOfLines ? "" : gap}`,
        closing: isOfLines ? "" : `\n${gap}${margin}</details>`,
        body: { start: start + margin.length + head.length + 1, end: end - foot.length - 1 },
      };
    }),
  );
  return [...others, ...code].filter(({ opening, closing }) => Buffer.byteLength(opening + closing) <= most);
}

/** What a place of the text may be cut to: `ofLines` only between lines. */
const PLACE = { free: 0, ofLines: 1, solid: 2 } as const;

/** Escapes and entities, code and formulas, short emphasis, tags, links and addresses. */
const SOLID = new RegExp(
  [
    /\\.|&#?\w{1,31};/,
    /(?<!`)`+(?!`)[^`\n]+`+|\$[^$\n]+\$/,
    /(\*\*?|~~)[^*~\n]{1,300}\1/,
    /<[^<>\n]+>/,
    /!?\[(?:\\.|[^\\[\]\n])*\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)|https?:\/\/\S+/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

function placesIn(text: string, blocks: ReturnType<typeof blocksIn>): Uint8Array {
  const places = new Uint8Array(text.length);
  for (const { 0: solid, index } of text.matchAll(SOLID))
    places.fill(PLACE.solid, index + 1, index + solid.length);
  for (const { start, end, body, isOfLines } of blocks) {
    if (isOfLines) places.fill(PLACE.ofLines, body.start, body.end);
    places.fill(PLACE.solid, start + 1, body.start);
    places.fill(PLACE.solid, body.end, end);
  }
  return places;
}

/** What goes on within an item begins at the margin, or it would be code. */
function withoutIndent(part: string): string {
  const [indent] = /^ */.exec(part) ?? [""];
  const lines = part.split("\n");
  const outside = lines.findIndex((line) => line !== "" && !line.startsWith(indent));
  const end = outside < 0 ? lines.length : outside;
  return [...lines.slice(0, end).map((line) => line.slice(indent.length)), ...lines.slice(end)].join("\n");
}
