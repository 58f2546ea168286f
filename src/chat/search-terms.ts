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

/** The line of a content in which most of the terms occur; the first that says something where none does. */
export function bestLine(content: string, patterns: readonly RegExp[]): string {
  const lines = content.split("\n").filter((line) => line.trim() !== "");
  const score = (line: string) => patterns.filter((pattern) => pattern.test(line)).length;
  return lines.reduce((best, line) => (score(line) > score(best) ? line : best), lines[0] ?? "");
}
