// From Telegram's list of ranges, which may be cut, nested, crossing or plain wrong, to one answer for each UTF-16 code
// unit. Everything later reads these arrays, so joining runs that Telegram cut apart and ordering crossing ones needs
// no special case.
import type { MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import type { TextEntity } from "../../domain/text.ts";
import { isInvisible } from "./hidden-links.ts";
import { createLetters, type Range } from "./letters.ts";

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
export function paint(
  given: string,
  entities: readonly TextEntity[],
  { flavor, isExact }: { flavor: MarkdownFlavor; isExact: boolean },
) {
  const isGomark = flavor === "gomark";
  const { text, placed } = withOwnLines(clean(given), entities);
  const styles = new Uint8Array(text.length);
  /** 0: none, otherwise 1 + an index into `urls`. */
  const links = new Int32Array(text.length);
  const urls: string[] = [];
  const known = new Map<string, number>();
  /** 1 within a hashtag. */
  const tags = new Uint8Array(text.length);
  /** 1 within what may be folded. */
  const hidden = new Uint8Array(text.length);
  /** As Telegram found them, in order. */
  const addresses: Range[] = [];
  /** 0: none, otherwise which one. */
  const quotes = new Int32Array(text.length);
  const pres = new Int32Array(text.length);
  /** Of each block of code. */
  const languages: string[] = [""];

  const style = ({ start, end }: Range, bit: number) => {
    for (let at = start; at < end; at += 1) styles[at] = (styles[at] ?? 0) | bit;
  };
  const link = ({ start, end }: Range, url: unknown) => {
    if (!isLink(text.slice(start, end), url)) return;
    const number = known.get(url) ?? urls.push(url);
    known.set(url, number);
    links.fill(number, start, end);
  };

  /** gomark has none in a quote, and its fences are of three back-ticks: there each line is code by itself. */
  const holdsNoFence = ({ start, end }: Range) =>
    /^```$/m.test(text.slice(start, end)) ||
    placed.some((quote) => quote.type.endsWith("quote") && quote.start < end && start < quote.end);

  for (const [index, { entity, type, start, end }] of placed.entries()) {
    const range = { start, end };
    switch (type) {
      case "bold":
      case "italic":
      case "strikethrough":
      case "code":
        style(range, STYLE[type]);
        break;
      case "underline":
        if (!isGomark) style(range, STYLE.underline);
        break;
      case "spoiler":
        if (isGomark) style(range, STYLE.spoiler);
        else hidden.fill(1, start, end);
        break;
      case "pre":
        if (isGomark && holdsNoFence(range)) style(range, STYLE.code);
        else pres.fill(languages.push(languageOf(entity.language)) - 1, start, end);
        break;
      case "blockquote":
      case "expandable_blockquote":
        quotes.fill(index + 1, start, end);
        break;
      case "text_link":
        if (showsItself(text.slice(start, end), entity.url)) addresses.push(range);
        else link(range, entity.url);
        break;
      case "hashtag":
        tags.fill(1, start, end);
        break;
      case "url":
        addresses.push(range);
        break;
    }
  }
  if (!isGomark && !isExact) addresses.push(...addressesBeforeTags(text));
  addresses.sort((a, b) => a.start - b.start);
  const letters = createLetters(text, isExact);
  return {
    ...{ text, styles, links, urls, tags, hidden, addresses, quotes, pres, languages },
    ...{ letters, flavor, isExact },
  };
}

/** Those that Telegram may not find, such as `http://localhost/<name>`: Memos would take in the backslash before the tag. */
function addressesBeforeTags(text: string): Range[] {
  if (!text.includes("<")) return [];
  return Array.from(text.matchAll(/[^\s<]+/g)).flatMap(({ 0: word, index }) =>
    text[index + word.length] !== "<"
      ? []
      : Array.from(word.matchAll(/(?:https?:\/\/|www\.)[^>"'`\\]+/gi), (found) => {
          const start = index + found.index;
          return { start, end: start + found[0].length };
        }),
  );
}

interface Placed extends Range {
  readonly entity: TextEntity;
  readonly type: string;
}

const BLOCKS = ["pre", "blockquote", "expandable_blockquote"];

/**
 * Blocks stand on lines of their own: where one begins or ends within a line, a line break takes the place of the space
 * there, or is put in.
 */
function withOwnLines(
  text: string,
  entities: readonly TextEntity[],
): { text: string; placed: readonly Placed[] } {
  const placed = entities.flatMap((entity) => placedIn(text, entity));
  const borders = placed
    .filter(({ type }) => BLOCKS.includes(type))
    .flatMap(({ start, end }) => [start, end]);
  if (borders.length === 0) return { text, placed };
  const units = text.split("");
  const added: number[] = [];
  for (const at of new Set(borders.toSorted((a, b) => a - b))) {
    if (at === 0 || at === text.length || units[at - 1] === "\n" || units[at] === "\n") continue;
    if (units[at - 1] === " ") units[at - 1] = "\n";
    else if (units[at] === " ") units[at] = "\n";
    else added.push(at);
  }
  for (const at of added) units[at] = `\n${units[at]}`;
  /** Line breaks that were put in up to a place. */
  const before = new Uint32Array(text.length + 2);
  for (const at of added) before[at + 1] = 1;
  for (let at = 1; at < before.length; at += 1) before[at] = (before[at] ?? 0) + (before[at - 1] ?? 0);
  const moved = ({ entity, type, start, end }: Placed) => ({
    ...{ entity, type, start: start + (before[start + 1] ?? 0) },
    end: end + (before[end] ?? 0),
  });
  return { text: units.join(""), placed: placed.map(moved) };
}

function placedIn(text: string, entity: TextEntity): Placed[] {
  const { type, offset, length } = entity ?? {};
  if (typeof type !== "string" || typeof offset !== "number" || typeof length !== "number") return [];
  let start = Math.max(0, Math.trunc(offset));
  let end = Math.min(text.length, Math.trunc(offset + length));
  if (!(start < end)) return [];
  // The text is well formed, so a second half always has its first one before it.
  const isWithinPair = (at: number) => /[\udc00-\udfff]/.test(text.charAt(at));
  if (isWithinPair(start)) start -= 1;
  if (isWithinPair(end)) end += 1;
  const inner = text.slice(start, end).trim();
  if (BLOCKS.includes(type) && inner === "") return [];
  // A program in one `code` over several lines would lose its line breaks and indentation inline.
  const isProgram = type === "code" && inner.includes("\n") && standsAlone(text, { start, end });
  return [{ entity, start, end, type: isProgram ? "pre" : type }];
}

/** Whether nothing but spaces shares the first and the last line of a range. */
function standsAlone(text: string, { start, end }: Range): boolean {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const newline = text.indexOf("\n", end);
  const after = text.slice(end, newline < 0 ? text.length : newline);
  return before.trim() === "" && after.trim() === "";
}

const showsItself = (label: string, url: unknown) =>
  /^https?:\/\/[^\s<>]+$/iu.test(label) && (url === label || url === `${label}/`);

/** Whether a link is worth writing: not one that nobody sees, or that Telegram lets not through. */
function isLink(label: string, url: unknown): url is string {
  if (typeof url !== "string" || url.trim() === "" || /^\s*(?:javascript|data|vbscript):/iu.test(url))
    return false;
  return !isInvisible(label);
}

/** An info string: one word, without what could end or open something. */
function languageOf(language: unknown): string {
  if (typeof language !== "string") return "";
  return (language.trim().split(/\s/u)[0] ?? "").toWellFormed().replaceAll(/[^\p{L}\p{N}+#._-]/gu, "");
}

/** Whether a range is of one style and one link. */
export function isUniform({ styles, links }: Canvas, { start, end }: Range): boolean {
  for (let at = start + 1; at < end; at += 1)
    if (styles[at] !== styles[start] || links[at] !== links[start]) return false;
  return true;
}

export const isCode = ({ styles }: Canvas, at: number) => ((styles[at] ?? 0) & STYLE.code) !== 0;
