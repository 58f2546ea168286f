import { decodeReferences } from "./html-tags.ts";
import { type MarkdownNode, nodeIn, nodesIn } from "./markdown-tree.ts";

/** Where the links of a text lead: said in themselves, or in a definition elsewhere. */
export function destinationsOf(tree: MarkdownNode): { of(link: MarkdownNode): string } {
  const key = (label: string) => label.replace(/\s+/g, " ").trim().toLowerCase();
  const unescaped = (node: MarkdownNode | undefined) =>
    decodeReferences((node?.text() ?? "").replace(/\\([!-/:-@[-`{-~])/g, "$1"));
  const defined = new Map<string, string>();
  for (const definition of nodesIn(tree, "definition")) {
    const label = key(nodeIn(definition, "definitionLabelString")?.text() ?? "");
    if (!defined.has(label)) defined.set(label, unescaped(nodeIn(definition, "definitionDestinationString")));
  }
  return {
    of(link) {
      const resource = link.children.find(({ type }) => type === "resource");
      if (resource) return unescaped(nodeIn(resource, "resourceDestinationString"));
      const reference = link.children.find(({ type }) => type === "reference");
      const said = reference && nodeIn(reference, "referenceString");
      const label = said ?? nodeIn(link, "labelText");
      return defined.get(key(label?.text() ?? "")) ?? "";
    },
  };
}

/** An address as Telegram takes it for a link; null for what it would refuse together with the whole message. */
export function telegramUrl(address: string, base: string | null): string | null {
  const url = URL.parse(address, base ?? undefined);
  if (!url || address === "" || address.startsWith("#") || url.href.length > 2_000) return null;
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  const isNamed = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(url.hostname) || url.hostname.startsWith("[");
  return isNamed && url.username === "" && url.port !== "0" ? url.href : null;
}
