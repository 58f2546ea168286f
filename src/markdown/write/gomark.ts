// The flavour of gomark, the engine of Memos up to 0.25.2. It nests nothing but links within bold text, and reads what
// stands between its delimiters as it is. Where the text itself would end them it is plain, and escaped.
import { type Canvas, type Range, STYLE } from "./canvas.ts";
import { isInvisible } from "./hidden-links.ts";
import { destination, type Letters } from "./letters.ts";
import type { Form } from "./runs.ts";

export const GOMARK_FORMS: readonly Form[] = [
  { bits: STYLE.spoiler, sign: "||", not: /\|/ },
  { bits: STYLE.strikethrough, sign: "~~", not: /~/ },
  { bits: STYLE.bold | STYLE.italic, sign: "***", not: /\*/ },
  { bits: STYLE.bold, sign: "**", not: /[*[]/ },
  { bits: STYLE.italic, sign: "*", not: /[*[]/ },
  // A backslash before the closing one would escape it.
  { bits: STYLE.code, sign: "`", not: /`|\\$/ },
];

/** A link, which is not whole where its label would end it, and its address alone. */
export function gomarkLink(label: string, address = ""): { url: string; whole: string | undefined } {
  const url = destination(address).replaceAll("(", "%28").replaceAll(")", "%29");
  return { url, whole: /[[\]\\]/.test(label) || isInvisible(label) ? undefined : `[${label}](${url})` };
}

/** A tag goes on to the next space: what is no part of it stands apart. */
export function spacedTags(canvas: Canvas, { start, end }: Range, letters: Letters): string {
  let written = "";
  let from = start;
  for (let at = start + 1; at <= end; at += 1) {
    const endsTag = canvas.tags[at - 1] === 1 && canvas.tags[at] !== 1;
    if (!endsTag || !isBesideTag(canvas.text.slice(at, at + 2))) continue;
    written += `${letters.write({ start: from, end: at })} `;
    from = at;
  }
  return from < end ? written + letters.write({ start: from, end }) : written;
}

/** Memos reads the others as a part of the tag. */
const isBesideTag = (after: string) => /^(?![\s#])[^\p{L}\p{M}\p{N}\p{S}_\-/&]/u.test(after);
