import type { TelegramMessageEntity } from "../../domain/telegram.ts";
import {
  type Canvas,
  cleanText,
  clip,
  type PreRange,
  paint,
  type Range,
  standsAlone,
  style,
} from "./markdown-entities.ts";
import { createLineWriter, type LineWriter } from "./markdown-inline.ts";

/** What the receiving Memos server shows. A newer or older family of versions is another value of this. */
export interface MarkdownDialect {
  /**
   * `gomark`: nothing nests but a link in bold text, what stands between delimiters is raw, and a quote holds lines
   * alone. `commonmark`: all others.
   */
  engine: "commonmark" | "gomark";
  /** `ins`: `<ins>` is kept and drawn underlined. `none`: underlined text is left plain. */
  underline: "ins" | "none";
  /**
   * `details`: a spoiler on lines of its own folds into `<details>`; one within a line has no form that survives
   * and stays plain. `pipes`: `||x||`. `none`: plain.
   */
  spoiler: "details" | "pipes" | "none";
  /** Inline HTML (`<b> <i> <s>`) is kept, so it can stand in where `**` would not render. False: left plain. */
  html: boolean;
  /** `$…$` is math, so every dollar is written `\$`. */
  escapeDollar: boolean;
  /** A single newline is shown as a space unless the line ends with two spaces. */
  hardBreaks: boolean;
  /** `tg://user?id=` links keep their address. False: the plain name. */
  userLinks: boolean;
  /** The beginning needs a space within 64 bytes, unless it is ASCII: see `markdown/split/snippet-bug-0-25-3.ts`. */
  earlySpace?: true;
}

/** Memos 0.26 to 0.30: react-markdown with GFM, breaks, math and GitHub's sanitiser. */
export const modernDialect: MarkdownDialect = {
  engine: "commonmark",
  underline: "ins",
  spoiler: "details",
  html: true,
  escapeDollar: true,
  hardBreaks: false,
  userLinks: false,
};

/** `as_typed`: Markdown that a person typed counts. `exact`: only Telegram's own formatting does. */
export type Formatting = "as_typed" | "exact";

/** A text or caption with its entities, as Telegram sends them: offsets in UTF-16 code units. */
export interface FormattedText {
  text: string;
  entities: readonly TelegramMessageEntity[];
}

/**
 * The Markdown that a Memos server shows like Telegram shows `input`. Never throws and never drops a visible
 * character, whatever the entities are; the result is well-formed UTF-16. Emphasis and links are closed at every
 * line end, so the result can be cut at line borders outside code fences.
 *
 * Defaults: `as_typed`, `modernDialect`.
 */
export function toMarkdown(
  input: FormattedText,
  options: { formatting?: Formatting; dialect?: MarkdownDialect } = {},
): string {
  const dialect = options.dialect ?? modernDialect;
  const text = cleanText(input.text);
  const canvas = paint(text, input.entities ?? [], dialect);
  if (dialect.underline === "none") removeStyle(canvas, style.underline);
  if (dialect.spoiler !== "pipes") removeStyle(canvas, style.spoiler);
  const writeLine = createLineWriter(canvas, options.formatting ?? "as_typed", dialect);
  return renderQuotes({ canvas, dialect, writeLine, inQuote: false }).join("\n");
}

/** Lines as a quote. gomark takes an empty line of it for its end, but not one of spaces. */
export function quoteLines(lines: readonly string[], dialect: MarkdownDialect): string[] {
  const blank = dialect.engine === "gomark" ? ">  " : ">";
  return lines.map((line) => (line === "" ? blank : `> ${line}`));
}

interface Rendering {
  canvas: Canvas;
  dialect: MarkdownDialect;
  writeLine: LineWriter;
  inQuote: boolean;
}

/** Renders a block as lines. `tight`: the line after it would be taken in unless a blank one comes between. */
interface Block extends Range {
  tight: boolean;
  render(): string[];
}

function renderQuotes(rendering: Rendering): string[] {
  const whole = { start: 0, end: rendering.canvas.text.length };
  const quotes = rendering.canvas.quotes.map((range) => ({
    ...range,
    tight: true,
    render: () => quoteLines(renderSpoilers({ ...rendering, inQuote: true }, range), rendering.dialect),
  }));
  return stack(rendering.canvas.text, whole, quotes, (rest) => renderSpoilers(rendering, rest));
}

/** Only a spoiler that owns its lines can be folded: `<details>` is a block and would break a sentence apart. */
function renderSpoilers(rendering: Rendering, scope: Range): string[] {
  const { canvas, dialect } = rendering;
  const spoilers = dialect.spoiler === "details" ? canvas.spoilers : [];
  const blocks = spoilers
    .map((spoiler) => clip(spoiler, scope))
    .filter(({ start, end }) => start < end && canvas.text.slice(start, end).trim() !== "")
    .filter((range) => standsAlone(canvas.text, range, scope))
    .map((range) => ({
      ...range,
      tight: true,
      // The blank lines end and reopen the HTML, so that what is between them is Markdown again.
      render: () => [
        "<details><summary>Spoiler</summary>",
        "",
        ...trimBlank(renderPres(rendering, range)),
        "",
        "</details>",
      ],
    }));
  return stack(canvas.text, scope, blocks, (rest) => renderPres(rendering, rest));
}

function renderPres({ canvas, dialect, writeLine, inQuote }: Rendering, scope: Range): string[] {
  const blocks = canvas.pres
    .map((pre) => clip(pre, scope))
    .filter(({ start, end }) => start < end)
    .map((pre) => ({ ...pre, tight: false, render: () => fence(canvas.text, pre, dialect, inQuote) }));
  return stack(canvas.text, scope, blocks, (rest) => {
    const lines = writeLine(rest);
    if (!dialect.hardBreaks) return lines;
    return lines.map((line, index) => (line.trim() === "" || !lines[index + 1]?.trim() ? line : `${line}  `));
  });
}

function fence(text: string, pre: PreRange, dialect: MarkdownDialect, inQuote: boolean): string[] {
  const content = text.slice(pre.start, pre.end).replace(/\n$/u, "").split("\n");
  if (dialect.engine === "gomark") return gomarkFence(content, pre.language, dialect, inQuote);
  const longest = Math.max(
    2,
    ...content.flatMap((line) => Array.from(line.matchAll(/`+/gu), ([run]) => run.length)),
  );
  const marker = "`".repeat(longest + 1);
  return [`${marker}${pre.language}`, ...content, marker];
}

/** Its fences are of three back-ticks, and none within a quote: there each line is code by itself. */
function gomarkFence(
  content: readonly string[],
  language: string,
  dialect: MarkdownDialect,
  inQuote: boolean,
): string[] {
  if (!inQuote && !content.includes("```")) {
    return [`\`\`\`${/^\w*$/.test(language) ? language : ""}`, ...content, "```"];
  }
  return content.map((text) =>
    toMarkdown(
      { text, entities: [{ type: "code", offset: 0, length: text.length }] },
      { formatting: "exact", dialect },
    ),
  );
}

/**
 * Lines of `scope`, in which `blocks` (in order, apart) stand on lines of their own and `renderRest` writes what is
 * between them. A newline next to a block is the border itself, so it makes no blank line.
 */
function stack(
  text: string,
  scope: Range,
  blocks: readonly Block[],
  renderRest: (rest: Range) => string[],
): string[] {
  const lines: string[] = [];
  let at = scope.start;
  let separate = false;
  const append = (more: readonly string[]) => {
    if (more.length === 0) return;
    // The rest between two blocks may itself end with folded lines, whose HTML only a blank line ends.
    if ((separate || lines.at(-1) === "</details>") && more[0]?.trim() !== "") lines.push("");
    separate = false;
    lines.push(...more);
  };
  const appendRest = (end: number, isLast: boolean) => {
    const rest = withoutBorders(text, { start: at, end }, at > scope.start, !isLast);
    if (rest !== undefined) append(renderRest(rest));
  };
  for (const block of blocks) {
    appendRest(block.start, false);
    append(block.render());
    separate = block.tight;
    at = block.end;
  }
  if (at < scope.end || blocks.length === 0) appendRest(scope.end, true);
  return lines;
}

/** `range` without the blank start of its first line, the blank end of its last; undefined if no line is left. */
function withoutBorders(text: string, range: Range, first: boolean, last: boolean): Range | undefined {
  let { start, end } = range;
  const isBlank = () => /^[^\S\n]*$/u.test(text.slice(start, end));
  if (first) {
    if (isBlank()) return undefined;
    start += text.slice(start, end).match(/^[^\S\n]*\n?/u)?.[0].length ?? 0;
  }
  if (last) {
    if (isBlank()) return undefined;
    end -= text.slice(start, end).match(/\n?[^\S\n]*$/u)?.[0].length ?? 0;
  }
  return { start, end };
}

function trimBlank(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== "");
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return lines.slice(first, last + 1);
}

function removeStyle(canvas: Canvas, bit: number): void {
  for (const [at, bits] of canvas.styles.entries()) canvas.styles[at] = bits & ~bit;
}
