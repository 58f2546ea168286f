import { oneLine } from "./writer.ts";

/** A line longer than this is not looked through for its Markdown: nobody reads it to its end in a list. */
const LONGEST = 4_000;
const PREFIXES = /^(?:> ?|#{1,6}(?: |$)|(?:[-*+]|\d{1,9}[.)])(?: |$)|\[[ xX]\](?: |$))+/u;
/** A rule, the edge of a code block, or the line under the head of a table. */
const NO_WORDS = /^(?:[-*_=|: ]+|(?:`{3,}|~{3,})[^`]*)$/u;

/** What is looked for: words, and in quotes words in their order. All of them have to occur. */
export function termsOf(query: string): string[] {
  const text = query.toWellFormed().trim();
  const terms: string[] = [];
  const rest = text.replace(/["“”„«»]([^"“”„«»]+)["“”„«»]/gu, (_, phrase: string) => {
    if (phrase.trim() !== "") terms.push(phrase.trim());
    return " ";
  });
  terms.push(...rest.split(/\s+/u).filter((word) => word !== ""));
  return [...new Set(terms)];
}

/** Finds any of the terms in a text, whatever their case; null where nothing is looked for. */
export function anyOf(terms: readonly string[]): RegExp | null {
  if (terms.length === 0) return null;
  // Where one begins as another does, the longer one is found.
  const longestFirst = terms.toSorted((one, other) => other.length - one.length);
  return new RegExp(longestFirst.map((term) => RegExp.escape(term)).join("|"), "giu");
}

/** Finds a term in a text, whatever its case. */
export const termPattern = (term: string) => new RegExp(RegExp.escape(term), "iu");

/**
 * The line of a content in which most of the terms occur, without its Markdown where that leaves the terms in it. Among
 * equals the first that says something, and a quote last: it says where a message is from, or what it answers.
 */
export async function bestLine(content: string, terms: readonly string[]): Promise<string> {
  const patterns = terms.map(termPattern);
  const score = (line: string) => patterns.filter((pattern) => pattern.test(line)).length;
  const [best] = content
    .split("\n")
    .filter((line) => wordsIn(line) !== "")
    .map((line) => ({ line, score: score(line), isQuote: /^\s*>/u.test(line) }))
    .toSorted((one, other) => other.score - one.score || Number(one.isQuote) - Number(other.isQuote));
  // Only signs, such as a rule.
  if (!best) return oneLine(content);
  const plain = await withoutMarkdown(wordsIn(best.line));
  return plain === "" || score(plain) < best.score ? oneLine(best.line) : plain;
}

/** What a line says behind the signs of its block; "" where it says nothing. */
function wordsIn(line: string): string {
  const text = oneLine(line).replace(PREFIXES, "").trim();
  return NO_WORDS.test(text) ? "" : text;
}

async function withoutMarkdown(line: string): Promise<string> {
  if (line.length > LONGEST) return line;
  // Loaded by who needs it: reading Markdown takes more code than all the rest of the chat.
  const { markdownToText } = await import("../../markdown/read/read.ts");
  return oneLine(markdownToText(line).text);
}
