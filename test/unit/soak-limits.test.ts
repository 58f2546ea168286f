import { expect, test } from "bun:test";
import { type Held, tooMuch } from "../crash/soak-limits.ts";

const held = (messages: number, more: Partial<Held> = {}): Held => ({
  messages,
  rss: 120,
  handles: 22,
  file: 0.2 + messages * 0.002,
  used: 0.2 + messages * 0.002,
  wal: 4.5,
  ...more,
});
const parts = [held(0), held(10_000), held(20_000), held(30_000)];
const pruned = held(30_000, { used: 17 });
const after = held(40_000, { file: pruned.file });

test("a soak that levels off has nothing to complain of", () => {
  expect(tooMuch({ parts, pruned, after })).toEqual([]);
});

test("a soak names what grows", () => {
  const grown = (more: Partial<Held>) => tooMuch({ parts: [...parts, held(40_000, more)], pruned, after });
  expect(grown({ rss: 400 })).toEqual([expect.stringContaining("memory")]);
  expect(grown({ handles: 60 })).toEqual([expect.stringContaining("handles")]);
  expect(grown({ wal: 200 })).toEqual([expect.stringContaining("write-ahead log")]);
  expect(grown({ used: 300 })).toEqual([expect.stringContaining("bytes of the database for a message")]);
  expect(tooMuch({ parts, pruned: held(30_000, { used: 60 }), after })).toEqual([
    expect.stringContaining("once it is pruned"),
  ]);
  expect(tooMuch({ parts, pruned, after: held(40_000) })).toEqual([
    expect.stringContaining("the file after one more part"),
  ]);
});
