import { describe, expect } from "bun:test";
import { botTexts, changeSettings, memosSaved, sample } from "../support/app.ts";
import { testBound } from "../support/test-bound.ts";

// What becomes of the sample texts: test/corpus.
describe("a text", () => {
  testBound(
    "of only dots, dashes and brackets is saved and confirmed: no reply breaks on them",
    async ({ world, person }) => {
      const text = "1. a-b (c) [d] _e_ *f* `g` ~h~ >i #j +k =l |m {n} !o \\p . - )";
      person.say(text);
      await world.quiet();
      expect(world.memos.memos().map((memo) => memo.content)).toEqual([text]);
      expect(botTexts(world, person)).toEqual(["Saved as PRIVATE · open"]);
    },
  );
});

describe("the creation time", () => {
  testBound("is the time of the message, also when Memos was away while it came", async ({ world }) => {
    await world.memos.stop();
    const [update] = sample("text-plain");
    const message = update?.["message"] as { date: number };
    message.date = Math.floor(world.clock.now() / 1000) - 3 * 3600;
    world.telegram.deliver(update ?? [], { keepDates: true });
    await world.passes(3_600_000);
    await world.memos.start();
    await world.settled();
    expect(world.memos.memos().map(({ createTime }) => Date.parse(createTime))).toEqual([
      message.date * 1000,
    ]);
  });
});

describe("visibility", () => {
  testBound("is never more public than the person's default in Memos is now", async ({ world, person }) => {
    world.memos.setDefaultVisibility("alice", "PUBLIC");
    person.say("for all");
    await memosSaved(world, 1);
    for (const visibility of ["PROTECTED", "PRIVATE"] as const) {
      world.memos.setDefaultVisibility("alice", visibility);
      person.say(visibility);
      await world.quiet();
      expect(world.memos.memos().at(-1)).toMatchObject({ content: visibility, visibility });
    }
  });

  testBound(
    "is what was chosen here when the memo is made, not when its work began",
    async ({ world, person }) => {
      changeSettings(world, person, { visibility: "PUBLIC" });
      world.memos.onRequest = ({ path }, phase) => {
        if (path.endsWith("/attachments") && phase === "after")
          changeSettings(world, person, { visibility: "PRIVATE" });
      };
      person.sendDocument({ fileName: "a.txt", bytes: Buffer.from("a") });
      const [memo] = await memosSaved(world, 1);
      expect(memo?.visibility).toBe("PRIVATE");
    },
  );

  testBound("is PRIVATE when the default cannot be read", async ({ world, person }) => {
    world.memos.setDefaultVisibility("alice", "PUBLIC");
    world.memos.fault({ match: { path: /settings?/i, method: "GET" }, action: { status: 500 } });
    person.say("for me");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PRIVATE");
  });
});
