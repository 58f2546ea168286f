import { createEntityWriter, type EntityText, type Mark } from "./entity-writer.ts";
import { breaksLine, decodeReferences, htmlPieces, styleOf } from "./html-tags.ts";
import { destinationsOf, telegramUrl } from "./markdown-links.ts";
import { type MarkdownNode, markdownTree, nodeIn, nodesIn } from "./markdown-tree.ts";

/**
 * Markdown as a text with Telegram's entities. What Telegram has no form for is shown in words and signs: headings are
 * bold, tasks have ☐ and ☑, tables have their cells side by side, formulas are code.
 * @param base what links without a host begin at, such as the memo's page; null where there is none.
 */
export function markdownToText(markdown: string, base: string | null): EntityText {
  // Telegram takes these separators out, and the words they stand between would grow together.
  const tree = markdownTree(markdown.toWellFormed().replace(/[\u2028\u2029]/g, " "));
  const destinations = destinationsOf(tree);
  const writer = createEntityWriter();
  /** Styles opened by HTML tags: where each begins. */
  const opened: { tag: string; from: number }[] = [];
  let quoted = false;

  function marked(mark: Mark, work: () => void): void {
    const from = writer.length;
    work();
    writer.mark(from, mark);
  }

  /** Blocks under one another, with an empty line where the source has one. */
  function blocks(nodes: readonly MarkdownNode[]): void {
    let isFirst = true;
    let isApart = false;
    for (const node of nodes.flatMap((child) => (child.type === "content" ? child.children : [child]))) {
      if (node.type === "lineEndingBlank") isApart = true;
      const write = BLOCKS[node.type];
      if (!write) continue;
      if (!isFirst) writer.newline(isApart ? 2 : 1);
      write(node);
      closeTags(0);
      isFirst = false;
      isApart = false;
    }
  }

  const BLOCKS: Readonly<Record<string, (node: MarkdownNode) => void>> = {
    paragraph: (node) => inline(node.children),
    atxHeading: (node) => marked({ type: "bold" }, () => inline(childrenOf(node, "atxHeadingText"))),
    setextHeading: (node) => marked({ type: "bold" }, () => inline(childrenOf(node, "setextHeadingText"))),
    thematicBreak: () => writer.write("———"),
    blockQuote,
    listUnordered: list,
    listOrdered: list,
    codeFenced: code,
    codeIndented: code,
    mathFlow: code,
    htmlFlow: (node) => html(node.text()),
    table,
    gfmFootnoteDefinition(node) {
      writer.write(`[${nodeIn(node, "gfmFootnoteDefinitionLabelString")?.text() ?? ""}] `);
      blocks(node.children);
    },
  };

  /** Quotes in a quote are one for Telegram. */
  function blockQuote(node: MarkdownNode): void {
    if (quoted) {
      blocks(node.children);
      return;
    }
    quoted = true;
    marked({ type: "blockquote" }, () => blocks(node.children));
    quoted = false;
  }

  function list(node: MarkdownNode): void {
    const items: MarkdownNode[][] = [];
    let isApart = false;
    for (const child of node.children) {
      if (child.type === "listItemPrefix") items.push([]);
      else if (child.type === "lineEndingBlank" && items.length === 1) isApart = true;
      items.at(-1)?.push(child);
    }
    const start = Number(nodeIn(node, "listItemValue")?.text() ?? 1);
    for (const [at, item] of items.entries()) {
      if (at > 0) writer.newline(isApart ? 2 : 1);
      const bullet = node.type === "listOrdered" ? `${start + at}. ` : "• ";
      writer.write(taskMark(item) ?? bullet);
      writer.indented("    ", () => blocks(item));
    }
  }

  function code(node: MarkdownNode): void {
    const lines = node.children.filter(({ type }) => /^(codeFlowValue|mathFlowValue|lineEnding)/.test(type));
    const values = lines.map((line) => (/^lineEnding/.test(line.type) ? "\n" : line.text()));
    const isMath = node.type === "mathFlow";
    // `$$like this` is a formula, too, and what it begins with is not its language.
    const first = isMath ? (nodeIn(node, "mathFlowFenceMeta")?.text() ?? "") : "";
    const language = isMath ? "latex" : nodeIn(node, "codeFencedFenceInfo")?.text().slice(0, 32);
    const text = [first, ...values].join("");
    marked(language ? { type: "pre", language } : { type: "pre" }, () =>
      writer.write(node.type === "codeIndented" ? text : text.replace(/^\n|\n$/g, "")),
    );
  }

  function table(node: MarkdownNode): void {
    for (const [at, row] of nodesIn(node, "tableRow").entries()) {
      if (at > 0) writer.newline();
      const cells = row.children.filter(({ type }) => type === "tableHeader" || type === "tableData");
      for (const [column, cell] of cells.entries()) {
        if (column > 0) writer.write(" | ");
        const write = () => inline(childrenOf(cell, "tableContent"));
        if (cell.type === "tableHeader") marked({ type: "bold" }, write);
        else write();
      }
    }
  }

  function inline(nodes: readonly MarkdownNode[]): void {
    for (const node of nodes) {
      const write = INLINE[node.type];
      if (write) write(node);
    }
  }

  const styled = (mark: Mark, inner: string) => (node: MarkdownNode) =>
    marked(mark, () => inline(childrenOf(node, inner)));

  const INLINE: Readonly<Record<string, (node: MarkdownNode) => void>> = {
    data: (node) => words(node.text()),
    characterEscape: (node) => writer.write(node.text().slice(1)),
    characterReference: (node) => writer.write(decodeReferences(node.text())),
    lineEnding: () => writer.newline(),
    emphasis: styled({ type: "italic" }, "emphasisText"),
    strong: styled({ type: "bold" }, "strongText"),
    strikethrough: styled({ type: "strikethrough" }, "strikethroughText"),
    codeText: (node) => inlineCode(node, "codeTextData"),
    mathText: (node) => inlineCode(node, "mathTextData"),
    htmlText: (node) => html(node.text()),
    link: (node) => linked(node, () => inline(labelOf(node))),
    image: (node) =>
      linked(node, () => {
        writer.write("🖼 ");
        inline(labelOf(node));
      }),
    autolink: (node) => writer.write(node.text().slice(1, -1)),
    literalAutolink: (node) => writer.write(node.text()),
    gfmFootnoteCall: (node) => writer.write(`[${nodeIn(node, "gfmFootnoteCallString")?.text() ?? ""}]`),
  };

  /** What Memos shows as it stands, except `||spoilers||`. */
  function words(text: string): void {
    let at = 0;
    for (const found of text.matchAll(/\|\|(?=[^\s|])(.+?)(?<=[^\s|])\|\|/g)) {
      writer.write(text.slice(at, found.index));
      marked({ type: "spoiler" }, () => writer.write(found[1] ?? ""));
      at = found.index + found[0].length;
    }
    writer.write(text.slice(at));
  }

  function inlineCode(node: MarkdownNode, data: string): void {
    const parts = node.children.filter(({ type }) => type === data || type === "lineEnding");
    const text = parts.map((part) => (part.type === data ? part.text() : " ")).join("");
    marked({ type: "code" }, () => writer.write(text));
  }

  /** A link where Telegram takes it; otherwise its address stands behind the text, so that it is not lost. */
  function linked(node: MarkdownNode, write: () => void): void {
    const from = writer.length;
    write();
    const address = destinations.of(node);
    const url = telegramUrl(address, base);
    if (url !== null) {
      if (writer.length === from) writer.write(address);
      writer.mark(from, { type: "text_link", url });
    } else if (address !== "" && !address.startsWith("#")) writer.write(` (${address})`);
  }

  function html(source: string): void {
    for (const piece of htmlPieces(source)) {
      if (piece.kind !== "text" && breaksLine(piece.tag)) writer.newline();
      if (piece.kind === "text") lines(piece.text);
      else if (piece.kind === "open" && styleOf(piece.tag)) {
        opened.push({ tag: piece.tag, from: writer.length });
      } else if (piece.kind === "close") {
        const open = opened.findLastIndex(({ tag }) => tag === piece.tag);
        if (open >= 0) closeTags(open);
      }
    }
  }

  function lines(text: string): void {
    for (const [at, line] of text.split("\n").entries()) {
      if (at > 0) writer.newline();
      writer.write(line);
    }
  }

  /** Ends the styles that were opened since, whether their tags were closed or not. */
  function closeTags(since: number): void {
    for (const { tag, from } of opened.splice(since)) {
      const style = styleOf(tag);
      if (style) writer.mark(from, style);
    }
  }

  blocks(tree.children);
  return writer.done();
}

const childrenOf = (node: MarkdownNode, type: string) =>
  node.children.filter((child) => child.type === type).flatMap(({ children }) => children);

const labelOf = (node: MarkdownNode) =>
  childrenOf(node, "label").flatMap((child) => (child.type === "labelText" ? child.children : []));

function taskMark(item: readonly MarkdownNode[]): string | null {
  const first = item.find(({ type }) => type === "content")?.children[0]?.children[0];
  if (first?.type !== "taskListCheck") return null;
  return nodeIn(first, "taskListCheckValueChecked") ? "☑" : "☐";
}
