import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { boundPerson, createWorld, memosSaved, until } from "../support/app.ts";

setDefaultTimeout(60_000);

describe("order", () => {
  test("of one chat does not hold up another: chats are worked side by side", async () => {
    await using world = await createWorld({ rate: 1, telegram: { limits: false } });
    const alice = await boundPerson(world, "alice");
    const bob = await boundPerson(world, "bob");
    const held = Promise.withResolvers<void>();
    world.memos.onRequest = async ({ method, path, body }, phase) => {
      const first = method === "POST" && path.endsWith("/memos") && Buffer.from(body).includes("held up");
      if (phase === "before" && first) await held.promise;
    };
    alice.person.say("held up");
    alice.person.say("behind it");
    bob.person.say("free");
    await until("bob's memo", () => world.memos.memos().some((memo) => memo.content === "free"));
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["free"]);
    held.resolve();
    await memosSaved(world, 3);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["free", "held up", "behind it"]);
    expect(world.memos.memos().map((memo) => memo.creator)).toEqual([
      bob.account.name,
      alice.account.name,
      alice.account.name,
    ]);
  });
});
