import type { TelegramRichBlockTableCell } from "gramio";
import { dialectOf, listOf } from "./markdown-parts.ts";
import { type RichOptions, richInline } from "./rich-text.ts";

/** Cells over several columns or rows leave the others empty: Markdown has one cell for each. */
export function renderTable(
  rows: readonly (readonly TelegramRichBlockTableCell[])[] | undefined,
  rendering: RichOptions,
): string {
  const grid = gridOf(Array.isArray(rows) ? rows : []);
  const width = Math.min(MAX_COLUMNS, Math.max(0, ...grid.map((row) => row.length)));
  if (width === 0) return "";
  const columns = Array.from({ length: width }, (_, column) => column);
  const hasHeader = grid[0]?.some((cell) => cell?.is_header) ?? false;
  const [head, ...body] = hasHeader ? grid : [[], ...grid];
  const text = (cell: Cell, isHead: boolean) => {
    if (cell === undefined || cell.text === undefined) return "";
    const rich = cell.is_header && !isHead ? { type: "bold", text: cell.text } : cell.text;
    const inline = richInline(rich, { ...rendering, inTable: true })
      .trim()
      .replace(/ *\n/g, dialectOf(rendering).html ? "<br>" : " ");
    // What is left of bare bars stands in code.
    return inline.replace(/(?<!\\)((?:\\\\)*)\|/g, "$1\\|");
  };
  const line = (row: readonly Cell[], isHead: boolean) =>
    `| ${columns.map((column) => text(row[column], isHead)).join(" | ")} |`.replace(/\| {2}(?=\|)/g, "|  ");
  const align = columns.map((column) => {
    const first = grid.map((row) => row[column]).find((cell) => cell !== undefined);
    if (first?.align === "right") return "---:";
    return first?.align === "center" ? ":---:" : "---";
  });
  return [line(head ?? [], true), `| ${align.join(" | ")} |`, ...body.map((row) => line(row, false))].join(
    "\n",
  );
}

/** Telegram allows 20. */
const MAX_COLUMNS = 64;

type Cell = TelegramRichBlockTableCell | undefined;

function gridOf(rows: readonly (readonly TelegramRichBlockTableCell[])[]): Cell[][] {
  const grid: Cell[][] = rows.map(() => []);
  const taken = grid.map(() => new Set<number>());
  for (const [y, row] of rows.entries()) {
    let x = 0;
    for (const cell of listOf(row)) {
      while (taken[y]?.has(x)) x += 1;
      if (x >= MAX_COLUMNS) break;
      const wide = span(cell.colspan, MAX_COLUMNS - x);
      const high = span(cell.rowspan, rows.length - y);
      for (let down = 0; down < high; down += 1) {
        for (let right = 0; right < wide; right += 1) {
          taken[y + down]?.add(x + right);
          const target = grid[y + down];
          if (target) target[x + right] = down === 0 && right === 0 ? cell : undefined;
        }
      }
      x += wide;
    }
  }
  return grid;
}

function span(value: unknown, most: number): number {
  return Number.isSafeInteger(value) ? Math.min(most, Math.max(1, Number(value))) : 1;
}
