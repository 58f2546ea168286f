import { writeSync } from "node:fs";
import { codeOf } from "./errors.ts";

/** Writes all of it to stdout (1) or stderr (2) before it returns: the process may end right after. */
export function writeWhole(descriptor: 1 | 2, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      // A full pipe waits for its reader. Anything else (it is gone, the disk is full) must not stop the service.
      if (codeOf(error) !== "EAGAIN") return;
      Bun.sleepSync(2);
    }
  }
}
