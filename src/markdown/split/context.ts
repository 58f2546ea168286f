// What is open at a place of a Markdown text: what closes it there, and what opens it again further on.

import type { Line } from "./lines.ts";
import type { Mark } from "./marks.ts";

/** Where a part begins in the content, and what is written before it. */
export interface Opening {
  from: number;
  head: string;
  /** Columns to take off the lines below, which were indented for a list item that began before. */
  dedent: number;
}

export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** What closes the blocks and marks that are open where a part ends in or behind `line`. */
export function closingAfter(line: Line, open: readonly Mark[]): string {
  let closing = open
    .map(({ close }) => close)
    .reverse()
    .join("");
  const { fence } = line;
  if (fence !== undefined && line.kind !== "fence_close") {
    closing += `\n${line.prefix}${" ".repeat(fence.indent)}${fence.marker}`;
  }
  for (const { prefix } of [...line.details].reverse())
    closing += `\n${prefix.trimEnd()}\n${prefix}</details>`;
  return closing;
}

/** How a part begins at `at`, which is the text of `line` or lies within it. */
export function openingAt(
  { content, line, at }: { content: string; line: Line; at: number },
  open: readonly Mark[],
  limit: number,
): Opening {
  const isStart = at === line.text;
  const margin = isStart ? line.indent : Math.max(line.inner, line.indent);
  const isCode = line.kind === "code" || line.kind === "fence";
  const isGuarded = open.length === 0 && !isCode && (!isStart || line.continues);
  const guard = isGuarded ? guardOf(content.slice(at, Math.min(line.end, at + MAX_GUARDED))) : "";
  const head = `${blocksBefore(line, limit)}${line.prefix}${open.map((mark) => mark.open).join("")}`;
  const opening: Opening = {
    from: at + guard.replaceAll("\\", "").length,
    head: head + guard,
    dedent: line.kind === "fence" ? (line.fence?.indent ?? 0) : margin,
  };
  // So much of it could only be made to be a nuisance.
  return bytesOf(opening.head) <= limit / 2 ? opening : { from: at, head: "", dedent: 0 };
}

function blocksBefore(line: Line, limit: number): string {
  const { prefix, fence, table, details } = line;
  let blocks = details.map(({ open, prefix: outer }) => `${outer}${open}\n${outer.trimEnd()}\n`).join("");
  if (fence !== undefined && line.kind === "fence") blocks += `${prefix}${fence.open}\n`;
  if (table !== undefined && line.kind === "row" && bytesOf(table) <= limit / 4)
    blocks += table.replaceAll(/^|\n/gu, (border) => `${border}${prefix}`).concat("\n");
  return blocks;
}

const MAX_GUARDED = 100;

/**
 * The start of `rest` with backslashes, if it would open a block at the start of a line where it opened none within
 * it: `1. `, `# `, `> `, a fence …
 */
function guardOf(rest: string): string {
  const [, digits, sign] = /^(\d{1,9})([.)])(?=\s|$)/u.exec(rest) ?? [];
  if (digits !== undefined) return `${digits}\\${sign}`;
  const run = /^(?:`{3,}|~{3,}|\$\$)/u.exec(rest)?.[0];
  if (run !== undefined) return run.replaceAll(/./gu, "\\$&");
  const opensBlock =
    /^(?:#{1,6}(?=\s|$)|[-+*](?=\s|$)|>|\[[^\]]+\]:)/u.test(rest) ||
    /^([-*_])[ \t]*(?:\1[ \t]*){2,}$/u.test(rest);
  return opensBlock ? `\\${rest.charAt(0)}` : "";
}
