import { withoutSecrets } from "../../base/access-token.ts";
import { AppError, messageOf } from "../../base/errors.ts";
import { oneLine } from "../format.ts";
import type { Terminal } from "../terminal.ts";

/** One line of `check`. The detail of what is not ok says what is wrong and how to mend it. */
export interface Line {
  readonly check: string;
  readonly status: "ok" | "warning" | "fail";
  readonly detail: string;
}

/** What a check finds: what is well, or a warning; null where there is nothing to look at. What is wrong is thrown. */
export type Finding = string | { readonly warning: string } | null;

export const failure = (text: string) => new AppError("unavailable", text);

/** The line of one check, without secrets, if there is one. */
export async function lineOf(check: string, look: () => Finding | Promise<Finding>): Promise<Line[]> {
  const line = (status: Line["status"], text: string) => [{ check, status, detail: withoutSecrets(text) }];
  try {
    const found = await look();
    if (found === null) return [];
    return typeof found === "string" ? line("ok", found) : line("warning", found.warning);
  } catch (error) {
    return line("fail", messageOf(error));
  }
}

const LIMIT_MS = 10_000;

/** A question over the network, given up after 10 seconds. */
export async function within<T>(whom: string, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  return ask(signal).catch((error) => {
    throw signal.aborted ? failure(`${whom} does not answer within ${LIMIT_MS / 1000} s`) : error;
  });
}

const COLORS = { ok: "green", warning: "yellow", fail: "red" } as const;

/** Columns are wide enough for every name but that of a binding with a long id, so that lines can be shown as they come. */
export function render({ check, status, detail }: Line, { colored }: Pick<Terminal, "colored">): string {
  const mark = colored(COLORS[status], (status === "fail" ? "FAIL" : status).padEnd(7));
  return `${mark}  ${check.padEnd(20)}  ${oneLine(detail)}`;
}
