// From single runs to lines that can be read.
import type { Figure } from "./figures.ts";

/** A figure as it is told: medians, and the median of the ratios of its turns. */
export function told({ name, unit, values, samples, floor, target, note }: Figure) {
  const value = median(values);
  const ratio = floor ? ratioOf(values, floor) : null;
  const goal = target && goalOf(target, { value, ratio, unit });
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
    target: goal?.text ?? null,
    within: goal?.within ?? null,
    note: note ?? null,
  };
}

/** Turn by turn: what else the machine does weighs on both runs of a turn alike. There is none to what did not come. */
const ratioOf = (values: readonly number[], floor: readonly number[]) =>
  floor.every(Number.isFinite)
    ? median(values.map((one, at) => one / (floor[at] ?? Number.NaN)))
    : Number.NaN;

/** Judged by the digits that are shown. What could not be measured has not missed it. */
function goalOf(
  target: NonNullable<Figure["target"]>,
  { value, ratio, unit }: { value: number; ratio: number | null; unit: string },
) {
  const isRatio = "ratio" in target;
  const shown = (one: number) => Number(isRatio ? one.toFixed(2) : short(one));
  const [reached, wanted] = isRatio ? [ratio ?? Number.NaN, target.ratio] : [value, target.value];
  return {
    text: `≤ ${shown(wanted)} ${isRatio ? "×" : unit}`,
    within: Number.isNaN(reached) ? null : shown(reached) <= shown(wanted),
  };
}

export function table(rows: readonly ReturnType<typeof told>[]): string {
  const head = ["figure", "value", "least … most", "compared with", "ratio", "target", "N"];
  const cells = rows.map((row) => [
    row.name,
    cell(row.value, row.unit),
    row.runs === 1 ? "" : `${short(row.least)} … ${short(row.most)}`,
    row.floorValues === null ? "" : cell(row.floor, row.unit),
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

const cell = (value: number | null, unit: string) => (value === null ? "–" : `${short(value)} ${unit}`);

function short(value: number | null): string {
  if (value === null) return "–";
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
