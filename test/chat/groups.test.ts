import { describe, expect } from "bun:test";
import { botTexts, memosSaved } from "../support/app.ts";
import { conversation, talking } from "../support/conversation.ts";
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
  inGerman("messages are saved, commented and changed by who is connected", async (talk) => {
    const { world, texts } = talk;
    const { alice, eve, hears, lastId } = await inGroup(talk);
    eve.say("/save@memoferry_test_bot this");
    await hears(texts.groupHint + LINK);
    const said = eve.say("the train leaves at nine");
    alice.say("/save", { replyTo: said.message_id });
    await hears(texts.saved({ visibility: "PRIVATE" }));
    const [memo] = await memosSaved(world, 1);
    expect(memo?.content).toContain("the train leaves at nine");
    const confirmation = lastId();
    alice.say("platform four", { replyTo: confirmation });
    await hears(texts.savedComment);
    alice.say("/tag #trip", { replyTo: confirmation });
    await hears(texts.tagged({ tags: "#trip" }));
    alice.say("/pin", { replyTo: confirmation });
    await hears(texts.pinned);
    expect(world.memos.memos()[0]).toMatchObject({ pinned: true, tags: ["trip"] });
  });

  inGerman("the bot tells what it does, and what it does only in private", async (talk) => {
    const { texts } = talk;
    const { alice, hears } = await inGroup(talk);
    alice.say("/help@memoferry_test_bot");
    await hears(texts.groupHelp);
    alice.say("/search@memoferry_test_bot train");
    await hears(texts.askInPrivate + LINK);
    alice.say("/save");
    await hears(texts.saveHow);
  });

  inGerman("a button is its owner's, and the reason of a failure theirs alone", async (talk) => {
    const { world, person, texts } = talk;
    const bob = await talking(world, "bob", texts.language);
    const { group, alice, stranger, hears, lastId } = await inGroup(talk);
    alice.say("/save words");
    await hears(texts.saved({ visibility: "PRIVATE" }));
    for (const other of [bob.person, stranger]) {
      const them = conversation(world, other, { group });
      expect(await them.pressesOn(lastId(), "PUBLIC")).toBe(texts.notYours);
    }

    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });
    alice.say("/save more words");
    await hears(texts.failedInGroup);
    const why = `${texts.failures.refused_by_memos} ${texts.memosSaid({ words: "not like this" })}`;
    await person.hears(texts.failedOfGroup({ why }));
    expect(botTexts(world, group).join()).not.toContain("not like this");
  });

  inGerman("an access token is not used", async (talk) => {
    const { world, texts } = talk;
    const { alice, group } = await inGroup(talk);
    alice.say(`/bind ${world.memos.addToken("alice")}`);
    await world.quiet();
    expect(botTexts(world, group)[0]).toBe(texts.tokenInGroup);
  });
});
