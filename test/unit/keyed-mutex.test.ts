import { describe, expect, test } from "bun:test";
import { createKeyedMutex } from "../../src/base/keyed-mutex.ts";

describe("turns", () => {
  test("what has the same key runs one after another in order, other keys beside it", async () => {
    const turns = createKeyedMutex();
    const seen: string[] = [];
    const first = Promise.withResolvers<void>();
    const work = (name: string, wait?: Promise<void>) => async () => {
      seen.push(`${name} begins`);
      await wait;
      seen.push(`${name} ends`);
      return name;
    };
    const all = [turns("a", work("1", first.promise)), turns("a", work("2")), turns("b", work("3"))];
    expect(await all[2]).toBe("3");
    expect(seen).toEqual(["1 begins", "3 begins", "3 ends"]);
    first.resolve();
    expect(await Promise.all(all)).toEqual(["1", "2", "3"]);
    expect(seen.slice(3)).toEqual(["1 ends", "2 begins", "2 ends"]);
  });

  test("one that fails is told of it, and the next has its turn", async () => {
    const turns = createKeyedMutex();
    const failed = turns("a", () => Promise.reject(new Error("no")));
    const next = turns("a", async () => "next");
    expect(failed).rejects.toThrow("no");
    expect(await next).toBe("next");
  });
});
