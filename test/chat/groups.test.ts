import { describe, expect } from "bun:test";
import { botTexts, memosSaved } from "../support/app.ts";
import { inGerman, type Talk } from "../support/languages.ts";

const LINK = "\nhttps://t.me/memoferry_test_bot";

/** The person of the talk and Eve, who has no account, in a group with the bot; both speak the same language. */
async function inGroup({ world, person: alice, texts }: Talk) {
  alice.says("/id");
  await alice.quiet();
  const eve = world.telegram.user({ first_name: "Eve", language_code: texts.language });
  const group = world.telegram.group({ type: "supergroup", title: "Trip" });
  return {
    group,
    alice: group.as(alice.person),
    stranger: eve,
    eve: group.as(eve),
    lastId: () => world.telegram.botMessages(group.id).at(-1)?.message_id ?? 0,
    /** Waits until the bot's last message in the group says so. */
    hears: (what: string) =>
      world.until(`the bot to say ${what}`, () => botTexts(world, group).at(-1)?.includes(what)),
  };
}

describe("in a group", () => {
  inGerman("all is said in the language of who said something", async (talk) => {
    const { world, person, texts } = talk;
    const { alice, eve, hears, lastId } = await inGroup(talk);
    eve.say("/save@memoferry_test_bot this");
    await hears(texts.groupHint + LINK);
    alice.say("/help@memoferry_test_bot");
    await hears(texts.groupHelp);
    alice.say("/search@memoferry_test_bot train");
    await hears(texts.askInPrivate + LINK);
    alice.say("/save");
    await hears(texts.groupHelp);
    const said = eve.say("the train leaves at nine");
    alice.say("/save", { replyTo: said.message_id });
    await hears(texts.saved({ visibility: "PRIVATE" }));
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toContain("the train leaves at nine");
    const confirmation = lastId();
    alice.say("platform four", { replyTo: confirmation });
    await hears(texts.savedComment);
    alice.say("/tag #trip", { replyTo: confirmation });
    await hears("#trip");
    alice.say("/pin", { replyTo: confirmation });
    await hears("📌");
    expect(world.memos.memos()[0]).toMatchObject({ pinned: true, tags: ["trip"] });

    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });
    alice.say("/save more words");
    await hears(texts.failedInGroup);
    const why = `${texts.failures.refused_by_memos} ${texts.memosSaid({ words: "not like this" })}`;
    await person.hears(texts.failedOfGroup({ why }));
  });
});
