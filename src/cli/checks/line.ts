import { withoutSecrets } from "../../base/access-token.ts";
import { AppError, messageOf } from "../../base/errors.ts";
import { oneLine } from "../table.ts";

/** One line of `check`. The detail of what is not ok says what is wrong and how to mend it. */
export interface Line {
  readonly check: string;
  readonly status: "ok" | "warning" | "fail";
  readonly detail: string;
}

type Say = (check: string, detail: string) => Line;
export const ok: Say = (check, detail) => ({ check, status: "ok", detail });
export const warning: Say = (check, detail) => ({ check, status: "warning", detail });
export const fail: Say = (check, detail) => ({ check, status: "fail", detail });

/** The lines of one check, without secrets; what it throws is a failed line. */
export async function linesOf(check: string, look: () => Line[] | Promise<Line[]>): Promise<Line[]> {
  let lines: Line[];
  try {
    lines = await look();
  } catch (error) {
    lines = [fail(check, messageOf(error))];
  }
  return lines.map((line) => ({ ...line, detail: withoutSecrets(line.detail) }));
}

const LIMIT_MS = 10_000;

/** A question over the network, given up after 10 seconds. */
export async function within<T>(whom: string, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    return await ask(limit);
  } catch (error) {
    if (!limit.aborted) throw error;
    throw new AppError("unavailable", `${whom} does not answer within ${LIMIT_MS / 1000} s`);
  }
}

const MARKS = { ok: "ok", warning: "warning", fail: "FAIL" } as const;
const COLOURS = { ok: 32, warning: 33, fail: 31 } as const;
/** Wide enough for every name but that of a binding with a long id, so that lines can be shown as they come. */
const NAME_WIDTH = 18;
const MARK_WIDTH = 7;

export function render(line: Line, colour: boolean): string {
  const mark = MARKS[line.status].padEnd(MARK_WIDTH);
  const shown = colour ? `\u001b[${COLOURS[line.status]}m${mark}\u001b[0m` : mark;
  return `${shown}  ${line.check.padEnd(NAME_WIDTH)}  ${oneLine(line.detail)}`;
}
