import { describe, expect } from "bun:test";
import { botTexts, changeSettings, memosSaved, sample } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
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
  testBound("is else the default that the user set in Memos", async ({ world, person }) => {
    world.memos.setDefaultVisibility("alice", "PUBLIC");
    person.say("for all");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PUBLIC");
  });

  testBound("is PRIVATE when the default cannot be read", async ({ world, person }) => {
    world.memos.setDefaultVisibility("alice", "PUBLIC");
    world.memos.fault({ match: { path: /settings?/i, method: "GET" }, action: { status: 500 } });
    person.say("for me");
    const [memo] = await memosSaved(world, 1);
    expect(memo?.visibility).toBe("PRIVATE");
  });
});

describe("tags of the binding", () => {
  testBound("are added once, in a line of their own, unless the text has them", async ({ world, person }) => {
    changeSettings(world, person, { tags: ["telegram", "inbox"] });
    person.say("water the plants");
    person.say("already an #inbox thing");
    await memosSaved(world, 2);
    expect(world.memos.memos().map((memo) => memo.content)).toEqual([
      "water the plants\n\n#telegram #inbox",
      "already an #inbox thing\n\n#telegram",
    ]);
    expect(world.memos.memos().map((memo) => memo.tags.toSorted())).toEqual([
      ["inbox", "telegram"],
      ["inbox", "telegram"],
    ]);
  });
});

describe("a text over the server's limit of bytes", () => {
  /** 12,288 bytes of UTF-8; Memos takes 8,192 by default. */
  const text = "家".repeat(4096);
  const parts = (world: ChatWorld) => {
    const memos = world.memos.memos();
    return memos.flatMap((memo) => [memo, ...world.memos.comments(memo.name)]).map(({ content }) => content);
  };

  testBound("is a memo and its comments, and the confirmation says so", async ({ world, person }) => {
    person.say(text);
    await world.until("all of it", () => parts(world).join("") === text);
    expect(world.memos.memos()).toHaveLength(1);
    expect(parts(world).every((part) => Buffer.byteLength(part) <= 8192)).toBe(true);
    expect(botTexts(world, person)).toEqual([
      "Saved as PRIVATE · open\nIt is longer than this Memos server accepts: the rest is in a comment under it.",
    ]);
  });
});
