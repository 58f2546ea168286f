import type { Formatting, MarkdownFlavor } from "../../domain/markdown-flavor.ts";
import type { FormattedText } from "../../domain/text.ts";
import { type Canvas, paint } from "./canvas.ts";
import { type Range, ticksAround } from "./letters.ts";
import { writeLines } from "./line.ts";

/**
 * The Markdown that a Memos server shows like Telegram shows `input`. Never throws and never drops a visible
 * character, whatever the entities are; the result is well-formed UTF-16. Emphasis and links are closed at every
 * line end, and blocks at the end of all.
 *
 * Defaults: `as_typed`, `modern`.
 */
export function toMarkdown(
  { text, entities }: FormattedText,
  options: { formatting?: Formatting | undefined; flavor?: MarkdownFlavor | undefined } = {},
): string {
  const { formatting = "as_typed", flavor = "modern" } = options;
  const canvas = paint(text, entities ?? [], { flavor, isExact: formatting === "exact" });

  /** Lines of which the outer `level` blocks are the same. */
  function write(lines: readonly Line[], level: number): string[] {
    const kind = KINDS[level];
    if (kind === undefined) return withBreaks(writeLines(canvas, lines), flavor);
    const written: string[] = [];
    let isTight = false;
    for (const group of groupedBy(lines, (line) => line[kind])) {
      const block = group[0]?.[kind] ?? 0;
      const inner = () => write(group, level + 1);
      const part = block === 0 ? inner() : wrapped(kind, block, group, inner);
      if (part.length === 0) continue;
      // The line after a block would be taken in unless a blank one comes between.
      if ((isTight || written.at(-1) === END_OF_FOLD) && part[0]?.trim() !== "") written.push("");
      for (const line of part) written.push(line);
      isTight = block !== 0 && kind !== "pre";
    }
    return written;
  }

  function wrapped(kind: Kind, block: number, group: readonly Line[], inner: () => string[]): string[] {
    switch (kind) {
      case "quote":
        return quoteLines(withoutBlankEnds(inner()), flavor);
      case "fold":
        // The blank lines end and reopen the HTML, so that what is between them is Markdown again.
        return ["<details><summary>Spoiler</summary>", "", ...withoutBlankEnds(inner()), "", END_OF_FOLD];
      case "pre":
        return fence(
          group.map(({ start, end }) => canvas.text.slice(start, end)),
          canvas.languages[block] ?? "",
          flavor,
        );
    }
  }

  return write(linesOf(canvas), 0).join("\n");
}

/** Lines as a quote. gomark takes an empty line of it for its end, but not one of spaces. */
export function quoteLines(lines: readonly string[], flavor: MarkdownFlavor): string[] {
  const blank = flavor === "gomark" ? ">  " : ">";
  return lines.map((line) => (line === "" ? blank : `> ${line}`));
}

const END_OF_FOLD = "</details>";

/** Blocks, the outer first. */
const KINDS = ["quote", "fold", "pre"] as const;
type Kind = (typeof KINDS)[number];

/** A line and the blocks that it lies in: 0 for none. */
type Line = Range & Readonly<Record<Kind, number>>;

function linesOf(canvas: Canvas): Line[] {
  const { text, hidden, quotes, pres } = canvas;
  const lines: Line[] = [];
  let start = 0;
  // The newline that ends a block of code begins no line.
  const isEnded = text.endsWith("\n") && pres.at(-1) !== 0;
  for (const line of (isEnded ? text.slice(0, -1) : text).split("\n")) {
    const end = start + line.length;
    // Only a spoiler that owns its lines can be folded: `<details>` is a block and would break a sentence apart.
    let isFolded = line.trim() !== "" || (hidden[start] === 1 && lines.at(-1)?.fold === 1);
    for (let at = start; isFolded && at < end; at += 1)
      isFolded = hidden[at] === 1 || /\s/u.test(text.charAt(at));
    lines.push({ start, end, quote: quotes[start] ?? 0, fold: isFolded ? 1 : 0, pre: pres[start] ?? 0 });
    start = end + 1;
  }
  return lines;
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

function withBreaks(lines: string[], flavor: MarkdownFlavor): string[] {
  if (flavor !== "0.25.3") return lines;
  return lines.map((line, at) => (line.trim() === "" || !lines[at + 1]?.trim() ? line : `${line}  `));
}

function withoutBlankEnds(lines: readonly string[]): readonly string[] {
  const isText = (line: string) => line.trim() !== "";
  return lines.slice(lines.findIndex(isText), lines.findLastIndex(isText) + 1);
}

/** gomark knows fences of three back-ticks and names of one word. */
function fence(code: readonly string[], language: string, flavor: MarkdownFlavor): string[] {
  if (flavor === "gomark") return [`\`\`\`${/^\w*$/.test(language) ? language : ""}`, ...code, "```"];
  const marker = ticksAround(code.join("\n"), 3);
  return [`${marker}${language}`, ...code, marker];
}
