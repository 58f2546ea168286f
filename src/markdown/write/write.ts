import { type Formatting, type MarkdownFlavor, modernFlavor } from "../../domain/markdown-flavor.ts";
import type { FormattedText } from "../../domain/text.ts";
import { type Canvas, paint, type Range } from "./canvas.ts";
import { createLineWriter } from "./line.ts";

/**
 * The Markdown that a Memos server shows like Telegram shows `input`. Never throws and never drops a visible
 * character, whatever the entities are; the result is well-formed UTF-16. Emphasis and links are closed at every
 * line end, and blocks at the end of all.
 *
 * Defaults: `as_typed`, `modernFlavor`.
 */
export function toMarkdown(
  { text, entities }: FormattedText,
  options: { formatting?: Formatting | undefined; flavor?: MarkdownFlavor | undefined } = {},
): string {
  const { formatting = "as_typed", flavor = modernFlavor } = options;
  const canvas = paint(text, entities ?? [], flavor);
  const writeLines = createLineWriter(canvas, formatting, flavor);

  /** Lines of which the outer `level` blocks are the same. */
  function write(lines: readonly Line[], level: number, inQuote: boolean): string[] {
    const kind = KINDS[level];
    if (kind === undefined) return withBreaks(writeLines(lines), flavor);
    const written: string[] = [];
    let isTight = false;
    for (const group of groupedBy(lines, (line) => line[kind])) {
      const block = group[0]?.[kind];
      const inner = () => write(group, level + 1, inQuote || group[0]?.quote !== undefined);
      const part = block === undefined ? inner() : wrapped(kind, group, inner, inQuote);
      if (part.length === 0) continue;
      // The line after a block would be taken in unless a blank one comes between.
      if ((isTight || written.at(-1) === END_OF_FOLD) && part[0]?.trim() !== "") written.push("");
      written.push(...part);
      isTight = block !== undefined && kind !== "pre";
    }
    return written;
  }

  function wrapped(kind: Kind, group: readonly Line[], inner: () => string[], inQuote: boolean): string[] {
    switch (kind) {
      case "quote":
        return quoteLines(inner(), flavor);
      case "fold":
        // The blank lines end and reopen the HTML, so that what is between them is Markdown again.
        return ["<details><summary>Spoiler</summary>", "", ...withoutBlankEnds(inner()), "", END_OF_FOLD];
      case "pre": {
        const language = group[0]?.pre?.language ?? "";
        const code = group.map(({ start, end }) => canvas.text.slice(start, end));
        return flavor.engine === "gomark"
          ? gomarkFence(code, language, flavor, inQuote)
          : fence(code, language);
      }
    }
  }

  return write(linesOf(canvas), 0, false).join("\n");
}

/** Lines as a quote. gomark takes an empty line of it for its end, but not one of spaces. */
export function quoteLines(lines: readonly string[], flavor: MarkdownFlavor): string[] {
  const blank = flavor.engine === "gomark" ? ">  " : ">";
  return lines.map((line) => (line === "" ? blank : `> ${line}`));
}

const END_OF_FOLD = "</details>";

/** Blocks, the outer first. */
const KINDS = ["quote", "fold", "pre"] as const;
type Kind = (typeof KINDS)[number];

/** A line, or the part of one that no border of a block goes through, with the blocks that it lies in. */
interface Line extends Range {
  readonly quote: Range | undefined;
  readonly fold: Range | undefined;
  readonly pre: Canvas["pres"][number] | undefined;
}

function linesOf(canvas: Canvas): Line[] {
  const { text } = canvas;
  const quotes = canvas.quotes.map((range) => withoutBorders(text, range));
  const pres = canvas.pres.map((pre) => ({
    ...pre,
    end: text[pre.end - 1] === "\n" ? pre.end - 1 : pre.end,
  }));
  const folds = foldsOf(canvas, quotes);
  const borders = [...quotes, ...pres].flatMap(({ start, end }) => [start, end]).toSorted((a, b) => a - b);
  const at = <T extends Range>(ranges: readonly T[], place: number) =>
    ranges.find(({ start, end }) => start <= place && place < end);
  const lines: Line[] = [];
  const add = (start: number, end: number) =>
    lines.push({ start, end, quote: at(quotes, start), fold: at(folds, start), pre: at(pres, start) });
  let next = 0;
  // The newline that ends a block of code begins no line.
  const isEnded = text.endsWith("\n") && canvas.pres.some((pre) => pre.end === text.length);
  for (let start = 0; start <= text.length - (isEnded ? 1 : 0); ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const cuts = [start];
    for (; (borders[next] ?? Number.POSITIVE_INFINITY) <= end; next += 1) {
      const border = borders[next] ?? end;
      if (border > start && border < end) cuts.push(border);
    }
    if (cuts.length === 1) add(start, end);
    else {
      // What is blank beside a border is no line, and the spaces there are no indentation.
      for (const [index, from] of cuts.entries()) {
        const to = cuts[index + 1] ?? end;
        const part = text.slice(from, to);
        if (part.trim() === "") continue;
        if (at(pres, from)) add(from, to);
        else
          add(
            index === 0 ? from : to - part.trimStart().length,
            to === end ? to : from + part.trimEnd().length,
          );
      }
    }
    start = end + 1;
  }
  return lines;
}

/** A quote's own lines. If it begins within a line, the spaces there are a border, not an indentation. */
function withoutBorders(text: string, { start, end }: Range): Range {
  const isBorder = start > 0 && text[start - 1] !== "\n";
  const inner = text.slice(start, end);
  const before = (isBorder ? /^[^\S\n]*\n*/u : /^\n*/u).exec(inner)?.[0].length ?? 0;
  return { start: start + before, end: start + inner.replace(/\n+$/, "").length };
}

/** Only a spoiler that owns its lines can be folded: `<details>` is a block and would break a sentence apart. */
function foldsOf({ text, spoilers }: Canvas, quotes: readonly Range[]): Range[] {
  if (spoilers.length === 0) return [];
  const borders = [0, ...quotes.flatMap(({ start, end }) => [start, end]), text.length];
  const scopes = borders.slice(1).map((end, index) => ({ start: borders[index] ?? 0, end }));
  return scopes.flatMap((scope) =>
    spoilers.flatMap((spoiler) => {
      const start = Math.max(spoiler.start, scope.start);
      const end = Math.min(spoiler.end, scope.end);
      if (text.slice(start, end).trim() === "") return [];
      const before = text.slice(scope.start, start);
      const after = text.slice(end, scope.end);
      const isAlone = /(?:^|\n)[^\S\n]*$/u.test(before) && /^[^\S\n]*(?:\n|$)/u.test(after);
      return isAlone ? [{ start: start - (/[^\S\n]*$/u.exec(before)?.[0].length ?? 0), end }] : [];
    }),
  );
}

function groupedBy<T>(items: readonly T[], key: (item: T) => unknown): T[][] {
  const groups: T[][] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last && key(last[0] as T) === key(item)) last.push(item);
    else groups.push([item]);
  }
  return groups;
}

function withBreaks(lines: string[], { hardBreaks }: MarkdownFlavor): string[] {
  if (!hardBreaks) return lines;
  return lines.map((line, at) => (line.trim() === "" || !lines[at + 1]?.trim() ? line : `${line}  `));
}

function withoutBlankEnds(lines: readonly string[]): readonly string[] {
  const isText = (line: string) => line.trim() !== "";
  return lines.slice(lines.findIndex(isText), lines.findLastIndex(isText) + 1);
}

function fence(code: readonly string[], language: string): string[] {
  const runs = code.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length));
  const marker = "`".repeat(Math.max(2, ...runs) + 1);
  return [`${marker}${language}`, ...code, marker];
}

/** Its fences are of three back-ticks, and none within a quote: there each line is code by itself. */
function gomarkFence(
  code: readonly string[],
  language: string,
  flavor: MarkdownFlavor,
  inQuote: boolean,
): string[] {
  if (!inQuote && !code.includes("```"))
    return [`\`\`\`${/^\w*$/.test(language) ? language : ""}`, ...code, "```"];
  return code.map((text) =>
    toMarkdown(
      { text, entities: [{ type: "code", offset: 0, length: text.length }] },
      { formatting: "exact", flavor },
    ),
  );
}
