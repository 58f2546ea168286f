// One line with its styles and links: properly nested, each written with Markdown's signs where the server reads them,
// else with HTML, else plain.
import { placeAddresses } from "./addresses.ts";
import { type Canvas, isCode, STYLE } from "./canvas.ts";
import { escapeLine } from "./escape.ts";
import { writeGomarkLine } from "./gomark.ts";
import { destination, endsInBackslash, type Range } from "./letters.ts";
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

/** What would end the styles and the link that a typed text lies in. */
function specialIn(styles: number, isLinked: boolean): string {
  let special = isLinked ? "[]" : "";
  if ((styles & (STYLE.bold | STYLE.italic)) !== 0) special += "*";
  if ((styles & STYLE.strikethrough) !== 0) special += "~";
  return special;
}

/** The outer first, where several reach as far. HTML is outside, so that the signs within it stand next to punctuation. */
const FORMS = [
  { bit: STYLE.underline, sign: "", html: "ins" },
  { bit: STYLE.bold, sign: "**", html: "b" },
  { bit: STYLE.italic, sign: "*", html: "i" },
  { bit: STYLE.strikethrough, sign: "~~", html: "s" },
] as const;
type Form = (typeof FORMS)[number];

/** A piece of a line that is alike in styles and link. */
interface Run extends Range {
  /** Bits of `STYLE`. */
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
    const styles = canvas.styles[at] ?? 0;
    const isBlank = (styles !== 0 || link !== 0) && !isCode(canvas, at) && /\s/u.test(canvas.text.charAt(at));
    const last = runs.at(-1);
    const isSame =
      last?.styles === styles && last.link === link && last.isTag === isTag && last.isBlank === isBlank;
    if (last && isSame) runs[runs.length - 1] = { ...last, end: at + 1 };
    else runs.push({ start: at, end: at + 1, styles, link, isTag, isBlank });
  }
  return runs;
}

function writeLine(canvas: Canvas, line: Range): string {
  const { text, urls, tags, letters, isExact } = canvas;
  const runs = runsOf(canvas, line);
  const has = (run: Run | undefined, bit: number) => ((run?.styles ?? 0) & bit) !== 0;
  const charBefore = (at: number) => text.slice(Math.max(line.start, at - 2), at).match(/.$/su)?.[0] ?? "";
  const charAfter = (at: number) => text.slice(at, Math.min(line.end, at + 2)).match(/^./su)?.[0] ?? "";
  const startOf = (index: number) => runs[index]?.start ?? line.end;

  /** Up to where a style or a link goes on, but for spaces. */
  function reachOf(form: Form | "link", from: number, to: number): number {
    const goesOn = (run: Run | undefined) =>
      form === "link" ? run?.link === runs[from]?.link : has(run, form.bit);
    // Memos' server reads `~` and `<` as a part of a tag, so a tag cannot be the last thing struck or underlined.
    const sticks = form !== "link" && (form.bit & (STYLE.underline | STYLE.strikethrough)) !== 0;
    let end = from;
    while (end < to && goesOn(runs[end])) end += 1;
    while (end > from && (runs[end - 1]?.isBlank || (sticks && runs[end - 1]?.isTag))) end -= 1;
    return end;
  }

  /** What begins at a run: of several the one that reaches farthest. */
  function formAt(at: number, to: number, open: number, isLinked: boolean) {
    const run = runs[at];
    let [form, end]: [Form | "link" | undefined, number] = [undefined, at];
    if (run === undefined || run.isBlank) return { form, end };
    if (run.link !== 0 && !isLinked) [form, end] = ["link", reachOf("link", at, to)];
    for (const candidate of FORMS) {
      if (!has(run, candidate.bit) || (open & candidate.bit) !== 0) continue;
      const reach = reachOf(candidate, at, to);
      if (reach > end) [form, end] = [candidate, reach];
    }
    return { form, end };
  }

  /** The runs from `from` to `to`, within what is open. */
  function write(from: number, to: number, open: number, isLinked: boolean): string {
    let written = "";
    let lastSign = "";
    for (let at = from; at < to; ) {
      let { form, end } = formAt(at, to, open, isLinked);
      let piece: string;
      const isCodeRun = has(runs[at], STYLE.code);
      if (form === "link") piece = linked(at, end, open);
      else if (form) piece = styled(form, at, end, open, isLinked, lastSign);
      else {
        const goesOn = () => isCodeRun && has(runs[end], STYLE.code) && !formAt(end, to, open, isLinked).form;
        for (end = at + 1; end < to && goesOn(); ) end += 1;
        const range = { start: startOf(at), end: startOf(end) };
        piece = isCodeRun
          ? codeSpan(text.slice(range.start, range.end))
          : letters.write(range, isExact ? "" : specialIn(open, isLinked));
      }
      written += piece;
      lastSign = form || isCodeRun ? piece.slice(-1) : "";
      at = end;
    }
    return written;
  }

  function linked(from: number, to: number, open: number): string {
    const url = urls[(runs[from]?.link ?? 0) - 1] ?? "";
    return `[${write(from, to, open, true)}](${destination(url)})`;
  }

  function styled(
    { bit, sign, html }: Form,
    from: number,
    to: number,
    open: number,
    isLinked: boolean,
    lastSign: string,
  ): string {
    const [start, end] = [startOf(from), startOf(to)];
    const content = write(from, to, open | bit, isLinked);
    const own = sign.charAt(0);
    const endsTag = tags[start - 1] === 1 || tags[end - 1] === 1;
    // Signs of one kind next to one another are one run.
    const isSign = own !== "" && lastSign !== own && !(own === "~" && endsTag);
    if (isSign && flanks(charBefore(start), content, charAfter(end), own)) return sign + content + sign;
    return endsTag ? content : `<${html}>${content}</${html}>`;
  }

  return write(0, runs.length, 0, false);
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
  const used = new Set([...content.matchAll(/`+/g)].map(([run]) => run.length));
  let size = 1;
  while (used.has(size)) size += 1;
  const marker = "`".repeat(size);
  // One space on both sides is taken off again by the reader.
  const pad = /^`|`$|^ .* $/u.test(content) ? " " : "";
  return `${marker}${pad}${content}${pad}${marker}`;
}
