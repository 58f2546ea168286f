import type { Definition, List, Nodes, Parents, RootContent, Table } from "mdast";
import type { Mark, StyledText } from "../../domain/text.ts";
import { guard, parseMarkdown, unguard } from "../parse.ts";
import { breaksLine, htmlPieces, styleOf } from "./html.ts";
import { createTextBuilder } from "./text-builder.ts";

/**
 * Markdown as a text with Telegram's entities. What Telegram has no form for is shown in words and signs: headings are
 * bold, tasks have ☐ and ☑, tables have their cells side by side, formulas are code.
 * @param base what links without a host begin at, such as the memo's page; null where there is none.
 */
export function markdownToText(markdown: string, base: string | null): StyledText {
  // Telegram takes these separators out, and the words they stand between would grow together.
  const source = guard(markdown.toWellFormed().replace(/[\u2028\u2029]/g, " "));
  const tree = parseMarkdown(source);
  /** Where a link leads whose address stands elsewhere in the text. */
  const addressOf = (name: string) =>
    tree.children.find((node): node is Definition => node.type === "definition" && node.identifier === name)
      ?.url ?? "";
  const out = createTextBuilder();
  /** Styles opened by HTML tags: where each begins. */
  const opened: { tag: string; from: number }[] = [];
  let isQuoted = false;

  function marked(mark: Mark, work: () => void): void {
    const from = out.length;
    work();
    out.mark(from, mark);
  }

  /** Blocks under one another, with an empty line where the source has one. */
  function blocks({ children }: Parents): void {
    let above: Nodes | undefined;
    for (const node of children) {
      if (node.type === "definition") continue;
      if (above) out.newline(isApart(above, node) ? 2 : 1);
      read(node);
      closeTags(0);
      above = node;
    }
  }

  function read(node: RootContent): void {
    switch (node.type) {
      case "heading":
      case "strong":
      case "emphasis":
      case "delete":
        marked({ type: STYLES[node.type] }, () => inline(node.children));
        break;
      case "thematicBreak":
        out.write("———");
        break;
      case "blockquote":
        quote(node);
        break;
      case "list":
        list(node);
        break;
      case "code":
        marked(node.lang ? { type: "pre", language: node.lang.slice(0, 32) } : { type: "pre" }, () =>
          out.write(node.value),
        );
        break;
      case "math":
        // `$$like this` is a formula, too, and what it begins with is not its language.
        marked({ type: "pre", language: "latex" }, () =>
          out.write([node.meta, node.value].filter(Boolean).join("\n")),
        );
        break;
      case "table":
        table(node);
        break;
      case "footnoteDefinition":
        out.write(`[${node.label ?? node.identifier}] `);
        blocks(node);
        break;
      case "footnoteReference":
        out.write(`[${node.label ?? node.identifier}]`);
        break;
      case "paragraph":
        inline(node.children);
        break;
      case "text":
        words(node.value);
        break;
      case "break":
        out.newline();
        break;
      case "inlineCode":
      case "inlineMath":
        marked({ type: "code" }, () => out.write(node.value));
        break;
      case "html":
        html(node.value);
        break;
      case "link":
        // An address that shows itself is linked by Telegram.
        if (source[node.position?.start.offset ?? 0] !== "[") inline(node.children);
        else linked(node.url, () => inline(node.children));
        break;
      case "linkReference":
        linked(addressOf(node.identifier), () => inline(node.children));
        break;
      case "image":
      case "imageReference":
        linked("url" in node ? node.url : addressOf(node.identifier), () => out.write(`🖼 ${node.alt ?? ""}`));
        break;
    }
  }

  function inline(nodes: readonly RootContent[]): void {
    for (const node of nodes) read(node);
  }

  /** Quotes in a quote are one for Telegram. */
  function quote(node: Parents): void {
    const wasQuoted = isQuoted;
    isQuoted = true;
    if (wasQuoted) blocks(node);
    else marked({ type: "blockquote" }, () => blocks(node));
    isQuoted = wasQuoted;
  }

  function list({ children, ordered, start, spread }: List): void {
    for (const [at, item] of children.entries()) {
      if (at > 0) out.newline(spread || isApart(children[at - 1], item) ? 2 : 1);
      const bullet = ordered ? `${(start ?? 1) + at}. ` : "• ";
      out.write(typeof item.checked === "boolean" ? (item.checked ? "☑ " : "☐ ") : bullet);
      out.indented("    ", () => blocks(item));
    }
  }

  function table({ children }: Table): void {
    for (const [at, row] of children.entries()) {
      if (at > 0) out.newline();
      for (const [column, cell] of row.children.entries()) {
        if (column > 0) out.write(" | ");
        if (at === 0) marked({ type: "bold" }, () => inline(cell.children));
        else inline(cell.children);
      }
    }
  }

  /** What Memos shows as it stands, except `||spoilers||`. */
  function words(text: string): void {
    for (const [at, part] of text.split(/\|\|(?=[^\s|])(.+?)(?<=[^\s|])\|\|/).entries()) {
      if (at % 2 === 1) marked({ type: "spoiler" }, () => lines(part));
      else lines(part);
    }
  }

  function lines(text: string): void {
    for (const [at, line] of text.split("\n").entries()) {
      if (at > 0) out.newline();
      out.write(line);
    }
  }

  /** A link where Telegram takes it; otherwise its address stands behind the text, so that it is not lost. */
  function linked(address: string, work: () => void): void {
    const from = out.length;
    work();
    const url = telegramUrl(address, base);
    if (url !== null) {
      if (out.length === from) out.write(address);
      out.mark(from, { type: "text_link", url });
    } else if (address !== "" && !address.startsWith("#")) out.write(` (${address})`);
  }

  function html(value: string): void {
    for (const piece of htmlPieces(value)) {
      if (piece.kind !== "text" && breaksLine(piece.tag)) out.newline();
      if (piece.kind === "text") lines(piece.text);
      else if (piece.kind === "open" && styleOf(piece.tag)) opened.push({ tag: piece.tag, from: out.length });
      else if (piece.kind === "close") {
        const open = opened.findLastIndex(({ tag }) => tag === piece.tag);
        if (open >= 0) closeTags(open);
      }
    }
  }

  /** Ends the styles that were opened since, whether their tags were closed or not. */
  function closeTags(since: number): void {
    for (const { tag, from } of opened.splice(since)) {
      const style = styleOf(tag);
      if (style) out.mark(from, style);
    }
  }

  blocks(tree);
  const { text, entities } = out.done();
  return { text: unguard(text), entities };
}

const STYLES = { heading: "bold", strong: "bold", emphasis: "italic", delete: "strikethrough" } as const;

const isApart = (above: Nodes | undefined, below: Nodes) =>
  (below.position?.start.line ?? 0) - (above?.position?.end.line ?? 0) > 1;

/** An address as Telegram takes it for a link; null for what it would refuse together with the whole message. */
function telegramUrl(address: string, base: string | null): string | null {
  const url = URL.parse(address, base ?? undefined);
  if (!url || address === "" || address.startsWith("#") || url.href.length > 2_000) return null;
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const isNamed = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(url.hostname) || url.hostname.startsWith("[");
  return isNamed && url.username === "" && url.port !== "0" ? url.href : null;
}
