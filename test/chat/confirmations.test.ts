import { describe, expect } from "bun:test";
import { memosSaved, rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { inGerman, type Talk } from "../support/languages.ts";

const marks = (world: ChatWorld) =>
  world.telegram.requests
    .filter(({ method, status }) => method === "setMessageReaction" && status === 200)
    .map(({ params }) => JSON.parse(String(params["reaction"]))[0].emoji);

async function chooses({ person, texts }: Talk, how: "reply" | "reaction" | "off"): Promise<void> {
  person.says("/settings");
  await person.hears(texts.settingsHead({ name: "alice" }));
  await person.presses(texts.settings.confirmation);
  await person.hears(texts.settingsHint.confirmation);
  await person.presses(texts.confirmations[how]);
  await person.hears(`${texts.settings.confirmation}: ${texts.confirmations[how]}`);
}

const refuses = (world: ChatWorld) =>
  world.memos.fault({
    match: { method: "POST", path: /\/memos$/ },
    action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
  });

describe("a confirmation", () => {
  inGerman("by a reaction marks what is saved and what is not", async (talk) => {
    const { world, person, texts } = talk;
    await chooses(talk, "reaction");
    person.says("a thought");
    await world.until("👍", () => marks(world).at(-1) === "👍");
    const refused = refuses(world);
    person.says("another");
    await person.hears(texts.failures.refused_by_memos);
    await world.until("👎", () => marks(world).at(-1) === "👎");
    refused.clear();
    await person.presses(texts.retry);
    await memosSaved(world, 2);
    await world.until("👍 again", () => marks(world).at(-1) === "👍");
  });

  inGerman("that is off leaves out what went well, and nothing else", async (talk) => {
    const { world, person, texts } = talk;
    await chooses(talk, "off");
    const before = person.seen().length;
    person.says("a thought");
    await memosSaved(world, 1);
    await person.quiet();
    expect(person.seen()).toHaveLength(before);
    person.person.sendDocument({ fileName: "big.zip", size: 30_000_000, caption: "with a file" });
    await person.hears(
      texts.missingFile({ name: "big.zip", why: texts.tooBigForBots({ megabytes: "28.6" }) }),
    );
    const refused = refuses(world);
    person.says("another");
    await person.hears(texts.failures.refused_by_memos);
    refused.clear();
  });

  inGerman("names a file that is missing, in the memo too", async ({ world, person, texts }) => {
    person.person.sendDocument({ fileName: "big.zip", size: 30_000_000, caption: "see" });
    const why = texts.tooBigForBots({ megabytes: "28.6" });
    await person.hears(texts.missingFile({ name: "big.zip", why }));
    expect((await memosSaved(world, 1))[0]?.content).toContain(why);

    world.memos.setUploadSizeLimit(1);
    person.person.sendDocument({ fileName: "two.zip", size: 2_097_152, caption: "see" });
    await person.hears(
      texts.missingFile({ name: "two.zip", why: texts.tooBigForMemos({ megabytes: "2.0" }) }),
    );
  });

  inGerman("of many at once is one", async ({ person, texts }) => {
    for (let at = 0; at < 12; at += 1) person.says(`line ${at}`);
    await person.quiet();
    expect(person.seen().map(({ text }) => text)).toEqual([texts.savedMany({ count: 12 })]);
  });

  inGerman(
    "says where a memo may not be public",
    async ({ world, person, texts }) => {
      world.memos.disallowPublic();
      const replyTo = person.says("a thought");
      await person.hears(texts.saved({ visibility: "PRIVATE" }));
      await person.presses("PUBLIC");
      expect((await person.hears(texts.publicDisallowed)).text).toStartWith(
        texts.saved({ visibility: "PRIVATE" }),
      );
      person.says("/public", { replyTo });
      await person.hears(texts.publicDisallowed);

      person.says("/settings");
      await person.presses(texts.settings.visibility);
      await person.hears(texts.settingsHint.visibility);
      await person.presses("PUBLIC");
      person.says("another thought");
      expect((await person.hears(texts.publicDisallowed)).text).toStartWith(
        texts.saved({ visibility: "PROTECTED" }),
      );
      expect(world.memos.memos().map(({ visibility }) => visibility)).toEqual(["PRIVATE", "PROTECTED"]);
    },
    { memos: { version: "0.26.2" } },
  );
});

describe("/status", () => {
  inGerman("says that all is well, and what is not", async ({ world, person, texts }) => {
    person.says("/status");
    expect(
      (await person.hears(texts.statusBound({ name: "alice" }))).text.split("\n").filter(Boolean),
    ).toEqual([
      texts.statusBound({ name: "alice" }),
      texts.statusReceiving.polling,
      texts.statusMemosVersion({ version: "0.30.0" }),
      texts.statusNoneWaiting,
      texts.statusNoneFailed,
    ]);
    await world.memos.stop();
    person.says("one");
    await world.until(
      "it waits",
      () => rows(world, "SELECT 1 FROM jobs WHERE waiting_for = 'memos'").length === 1,
    );
    person.says("/status");
    expect((await person.hears(texts.statusMemosAway)).text).toContain(texts.statusWaiting({ count: 1 }));
  });
});
