import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { mathFromMarkdown } from "mdast-util-math";
import { gfm } from "micromark-extension-gfm";
import { math } from "micromark-extension-math";

const extensions = [gfm(), math()];
// Their transforms search the whole text once more, for addresses that the tokenizer has found already.
const mdastExtensions = [
  gfmFromMarkdown().map(({ transforms: _, ...extension }) => extension),
  mathFromMarkdown(),
];

/**
 * The tree that the pages of Memos make of a text, by the parser and the extensions that they use themselves.
 * `text` must have gone through `guard`.
 */
export const parseMarkdown = (text: string): Root => fromMarkdown(text, { extensions, mdastExtensions });

/** Where there is code, if HTML and formulas are none. `text` must have gone through `guard`. */
export const parseCode = (text: string): Root =>
  fromMarkdown(text, { extensions: [{ disable: { null: ["htmlFlow", "htmlText"] } }] });

/** The parser takes seconds for a few thousand signs in one paragraph: one that has more is plain text. */
export const MOST_DELIMITERS = 400;
/** It calls itself for each quote and list that a line opens. */
export const MOST_NESTED = 32;

/** What is hidden from the parser, and the noncharacters that stand in for it. */
const HIDDEN = "*_~[]<`$>-+.)";
const FIRST_STAND_IN = 0xfdd0;
const STAND_INS = /[\ufdd0-\ufdef]/g;
const DELIMITERS = /\*+|_+|~+|`+|\$+|[[\]<]/g;
const HIDEABLE = /[*_~`$[\]<>]+/g;
const QUOTED = /^ {0,3}>/;
const MARKERS = /[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$))/y;
/** A line that ends the paragraph above it, wherever that stands. */
const BORDER = /^ {0,3}(?:(?:> ?)*$|[-+*][ \t]+\S|#{1,6}[ \t]|~{3}|`{3,}[^`]*$)/;
/** Such a line that is none of the paragraph below it either. */
const ALONE = /^ {0,3}[#~`]/;

/**
 * The text without what would keep the parser busy for seconds or overflow its stack: stand-ins hide it, one for each
 * character, so that every offset stays.
 */
export function guard(text: string): string {
  const lines = text.replace(STAND_INS, "\ufffd").split("\n").map(withoutDeepNesting);
  let first = 0;
  let delimiters = 0;
  let isQuoted = false;
  const endParagraph = (end: number) => {
    if (delimiters > MOST_DELIMITERS)
      for (let at = first; at < end; at += 1) lines[at] = hide(lines[at] ?? "", HIDEABLE);
    first = end;
    delimiters = 0;
  };
  for (const [at, line] of lines.entries()) {
    const isBorder = BORDER.test(line);
    if (isBorder) endParagraph(at);
    if (isBorder && ALONE.test(line)) first = at + 1;
    else delimiters += line.match(DELIMITERS)?.length ?? 0;
    // A line that goes on with a quote without its sign costs as much as all the lines before it.
    const wasQuoted = isQuoted;
    isQuoted = QUOTED.test(line);
    if (wasQuoted && !isQuoted) delimiters += 1;
  }
  endParagraph(lines.length);
  return lines.join("\n");
}

/** What `guard` has hidden. */
export const unguard = (text: string): string =>
  text.replace(STAND_INS, (standIn) => HIDDEN.charAt(standIn.charCodeAt(0) - FIRST_STAND_IN));

function withoutDeepNesting(line: string): string {
  MARKERS.lastIndex = 0;
  for (let depth = 0; depth < MOST_NESTED; depth += 1) if (!MARKERS.test(line)) return line;
  const { lastIndex } = MARKERS;
  let end = lastIndex;
  while (MARKERS.test(line)) end = MARKERS.lastIndex;
  return line.slice(0, lastIndex) + hide(line.slice(lastIndex, end), /[-+*>.)]/g) + line.slice(end);
}

const hide = (text: string, what: RegExp) =>
  text.replace(what, (signs) =>
    signs.replace(/./g, (sign) => String.fromCharCode(FIRST_STAND_IN + HIDDEN.indexOf(sign))),
  );
