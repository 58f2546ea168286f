// What a cut must not break within a paragraph.
import type { Nodes } from "mdast";

export const startOf = (node: Nodes): number => node.position?.start.offset ?? 0;
export const endOf = (node: Nodes): number => node.position?.end.offset ?? 0;

/** A stretch of text that has a meaning as a whole. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  /** Between the signs of emphasis, which may be closed and opened again: the same as `end` for all else. */
  readonly inner: number;
  readonly innerEnd: number;
  readonly open: string;
  readonly close: string;
}

/** Escapes and entities. */
const SIGNS = /\\[!-/:-@[-`{-~]|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/giu;
const TAG = /^<(\/?)([a-z][a-z\d-]*)(?:\s[^<>]*)?>$/iu;

/** Those of a paragraph, the outer before the inner. Of what breaks a line the first sign, which ends no word. */
export function readMarks(text: string, paragraph: Nodes): Mark[] {
  const marks: Mark[] = [];
  const add = (start: number, inner: number, innerEnd = inner, end = inner) => {
    marks.push({
      start,
      inner,
      innerEnd,
      end,
      open: text.slice(start, inner),
      close: text.slice(innerEnd, end),
    });
  };

  function visit(nodes: readonly Nodes[]): void {
    /** Tags that may be closed further on. */
    const tags: { name: string; start: number; end: number }[] = [];
    for (const node of nodes) {
      const [start, end] = [startOf(node), endOf(node)];
      if (node.type === "text") {
        for (const { 0: sign, index } of text.slice(start, end).matchAll(SIGNS))
          add(start + index, start + index + sign.length);
      } else if (node.type === "emphasis" || node.type === "strong" || node.type === "delete") {
        const [first = node, last = node] = [node.children[0], node.children.at(-1)];
        add(start, startOf(first), endOf(last), end);
        visit(node.children);
      } else if (node.type === "tableCell") visit(node.children);
      else if (node.type === "break") add(start, start + 1);
      else add(start, end);
      const [, slash, name = ""] = (node.type === "html" && TAG.exec(node.value)) || [];
      if (slash === "") tags.push({ name, start, end });
      const opener = slash === "/" ? tags.findLastIndex((tag) => tag.name === name) : -1;
      const [tag] = opener < 0 ? [] : tags.splice(opener);
      if (tag) add(tag.start, tag.end, start, end);
    }
  }

  visit("children" in paragraph ? paragraph.children : []);
  return marks.sort((a, b) => a.start - b.start || b.end - a.end);
}
