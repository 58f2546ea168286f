// One line with its styles and links: properly nested, each written with Markdown's signs where the server reads them,
// else with HTML, else plain.
import { endsInBackslash } from "../code-spans.ts";
import { placeAddresses } from "./addresses.ts";
import { type Canvas, isCode, STYLE } from "./canvas.ts";
import { escapeLine } from "./escape.ts";
import { writeGomarkLine } from "./gomark.ts";
import { destination, type Range, ticksAround } from "./letters.ts";
import { readTyped } from "./typed.ts";

/** Writes lines that stand under one another in one block. Changes `canvas`: what is typed keeps no styles. */
export function writeLines(canvas: Canvas, lines: readonly Range[]): string[] {
  const write = canvas.flavor === "gomark" ? writeGomarkLine : writeLine;
  const closing = canvas.isExact ? [] : readTyped(canvas, lines);
  const written = lines.map((line) => {
    if (!canvas.isExact) return write(canvas, line);
    const source = canvas.text.slice(line.start, line.end);
    if (source.trim() === "") return "";
    const indent = source.length - source.trimStart().length;
    const rest = { start: line.start + indent, end: line.start + source.trimEnd().length };
    placeAddresses(canvas, rest);
    escapeLine(canvas, rest);
    // Ordinary spaces would vanish, or make a code block; these are shown and open nothing.
    return "\u00A0".repeat(indent) + write(canvas, rest);
  });
  return [...written, ...closing];
}

/** Beside the bits of `STYLE`. */
const LINK = 64;

/** What would end the styles and the link that a typed text lies in. */
function specialIn(open: number): string {
  let special = (open & LINK) === 0 ? "" : "[]";
  if ((open & (STYLE.bold | STYLE.italic)) !== 0) special += "*";
  if ((open & STYLE.strikethrough) !== 0) special += "~";
  return special;
}

/** The outer first, where several reach as far. HTML is outside, so that the signs within it stand next to punctuation. */
const FORMS = [
  { bit: LINK, sign: "", html: "" },
  { bit: STYLE.underline, sign: "", html: "ins" },
  { bit: STYLE.bold, sign: "**", html: "b" },
  { bit: STYLE.italic, sign: "*", html: "i" },
  { bit: STYLE.strikethrough, sign: "~~", html: "s" },
] as const;
type Form = (typeof FORMS)[number];

/** A piece of a line that is alike in styles and link. */
interface Run extends Range {
  end: number;
  /** Bits of `STYLE`, and `LINK`. */
  readonly styles: number;
  readonly link: number;
  readonly isTag: boolean;
  /** Spaces with a style or a link: neither begins or ends with them, since delimiters next to spaces do not work. */
  readonly isBlank: boolean;
}

function runsOf(canvas: Canvas, line: Range): Run[] {
  const runs: Run[] = [];
  for (let at = line.start; at < line.end; at += 1) {
    const link = canvas.links[at] ?? 0;
    const isTag = canvas.tags[at] === 1;
    const styles = (canvas.styles[at] ?? 0) | (link === 0 ? 0 : LINK);
    const isBlank = styles !== 0 && !isCode(canvas, at) && /\s/u.test(canvas.text.charAt(at));
    const last = runs.at(-1);
    const isSame =
      last?.styles === styles && last.link === link && last.isTag === isTag && last.isBlank === isBlank;
    if (last && isSame) last.end = at + 1;
    else runs.push({ start: at, end: at + 1, styles, link, isTag, isBlank });
  }
  return runs;
}

/** Up to where a style or a link goes on from a run, but for spaces. */
function reachesOf(runs: readonly Run[], { bit }: Form) {
  // Memos' server reads `~` and `<` as a part of a tag, so a tag cannot be the last thing struck or underlined.
  const sticks = (bit & (STYLE.underline | STYLE.strikethrough)) !== 0;
  const endsIt = (run: Run | undefined) => !run?.isBlank && !(sticks && run?.isTag);
  /** Behind the last run before each that may end it. */
  const ends = new Uint32Array(runs.length + 1);
  for (const [at, run] of runs.entries()) ends[at + 1] = endsIt(run) ? at + 1 : (ends[at] ?? 0);
  const reach = new Uint32Array(runs.length + 1).fill(runs.length);
  for (let at = runs.length - 1; at >= 0; at -= 1) {
    const [run, next] = [runs[at], runs[at + 1]];
    const isOn = ((run?.styles ?? 0) & bit) !== 0;
    const goesOn = ((next?.styles ?? 0) & bit) !== 0 && (bit !== LINK || next?.link === run?.link);
    reach[at] = isOn ? (goesOn ? (reach[at + 1] ?? 0) : at + 1) : at;
  }
  return (from: number, to: number) => Math.max(from, ends[Math.min(reach[from] ?? from, to)] ?? from);
}

function writeLine(canvas: Canvas, line: Range): string {
  const { text, urls, tags, letters, isExact } = canvas;
  const runs = runsOf(canvas, line);
  if (runs.every(({ styles }) => styles === 0)) return letters.write(line);
  const has = (index: number, bit: number) => ((runs[index]?.styles ?? 0) & bit) !== 0;
  const reaches = FORMS.map((form) => reachesOf(runs, form));
  const charBefore = (at: number) => text.slice(Math.max(line.start, at - 2), at).match(/.$/su)?.[0] ?? "";
  const charAfter = (at: number) => text.slice(at, Math.min(line.end, at + 2)).match(/^./su)?.[0] ?? "";
  const startOf = (index: number) => runs[index]?.start ?? line.end;

  /** What begins at a run, within what is open: of several the one that reaches farthest. */
  function formAt(at: number, to: number, open: number) {
    let [form, end]: [Form | undefined, number] = [undefined, at];
    for (const [index, candidate] of runs[at]?.isBlank ? [] : FORMS.entries()) {
      const reach = (open & candidate.bit) === 0 ? (reaches[index]?.(at, to) ?? at) : at;
      if (reach > end) [form, end] = [candidate, reach];
    }
    return { form, end };
  }

  /** The runs from `from` to `to`, within what is open. */
  function write(from: number, to: number, open: number): string {
    let written = "";
    let lastSign = "";
    for (let at = from; at < to; ) {
      let { form, end } = formAt(at, to, open);
      let piece: string;
      const isCodeRun = has(at, STYLE.code);
      if (form) piece = styled(form, at, end, open, lastSign);
      else {
        const goesOn = () => isCodeRun && has(end, STYLE.code) && !formAt(end, to, open).form;
        for (end = at + 1; end < to && goesOn(); ) end += 1;
        const range = { start: startOf(at), end: startOf(end) };
        piece = isCodeRun
          ? codeSpan(text.slice(range.start, range.end))
          : letters.write(range, isExact ? "" : specialIn(open));
      }
      written += piece;
      lastSign = form || isCodeRun ? piece.slice(-1) : "";
      at = end;
    }
    return written;
  }

  function styled(form: Form, from: number, to: number, open: number, lastSign: string): string {
    const { bit, sign, html } = form;
    const content = write(from, to, open | bit);
    if (bit === LINK) return `[${content}](${destination(urls[(runs[from]?.link ?? 0) - 1] ?? "")})`;
    const [start, end] = [startOf(from), startOf(to)];
    const own = sign.charAt(0);
    const endsTag = tags[start - 1] === 1 || tags[end - 1] === 1;
    // Signs of one kind next to one another are one run.
    const isSign = own !== "" && lastSign !== own && !(own === "~" && endsTag);
    if (isSign && flanks(charBefore(start), content, charAfter(end), own)) return sign + content + sign;
    return endsTag ? content : `<${html}>${content}</${html}>`;
  }

  return write(0, runs.length, 0);
}

/** Whether both ends of a run of delimiters are read as such: https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run */
function flanks(before: string, content: string, after: string, own: string): boolean {
  const first = content.match(/^./su)?.[0] ?? " ";
  const last = content.match(/.$/su)?.[0] ?? " ";
  if (/\s/u.test(first) || /\s/u.test(last)) return false;
  const isMark = (character: string) => /[\p{P}\p{S}]/u.test(character);
  // Renderers differ on whether other symbols (emoji) count as punctuation, so these count only against us.
  const isOutside = (character: string) => character === "" || /[\s\p{P}$+<=>^`|~]/u.test(character);
  const isNestedStart = first === own;
  const isNestedEnd = last === own && !endsInBackslash(content.slice(0, -1));
  return (
    (isNestedStart || !isMark(first) || isOutside(before)) &&
    (isNestedEnd || !isMark(last) || isOutside(after))
  );
}

function codeSpan(content: string): string {
  if (content.trim() === "") return content;
  const marker = ticksAround(content, 1);
  // One space on both sides is taken off again by the reader.
  const pad = /^`|`$|^ .* $/u.test(content) ? " " : "";
  return `${marker}${pad}${content}${pad}${marker}`;
}
