// From Telegram's list of ranges, which may be cut, nested, crossing or plain wrong, to one answer for each UTF-16 code
// unit. Everything later reads these arrays, so joining runs that Telegram cut apart and ordering crossing ones needs
// no special case.
import type { MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import type { TextEntity } from "../../domain/text.ts";
import { isInvisible } from "./hidden-links.ts";

/** Half-open range of UTF-16 code units that never begins or ends inside a surrogate pair. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Bits of `Canvas.styles`. */
export const STYLE = { bold: 1, italic: 2, underline: 4, strikethrough: 8, spoiler: 16, code: 32 } as const;

export type Canvas = ReturnType<typeof paint>;

/**
 * The text as a Memos server takes it, every character at its old offset: lone surrogates become U+FFFD (Memos
 * answers 400 to them), as does NUL, and carriage returns become line feeds.
 */
const clean = (text: string) =>
  text.toWellFormed().replaceAll("\0", "\uFFFD").replaceAll("\r\n", " \n").replaceAll("\r", "\n");

/** What is known of each code unit. What makes no sense is left out; nothing throws. */
export function paint(given: string, entities: readonly TextEntity[], flavor: MarkdownFlavor) {
  const text = clean(given);
  const styles = new Uint8Array(text.length);
  /** 0: none, otherwise 1 + an index into `urls`. */
  const links = new Int32Array(text.length);
  const urls: string[] = [];
  /** 1 within a hashtag. */
  const tags = new Uint8Array(text.length);
  /** As Telegram found them. */
  const addresses: Range[] = [];
  const spoilers: Range[] = [];
  const quotes: Range[] = [];
  const pres: (Range & { language: string })[] = [];
  const codes: Range[] = [];

  const style = ({ start, end }: Range, bit: number) => {
    for (let at = start; at < end; at += 1) styles[at] = (styles[at] ?? 0) | bit;
  };
  const link = ({ start, end }: Range, url: unknown) => {
    if (!isLink(text.slice(start, end), url)) return;
    const known = urls.indexOf(url);
    links.fill(known < 0 ? urls.push(url) : known + 1, start, end);
  };

  for (const entity of entities) {
    const range = rangeOf(text, entity);
    if (range === undefined) continue;
    switch (entity.type) {
      case "bold":
      case "italic":
      case "strikethrough":
        style(range, STYLE[entity.type]);
        break;
      case "underline":
        if (flavor.underline === "ins") style(range, STYLE.underline);
        break;
      case "spoiler":
        if (flavor.spoiler === "pipes") style(range, STYLE.spoiler);
        if (flavor.spoiler === "details") spoilers.push(range);
        break;
      case "code":
        codes.push(range);
        break;
      case "pre":
        pres.push({ ...range, language: languageOf(entity.language) });
        break;
      case "blockquote":
      case "expandable_blockquote":
        quotes.push(range);
        break;
      case "text_link":
        link(range, entity.url);
        break;
      case "text_mention":
        if (flavor.userLinks && Number.isSafeInteger(entity.user?.id))
          link(range, `tg://user?id=${entity.user?.id}`);
        break;
      case "hashtag":
        tags.fill(1, range.start, range.end);
        break;
      case "url":
        addresses.push(range);
        break;
    }
  }
  // A program in one `code` over several lines would lose its line breaks and indentation inline.
  for (const range of joined(codes, () => true)) {
    if (text.slice(range.start, range.end).trim().includes("\n") && standsAlone(text, range))
      pres.push({ ...range, language: "" });
    else style(range, STYLE.code);
  }
  const holdsText = ({ start, end }: Range) => text.slice(start, end).trim() !== "";
  return {
    ...{ text, styles, links, urls, tags, addresses },
    spoilers: joined(spoilers, () => true),
    /** Two that touch at a line border stay two. */
    quotes: joined(quotes, (at) => text[at - 1] !== "\n").filter(holdsText),
    pres: apart(pres).filter(holdsText),
  };
}

function rangeOf(text: string, entity: TextEntity): Range | undefined {
  const { offset, length } = entity ?? {};
  if (typeof offset !== "number" || typeof length !== "number") return undefined;
  let start = Math.max(0, Math.trunc(offset));
  let end = Math.min(text.length, Math.trunc(offset + length));
  if (!(start < end)) return undefined;
  // The text is well formed, so a second half always has its first one before it.
  const isWithinPair = (at: number) => /[\udc00-\udfff]/.test(text.charAt(at));
  if (isWithinPair(start)) start -= 1;
  if (isWithinPair(end)) end += 1;
  return { start, end };
}

/** Whether a link is worth writing: not one that nobody sees, that Telegram lets not through, or that shows itself. */
function isLink(label: string, url: unknown): url is string {
  if (typeof url !== "string" || url.trim() === "" || /^\s*(?:javascript|data|vbscript):/iu.test(url))
    return false;
  const shown = label.trim();
  if (isInvisible(label)) return false;
  if (url === `mailto:${shown}`) return !/^[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]+$/iu.test(shown);
  return !(/^https?:\/\/[^\s<>]+$/iu.test(shown) && (url === shown || url === `${shown}/`));
}

/** An info string: one word, without what could end or open something. */
function languageOf(language: unknown): string {
  if (typeof language !== "string") return "";
  return (language.trim().split(/\s/u)[0] ?? "").toWellFormed().replaceAll(/[^\p{L}\p{N}+#._-]/gu, "");
}

/** Whether nothing but spaces shares the first and the last line of a range. */
function standsAlone(text: string, { start, end }: Range): boolean {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const newline = text.indexOf("\n", end);
  const after = text.slice(end, newline < 0 ? text.length : newline);
  return before.trim() === "" && after.trim() === "";
}

const sorted = <T extends Range>(ranges: readonly T[]) =>
  ranges.toSorted((a, b) => a.start - b.start || b.end - a.end);

/** Overlapping ranges become one, and those that touch where `joins` says so. */
function joined(ranges: readonly Range[], joins: (border: number) => boolean): Range[] {
  const all: Range[] = [];
  for (const range of sorted(ranges)) {
    const last = all.at(-1);
    if (last && (range.start < last.end || (range.start === last.end && joins(last.end))))
      all[all.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else all.push(range);
  }
  return all;
}

/** The earlier of two overlapping ranges wins, the later keeps what is left. */
function apart<T extends Range>(ranges: readonly T[]): T[] {
  const all: T[] = [];
  for (const range of sorted(ranges)) {
    const start = Math.max(range.start, all.at(-1)?.end ?? 0);
    if (start < range.end) all.push({ ...range, start });
  }
  return all;
}

/** `range` up to where a style or a link begins or ends. */
export function uniformPart({ styles, links }: Canvas, { start, end }: Range): Range {
  let at = Math.min(start + 1, end);
  while (at < end && styles[at] === styles[start] && links[at] === links[start]) at += 1;
  return { start, end: at };
}

export const isUniform = (canvas: Canvas, range: Range) => uniformPart(canvas, range).end === range.end;

export const isCode = ({ styles }: Canvas, at: number) => ((styles[at] ?? 0) & STYLE.code) !== 0;
