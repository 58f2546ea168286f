// Cuts a content that is longer than the server takes. The first part becomes the memo, the others its comments.
import { bytesOf, type Opening } from "./context.ts";
import { type Cut, createCutter } from "./cut.ts";
import { type Document, lineAt, readDocument } from "./document.ts";
import type { Line } from "./lines.ts";

export interface SplitLimits {
  /** Bytes of UTF-8 that the memo may have, 64 at least. */
  firstBytes: number;
  /** The same of a comment. */
  restBytes: number;
}

/**
 * The parts of `content`, each a Markdown text by itself and within its limit, none of them blank. A cut is made at
 * a paragraph, item, line, sentence or word border, the best that lies in the second half of the room, and between
 * characters as people see them only where there is none. Links, code within a line, entities and escapes stay
 * whole unless they alone are too long. What is open at a cut (a code block, a quote, `<details>`, emphasis) is
 * closed before it and opened again after it, and a table repeats its head.
 *
 * A content that fits is its only part, as it is. The time it takes grows with its length.
 */
export function splitMarkdown(content: string, limits: SplitLimits): string[] {
  if (bytesOf(content) <= limits.firstBytes) return [content];
  const document = readDocument(withoutFootnotes(content.trimEnd()));
  const cutBefore = createCutter(document);
  const parts: string[] = [];
  for (let opening = beginning(document); opening !== undefined; ) {
    const cut = cutBefore(opening, parts.length === 0 ? limits.firstBytes : limits.restBytes);
    const part = textOf(document, opening, cut);
    if (part.trim() !== "") parts.push(part);
    opening = cut.next;
  }
  return parts.length === 0 ? [""] : parts;
}

/** A note and what refers to it may part, and then neither is shown as one: they are shown as they are. */
function withoutFootnotes(content: string): string {
  return content.replaceAll(/^(\s{0,3})\[(?=\^[^\]\s]+\]:)/gmu, "$1\\[");
}

function beginning({ lines }: Document): Opening | undefined {
  const first = lines.find(({ kind }) => kind !== "blank");
  return first && { from: first.start, head: "", dedent: 0 };
}

function textOf({ content, lines }: Document, opening: Opening, cut: Cut): string {
  let { dedent } = opening;
  let index = lineAt(lines, opening.from);
  let text = opening.head + content.slice(opening.from, Math.min(cut.end, lines[index]?.end ?? 0));
  for (index += 1; ; index += 1) {
    const line = lines[index];
    if (line === undefined || line.start >= cut.end) break;
    // Farther left only a blank line ends the HTML, where the end of the item did. It takes the place of a space.
    if (dedent > 0 && lines[index - 1]?.kind === "details_close" && line.kind !== "blank") text += "\n";
    dedent = dedentOf(line, dedent);
    text += `\n${dedented(content, line, Math.min(line.end, cut.end), dedent)}`;
  }
  return text + cut.closing(dedent);
}

/** As the lists go on the lines stand farther left, and then what is below them is theirs. */
function dedentOf({ kind, indent }: Line, dedent: number): number {
  if (kind === "blank" || kind === "fence" || kind === "fence_close") return dedent;
  return kind === "code" ? 0 : Math.min(dedent, indent);
}

function dedented(content: string, line: Line, end: number, dedent: number): string {
  if (dedent === 0) return content.slice(line.start, end);
  const indent = content.slice(line.start + line.prefix.length, line.text);
  const kept = indent.includes("\t") ? "" : indent.slice(dedent);
  return `${line.prefix}${kept}${content.slice(line.text, end)}`;
}
