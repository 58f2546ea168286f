// Texts with entities as Telegram sends them, and what Telegram and Memos show of them.
import fc from "fast-check";
import type { TelegramMessageEntity } from "gramio";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { math, mathHtml } from "micromark-extension-math";
import type { FormattedText } from "../../src/telegram/markdown.ts";

export const link = "https://example.com/a_(b)?c=1&d=*2*#e";

export interface Shown {
  character: string;
  styles: string;
}

/** A text with entities as a Telegram client may send them: styles that cross, links, code and quotes that do not. */
export function formatted(content: fc.Arbitrary<string>): fc.Arbitrary<FormattedText> {
  const range = fc.tuple(fc.nat(1000), fc.nat(1000));
  return fc
    .tuple(
      content,
      fc.array(fc.tuple(range, fc.constantFrom("bold", "italic", "underline", "strikethrough")), {
        maxLength: 6,
      }),
      fc.array(fc.tuple(range, fc.constantFrom("text_link", "code", "pre", "spoiler")), { maxLength: 3 }),
      fc.array(range, { maxLength: 2 }),
    )
    .map(([typed, styles, atoms, quotes]) => {
      const entities: TelegramMessageEntity[] = [];
      const place = ([a, b]: [number, number]) => {
        const start = Math.floor((a / 1001) * typed.length);
        return { offset: start, length: Math.ceil((b / 1001) * (typed.length - start)) };
      };
      for (const [where, type] of styles) entities.push({ type, ...place(where) } as TelegramMessageEntity);
      let free = 0;
      for (const [where, type] of atoms) {
        const { offset, length } = place(where);
        const start = Math.max(offset, free);
        const newline = typed.indexOf("\n", start);
        // Code over several lines of its own becomes a block, which has no styles within.
        const end = type === "code" && newline >= 0 ? Math.min(offset + length, newline) : offset + length;
        free = Math.max(free, end);
        if (start < end)
          entities.push({ type, offset: start, length: end - start, url: link } as TelegramMessageEntity);
      }
      for (const where of quotes) entities.push({ type: "blockquote", ...place(where) });
      return { text: typed, entities };
    });
}

/** What Telegram shows: each visible character with its styles. */
export function expected({ text: typed, entities }: FormattedText): Shown[] {
  const shown: Shown[] = [];
  let offset = 0;
  for (const character of typed) {
    const at = offset;
    offset += character.length;
    if (/\s/u.test(character)) continue;
    const covering = entities.filter(
      ({ offset: start, length }) => length > 0 && start < at + character.length && at < start + length,
    );
    // One that nobody could see is no link.
    const isLink = ({ offset: start, length }: TelegramMessageEntity) =>
      /[^\s\u200b]/u.test(typed.slice(start, start + length));
    const isPre = covering.some(({ type }) => type === "pre");
    const styles = new Set<string>();
    for (const entity of covering) {
      const { type } = entity;
      if (type === "blockquote") styles.add("quote");
      if (type === "code" || type === "pre") styles.add("code");
      if (isPre) continue;
      if (type === "text_link" && isLink(entity)) styles.add("link");
      if (["bold", "italic", "underline", "strikethrough"].includes(type)) styles.add(type);
    }
    shown.push({ character, styles: [...styles].sort().join(" ") });
  }
  return shown;
}

const tagStyles: Record<string, string> = {
  ...{
    strong: "bold",
    b: "bold",
    em: "italic",
    i: "italic",
    ins: "underline",
    del: "strikethrough",
    s: "strikethrough",
  },
  ...{
    code: "code",
    blockquote: "quote",
    h1: "heading",
    h2: "heading",
    li: "list",
    td: "table",
    th: "table",
  },
};

/** What Memos shows: the visible characters of the rendered HTML with their styles. */
export function render(markdown: string): Shown[] {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm(), math()],
    htmlExtensions: [gfmHtml(), mathHtml({ throwOnError: false })],
  }).replaceAll("<summary>Spoiler</summary>", "");
  const open: string[] = [];
  const shown: Shown[] = [];
  for (const [, close, name, attributes, content] of html.matchAll(
    /<(\/?)([a-z][a-z0-9]*)([^<>]*)>|([^<>]+)/gu,
  )) {
    if (content !== undefined) {
      const styles = [...new Set(open.filter((style) => style !== ""))].sort().join(" ");
      for (const character of decode(content).replaceAll(/\s/gu, "")) shown.push({ character, styles });
      continue;
    }
    if (name === undefined || ["br", "hr", "img", "input"].includes(name)) continue;
    if (close === "/") open.pop();
    // Addresses that GFM links by itself are not Telegram's links.
    else if (name === "a")
      open.push(attributes?.includes(`"${link.replaceAll("&", "&amp;")}"`) ? "link" : "");
    else open.push(tagStyles[name] ?? "");
  }
  return shown;
}

function decode(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
