import { describe, expect, test } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import type { ChatContext } from "../../src/chat/context.ts";
import { createFindOwn, isOfThisDay } from "../../src/chat/lists/lists.ts";
import type { Memo } from "../../src/memos/client.ts";
import type { Binding } from "../../src/store/accounts/bindings.ts";
import { createFakeClock } from "../support/clock.ts";

/** Each a day older than the one before; the first `pinned` of them are older than all. */
const memo = (n: number, pinned: number) =>
  ({
    name: `memos/${n}`,
    createTime: new Date(Date.UTC(n < pinned ? 2001 : 2023, 5, 30 - n)).toISOString(),
    pinned: n < pinned,
  }) as Memo;

/** Looks through a Memos that has `count` memos of `account`, each of which takes `eachMs` to be read. */
function looking({ count = 3, eachMs = 0, account = "users/1", pinned = 0 } = {}) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const findMemos: ChatContext["memos"]["findMemos"] = async (_token, of, { look }) => {
    asked.push(of);
    const found: Memo[] = [];
    for (let n = 0; n < count; n++) {
      await clock.advance(eachMs);
      const taken = look?.(memo(n, pinned));
      if (taken === "stop") break;
      if (taken) found.push(memo(n, pinned));
    }
    return found;
  };
  const findOwn = createFindOwn({
    clock,
    memos: { findMemos, whoAmI: async () => ({ name: account }), info: async () => ({}) },
    bindings: { told: (_: number, __: string, named: { account: string }) => named },
  } as unknown as ChatContext);
  return { run: (isMeant = (_: Memo) => true) => findOwn(whose, { isMeant, limit: 200 }), asked };
}

const whose = {
  binding: { account: "users/1" } as Binding,
  token: new Secret("t"),
  signal: new AbortController().signal,
};

const namesOf = (found: readonly Memo[]) => found.map(({ name }) => name);

describe("looking through memos", () => {
  test("finds those that are meant, and comes to the end", async () => {
    const { found, since } = await looking().run(({ name }) => name !== "memos/1");
    expect(namesOf(found)).toEqual(["memos/0", "memos/2"]);
    expect(since).toBeNull();
  });

  test("that takes too long says how far back it came", async () => {
    const { found, since } = await looking({ count: 100, eachMs: 1_000 }).run();
    expect(found).toHaveLength(12);
    expect(since?.toISOString()).toStartWith("2023-06-19");
  });

  test("does not take an old memo that is pinned for how far back it came", async () => {
    const { since } = await looking({ count: 100, eachMs: 5_000, pinned: 1 }).run();
    expect(since?.toISOString()).toStartWith("2023-06-29");
  });

  test("asks under the name that Memos has for the account by now", async () => {
    const { run, asked } = looking({ account: "users/alice" });
    expect((await run()).found).toHaveLength(3);
    expect(asked).toEqual(["users/alice"]);
  });
});

test.each([
  [new Date(2025, 10, 25), true],
  [new Date(2001, 10, 25, 23, 59), true],
  [new Date(2025, 10, 26), false],
  [new Date(2025, 10, 24, 23, 59), false],
  [new Date(2026, 10, 25), true],
  [new Date(2027, 10, 25), false],
])("of a day in November %p is of this day, in this year or an earlier one: %p", (time, expected) => {
  const now = new Date(2026, 10, 25, 23, 59).getTime();
  const isMeant = isOfThisDay({ now, zone: Temporal.Now.timeZoneId() });
  expect(isMeant({ createTime: time.toISOString() })).toBe(expected);
});
