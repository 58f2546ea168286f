// What Memos from 0.25.3 on shows of Markdown, by the parser of its pages.
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { math, mathHtml } from "micromark-extension-math";
import { unescapedUrl } from "./gomark.ts";
import type { Shown } from "./rendered.ts";

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
    details: "spoiler",
    h1: "heading",
    h2: "heading",
    li: "list",
    td: "table",
    th: "table",
  },
};

const BLOCKS = /^(?:p|pre|blockquote|details|summary|h\d|li|ul|ol|hr|table|tr|td|th|div|br)$/;

/**
 * What Memos shows from 0.25.3 on. `breaks`: a line break of the source is one on the page, and `$` begins a formula.
 * `link`: the address whose links count.
 */
export function renderHtml(markdown: string, { breaks, link }: { breaks: boolean; link: string }): Shown[] {
  const html = micromark(markdown, {
    allowDangerousHtml: true,
    extensions: [gfm(), ...(breaks ? [math()] : [])],
    htmlExtensions: [gfmHtml(), ...(breaks ? [mathHtml({ throwOnError: false })] : [])],
  }).replaceAll("<summary>Spoiler</summary>", "");
  const open: { name: string; style: string }[] = [];
  const shown: Shown[] = [];
  const show = (text: string) => {
    const styles = [...new Set(open.map(({ style }) => style).filter((style) => style !== ""))]
      .sort()
      .join(" ");
    for (const character of text) shown.push({ character, styles });
  };
  for (const [, close, name, attributes, content] of html.matchAll(
    /<(\/?)([a-z][a-z0-9]*)([^<>]*)>|([^<>]+)/gu,
  )) {
    if (content !== undefined) {
      const isPre = open.some((tag) => tag.name === "pre");
      show(isPre || breaks ? decode(content) : decode(content).replaceAll("\n", " "));
      continue;
    }
    if (name === undefined) continue;
    if (BLOCKS.test(name)) show("\n");
    if (["br", "hr", "img", "input"].includes(name)) continue;
    // Addresses that GFM links by itself are not Telegram's links.
    const isLink =
      name === "a" && attributes && unescapedUrl(attributes).includes(`"${link.replaceAll("&", "&amp;")}"`);
    if (close === "/") open.pop();
    else open.push({ name, style: isLink ? "link" : name === "a" ? "" : (tagStyles[name] ?? "") });
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
