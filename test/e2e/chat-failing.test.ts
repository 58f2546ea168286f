import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createWorld, memosSaved, until } from "../support/app.ts";
import { talking } from "../support/conversation.ts";
import { inTwoLanguages } from "../support/languages.ts";

setDefaultTimeout(20_000);

describe("what could not be saved", () => {
  inTwoLanguages(
    "is told with its reason, listed, tried again and discarded",
    async ({ world, person, texts }) => {
      world.memos.fault({
        match: { method: "POST", path: /\/memos$/ },
        action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
      });
      person.says("one");
      await person.hears("not like this");
      person.says("two");
      await until(
        "both failed",
        () => person.seen().filter(({ text }) => text.includes("not like this")).length === 2,
      );
      person.says("/status");
      await person.hears(texts.statusFailed(2));

      world.memos.clearFaults();
      person.says("/failed");
      await person.hears(texts.failedHead(2));
      await person.presses(`${texts.retry} 1`);
      await person.hears(texts.failedHead(1), "anywhere");
      expect((await memosSaved(world, 1))[0]?.content).toBe("two");
      await person.presses(`${texts.discard} 1`);
      await person.hears(texts.failedNone, "anywhere");
    },
  );

  test("and is tried again by a button is told to be saved also to who wants no confirmations", async () => {
    await using world = await createWorld({ rate: 20 });
    const alice = await talking(world);
    alice.says("/settings");
    await alice.hears("Settings");
    await alice.presses("Confirmation");
    await alice.presses("off");
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });
    alice.says("a letter");
    await alice.hears("not like this");
    world.memos.clearFaults();
    await alice.presses("Retry");
    await alice.hears("Trying again …", "anywhere");
    await alice.hears("Saved as PRIVATE");
    expect(await memosSaved(world, 1)).toHaveLength(1);
  });
});
