import { describe, expect, test } from "bun:test";
import { changeSettings, memosSaved, rows } from "../support/app.ts";
import { chatWorld } from "../support/chat.ts";
import { conversation, talking } from "../support/conversation.ts";
import { prune } from "../support/store.ts";

describe("an unknown command", () => {
  test("is not saved silently, and becomes a memo by a press", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/todo buy milk");
    expect((await alice.hears("I do not know /todo, so nothing was saved.")).buttons).toEqual([
      "Save as memo",
    ]);
    expect(world.memos.memos()).toEqual([]);
    await alice.presses("Save as memo");
    await alice.hears("I am on it …", "anywhere");
    expect((await memosSaved(world, 1))[0]?.content).toBe("/todo buy milk");
  });

  test("that is spelled nearly like another is told that one", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    for (const [typed, meant] of [
      ["/serach apple", "search"],
      ["/recents", "recent"],
      ["/setings", "settings"],
      ["/delate", "delete"],
    ] as const) {
      alice.says(typed);
      const told = await alice.hears(`Did you mean /${meant}?`);
      expect(told.buttons).toEqual(["Save as memo"]);
    }
    alice.says("/todo buy milk");
    expect((await alice.hears("I do not know /todo")).text).not.toContain("Did you mean");
  });

  test("that was edited since is saved as what it says now", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    const sent = alice.says("/todo buy mlik");
    await alice.hears("I do not know /todo");
    for (const text of ["/todo buy milk", "buy milk"]) {
      alice.edits(sent, text);
      await world.until(
        "the edit",
        () => rows(world, `SELECT 1 FROM updates WHERE payload LIKE '%"text":"${text}"%'`).length === 1,
      );
    }
    await alice.quiet();
    expect(world.memos.memos()).toEqual([]);
    await alice.presses("Save as memo");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toBe("buy milk");
    alice.edits(sent, "buy milk and bread");
    await world.until("the memo follows", () => world.memos.memos()[0]?.content === "buy milk and bread");
    await alice.quiet();
  });

  test("that was forgotten after KEEP_DAYS asks to be sent again", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    alice.says("/todo too late");
    await alice.hears("I do not know /todo");
    await world.quiet();
    prune(world, world.clock.now());
    alice.says("/id");
    await alice.hears("Your Telegram id is");
    expect(await alice.presses("Save as memo")).toBe("I no longer have this message: please send it again.");
    await world.quiet();
    expect(world.memos.memos()).toEqual([]);
  });

  test("is told to be saved also to who wants no confirmations", async () => {
    await using world = await chatWorld();
    const alice = await talking(world);
    changeSettings(world, alice.person, { confirmation: "off" });
    alice.says("/todo buy milk");
    await alice.hears("I do not know /todo");
    await alice.presses("Save as memo");
    await alice.hears("Saved as PRIVATE");
    alice.says("without a word");
    await memosSaved(world, 2);
    await alice.quiet();
    expect(alice.seen().filter(({ text }) => text.startsWith("Saved"))).toHaveLength(1);
  });

  test("of a stranger is answered without a button", async () => {
    await using world = await chatWorld();
    const person = conversation(world, world.telegram.user({ first_name: "Mallory" }));
    person.says("/todo something");
    expect((await person.hears("I do not know /todo")).buttons).toEqual([]);
  });
});
