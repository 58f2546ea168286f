// One line for gomark, the engine of Memos up to 0.25.2. It nests nothing but links within bold text, and reads what
// stands between its delimiters as it is. Where the text itself would end them it is plain, and escaped.
import { type Canvas, type Range, STYLE } from "./canvas.ts";
import { isInvisible } from "./hidden-links.ts";
import { destination, guarded, type Letters } from "./letters.ts";
import type { Run } from "./runs.ts";

interface Shape {
  readonly sign: string;
  /** What its content must not hold. */
  readonly not: RegExp;
}

const SHAPES = new Map<number, Shape>([
  [STYLE.spoiler, { sign: "||", not: /\|/ }],
  [STYLE.strikethrough, { sign: "~~", not: /~/ }],
  [STYLE.bold | STYLE.italic, { sign: "***", not: /\*/ }],
  [STYLE.bold, { sign: "**", not: /[*[]/ }],
  [STYLE.italic, { sign: "*", not: /[*[]/ }],
  // A backslash before the closing one would escape it.
  [STYLE.code, { sign: "`", not: /`|\\$/ }],
]);

/** Text, which may be guarded against its neighbours, or what has delimiters. */
interface Piece {
  readonly isText: boolean;
  readonly markdown: string;
}

export function writeFlat(canvas: Canvas, runs: readonly Run[], letters: Letters): string {
  const text = (range: Range): Piece[] =>
    range.start < range.end ? [{ isText: true, markdown: spaced(canvas, range, letters) }] : [];

  /** A link in brackets; where its label would end it, the label and then the address. */
  function linkOrText(run: Run, isRaw: boolean): Piece[] {
    const label = canvas.text.slice(run.start, run.end);
    if (run.link === 0 || run.isBlank) return isRaw ? [{ isText: false, markdown: label }] : text(run);
    const url = destination(canvas.urls[run.link - 1] ?? "")
      .replaceAll("(", "%28")
      .replaceAll(")", "%29");
    if (!/[[\]\\]/.test(label) && !isInvisible(label))
      return [{ isText: false, markdown: `[${label}](${url})` }];
    return [...text(run), { isText: true, markdown: " " }, { isText: false, markdown: `<${url}>` }];
  }

  const pieces = groupsOf(withWholeLinks(runs)).flatMap(({ shape, runs: all }): Piece[] => {
    const plain = () => all.flatMap((run) => linkOrText(run, false));
    if (shape === undefined) return plain();
    const inner = all.flatMap((run) => linkOrText(run, true));
    const content = inner.map(({ markdown }) => markdown).join("");
    const raw = all.filter(({ link }) => link === 0).map(({ start, end }) => canvas.text.slice(start, end));
    const holds =
      inner.every(({ isText }) => !isText) &&
      !raw.some((part) => shape.not.test(part)) &&
      // In the address of a link, or its label.
      !(shape.sign === "**" && content.includes("**")) &&
      content.trim() !== "";
    return holds ? [{ isText: false, markdown: shape.sign + content + shape.sign }] : plain();
  });
  return pieces
    .map(({ isText, markdown }, at) => {
      const [before, after] = [pieces[at - 1], pieces[at + 1]];
      if (!isText) return markdown;
      return guarded(
        markdown,
        before && !before.isText ? before.markdown.slice(-1) : "",
        after && !after.isText ? after.markdown.charAt(0) : "",
      );
    })
    .join("");
}

/** One run for each link, without the spaces at its edges; bold where all of it is. */
function withWholeLinks(runs: readonly Run[]): Run[] {
  const whole: Run[] = [];
  for (const [at, run] of runs.entries()) {
    const last = whole.at(-1);
    const goesOn = run.link !== 0 && runs.slice(at).find(({ isBlank }) => !isBlank)?.link === run.link;
    if (run.link === 0 || !goesOn) whole.push({ ...run, link: 0 });
    else if (last?.link !== run.link) whole.push(run.isBlank ? { ...run, link: 0 } : run);
    else {
      const styles = run.isBlank ? last.styles : last.styles & run.styles;
      whole[whole.length - 1] = { ...last, end: run.end, styles };
    }
  }
  return whole;
}

/** Runs that go into one pair of delimiters, or into none; the spaces at their edges stand between the groups. */
function groupsOf(runs: readonly Run[]): { shape: Shape | undefined; runs: Run[] }[] {
  const groups: { shape: Shape | undefined; runs: Run[] }[] = [];
  for (const run of runs) {
    const shape = SHAPES.get(run.styles);
    const last = groups.at(-1);
    if (last && last.shape === shape) last.runs.push(run);
    else groups.push({ shape, runs: [run] });
  }
  return groups.flatMap(({ shape, runs: all }) => {
    const first = all.findIndex(({ isBlank }) => !isBlank);
    if (shape === undefined || first < 0) return [{ shape: undefined, runs: all }];
    const last = all.findLastIndex(({ isBlank }) => !isBlank);
    return [
      { shape: undefined, runs: all.slice(0, first) },
      { shape, runs: all.slice(first, last + 1) },
      { shape: undefined, runs: all.slice(last + 1) },
    ].filter((group) => group.runs.length > 0);
  });
}

/** A tag goes on to the next space: what is no part of it stands apart. */
function spaced(canvas: Canvas, { start, end }: Range, letters: Letters): string {
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
