// What a cut must not break within a paragraph: spans of emphasis, links and code, and signs of several characters.
import type { Nodes, Root } from "mdast";
import { endOf, startOf } from "./blocks.ts";

/** A stretch of text that has a meaning as a whole. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  /** Between its delimiters: the same as `end` where there is nothing to cut. */
  readonly inner: number;
  readonly innerEnd: number;
  readonly open: string;
  readonly close: string;
  /** A link, code: cut only where it is too long for a part. */
  readonly isWhole: boolean;
}

/** Escapes, entities, and the pipes around what Memos up to 0.25.2 hides. */
const SIGNS = /\\[!-/:-@[-`{-~]|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});|(?<!\|)\|\|(?!\|)/giu;

export function readMarks(text: string, tree: Root): Mark[] {
  const marks: Mark[] = [];
  visit(tree);
  // The outer before the inner.
  return marks.sort((a, b) => a.start - b.start || b.end - a.end);

  function visit(parent: Nodes): void {
    if (!("children" in parent)) return;
    /** The tags and pipes that may be closed further on. */
    const openers: Mark[] = [];
    for (const child of parent.children) {
      read(child, openers);
      visit(child);
    }
  }

  function read(node: Nodes, openers: Mark[]): void {
    const [start, end] = [startOf(node), endOf(node)];
    switch (node.type) {
      case "text":
        for (const { 0: sign, index } of text.slice(start, end).matchAll(SIGNS))
          readSign(sign, start + index, openers);
        break;
      case "html":
        if (/^<[^<>]*>$/u.test(node.value)) readSign(node.value, start, openers);
        break;
      case "inlineCode": {
        const sign = /^`+/u.exec(text.slice(start, end))?.[0].length ?? 0;
        // One space on both sides is taken off again by the reader.
        add(start, start + sign, end - sign, end, true, " ");
        break;
      }
      case "emphasis":
      case "strong":
      case "delete":
      case "link": {
        const [first, last] = [node.children[0], node.children.at(-1)];
        const isLink = node.type === "link";
        if (first && last && (!isLink || text[start] === "["))
          add(start, startOf(first), endOf(last), end, isLink);
        else add(start, end);
        break;
      }
      case "image":
      case "inlineMath":
      case "linkReference":
      case "imageReference":
      case "footnoteReference":
        add(start, end);
    }
  }

  function add(start: number, inner: number, innerEnd = inner, end = inner, isWhole = true, pad = ""): Mark {
    const [open, close] = [text.slice(start, inner) + pad, pad + text.slice(innerEnd, end)];
    const mark = { start, inner, innerEnd, end, open, close, isWhole };
    marks.push(mark);
    return mark;
  }

  function readSign(sign: string, start: number, openers: Mark[]): void {
    const mark = add(start, start + sign.length);
    const name = nameOf(sign);
    if (name === undefined) return;
    const opener = openers.findLast(({ open }) => nameOf(open) === name);
    if (opener !== undefined && (sign === "||" || sign.startsWith("</"))) {
      openers.length = openers.indexOf(opener);
      add(opener.start, opener.end, start, mark.end, false);
    } else if (!sign.startsWith("</")) openers.push(mark);
  }
}

/** What a tag is called; nothing where nothing closes it. */
function nameOf(sign: string): string | undefined {
  if (sign === "||") return sign;
  const name = /^<\/?([a-z][a-z\d-]*)[^<>]*(?<!\/)>$/iu.exec(sign)?.[1]?.toLowerCase();
  return name === "br" ? undefined : name;
}
