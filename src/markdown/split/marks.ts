// What a cut must not break within a paragraph: spans of emphasis, links and code, and signs of several characters.
import type { Nodes, Root } from "mdast";
import { endOf, startOf } from "./lines.ts";

/** A stretch of text that has a meaning as a whole. */
export interface Mark {
  start: number;
  end: number;
  /** Between its delimiters: the same as `end` where there is nothing to cut. */
  inner: number;
  innerEnd: number;
  open: string;
  close: string;
  /** A link, code: cut only where it is too long for a part. */
  isWhole: boolean;
}

/** Escapes, entities, and the pipes around what Memos up to 0.25.2 hides. */
const SIGNS = /\\[!-/:-@[-`{-~]|&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});|(?<!\|)\|\|(?!\|)/giu;

/** In the order of their starts, outer before inner. */
export function readMarks(text: string, tree: Root): Mark[] {
  const marks: Mark[] = [];
  visit(tree);
  return marks.sort((a, b) => a.start - b.start || b.end - a.end);

  function visit(parent: Nodes): void {
    if (!("children" in parent)) return;
    /** The tags and pipes that may be closed further on. */
    const openers: Mark[] = [];
    for (const child of parent.children) {
      readChild(child, openers);
      visit(child);
    }
  }

  function readChild(node: Nodes, openers: Mark[]): void {
    const [start, end] = [startOf(node), endOf(node)];
    switch (node.type) {
      case "text":
        for (const { 0: sign, index } of text.slice(start, end).matchAll(SIGNS))
          readSign(sign, start + index, openers);
        return;
      case "html":
        if (start > 0 && !/^<[^<>]*>$/u.test(node.value)) return;
        readSign(node.value, start, openers);
        return;
      case "inlineCode": {
        const sign = /^`+/u.exec(text.slice(start, end))?.[0] ?? "";
        const [inner, innerEnd] = [start + sign.length, end - sign.length];
        // One space on both sides is taken off again by the reader.
        marks.push({ start, end, inner, innerEnd, open: `${sign} `, close: ` ${sign}`, isWhole: true });
        return;
      }
      case "emphasis":
      case "strong":
      case "delete":
      case "link": {
        const [first] = node.children;
        const last = node.children.at(-1);
        const isLink = node.type === "link";
        if (first === undefined || last === undefined || (isLink && text[start] !== "[")) break;
        addSpan(start, startOf(first), endOf(last), end, isLink);
        return;
      }
      case "image":
      case "inlineMath":
      case "linkReference":
      case "imageReference":
      case "footnoteReference":
        break;
      default:
        return;
    }
    addAtom(start, end);
  }

  function addAtom(start: number, end: number): Mark {
    const mark = { start, end, inner: end, innerEnd: end, open: "", close: "", isWhole: true };
    marks.push(mark);
    return mark;
  }

  function addSpan(start: number, inner: number, innerEnd: number, end: number, isWhole: boolean): void {
    const [open, close] = [text.slice(start, inner), text.slice(innerEnd, end)];
    marks.push({ start, end, inner, innerEnd, open, close, isWhole });
  }

  function readSign(sign: string, start: number, openers: Mark[]): void {
    const mark = addAtom(start, start + sign.length);
    const name = nameOf(sign);
    if (name === undefined) return;
    const isCloser = sign === "||" || sign.startsWith("</");
    const opener = isCloser
      ? openers.findLast((open) => nameOf(text.slice(open.start, open.end)) === name)
      : undefined;
    if (opener !== undefined) {
      openers.length = openers.indexOf(opener);
      addSpan(opener.start, opener.end, start, mark.end, false);
    } else if (sign === "||" || !isCloser) openers.push(mark);
  }
}

/** What a tag is called; nothing where nothing closes it. */
function nameOf(sign: string): string | undefined {
  if (sign === "||") return sign;
  const name = /^<\/?([a-z][a-z\d-]*)[^<>]*(?<!\/)>$/iu.exec(sign)?.[1]?.toLowerCase();
  return name === "br" ? undefined : name;
}
