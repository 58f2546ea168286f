// One line for gomark, the engine of Memos up to 0.25.2. It nests nothing but links within bold text, and reads what
// stands between its delimiters as it is. So of several styles one is written, and none where the text itself would end
// it: such text is plain, and escaped.
import { isInvisible } from "./hidden-links.ts";
import { type Canvas, type Range, style } from "./markdown-entities.ts";
import { destination, endsInBackslash, type Run, runsOf } from "./markdown-runs.ts";

interface Shape {
  readonly open: string;
  readonly close: string;
  /** What its content must not hold. */
  readonly not: RegExp;
}

const spoiler: Shape = { open: "||", close: "||", not: /\|/ };
const strike: Shape = { open: "~~", close: "~~", not: /~/ };
const boldItalic: Shape = { open: "***", close: "***", not: /\*/ };
const bold: Shape = { open: "**", close: "**", not: /[*[]/ };
const italic: Shape = { open: "*", close: "*", not: /[*[]/ };
/** A backslash before the closing one would escape it. */
const code: Shape = { open: "`", close: "`", not: /`|\\$/ };

/** Runs that go into one pair of delimiters, or into none. */
interface Group {
  readonly shape: Shape | null;
  readonly runs: Run[];
}

/** A piece of the written line: text, which may be guarded against its neighbours, or what has delimiters. */
interface Piece {
  readonly kind: "text" | "shaped";
  readonly markdown: string;
}

export type WriteText = (range: Range) => string;

/** Changes `canvas`: a tag keeps no style, since gomark finds none within its delimiters. */
export function writeForGomark(canvas: Canvas, line: Range, writeText: WriteText): string {
  for (let at = line.start; at < line.end; at += 1) {
    if (canvas.tags[at] === 1 && canvas.links[at] === 0) canvas.styles[at] = 0;
  }
  const text = (range: Range): Piece[] =>
    range.start < range.end ? [{ kind: "text", markdown: writeSpaced(canvas, range, writeText) }] : [];
  const pieces = groupsOf(canvas, withWholeLinks(runsOf(canvas, line))).flatMap(({ shape, runs }) => {
    const inner = runs.flatMap((run) => linkOrText(canvas, run, text, shape !== null));
    if (shape === null) return inner;
    const raw = runs.filter(({ link }) => link === 0).map((run) => canvas.text.slice(run.start, run.end));
    const content = inner.map(({ markdown }) => markdown).join("");
    const holds =
      inner.every(({ kind }) => kind === "shaped") &&
      !raw.some((part) => shape.not.test(part)) &&
      // In the address of a link, or its label.
      !(shape === bold && content.includes("**"));
    if (!holds) return runs.flatMap((run) => linkOrText(canvas, run, text, false));
    return [{ kind: "shaped" as const, markdown: `${shape.open}${content}${shape.close}` }];
  });
  return joined(pieces);
}

/** One run for each link, without the spaces at its edges; bold where all of it is. */
function withWholeLinks(runs: readonly Run[]): Run[] {
  const whole: Run[] = [];
  for (const [at, run] of runs.entries()) {
    const last = whole.at(-1);
    const goesOn = runs.slice(at).find(({ isBlank }) => !isBlank)?.link === run.link;
    if (run.link === 0 || (run.isBlank && !goesOn)) whole.push({ ...run, link: 0 });
    else if (last?.link !== run.link) whole.push({ ...run, link: run.isBlank ? 0 : run.link });
    else {
      last.end = run.end;
      if (!run.isBlank) last.styles &= run.styles;
    }
  }
  return whole;
}

/** Of several styles the one that says most: hidden, struck out, then bold and italic. */
function shapeOf({ styles, link }: Run): Shape | null {
  const has = (bit: number) => (styles & bit) !== 0;
  if (link !== 0) return has(style.bold) ? bold : null;
  if (has(style.code)) return code;
  if (has(style.spoiler)) return spoiler;
  if (has(style.strikethrough)) return strike;
  if (has(style.bold)) return has(style.italic) ? boldItalic : bold;
  return has(style.italic) ? italic : null;
}

/** Without spaces at their edges, which stand between the groups. */
function groupsOf(canvas: Canvas, runs: readonly Run[]): Group[] {
  const groups: Group[] = [];
  for (const run of runs) {
    const shape = shapeOf(run);
    const last = groups.at(-1);
    if (last?.shape === shape) last.runs.push(run);
    else groups.push({ shape, runs: [run] });
  }
  return groups.flatMap(({ shape, runs: all }) => {
    if (shape === null || shape === code)
      return [{ shape: isBlankCode(canvas, shape, all) ? null : shape, runs: all }];
    const first = all.findIndex(({ isBlank }) => !isBlank);
    const last = all.findLastIndex(({ isBlank }) => !isBlank);
    if (first < 0) return [{ shape: null, runs: all }];
    return [
      { shape: null, runs: all.slice(0, first) },
      { shape, runs: all.slice(first, last + 1) },
      { shape: null, runs: all.slice(last + 1) },
    ].filter((group) => group.runs.length > 0);
  });
}

const isBlankCode = (canvas: Canvas, shape: Shape | null, runs: readonly Run[]) =>
  shape === code && canvas.text.slice(rangeOf(runs).start, rangeOf(runs).end).trim() === "";

function rangeOf(runs: readonly Run[]): Range {
  return { start: runs[0]?.start ?? 0, end: runs.at(-1)?.end ?? 0 };
}

/** A link in brackets; where its label would end it, the label and then the address. */
function linkOrText(canvas: Canvas, run: Run, text: (range: Range) => Piece[], isRaw: boolean): Piece[] {
  const label = canvas.text.slice(run.start, run.end);
  if (run.link === 0 || run.isBlank) return isRaw ? [{ kind: "shaped", markdown: label }] : text(run);
  const url = destination(canvas.urls[run.link - 1] ?? "")
    .replaceAll("(", "%28")
    .replaceAll(")", "%29");
  if (!/[[\]\\]/.test(label) && !isInvisible(label))
    return [{ kind: "shaped", markdown: `[${label}](${url})` }];
  return [...text(run), { kind: "text", markdown: " " }, { kind: "shaped", markdown: `<${url}>` }];
}

/** A tag goes on to the next space: what is no part of it stands apart. */
function writeSpaced(canvas: Canvas, { start, end }: Range, writeText: WriteText): string {
  let written = "";
  let from = start;
  for (let at = start + 1; at <= end; at += 1) {
    const endsTag = canvas.tags[at - 1] === 1 && canvas.tags[at] !== 1;
    if (!endsTag || !isBesideTag(canvas.text.slice(at))) continue;
    written += `${writeText({ start: from, end: at })} `;
    from = at;
  }
  return from < end ? written + writeText({ start: from, end }) : written;
}

/** Memos reads the others as a part of the tag. */
const isBesideTag = (after: string) => /^(?![\s#])[^\p{L}\p{M}\p{N}\p{S}_\-/&]/u.test(after);

/** Escapes what the text next to a delimiter would add to it, and a backslash that would escape one. */
function joined(pieces: readonly Piece[]): string {
  let line = "";
  for (const [at, { kind, markdown }] of pieces.entries()) {
    let piece = markdown;
    const [before, after] = [pieces[at - 1], pieces[at + 1]];
    if (kind === "text" && before?.kind === "shaped" && isJoining(piece.charAt(0), before.markdown.at(-1)))
      piece = `\\${piece}`;
    if (kind === "text" && after?.kind === "shaped") piece = guardedEnd(piece, after.markdown);
    line += piece;
  }
  return line;
}

function guardedEnd(piece: string, after: string): string {
  if (endsInBackslash(piece)) return `${piece}\\`;
  const last = piece.slice(-1);
  const joins = isJoining(last, after.charAt(0)) || (last === "!" && after.startsWith("["));
  return joins && !endsInBackslash(piece.slice(0, -1)) ? `${piece.slice(0, -1)}\\${last}` : piece;
}

const isJoining = (character: string, beside: string | undefined) =>
  character === beside && "*~`|".includes(character) && character !== "";
