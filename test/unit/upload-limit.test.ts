import { expect, test } from "bun:test";
import { createLearnedLimit } from "../../src/saving/upload-files.ts";

const MIB = 1024 * 1024;

test("any size that a request to Memos can hold is tried until one is refused", () => {
  const limit = createLearnedLimit(() => 0);
  expect(limit.now()).toEqual({ bytes: 190 * MIB, of: "memos" });
});

test("the lowest refusal counts, for ten minutes", () => {
  let now = 0;
  const limit = createLearnedLimit(() => now);
  limit.refused({ bytes: 9 * MIB, of: "proxy" });
  limit.refused({ bytes: 12 * MIB, of: "memos" });
  expect(limit.now()).toEqual({ bytes: 9 * MIB, of: "proxy" });
  now = 10 * 60_000 - 1;
  expect(limit.now().bytes).toBe(9 * MIB);
  now += 1;
  expect(limit.now().bytes).toBe(190 * MIB);
  limit.refused({ bytes: 12 * MIB, of: "memos" });
  expect(limit.now()).toEqual({ bytes: 12 * MIB, of: "memos" });
});
