// The pieces of a line that are alike in styles and link.
import { type Canvas, type Range, STYLE } from "./canvas.ts";

export interface Run extends Range {
  /** Bits of `STYLE`. */
  readonly styles: number;
  readonly link: number;
  readonly isTag: boolean;
  /** Spaces with a style or a link: neither begins or ends with them, since delimiters next to spaces do not work. */
  readonly isBlank: boolean;
}

export interface Form {
  /** Bits of `STYLE`. */
  readonly bits: number;
  readonly sign: string;
  readonly html?: string;
  /** gomark: what its content must not hold. */
  readonly not?: RegExp;
}

export function runsOf(canvas: Canvas, line: Range, isGomark: boolean): Run[] {
  const runs: Run[] = [];
  for (let at = line.start; at < line.end; at += 1) {
    const link = canvas.links[at] ?? 0;
    const isTag = canvas.tags[at] === 1;
    const all = canvas.styles[at] ?? 0;
    const styles = isGomark ? oneStyle(all, link, isTag) : all;
    const isBlank =
      (styles !== 0 || link !== 0) && (styles & STYLE.code) === 0 && /\s/u.test(canvas.text.charAt(at));
    const last = runs.at(-1);
    const isSame =
      last?.styles === styles && last.link === link && last.isTag === isTag && last.isBlank === isBlank;
    if (last && isSame) runs[runs.length - 1] = { ...last, end: at + 1 };
    else runs.push({ start: at, end: at + 1, styles, link, isTag, isBlank });
  }
  return runs;
}

/**
 * gomark nests nothing but links in bold text, and finds no tags within its delimiters. So of several styles the one
 * that says most is kept: hidden, struck out, then bold and italic.
 */
function oneStyle(styles: number, link: number, isTag: boolean): number {
  if (link !== 0) return styles & STYLE.bold;
  if (isTag) return 0;
  for (const bit of [STYLE.code, STYLE.spoiler, STYLE.strikethrough]) if ((styles & bit) !== 0) return bit;
  return styles & (STYLE.bold | STYLE.italic);
}
