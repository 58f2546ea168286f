import type { StyledText } from "../../domain/text.ts";
import { markdownAsText } from "../../markdown/to-text.ts";
import { cut, oneLine } from "../../replies/text-writer.ts";

/** Of a line, in UTF-16 units: reading Markdown takes time, and a list shows less. */
const LONGEST = 4_000;
const SHOWN = 200;
/** Marks in a line: Telegram keeps 100 entities of a message and drops the others, links too. */
const MOST_MARKS = 12;
const QUOTE = /^\s*>/u;
/** Who wrote it, or what it is about, in a paragraph of its own: with the text behind it, it is one line. */
const AUTHOR = /^((?:>.*\n+)*.{1,200}:)\n\n(?=[\p{L}\p{N}\p{So}*_[])/u;
/** The edge of a code block, or neither a letter, a digit nor a picture, such as a rule. */
const NO_WORDS = /^\s*(?:```|~~~)|^[^\p{L}\p{N}\p{So}]*$/u;

/** What is looked for: words, and in quotes words in their order. All of them have to occur. */
export function termsOf(query: string): string[] {
  const found = query.toWellFormed().matchAll(/["“”„«»]([^"“”„«»]*[^"“”„«»\s][^"“”„«»]*)["“”„«»]|\S+/gu);
  return [...new Set(Array.from(found, ([word, phrase]) => (phrase ?? word).trim()))];
}

/** Finds any of some terms in a text, whatever their case. */
export const patternOf = (...terms: readonly string[]) =>
  new RegExp(terms.map((term) => RegExp.escape(term)).join("|"), "giu");

/**
 * The line of a content in which most of the terms occur, without its Markdown. Among equals the first, and a quote
 * last: it says where a message is from, or what it answers.
 */
export async function bestLine(content: string, terms: readonly string[]): Promise<string> {
  const score = (line: string) =>
    2 * terms.filter((term) => line.search(patternOf(term)) >= 0).length - Number(QUOTE.test(line));
  const [best = content] = content
    .replace(AUTHOR, "$1 ")
    .split("\n")
    .filter((line) => !NO_WORDS.test(line))
    .toSorted((one, other) => score(other) - score(one));
  const { text } = await markdownAsText(cut(best, LONGEST));
  return oneLine(text) || oneLine(best);
}

/** A line, cut around the first term in it, with the terms in bold. */
export function markedLine(line: string, terms: readonly string[]): StyledText {
  if (terms.length === 0) return { text: cut(line, SHOWN), entities: [] };
  const first = line.search(patternOf(...terms));
  const text = cut(line, SHOWN, first > SHOWN / 2 ? first - 40 : 0);
  const entities = [...text.matchAll(patternOf(...terms))]
    .slice(0, MOST_MARKS)
    .map(({ 0: { length }, index: offset }) => ({ type: "bold" as const, offset, length }));
  return { text, entities };
}
