/** Rows in columns as wide as their widest cell, two spaces between; the last column keeps its own width. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell + " ".repeat((widths[at] ?? 0) - width(cell))))
      .join("  ")
      .trimEnd(),
  );
}

/** Text of others on one line, and nothing in it that a terminal would obey. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
}

/** Columns that a terminal gives it; names hold emoji and Chinese. */
function width(text: string): number {
  return Bun.stringWidth(text);
}
