// What the pages of Memos 0.26 and newer show: the parser, the plugins' own utilities and the sanitiser that they use.
import type { Nodes, Properties } from "hast";
import { raw } from "hast-util-raw";
import { defaultSchema, sanitize } from "hast-util-sanitize";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { mathFromMarkdown } from "mdast-util-math";
import { toHast } from "mdast-util-to-hast";
import { gfm } from "micromark-extension-gfm";
import { math } from "micromark-extension-math";

/** As in MemoContent/constants.ts of Memos 0.30.0, but for the classes that its own plugins set. */
const schema = {
  ...defaultSchema,
  clobber: [],
  tagNames: [...(defaultSchema.tagNames ?? []), "iframe"],
  protocols: { ...defaultSchema.protocols, src: ["https"] },
};
/** Memos knows no underlined headings. */
const disabled = { disable: { null: ["setextUnderline"] } };

export interface Page {
  /** All that is seen, without spaces. */
  readonly text: string;
  readonly links: readonly { readonly text: string; readonly url: string }[];
  readonly formulas: readonly string[];
}

export function memosPage(markdown: string): Page {
  const tree = fromMarkdown(markdown, {
    extensions: [gfm(), math(), disabled],
    mdastExtensions: [gfmFromMarkdown(), mathFromMarkdown()],
  });
  const page = sanitize(raw(toHast(tree, { allowDangerousHtml: true })), schema);
  const links: { text: string; url: string }[] = [];
  const visit = (node: Nodes) => {
    if (node.type === "element" && node.tagName === "a")
      links.push({ text: seen(node), url: String((node.properties as Properties)["href"] ?? "") });
    if ("children" in node) for (const child of node.children) visit(child);
  };
  visit(page);
  const formulas: string[] = [];
  const collect = (node: { type: string; value?: string; children?: readonly { type: string }[] }) => {
    if (node.type === "inlineMath" || node.type === "math") formulas.push(node.value ?? "");
    for (const child of node.children ?? []) collect(child);
  };
  collect(tree);
  return { text: seen(page).replaceAll(/\s/gu, ""), links, formulas };
}

function seen(node: Nodes): string {
  if (node.type === "text") return node.value;
  return "children" in node ? node.children.map((child) => seen(child as Nodes)).join("") : "";
}
