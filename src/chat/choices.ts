import { isDeepStrictEqual } from "node:util";
import type { Texts } from "../locales/texts.ts";
import type { Press } from "../replies/callback-data.ts";
import { button, type Message } from "../replies/messages.ts";
import { createTextWriter } from "../replies/text-writer.ts";

/** What can be chosen for a setting: its value in a button's data, its name, and what it sets. */
export type Choice<Row> = readonly [value: string, label: string, change: Partial<Row>];

/** A choice for each value that a column can have. */
export const oneOf = <Column extends string, const Value extends string>(
  column: Column,
  values: readonly Value[],
  label: (value: Value) => string,
) => values.map((value) => [value, label(value), { [column]: value } as Record<Column, Value>] as const);

export const onOrOff = <Column extends string>(column: Column, { on, off }: Texts) =>
  [
    ["on", on, { [column]: true } as Record<Column, boolean>],
    ["off", off, { [column]: false } as Record<Column, boolean>],
  ] as const;

/** Whether what a choice sets holds already. */
export const isChosen = <Row extends object>(row: Row, change: Partial<Row>): boolean =>
  isDeepStrictEqual({ ...row, ...change }, { ...row });

/** The name of what was chosen. */
export const chosenLabel = <Row extends object>(row: Row, choices: readonly Choice<Row>[]): string =>
  choices.find(([, , change]) => isChosen(row, change))?.[1] ?? "";

/** What somebody chose by a button; undefined for one of a version that offered something else. */
export const changeOf = <Row>(choices: readonly Choice<Row>[], value: string) =>
  choices.find(([offered]) => offered === value)?.[2];

/** A setting that was opened: rows of what can be chosen, and the way back. */
export function openedSetting<Row extends object>(
  texts: Texts,
  row: Row,
  {
    name,
    rows,
    set,
    back,
  }: {
    readonly name: string;
    readonly rows: readonly (readonly Choice<Row>[])[];
    readonly set: (value: string) => Press;
    readonly back: Press;
  },
): Message {
  const buttons = rows.map((choices) =>
    choices.map(([value, label, change]) => button(isChosen(row, change) ? `✓ ${label}` : label, set(value))),
  );
  return {
    ...createTextWriter().add(name, "bold").done(),
    buttons: [...buttons, [button(texts.back, back)]],
  };
}
