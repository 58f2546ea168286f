import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { mathFromMarkdown } from "mdast-util-math";
import { gfm } from "micromark-extension-gfm";
import { math } from "micromark-extension-math";

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
  return delimiters > 3_000 || DEEP.test(text) ? null : fromMarkdown(text, { extensions, mdastExtensions });
}

const DEEP = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$))){32}/m;
