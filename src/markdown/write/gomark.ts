// The flavour of gomark, the engine of Memos up to 0.25.2. It reads what stands between its delimiters as it is. Where the
// text itself would end them it is plain, and escaped.
import { endsInBackslash } from "../code-spans.ts";
import { type Canvas, STYLE } from "./canvas.ts";
import { isInvisible } from "./hidden-links.ts";
import { destination, type Range } from "./letters.ts";

/** What says most comes first; `not`: what its content must not hold. */
const FORMS = [
  // A backslash before the closing one would escape it.
  { bits: STYLE.code, sign: "`", not: /`|\\$/ },
  { bits: STYLE.spoiler, sign: "||", not: /\|/ },
  { bits: STYLE.strikethrough, sign: "~~", not: /~/ },
  { bits: STYLE.bold | STYLE.italic, sign: "***", not: /\*/ },
  { bits: STYLE.bold, sign: "**", not: /[*[]/ },
  { bits: STYLE.italic, sign: "*", not: /[*[]/ },
] as const;

/** Of several styles one is kept, and none in a tag, which is not found within delimiters. */
export function writeGomarkLine(canvas: Canvas, line: Range): string {
  const { text, styles, links, tags, urls, letters } = canvas;
  const formAt = (at: number) =>
    FORMS.find(({ bits }) => tags[at] === 0 && ((styles[at] ?? 0) & bits) === bits);
  placeTags(canvas, line);
  let written = "";
  for (let start = line.start, end = start; start < line.end; start = end) {
    const [link, form] = [links[start] ?? 0, formAt(start)];
    while (end < line.end && links[end] === link && (link !== 0 || formAt(end) === form)) end += 1;
    const range = withoutBlankEnds(text, { start, end });
    const source = text.slice(range.start, range.end);
    const inner = link === 0 ? styled(source, form) : linked(source, urls[link - 1]);
    const plain = (from: number, to: number) => letters.write({ start: from, end: to });
    if (inner === undefined) {
      // Where it does not close, a back-tick would take in what follows.
      if (form?.sign === "`")
        for (const { index } of text.slice(start, end).matchAll(/`/g)) letters.escape(start + index);
      written += plain(start, end) + (link === 0 ? "" : ` <${destination(urls[link - 1] ?? "")}>`);
    } else {
      written += plain(start, range.start);
      // It would escape the sign, or make an image of the link.
      if (endsInBackslash(written)) written += "\\";
      else if (link !== 0) written = written.replace(/(?<!\\)!$/, "\\!");
      written += inner + plain(range.end, end);
    }
  }
  return written;
}

function withoutBlankEnds(text: string, { start, end }: Range): Range {
  const source = text.slice(start, end);
  const first = start + source.length - source.trimStart().length;
  return { start: first, end: Math.max(first, start + source.trimEnd().length) };
}

const styled = (source: string, form: (typeof FORMS)[number] | undefined) =>
  form === undefined || source === "" || form.not.test(source) ? undefined : form.sign + source + form.sign;

/** Nothing where its label would end it. */
const linked = (label: string, url = "") =>
  /[[\]\\]/.test(label) || isInvisible(label) ? undefined : `[${label}](${destination(url)})`;

/** A tag goes on to the next space: what Memos reads as a part of it and is none stands apart. */
function placeTags({ text, tags, letters }: Canvas, line: Range): void {
  for (let at = line.start + 1; at < line.end; at += 1) {
    const isBeside = /^(?![\s#])[^\p{L}\p{M}\p{N}\p{S}_\-/&]/u.test(text.slice(at, at + 2));
    if (tags[at - 1] === 1 && tags[at] === 0 && isBeside)
      letters.enclose({ start: at - 1, end: at }, "", " ");
  }
}
