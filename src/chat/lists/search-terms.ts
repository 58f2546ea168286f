import { plainLine } from "./plain-line.ts";
import { oneLine } from "./writer.ts";

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

/** Finds a term in a content, whatever its case. */
export function termPattern(term: string): RegExp {
  return new RegExp(term.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "iu");
}

/**
 * The line of a content in which most of the terms occur, without its Markdown where that leaves the terms in it. Among
 * equals the first that says something, and a quote last: it says where a message is from, or what it answers.
 */
export function bestLine(content: string, patterns: readonly RegExp[]): string {
  const said = content.split("\n").filter((line) => plainLine(line) !== "");
  const lines = [...said.filter((line) => !isQuote(line)), ...said.filter(isQuote)];
  const score = (line: string) => patterns.filter((pattern) => pattern.test(line)).length;
  const scored = lines.map((line) => ({ line, score: score(line) }));
  const [first, ...others] = scored;
  // Only signs, such as a rule.
  if (!first) return oneLine(content);
  const best = others.reduce((best, other) => (other.score > best.score ? other : best), first);
  const plain = plainLine(best.line);
  return score(plain) < best.score ? oneLine(best.line) : plain;
}

const isQuote = (line: string) => /^\s*>/u.test(line);
