// Texts with entities as Telegram sends them, and what Telegram and Memos show of them.
import fc from "fast-check";
import type { MarkdownFlavor } from "../../src/domain/markdown-flavor.ts";
import type { FormattedText, TextEntity } from "../../src/domain/text.ts";
import { renderGomark } from "./gomark.ts";
import { renderHtml } from "./rendered-html.ts";

export const link = "https://example.com/a_(b)?c=1&d=*2*#e";

export interface Shown {
  character: string;
  styles: string;
}

/** A family of Memos versions. */
interface Engine {
  readonly name: string;
  readonly flavor: MarkdownFlavor;
  /** Every character that its pages show, spaces and line breaks among them. */
  render(markdown: string): Shown[];
  /** What it can show at best of what Telegram does: each visible character. */
  expected(input: FormattedText): Shown[];
}

export const modern: Engine = {
  name: "0.26 and newer",
  flavor: "modern",
  render: (markdown) => renderHtml(markdown, { breaks: true, link }),
  expected: expectedOfCommonmark,
};

const v0_25_3: Engine = {
  name: "0.25.3",
  flavor: "0.25.3",
  render: (markdown) => renderHtml(markdown, { breaks: false, link }),
  expected: expectedOfCommonmark,
};

export const commonmark: readonly Engine[] = [modern, v0_25_3];

export const gomark: readonly Engine[] = [false, true].map((underscores) => ({
  name: underscores ? "0.24" : "0.22",
  flavor: "gomark",
  render: (markdown) => renderGomark(markdown, { underscores }, link),
  expected: expectedOfGomark,
}));

/** A text with entities as a Telegram client may send them: styles that cross, links, code and quotes that do not. */
export function formatted(content: fc.Arbitrary<string>): fc.Arbitrary<FormattedText> {
  const range = fc.tuple(fc.nat(1000), fc.nat(1000));
  const style = fc.constantFrom(
    ...["bold", "italic", "underline", "strikethrough"],
    ...["text_mention", "custom_emoji", "date_time"],
  );
  return fc
    .tuple(
      content,
      fc.array(fc.tuple(range, style), { maxLength: 6 }),
      fc.array(fc.tuple(range, fc.constantFrom("text_link", "code", "pre", "spoiler")), { maxLength: 3 }),
      fc.array(fc.tuple(range, fc.constantFrom("blockquote", "expandable_blockquote")), { maxLength: 2 }),
    )
    .map(([typed, styles, atoms, quotes]) => {
      const entities: TextEntity[] = [];
      const place = ([a, b]: [number, number]) => {
        const start = Math.floor((a / 1001) * typed.length);
        return { offset: start, length: Math.ceil((b / 1001) * (typed.length - start)) };
      };
      for (const [where, type] of styles) entities.push({ type, ...place(where) });
      let free = 0;
      for (const [where, type] of atoms) {
        const { offset, length } = place(where);
        const start = Math.max(offset, free);
        const newline = typed.indexOf("\n", start);
        // Code over several lines of its own becomes a block, which has no styles within.
        const end = type === "code" && newline >= 0 ? Math.min(offset + length, newline) : offset + length;
        free = Math.max(free, end);
        if (start < end) entities.push({ type, offset: start, length: end - start, url: link });
      }
      // Each has lines of its own.
      let line = 0;
      for (const [where, type] of quotes) {
        const { offset, length } = place(where);
        const start = Math.max(offset, line);
        const end = Math.max(offset + length, start);
        if (start < end) entities.push({ type, offset: start, length: end - start });
        const newline = typed.indexOf("\n", end);
        line = newline < 0 ? typed.length : newline + 1;
      }
      return { text: typed, entities };
    });
}

/** What is neither a space nor a line break. */
export const visible = (shown: readonly Shown[]) => shown.filter(({ character }) => !/\s/u.test(character));

export const textOf = (shown: readonly Shown[]) => shown.map(({ character }) => character).join("");

/** Lines that are not empty, with one space between words. */
export const linesOf = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.replaceAll(/\s+/gu, " ").trim())
    .filter((line) => line !== "");

/** The lines that Telegram shows: quotes and blocks of code stand on lines of their own. */
export function expectedLines(input: FormattedText): string[] {
  const { text, quoted, preOf } = coverage(snapped(input));
  let lines = "";
  for (let at = 0; at < text.length; at += 1) {
    if (at > 0 && (quoted[at] !== quoted[at - 1] || preOf[at] !== preOf[at - 1])) lines += "\n";
    lines += text.charAt(at);
  }
  return linesOf(lines);
}

/** With entities that hold both halves of a character or none. */
function snapped({ text, entities }: FormattedText): FormattedText {
  const isSecondHalf = (at: number) => /[\udc00-\udfff]/.test(text.charAt(at));
  return {
    text,
    entities: entities.map((entity) => {
      const start = isSecondHalf(entity.offset) ? entity.offset - 1 : entity.offset;
      const to = entity.offset + entity.length;
      const end = isSecondHalf(to) && entity.length > 0 ? to + 1 : to;
      return { ...entity, offset: start, length: entity.length > 0 ? end - start : 0 };
    }),
  };
}

const ofType = (entities: readonly TextEntity[], ...types: string[]) =>
  entities.filter(({ type, length }) => types.includes(type) && length > 0);

const covers = (entities: readonly TextEntity[], at: number) =>
  entities.some(({ offset, length }) => offset <= at && at < offset + length);

/** What of the blocks there is at each code unit. */
function coverage(input: FormattedText) {
  const text = input.text.replaceAll("\r\n", " \n").replaceAll("\r", "\n");
  // One without a visible character is none.
  const holdsText = ({ offset, length }: TextEntity) => text.slice(offset, offset + length).trim() !== "";
  const quotes = ofType(input.entities, "blockquote", "expandable_blockquote").filter(holdsText);
  const pres = ofType(input.entities, "pre").filter(holdsText);
  const units = Array.from({ length: text.length }, (_, at) => at);
  const isOn = (of: readonly TextEntity[]) => units.map((at) => covers(of, at));
  return {
    text,
    quoted: isOn(quotes),
    hidden: isOn(ofType(input.entities, "spoiler")),
    preOf: units.map((at) => pres.findIndex((pre) => covers([pre], at))),
  };
}

/** Each visible character, with the entities that are on it. */
function charactersOf({ text, entities }: FormattedText) {
  const all: { character: string; at: number; covering: TextEntity[]; types: Set<string> }[] = [];
  let at = 0;
  for (const character of text) {
    const covering = entities.filter((entity) => covers([entity], at));
    const seen = covering.filter((entity) => entity.type !== "text_link" || hasLabel(text, entity));
    if (!/\s/u.test(character))
      all.push({ character, at, covering: seen, types: new Set(seen.map(({ type }) => type)) });
    at += character.length;
  }
  return all;
}

/** A link that nobody could see is none. */
const hasLabel = (text: string, { offset, length }: TextEntity) =>
  /[^\s\u200b\u200d]/u.test(text.slice(offset, offset + length));

const isQuoted = (types: ReadonlySet<string>) =>
  types.has("blockquote") || types.has("expandable_blockquote");

function expectedOfCommonmark(given: FormattedText): Shown[] {
  const input = snapped(given);
  const folded = foldedSpoilers(input);
  return charactersOf(input).map(({ character, at, types }) => {
    const styles = new Set<string>();
    if (isQuoted(types)) styles.add("quote");
    if (types.has("code") || types.has("pre")) styles.add("code");
    if (folded.has(at)) styles.add("spoiler");
    if (!types.has("pre")) {
      if (types.has("text_link")) styles.add("link");
      for (const style of ["bold", "italic", "underline", "strikethrough"])
        if (types.has(style)) styles.add(style);
    }
    return { character, styles: [...styles].sort().join(" ") };
  });
}

/** Where spoilers are folded: on lines of which they hide all. */
function foldedSpoilers(input: FormattedText): ReadonlySet<number> {
  const { text, quoted, hidden, preOf } = coverage(input);
  const folded = new Set<number>();
  let line: number[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    if (text[at - 1] === "\n" || quoted[at] !== quoted[at - 1] || preOf[at] !== preOf[at - 1]) {
      const seen = line.filter((one) => !/\s/u.test(text.charAt(one)));
      if (seen.every((one) => hidden[one])) for (const one of seen) folded.add(one);
      line = [];
    }
    line.push(at);
  }
  return folded;
}

/** One style for each character; only bold and italic can be shown together. */
function expectedOfGomark(given: FormattedText): Shown[] {
  return charactersOf(snapped(given)).map(({ character, types }) => {
    // In a quote there is no block of code: each line is code by itself, if it is no link.
    const blocks = isQuoted(types) ? [] : ["pre"];
    const order = [...blocks, "text_link", "pre", "code", "spoiler", "strikethrough"];
    const kept = order.find((type) => types.has(type));
    const shown = { pre: "code", text_link: "link" }[kept ?? ""] ?? kept;
    const styles = shown ? [shown] : ["bold", "italic"].filter((style) => types.has(style));
    if (isQuoted(types)) styles.push("quote");
    return { character, styles: styles.sort().join(" ") };
  });
}

/** The first character of `wanted` that does not follow in `all`. */
export function missing(wanted: string, all: string): string | undefined {
  let at = 0;
  for (const character of wanted) {
    at = all.indexOf(character, at) + 1;
    if (at === 0) return character;
  }
  return undefined;
}
