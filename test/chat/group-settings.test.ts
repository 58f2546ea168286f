import { describe, expect, test } from "bun:test";
import { createClients } from "../../src/app/context.ts";
import { checkChats } from "../../src/cli/checks/chats.ts";
import { loadConfig } from "../../src/config/config.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { openReadOnlyStore } from "../../src/store/store.ts";
import type { GroupOptions } from "../fakes/telegram.ts";
import { botTexts, memosSaved } from "../support/app.ts";
import { inGroup } from "../support/in-group.ts";

const texts = textsIn("en");
const GIVEN = texts.groupGiven({ owner: "alice" });
const HEARS_LITTLE = texts.hearsLittle({ group: "Trip", bot: "memoferry_test_bot" });

/** Alice and Bob administer it; all have written to the bot before. */
async function administered(group: GroupOptions = {}) {
  const at = await inGroup({ admin: true, ...group });
  for (const person of [at.alice, at.bob]) {
    at.world.telegram.setStanding(at.group, person, person === at.alice ? "creator" : "administrator");
    person.say("/id");
  }
  await at.world.quiet();
  const { world } = at;
  return {
    ...at,
    chat: () => world.store.chats.of(at.group.id),
    /** What is said in the group to a command of somebody. */
    async says(person: typeof at.alice, text: string) {
      const before = at.told().length;
      at.group.as(person).say(text);
      await world.quiet();
      return at.told().slice(before);
    },
    /** Presses a button of the last message that has it; what the press is answered with. */
    async press(person: typeof at.alice, label: string) {
      const message = at
        .shown()
        .findLast(({ reply_markup }) => JSON.stringify(reply_markup ?? {}).includes(JSON.stringify(label)));
      const press = at.group.as(person).press(message?.message_id ?? 0, label);
      await world.quiet();
      return (await press.answer).text;
    },
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

describe("/settings in a group", () => {
  test("are set by those who administer it; what others press is answered with a note", async () => {
    await using at = await administered();
    at.world.telegram.setStanding(at.group, at.bob, "member");
    expect(await at.says(at.bob, "/settings")).toEqual([texts.groupAdminsOnly]);
    const [shown] = await at.says(at.alice, "/settings");
    expect(shown).toBe(
      "Settings of Trip\nWhat is saved: what is said to me\nConfirmation: reply with buttons",
    );
    expect(await at.press(at.bob, "Confirmation")).toBe(texts.groupAdminsOnly);
    expect(await at.press(at.eve, "Confirmation")).toBe(texts.groupAdminsOnly);
    expect(await at.press(at.alice, "Confirmation")).toBeUndefined();
    expect(await at.press(at.alice, "reaction 👍")).toBeUndefined();
    expect(at.chat()?.confirmation).toBe("reaction");
    expect((await at.says(at.alice, "/settings"))[0]).toContain("Confirmation: reaction 👍");
    at.world.store.chats.change(at.group.id, { confirmation: null });
    expect((await at.says(at.alice, "/settings"))[0]).toContain("Confirmation: reaction 👍");
    // Who was an administrator when it was shown is none when they press.
    at.world.telegram.setStanding(at.group, at.alice, "member");
    expect(await at.press(at.alice, "Confirmation")).toBe(texts.groupAdminsOnly);
    expect(at.chat()?.mode).toBe("addressed");
  });

  test("wait while Telegram cannot say who administers it, however often", async () => {
    await using at = await administered();
    at.world.telegram.fault({ match: { method: "getChatMember" }, times: 6, action: "drop-before" });
    expect(await at.says(at.alice, "/settings")).toEqual([]);
    await at.world.settled();
    expect(at.told().at(-1)).toContain("Settings of Trip");
    expect(at.world.store.jobs.counts().dead).toBe(0);
  });

  test("have everything kept for who chooses so, with the author and the topic as they choose", async () => {
    await using at = await administered();
    await at.says(at.alice, "/settings");
    await at.press(at.alice, "What is saved");
    await at.press(at.alice, "everything");
    expect(at.told().at(-1)).toBe(GIVEN);
    expect(at.chat()).toMatchObject({ mode: "all", owner_id: at.alice.id });
    await at.press(at.alice, "Author");
    await at.press(at.alice, "on");
    await at.press(at.bob, "Tag of the topic");
    await at.press(at.bob, "#group/topic");
    expect(at.chat()).toMatchObject({ author_line: true, topic_tags: "title" });
    await at.press(at.bob, "What is saved");
    await at.press(at.bob, "what is said to me");
    expect(at.told().at(-1)).toBe(`${texts.groupEnded}\n\n${texts.groupWas({ owner: "alice" })}`);
    expect(botTexts(at.world, at.alice).at(-1)).toBe(texts.groupTaken({ group: "Trip", by: "bob" }));
    expect(at.chat()).toMatchObject({ mode: "addressed", owner_id: null });
  });
});

describe("/bind and /unbind in a group", () => {
  test("give it to the account of an administrator, another takes it over, and the owner ends it", async () => {
    await using at = await administered();
    expect(await at.says(at.eve, "/bind@memoferry_test_bot")).toEqual([
      `${texts.groupHint}\nhttps://t.me/memoferry_test_bot`,
    ]);
    expect(await at.says(at.alice, "/bind")).toEqual([GIVEN]);
    at.world.store.chats.change(at.group.id, { confirmation: null });
    at.group.as(at.eve).say("one");
    expect(await at.says(at.bob, "/bind")).toEqual([
      `${texts.groupGiven({ owner: "bob" })}\n\n${texts.groupWas({ owner: "alice" })}`,
    ]);
    expect(botTexts(at.world, at.alice).at(-1)).toBe(texts.groupTaken({ group: "Trip", by: "bob" }));
    at.group.as(at.eve).say("two");
    await memosSaved(at.world, 2);
    expect([at.of("alice"), at.of("bob")].map((memos) => memos.map(({ content }) => content))).toEqual([
      ["one"],
      ["two"],
    ]);
    // An administrator no more, they still end what is theirs.
    at.world.telegram.setStanding(at.group, at.bob, "member");
    expect(await at.says(at.bob, "/unbind")).toEqual([texts.groupEnded]);
    expect(await at.says(at.bob, "/unbind")).toEqual([texts.groupAdminsOnly]);
    at.group.as(at.eve).say("three");
    await at.world.quiet();
    expect(at.world.memos.memos()).toHaveLength(2);
  });

  test("show nothing of anybody's token, and a token is removed as ever", async () => {
    await using at = await administered();
    const told = await at.says(at.alice, "/bind memos_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    expect(told).toEqual([texts.tokenInGroup]);
    expect(at.chat()?.mode).toBe("addressed");
  });

  test("move what waits for the account of before to /failed, where that is another one", async () => {
    await using at = await administered();
    await at.says(at.alice, "/bind");
    const carol = at.world.memos.addUser("carol");
    await at.world.bind(at.alice.id, carol.token);
    at.group.as(at.eve).say("waits");
    await at.world.quiet();
    await at.says(at.alice, "/bind");
    expect(botTexts(at.world, at.alice).at(-1)).toBe(texts.leftBehind({ account: "alice", count: 1 }));
    at.group.as(at.eve).say("for Carol");
    await memosSaved(at.world, 1);
    expect(at.of("carol").map(({ content }) => content)).toEqual(["for Carol"]);
  });
});

describe("where Telegram does not pass on everything, a group that is to be kept", () => {
  test("is told what is to be done; not once the bot is an administrator there", async () => {
    await using at = await administered({ admin: false });
    expect(await at.says(at.alice, "/bind")).toEqual([`${GIVEN}\n\n${HEARS_LITTLE}`]);
    at.world.telegram.setBot(at.group, at.alice, "administrator");
    expect(await at.says(at.alice, "/bind")).toEqual([GIVEN]);
  });

  test("is not told so where privacy mode is off", async () => {
    await using at = await administered({ admin: false, privacy: false });
    at.world.telegram.setReadsAll(true);
    expect(await at.says(at.alice, "/bind")).toEqual([GIVEN]);
  });
});

test("who administers a group and adds the bot is told in private what it does there, once", async () => {
  await using at = await administered();
  const { telegram } = at.world;
  const added = texts.groupAdded({ group: "Trip" });
  const toldOf = (person: typeof at.alice) =>
    botTexts(at.world, person).filter((text) => text === added).length;
  telegram.setStanding(at.group, at.bob, "member");
  for (const by of [at.bob, at.eve, at.alice]) {
    for (const status of ["left", "member", "administrator"] as const) telegram.setBot(at.group, by, status);
    await at.world.quiet();
  }
  expect([at.alice, at.bob, at.eve].map(toldOf)).toEqual([1, 0, 0]);
  expect(at.told()).toEqual([]);
  const [help] = await at.says(at.alice, "/help");
  expect(help).toContain("/bind");
  // Where it is kept it goes on.
  await at.says(at.alice, "/bind");
  for (const status of ["left", "administrator"] as const) telegram.setBot(at.group, at.alice, status);
  await at.world.quiet();
  expect(toldOf(at.alice)).toBe(1);
});

test("check has a line for each group and channel of which everything is kept", async () => {
  await using at = await administered({ admin: false });
  const { world } = at;
  await at.says(at.alice, "/bind");
  for (const title of ["Family", "Left", "News", "Left news", "Waits"]) {
    const isChannel = title.endsWith("ews");
    const chat = isChannel ? world.telegram.channel({ title }) : world.telegram.group({ title, admin: true });
    const owner =
      title === "Waits"
        ? { telegram_id: at.eve.id, account_key: 1 }
        : at.world.store.bindings.get(at.alice.id);
    world.store.chats.give(chat.id, owner ?? null);
    world.store.chats.change(chat.id, { title, ...(isChannel && { type: "channel" }) });
    if (title.startsWith("Left")) world.telegram.setBot(chat, at.alice, "left");
  }
  const config = loadConfig(world.env);
  const store = openReadOnlyStore(config, world.clock);
  const lines = await checkChats(store, createClients(config, world.clock).api, config.botId);
  store?.close();
  const { id } = at.alice;
  expect(lines.map(({ check, status, detail }) => `${check} ${status} ${detail}`)).toEqual([
    expect.stringContaining(
      "group warning Trip: the bot does not hear everything there: make it an administrator",
    ),
    `group ok Family: all that is said there is saved for user ${id}`,
    "group warning Left: the bot is not in it any more: add it again",
    `channel ok News: all that is said there is saved for user ${id}`,
    "channel warning Left news: the bot gets its posts as an administrator of it alone: make it one",
    `group warning Waits: what is said there waits, as user ${at.eve.id} is not bound`,
  ]);
});

describe("a group of which everything is kept, and the bot", () => {
  const last = (at: Awaited<ReturnType<typeof administered>>) => botTexts(at.world, at.alice).at(-1);

  test("that is removed from it: the owner is told, nothing more is said there, and added again it goes on", async () => {
    await using at = await administered();
    await at.says(at.alice, "/bind");
    await at.world.memos.stop();
    at.group.as(at.eve).say("before");
    await at.world.quiet();
    at.world.telegram.setBot(at.group, at.eve, "kicked");
    await at.world.quiet();
    expect(last(at)).toBe(texts.groupLost({ group: "Trip" }));
    await at.world.memos.start();
    const { length } = at.world.telegram.requests;
    await at.world.settled();
    const calls = at.world.telegram.requests.slice(length).map(({ method }) => method);
    expect(calls.filter((method) => /send|Reaction/.test(method))).toEqual([]);
    at.world.telegram.setBot(at.group, at.eve, "administrator");
    at.group.as(at.eve).say("after");
    await memosSaved(at.world, 2);
    expect(at.of("alice").map(({ content }) => content)).toEqual(["before", "after"]);
    expect(last(at)).toBe(texts.groupLost({ group: "Trip" }));
  });

  test("that is no administrator there any more: the owner is told what it does not hear", async () => {
    await using at = await administered();
    await at.says(at.alice, "/bind");
    at.world.telegram.setBot(at.group, at.eve, "member");
    await at.world.quiet();
    expect(last(at)).toBe(HEARS_LITTLE);
  });

  test("that is made an administrator there: the owner is told once that it hears all now", async () => {
    await using at = await administered({ admin: false });
    const { telegram } = at.world;
    const hears = texts.hearsAll({ group: "Trip" });
    const times = () => botTexts(at.world, at.alice).filter((text) => text === hears).length;
    await at.says(at.alice, "/bind");
    for (const status of ["administrator", "administrator"] as const) {
      telegram.setBot(at.group, at.bob, status);
      await at.world.quiet();
      expect(times()).toBe(1);
    }
    expect(botTexts(at.world, at.bob)).not.toContain(hears);
    // It has said nothing of what it does not hear before these.
    telegram.setBot(at.group, at.bob, "left");
    telegram.setBot(at.group, at.bob, "administrator");
    await at.world.quiet();
    telegram.setReadsAll(true);
    telegram.setBot(at.group, at.bob, "member");
    telegram.setBot(at.group, at.bob, "administrator");
    await at.world.quiet();
    expect(times()).toBe(1);
  });

  test("that may not write there: all is saved, and the owner told once in private", async () => {
    await using at = await administered({ admin: false, privacy: false, reactions: [] });
    await at.says(at.alice, "/bind");
    at.world.store.chats.change(at.group.id, { confirmation: null });
    at.group.letWrite(false);
    at.group.as(at.eve).say("one");
    at.group.as(at.bob).say("two");
    await memosSaved(at.world, 2);
    await at.world.settled();
    const closed = texts.closedGroup({ group: "Trip" });
    expect(botTexts(at.world, at.alice).filter((text) => text === closed)).toHaveLength(1);
    expect(botTexts(at.world, at.bob)).not.toContain(closed);
  });

  test("of a basic group that becomes a supergroup: all that was set goes on there", async () => {
    await using at = await administered({ type: "group", privacy: false });
    await at.says(at.alice, "/bind");
    at.world.store.chats.change(at.group.id, { author_line: true, confirmation: null });
    const next = at.group.migrate(at.alice);
    await at.world.quiet();
    next.as(at.eve).say("on");
    await memosSaved(at.world, 1);
    expect(at.of("alice").map(({ content }) => content)).toEqual(["Eve:\n\non"]);
    expect(at.world.store.chats.of(next.id)).toMatchObject({
      mode: "all",
      owner_id: at.alice.id,
      title: "Trip",
    });
    expect(at.chat()).toMatchObject({ mode: "addressed", owner_id: null });
  });
});
