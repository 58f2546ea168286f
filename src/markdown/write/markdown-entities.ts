// From Telegram's list of ranges, which may be cut, nested, crossing or plain wrong, to one answer per UTF-16
// code unit: which styles, which link, which block. Everything later reads these arrays, so joining runs that
// Telegram cut apart and ordering crossing ones needs no special case.
import type { TelegramMessageEntity } from "../../domain/telegram.ts";
import { isInvisible } from "./hidden-links.ts";

/** Half-open range of UTF-16 code units that never begins or ends inside a surrogate pair. */
export interface Range {
  start: number;
  end: number;
}

export interface PreRange extends Range {
  language: string;
}

/** Bits of `Canvas.styles`. */
export const style = { bold: 1, italic: 2, underline: 4, strikethrough: 8, spoiler: 16, code: 32 } as const;

/** What is known of each code unit of `text`; all arrays have its length. */
export interface Canvas {
  text: string;
  /** Bits of `style`. */
  styles: Uint8Array;
  /** 0 = none, otherwise 1 + an index into `urls`. */
  links: Int32Array;
  urls: string[];
  /** 1 within a hashtag. */
  tags: Uint8Array;
  quotes: Range[];
  pres: PreRange[];
  /** Spoilers, joined. Painted as a style too, for the dialects that have an inline form. */
  spoilers: Range[];
}

/**
 * The text as a Memos server takes it, every character at its old offset: lone surrogates become U+FFFD (Memos
 * answers 400 to them), as does NUL, and carriage returns become line feeds.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD").replaceAll("\r\n", " \n").replaceAll("\r", "\n");
}

/** Paints `entities` onto `text`, which is clean. Whatever makes no sense is left out; nothing throws. */
export function paint(
  text: string,
  entities: readonly TelegramMessageEntity[],
  options: { userLinks: boolean },
): Canvas {
  const canvas: Canvas = {
    text,
    styles: new Uint8Array(text.length),
    links: new Int32Array(text.length),
    urls: [],
    tags: new Uint8Array(text.length),
    quotes: [],
    pres: [],
    spoilers: [],
  };
  const codes: Range[] = [];
  for (const entity of entities) {
    const range = rangeOf(text, entity);
    if (range === undefined) continue;
    switch (entity.type) {
      case "bold":
      case "italic":
      case "underline":
      case "strikethrough":
        add(canvas.styles, range, style[entity.type]);
        break;
      case "spoiler":
        add(canvas.styles, range, style.spoiler);
        canvas.spoilers.push(range);
        break;
      case "code":
        codes.push(range);
        break;
      case "pre":
        canvas.pres.push({ ...range, language: languageOf(entity.language) });
        break;
      case "blockquote":
      case "expandable_blockquote":
        canvas.quotes.push(range);
        break;
      case "text_link":
        addLink(canvas, range, entity.url);
        break;
      case "text_mention":
        if (options.userLinks && Number.isSafeInteger(entity.user?.id))
          addLink(canvas, range, `tg://user?id=${entity.user?.id}`);
        break;
      case "hashtag":
        canvas.tags.fill(1, range.start, range.end);
        break;
      // These are their own text: Memos finds what it can link by itself.
      case "mention":
      case "cashtag":
      case "bot_command":
      case "url":
      case "email":
      case "phone_number":
      case "custom_emoji":
      case "date_time":
        break;
      default:
        // Telegram adds types now and then (`bank_card_number` is sent but not documented): their text stays.
        entity.type satisfies never;
    }
  }
  canvas.quotes = separate(
    text,
    canvas.quotes.map((range) => trimNewlines(text, range)),
  );
  canvas.spoilers = join(canvas.spoilers);
  // A program in one `code` over several lines would lose its line breaks and indentation inline.
  for (const range of join(codes)) {
    if (
      text.slice(range.start, range.end).trim().includes("\n") &&
      standsAlone(text, range, { start: 0, end: text.length })
    )
      canvas.pres.push({ ...range, language: "" });
    else add(canvas.styles, range, style.code);
  }
  canvas.pres = apart(canvas.pres).filter((range) => text.slice(range.start, range.end).trim() !== "");
  return canvas;
}

/** True if nothing but spaces shares the first and the last line of `range` within `scope`. */
export function standsAlone(text: string, range: Range, scope: Range): boolean {
  const before = text.slice(scope.start, range.start);
  const after = text.slice(range.end, scope.end);
  return /(?:^|\n)[^\S\n]*$/u.test(before) && /^[^\S\n]*(?:\n|$)/u.test(after);
}

/** The part of `range` within `scope`, possibly empty. */
export function clip<T extends Range>(range: T, scope: Range): T {
  return { ...range, start: Math.max(range.start, scope.start), end: Math.min(range.end, scope.end) };
}

function rangeOf(text: string, entity: TelegramMessageEntity): Range | undefined {
  const offset = entity?.offset;
  const length = entity?.length;
  if (typeof offset !== "number" || typeof length !== "number") return undefined;
  if (Number.isNaN(offset) || Number.isNaN(offset + length)) return undefined;
  let start = Math.min(Math.max(Math.trunc(offset), 0), text.length);
  let end = Math.min(Math.max(Math.trunc(offset + length), 0), text.length);
  if (start >= end) return undefined;
  if (splitsPair(text, start)) start -= 1;
  if (splitsPair(text, end)) end += 1;
  return { start, end };
}

function splitsPair(text: string, offset: number): boolean {
  const unit = text.charCodeAt(offset);
  // The text is well formed, so a low surrogate always has its high one before it.
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function add(units: Uint8Array, range: Range, bit: number): void {
  for (let at = range.start; at < range.end; at += 1) units[at] = (units[at] ?? 0) | bit;
}

function addLink(canvas: Canvas, range: Range, url: unknown): void {
  if (typeof url !== "string" || url.trim() === "") return;
  // Telegram lets none of these through, and old Memos servers (0.25.3) would not strip them.
  if (/^\s*(?:javascript|data|vbscript):/iu.test(url)) return;
  // Nobody would see it, see hidden-links.ts.
  if (isInvisible(canvas.text.slice(range.start, range.end))) return;
  if (isItsOwnText(canvas.text.slice(range.start, range.end).trim(), url)) return;
  let index = canvas.urls.indexOf(url);
  if (index < 0) index = canvas.urls.push(url) - 1;
  canvas.links.fill(index + 1, range.start, range.end);
}

/** A link that shows its own address, in a form that Memos links by itself. */
function isItsOwnText(text: string, url: string): boolean {
  if (url === `mailto:${text}`) return /^[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]+$/iu.test(text);
  if (!/^https?:\/\/[^\s<>]+$/iu.test(text)) return false;
  return url === text || url === `${text}/`;
}

/** An info string: one word, without what could end or open something. */
function languageOf(language: unknown): string {
  if (typeof language !== "string") return "";
  return (language.trim().split(/\s/u)[0] ?? "").toWellFormed().replaceAll(/[^\p{L}\p{N}+#._-]/gu, "");
}

/** A quote's own lines. If it begins within a line, the spaces there are a border, not an indentation. */
function trimNewlines(text: string, range: Range): Range {
  let { start, end } = range;
  const isBorder = start > 0 && text[start - 1] !== "\n";
  while (isBorder && start < end && /[^\S\n]/u.test(text.charAt(start))) start += 1;
  while (start < end && text[start] === "\n") start += 1;
  while (end > start && text[end - 1] === "\n") end -= 1;
  return { start, end };
}

function sorted<T extends Range>(ranges: readonly T[]): T[] {
  return ranges.filter((range) => range.start < range.end).sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Overlapping and touching ranges become one. */
function join(ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const range of sorted(ranges)) {
    const last = joined.at(-1);
    if (last !== undefined && range.start <= last.end) last.end = Math.max(last.end, range.end);
    else joined.push({ ...range });
  }
  return joined;
}

/** Like `join`, but two quotes that touch at a line border stay two. */
function separate(text: string, ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const range of sorted(ranges)) {
    const last = joined.at(-1);
    const touchesInLine = last?.end === range.start && text[range.start - 1] !== "\n";
    if (last !== undefined && (range.start < last.end || touchesInLine))
      last.end = Math.max(last.end, range.end);
    else joined.push({ ...range });
  }
  return joined;
}

/** The earlier of two overlapping ranges wins, the later keeps what is left. */
function apart<T extends Range>(ranges: readonly T[]): T[] {
  const kept: T[] = [];
  for (const range of sorted(ranges)) {
    const rest = { ...range, start: Math.max(range.start, kept.at(-1)?.end ?? 0) };
    if (rest.start < rest.end) kept.push(rest);
  }
  return kept;
}
