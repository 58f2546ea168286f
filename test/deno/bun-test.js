// What the shared tests take from bun:test, for Deno (deno.json).
import { expect as jestExpect } from "expect";

/** Bun's takes what is said of a failure too. */
export const expect = Object.assign((value) => jestExpect(value), jestExpect);

export function test(name, fn) {
  // The program is a process of its own, and ends with its test.
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}
