import { describe, expect, test } from "bun:test";
import { createKeeper, createLookThrough, thisDayEarlier } from "../../src/chat/looking.ts";
import type { Memo } from "../../src/memos/client.ts";
import { MemosError } from "../../src/memos/errors.ts";
import { Secret } from "../../src/secret.ts";
import type { Binding } from "../../src/store/bindings.ts";
import { createFakeClock } from "../support/clock.ts";

const memo = (n: number, more: Partial<Memo> = {}) =>
  ({
    name: `memos/${n}`,
    createTime: new Date(1_700_000_000_000 - n * 1_000).toISOString(),
    pinned: false,
    ...more,
  }) as Memo;

/** Looks through a Memos that has `count` memos of `account`, each of which takes `eachMs` to be read. */
function looking({ count = 3, eachMs = 0, account = "users/1", refuses = false } = {}) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const lookThrough = createLookThrough({
    memos: {
      async lookThrough(_token, of, _search, look) {
        asked.push(of);
        if (of !== account && refuses) throw new MemosError("invalid", "invalid filter");
        for (let n = 0; n < (of === account ? count : 0); n++) {
          await clock.advance(eachMs);
          if (!look(memo(n))) return;
        }
      },
    },
    accountNames: { askName: async (binding) => ({ ...binding, account }) },
    patiently: (signal, work) => work(signal),
    clock,
  });
  const whose = { binding: { account: "users/1" } as Binding, token: new Secret("t") };
  const seen: string[] = [];
  const run = (enough = Number.POSITIVE_INFINITY) =>
    lookThrough(whose, {}, ({ name }) => seen.push(name) < enough, new AbortController().signal);
  return { run, seen, asked };
}

describe("looking through memos", () => {
  test("shows all of them, and says that it was all", async () => {
    const { run, seen } = looking();
    expect(await run()).toBeNull();
    expect(seen).toEqual(["memos/0", "memos/1", "memos/2"]);
  });

  test("ends when enough was seen, which is no cut", async () => {
    const { run, seen } = looking();
    expect(await run(2)).toBeNull();
    expect(seen).toHaveLength(2);
  });

  test("of too many says after how many it ended", async () => {
    expect(await looking({ count: 20_000 }).run()).toBeNull();
    expect(await looking({ count: 20_001 }).run()).toBe(20_000);
  });

  test("that takes too long says so as well", async () => {
    expect(await looking({ count: 100, eachMs: 1_000 }).run()).toBe(12);
  });

  test("asks again under the name that Memos has for the account by now", async () => {
    for (const refuses of [false, true]) {
      const { run, seen, asked } = looking({ account: "users/alice", refuses });
      expect(await run()).toBeNull();
      expect(asked).toEqual(["users/1", "users/alice"]);
      expect(seen).toHaveLength(3);
    }
  });
});

test("what is kept is the newest, whatever was pinned", () => {
  const keeper = createKeeper(2);
  expect(keeper.take(memo(9, { pinned: true }))).toBe(true);
  expect(keeper.take(memo(1))).toBe(true);
  expect(keeper.take(memo(1))).toBe(true);
  expect(keeper.take(memo(2))).toBe(false);
  expect(keeper.newestFirst().map(({ name }) => name)).toEqual(["memos/1", "memos/2"]);
});

describe("this day in earlier years", () => {
  test("is a whole day of this machine's time zone", () => {
    const spans = thisDayEarlier(new Date(2026, 10, 25, 23, 59));
    expect(spans).toHaveLength(25);
    expect(spans[0]).toEqual({ from: new Date(2025, 10, 25), to: new Date(2025, 10, 26) });
    expect(spans.at(-1)?.from).toEqual(new Date(2001, 10, 25));
  });

  test("is in leap years alone for 29 February", () => {
    const years = thisDayEarlier(new Date(2028, 1, 29)).map(({ from }) => from.getFullYear());
    expect(years).toEqual([2024, 2020, 2016, 2012, 2008, 2004]);
  });
});
