import type { List, Nodes, Parents, Root, RootContent, Table } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { mathFromMarkdown } from "mdast-util-math";
import { gfm } from "micromark-extension-gfm";
import { math } from "micromark-extension-math";
import type { Mark, StyledText } from "../domain/text.ts";
import { telegramUrl } from "./link-url.ts";

const extensions = [gfm(), math()];
// Their transforms search the whole text once more, for addresses that the tokenizer has found already.
const mdastExtensions = [
  gfmFromMarkdown().map(({ transforms: _, ...extension }) => extension),
  mathFromMarkdown(),
];

/**
 * The tree that the pages of Memos make of a text, by the parser and the extensions that they use themselves. Null where
 * it would take seconds: rows of thousands of signs, and what lies in dozens of quotes and lists, keep it busy.
 */
export function parseMarkdown(text: string): Root | null {
  const delimiters = text.match(/\*+|_+|~+|`+|\$+|[[\]<]/g)?.length ?? 0;
  return delimiters > 1_000 || DEEP.test(text) ? null : fromMarkdown(text, { extensions, mdastExtensions });
}

const DEEP = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$))){32}/m;

const STYLES = { heading: "bold", strong: "bold", emphasis: "italic", delete: "strikethrough" } as const;
/** Those that our writer puts in. */
const TAG_STYLES = new Map<string, Mark>([
  ["ins", { type: "underline" }],
  ["b", { type: "bold" }],
  ["i", { type: "italic" }],
  ["s", { type: "strikethrough" }],
]);
const LINE_TAGS = /^(?:p|div|br|hr|[uo]l|li|table|tr|details|summary|blockquote|pre|h[1-6])$/;
const TAG = /(<!--.*?(?:-->|$)|<\/?[a-z][a-z0-9]*(?:\s[^<>]*|\/)?>)/is;

/**
 * Markdown as a text with Telegram's entities. What Telegram has no form for is shown in words and signs: headings are
 * bold, tasks have ☐ and ☑, tables have their cells side by side, formulas are code.
 */
export function markdownToText(markdown: string): StyledText {
  // Telegram takes these separators out, and the words they stand between would grow together.
  const source = markdown.toWellFormed().replace(/[\u2028\u2029]/g, " ");
  const tree = parseMarkdown(source);
  if (!tree) return { text: source.trim(), entities: [] };
  const definitions = tree.children.filter((node) => node.type === "definition");
  /** Where a link leads whose address stands elsewhere in the text. */
  const addressOf = (name: string) => definitions.find(({ identifier }) => identifier === name)?.url ?? "";
  const out = createTextBuilder();
  /** Where what is in the last HTML tag of a name begins. */
  const opened = new Map<string, number>();
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
      case "table":
        table(node);
        break;
      case "code":
        marked({ type: "pre", ...(node.lang && { language: node.lang.slice(0, 32) }) }, () =>
          out.write(node.value),
        );
        break;
      case "math":
        // `$$like this` is a formula, too, and what it begins with is not its language.
        marked({ type: "pre", language: "latex" }, () =>
          out.write([node.meta, node.value].filter(Boolean).join("\n")),
        );
        break;
      case "inlineCode":
      case "inlineMath":
        marked({ type: "code" }, () => out.write(node.value));
        break;
      case "footnoteReference":
        out.write(`[${node.label ?? node.identifier}]`);
        break;
      case "footnoteDefinition":
        out.write(`[${node.label ?? node.identifier}] `);
        blocks(node);
        break;
      case "paragraph":
        inline(node.children);
        break;
      case "text":
        lines(node.value);
        break;
      case "break":
        out.newline();
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
        inline(cell.children);
      }
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
    const url = telegramUrl(address);
    if (url !== null) {
      if (out.length === from) out.write(address);
      out.mark(from, { type: "text_link", url });
    } else if (address !== "" && !address.startsWith("#")) out.write(` (${address})`);
  }

  /** Tags that are none of ours are seen, and so is what only looks like one, such as `<name>`. */
  function html(value: string): void {
    for (const piece of value.split(TAG)) {
      const [, slash, name = ""] = /^<(\/?)([a-z0-9]+)/.exec(piece.toLowerCase()) ?? [];
      const style = TAG_STYLES.get(name);
      if (style && slash === "") opened.set(name, out.length);
      else if (style) out.mark(opened.get(name) ?? out.length, style);
      else if (LINE_TAGS.test(name)) out.newline();
      else if (!piece.startsWith("<!--")) lines(piece);
    }
  }

  blocks(tree);
  return out.done();
}

const isApart = (above: Nodes | undefined, below: Nodes) =>
  (below.position?.start.line ?? 0) - (above?.position?.end.line ?? 0) > 1;

/** Builds a text with its marks from its beginning to its end. Empty lines at both ends are left out. */
function createTextBuilder() {
  let text = "";
  let margin = "";
  let gap = 0;
  const entities: StyledText["entities"][number][] = [];
  return {
    get length() {
      return text.length;
    },

    write(part: string): void {
      if (part === "") return;
      if (gap > 0 && text !== "") text += `${"\n".repeat(gap)}${margin}`;
      gap = 0;
      text += part;
    },

    /** What is written next begins a line, `lines` further down. */
    newline(lines: 1 | 2 = 1): void {
      gap = Math.max(gap, lines);
    },

    /** Marks what was written since `from`, but for the space that it begins with. */
    mark(from: number, mark: Mark): void {
      const inside = text.slice(from);
      const offset = from + inside.length - inside.trimStart().length;
      if (offset < text.length) entities.push({ ...mark, offset, length: text.length - offset });
    },

    /** Every line that `work` begins has `indent` before it. */
    indented(indent: string, work: () => void): void {
      const before = margin;
      margin += indent;
      work();
      margin = before;
    },

    done: (): StyledText => ({ text, entities }),
  };
}
