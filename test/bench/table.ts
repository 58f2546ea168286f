// From single runs to lines that can be read.
import type { Figure } from "./figures.ts";

/** A figure as it is told: medians, and the median of the ratios of its turns. */
export function told({ name, unit, values, samples, floor, target, note }: Figure) {
  const value = median(values);
  // Turn by turn: what else the machine does weighs on both runs of a turn alike.
  const ratio = floor ? median(values.map((one, at) => one / (floor[at] ?? Number.NaN))) : null;
  const wanted = target && ("ratio" in target ? target.ratio : target.value);
  const reached = target && ("ratio" in target ? ratio : value);
  return {
    name,
    unit,
    runs: values.length,
    samples: samples ?? null,
    values: values.map(finite),
    floorValues: floor?.map(finite) ?? null,
    value: finite(value),
    least: finite(Math.min(...values)),
    most: finite(Math.max(...values)),
    floor: floor ? finite(median(floor)) : null,
    ratio: ratio === null ? null : finite(ratio),
    target: target
      ? "ratio" in target
        ? `≤ ${Number(target.ratio.toFixed(2))} ×`
        : `≤ ${target.value} ${unit}`
      : null,
    // What could not be measured has not missed it.
    within: wanted === undefined || reached == null || Number.isNaN(reached) ? null : reached <= wanted,
    note: note ?? null,
  };
}

export function table(rows: readonly ReturnType<typeof told>[]): string {
  const head = ["figure", "value", "least … most", "compared with", "ratio", "target", "N"];
  const cells = rows.map((row) => [
    row.name,
    row.value === null ? "–" : `${short(row.value)} ${row.unit}`,
    row.runs === 1 ? "" : `${short(row.least)} … ${short(row.most)}`,
    row.floor === null ? "" : `${short(row.floor)} ${row.unit}`,
    row.ratio === null ? "" : `${row.ratio.toFixed(2)} ×`,
    row.target === null ? "" : `${row.target}${row.within === false ? "  missed" : ""}`,
    String(row.samples ?? row.runs),
  ]);
  const widths = head.map((title, at) =>
    Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  const line = (parts: readonly string[]) =>
    parts
      .map((part, at) => (at === 0 ? part.padEnd(widths[at] ?? 0) : part.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd();
  const notes = rows.flatMap(({ name, note }) => (note === null ? [] : [`${name}: ${note}`]));
  return [line(head), line(widths.map((width) => "─".repeat(width))), ...cells.map(line), ...notes].join(
    "\n",
  );
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

function short(value: number | null): string {
  if (value === null) return "–";
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
