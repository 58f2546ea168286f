import { decodeNamedCharacterReference } from "decode-named-character-reference";
import type { Mark } from "../../domain/text.ts";

const STYLES: Readonly<Record<string, Mark>> = {
  b: { type: "bold" },
  strong: { type: "bold" },
  i: { type: "italic" },
  em: { type: "italic" },
  u: { type: "underline" },
  ins: { type: "underline" },
  s: { type: "strikethrough" },
  del: { type: "strikethrough" },
  strike: { type: "strikethrough" },
  code: { type: "code" },
  kbd: { type: "code" },
  summary: { type: "bold" },
};
const LINES = /^(?:p|div|br|hr|ul|ol|li|table|thead|tbody|tr|details|summary|blockquote|pre|h[1-6]|section)$/;
const OTHERS = /^(?:a|span|img|sub|sup|small|mark|font|th|td|input|q|cite|abbr|center)$/;

/** A piece of HTML that stands in Markdown. */
export type HtmlPiece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "open" | "close"; readonly tag: string };

/** How Telegram shows what is inside a tag; undefined: as what is around it. */
export const styleOf = (tag: string): Mark | undefined =>
  Object.hasOwn(STYLES, tag) ? STYLES[tag] : undefined;

/** Whether a tag begins and ends a line. */
export const breaksLine = (tag: string): boolean => LINES.test(tag);

/** Takes HTML apart. What only looks like a tag, such as `<name>`, is text: nobody would see it otherwise. */
export function htmlPieces(html: string): HtmlPiece[] {
  const pieces: HtmlPiece[] = [];
  let at = 0;
  const text = (until: number) => {
    if (until > at) pieces.push({ kind: "text", text: decodeReferences(html.slice(at, until)) });
  };
  for (const found of html.matchAll(/<!--.*?(?:-->|$)|<(\/?)([a-z][a-z0-9-]*)(?:\s[^<>]*|\/)?>/gis)) {
    const [whole, slash, name] = found;
    const tag = name?.toLowerCase();
    if (tag !== undefined && !(styleOf(tag) || LINES.test(tag) || OTHERS.test(tag))) continue;
    text(found.index);
    if (tag !== undefined) pieces.push({ kind: slash === "/" ? "close" : "open", tag });
    at = found.index + whole.length;
  }
  text(html.length);
  return pieces;
}

/** `&amp;`, `&#38;` and `&#x26;` as the characters that they stand for: the parser leaves them in HTML. */
function decodeReferences(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,31}));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return decodeNamedCharacterReference(name) || whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : "\ufffd";
  });
}
