import { parse, postprocess, preprocess } from "micromark";
import { gfm } from "micromark-extension-gfm";
import { math } from "micromark-extension-math";

/** A piece of a Markdown text: one of micromark's tokens, with those inside it. */
export interface MarkdownNode {
  readonly type: string;
  readonly children: readonly MarkdownNode[];
  /** As it stands in the source. */
  text(): string;
}

interface OpenNode extends MarkdownNode {
  readonly children: OpenNode[];
}

/** Takes Markdown apart by the parser and the extensions that the pages of Memos use themselves. */
export function markdownTree(markdown: string): MarkdownNode {
  const root: OpenNode = { type: "root", children: [], text: () => markdown };
  const open = [root];
  const chunks = preprocess()(markdown, undefined, true);
  const events = postprocess(
    parse({ extensions: [gfm(), math()] })
      .document()
      .write(chunks),
  );
  for (const [what, token, context] of events) {
    if (what === "exit") {
      open.pop();
      continue;
    }
    const node: OpenNode = { type: token.type, children: [], text: () => context.sliceSerialize(token) };
    open.at(-1)?.children.push(node);
    open.push(node);
  }
  return root;
}

/** The first piece of a kind, however deep inside. */
export function nodeIn(node: MarkdownNode, type: string): MarkdownNode | undefined {
  for (const child of node.children) {
    const found = child.type === type ? child : nodeIn(child, type);
    if (found) return found;
  }
  return undefined;
}

/** All pieces of a kind, in their order; not those inside one of it. */
export function nodesIn(node: MarkdownNode, type: string): MarkdownNode[] {
  return node.children.flatMap((child) => (child.type === type ? [child] : nodesIn(child, type)));
}
