import { seeded } from "./seeded.ts";
import { findStrace } from "./trace.ts";
import type { Power } from "./world.ts";

const found = findStrace();

/** Where strace is missing the test is skipped with a line that says so; in CI it fails. */
export const needsStrace = { skip: !found && process.env["CI"] !== "true" };
if (needsStrace.skip) console.log("skipped: power cuts (there is no strace on this machine)");

export function strace(): string {
  if (!found) throw new Error("there is no strace on this machine: apt-get install strace");
  return found;
}

export interface Cuts extends Power {
  readonly seed: number;
  /** Calls that all cuts have undone, wholly or in part. */
  readonly undone: number;
}

/** Power cuts that a seed decides: of what was not synced now nothing is left, now pieces are. */
export function createPower(seed: number): Cuts {
  const random = seeded(seed);
  let undone = 0;
  return {
    strace: strace(),
    seed,
    leftover: () => (random() < 0.5 ? { keep: "pieces", random } : { keep: "nothing" }),
    cut(calls) {
      undone += calls;
    },
    get undone() {
      return undone;
    },
  };
}
