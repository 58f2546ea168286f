import { describe, expect, test } from "bun:test";
import { chatWorld } from "../support/chat.ts";
import { talking } from "../support/conversation.ts";

async function withMemo(options: Parameters<typeof chatWorld>[0] = {}) {
  const world = await chatWorld({ ...options });
  const alice = await talking(world);
  const sent = alice.says("a thought");
  const confirmed = await alice.hears("Saved as PRIVATE");
  await world.quiet();
  return {
    world,
    alice,
    sent,
    confirmed,
    memo: () => world.memos.memos()[0],
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

describe("a memo that is to be deleted", () => {
  for (const version of ["0.30.0", "0.24.4"]) {
    test(`by /delete or a button, is gone at once (${version})`, async () => {
      await using saved = await withMemo({ memos: { version } });
      const { world, alice, sent, confirmed } = saved;
      alice.says("/delete", { replyTo: sent });
      const asked = await alice.hears("Delete this memo in Memos for good");
      expect(asked.buttons).toEqual(["Delete it", "Archive", "Keep it"]);
      await alice.pressesOn(confirmed.id, "Delete");
      await world.until("asked in both", () =>
        alice.seen().every(({ text }) => text.startsWith("Delete this memo")),
      );
      await alice.pressesOn(asked.id, "Delete it");
      expect((await alice.hears("Deleted from Memos.")).buttons).toEqual([]);
      expect(world.memos.memos()).toEqual([]);
      // What is wanted is so.
      await alice.pressesOn(confirmed.id, "Delete it");
      await world.until("told in both", () =>
        alice.seen().every(({ text }) => text === "Deleted from Memos."),
      );
    });
  }

  test("is not while Memos does not answer, and can be once it does, also where its answer is lost", async () => {
    await using saved = await withMemo();
    const { world, alice, memo } = saved;
    await alice.presses("Delete");
    await alice.hears("Delete this memo");
    await world.memos.stop();
    await alice.presses("Delete it");
    await alice.hears("Memos does not answer right now. Please try again");
    await world.memos.start();
    expect(memo()?.state).toBe("NORMAL");
    world.memos.fault({ match: { method: "DELETE" }, times: 1, action: "drop-after" });
    await alice.presses("Delete it");
    await world.until("done, unheard", () => world.memos.memos().length === 0);
    await world.quiet();
    await alice.presses("Delete it");
    expect((await alice.hears("Deleted from Memos.")).buttons).toEqual([]);
  });
});
