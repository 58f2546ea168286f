// The pieces of one line of a text that are alike in styles and link.
import { type Canvas, type Range, style } from "./markdown-entities.ts";

export interface Run extends Range {
  styles: number;
  link: number;
  /** Spaces: no span begins or ends with them, since delimiters next to spaces do not work. */
  isBlank: boolean;
}

export function runsOf(canvas: Canvas, line: Range): Run[] {
  const runs: Run[] = [];
  for (let at = line.start; at < line.end; at += 1) {
    const styles = canvas.styles[at] ?? 0;
    const link = canvas.links[at] ?? 0;
    const isBlank = (styles & style.code) === 0 && /\s/u.test(canvas.text.charAt(at));
    const last = runs.at(-1);
    if (last?.styles === styles && last.link === link && last.isBlank === isBlank) last.end = at + 1;
    else runs.push({ start: at, end: at + 1, styles, link, isBlank });
  }
  return runs;
}

/** A link destination: what would end it or mean something in it is percent-encoded, the rest left readable. */
export function destination(url: string): string {
  const encoded = url
    .trim()
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}<>\\`]/gu, encodeURIComponent)
    .replaceAll(/&(?=#?\w+;)/gu, "&amp;");
  return isBalanced(encoded) ? encoded : encoded.replaceAll("(", "%28").replaceAll(")", "%29");
}

function isBalanced(url: string): boolean {
  let depth = 0;
  for (const character of url) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** True if the text ends in a backslash that would escape what follows. */
export function endsInBackslash(text: string): boolean {
  return (text.match(/\\*$/u)?.[0].length ?? 0) % 2 === 1;
}
