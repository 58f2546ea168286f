import { describe, expect, test } from "bun:test";
import { memosSaved, rows } from "../support/app.ts";
import { chatWorld } from "../support/chat.ts";
import { talking } from "../support/conversation.ts";

describe("/status", () => {
  test("says in words that all is well", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/status");
    const { text } = await alice.hears("You are connected to the Memos account of alice");
    expect(text).toContain("Messages from Telegram reach me.\n");
    expect(text).toMatch(/Memos answers \(version \d/);
    expect(text).toContain("0 messages are waiting to be saved.\nNothing has failed");
  });

  test("tells what waits and what failed, and that Memos is away", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    await world.memos.stop();
    alice.says("one");
    alice.says("two");
    alice.says("/status");
    const { text } = await alice.hears("2 messages are waiting to be saved.");
    expect(text).toContain("You are connected");
    alice.says("/status");
    await alice.hears("You are connected");
    await world.memos.start();
  });
});

describe("/failed", () => {
  async function dead(name = "alice", count = 1, language = "en") {
    const world = await chatWorld();
    const alice = await talking(world, name, language);
    // Refused for good: Memos says that they are invalid.
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });
    for (let at = 1; at <= count; at++) alice.says(`letter ${at}`);
    await alice.quiet();
    world.memos.clearFaults();
    return { world, alice, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  }

  test("lists own failures with their reasons, five a page", async () => {
    await using made = await dead("alice", 7);
    const { alice } = made;
    alice.says("/failed");
    const first = await alice.hears("7 messages could not be saved:");
    expect(first.text).toContain("1. letter 7");
    expect(first.text).toContain("5. letter 3");
    expect(first.text).not.toContain("letter 2");
    expect(first.text).toContain("not like this");
    expect(first.buttons.slice(0, 2)).toEqual(["Retry 1", "Discard 1"]);
    expect(first.buttons.slice(-3)).toEqual(["6–7 ›", "Retry all", "Discard all"]);
    await alice.presses("6–7 ›");
    const second = await alice.hears("6. letter 2");
    expect(second.buttons).toEqual([
      "Retry 6",
      "Discard 6",
      "Retry 7",
      "Discard 7",
      "‹ 1–5",
      "Retry all",
      "Discard all",
    ]);
    expect([...first.data, ...second.data].every((data) => Buffer.byteLength(data) <= 64)).toBe(true);
  });

  test("retries and discards each, and shows what is left", async () => {
    await using made = await dead("alice", 3);
    const { world, alice } = made;
    alice.says("/failed");
    await alice.hears("3 messages could not be saved:");
    await alice.presses("Retry 1");
    await alice.hears("2 messages could not be saved:", "anywhere");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("letter 3");
    await alice.presses("Discard 1");
    await alice.hears("1 message could not be saved:", "anywhere");
    await alice.presses("Discard 1");
    await alice.hears("Nothing has failed", "anywhere");
    await alice.quiet();
    expect(rows(world, "SELECT outcome FROM jobs WHERE kind = 'message' ORDER BY id")).toEqual([
      { outcome: "discarded" },
      { outcome: "discarded" },
      { outcome: "saved" },
    ]);
  });
});
