import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { boundPerson, createWorld, memosSaved, until } from "../support/app.ts";

setDefaultTimeout(60_000);
const rate = 20;

describe("order", () => {
  test("within a chat is the order of the messages", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const texts = Array.from({ length: 60 }, (_, at) => `line ${at}`);
    for (const text of texts) person.say(text);
    await memosSaved(world, 60);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(texts);
  });

  test("holds when one create takes long and the next would be quick", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    world.memos.fault({ match: { method: "POST", path: /memos$/, nth: 1 }, action: { delayMs: 300 } });
    person.say("slow");
    person.say("quick");
    await memosSaved(world, 2);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual(["slow", "quick"]);
  });

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
