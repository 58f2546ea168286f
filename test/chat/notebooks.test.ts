import { describe, expect, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import type { GroupOptions } from "../fakes/telegram.ts";
import { botTexts, memosSaved, rows } from "../support/app.ts";
import type { ChatOptions } from "../support/chat.ts";
import { inGroup } from "../support/in-group.ts";

const BOT = "@memoferry_test_bot";
const PNG = [
  { type: "photo", caption: "one" },
  { type: "photo", caption: "two" },
] as const;

/** A group of which everything becomes memos of Alice's account. */
async function inNotebook(group: GroupOptions = {}, options: ChatOptions = {}) {
  const at = await inGroup({ privacy: false, ...group }, options);
  const { store } = at.world;
  const owner_account = store.bindings.get(at.alice.id)?.account_key ?? 0;
  store.chats.set(at.group.id, { mode: "all", owner_id: at.alice.id, owner_account, confirmation: null });
  return {
    ...at,
    /** The contents of what is in Alice's account, the oldest first. */
    notes: () =>
      at
        .of("alice")
        .toSorted((a, b) => a.createTime.localeCompare(b.createTime))
        .map(({ content }) => content),
    marks: () =>
      at.world.telegram
        .chat(at.group.id)
        .messages.map(({ reactions }) => reactions.map(({ emoji }) => emoji).join()),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  };
}

describe("a group of which everything is kept", () => {
  test("saves what everybody says there in its owner's account, marks it, and says nothing", async () => {
    await using at = await inNotebook();
    at.group.as(at.alice).say("mine");
    at.group.as(at.bob).say("Bob's");
    at.group.as(at.eve).say("Eve's");
    at.group.as(at.eve).sendPhoto({ caption: "a picture" });
    at.group.as(at.eve).sendAlbum([...PNG]);
    at.group.as(at.bob).say(`${BOT} said to the bot`);
    at.group.as(at.bob).say("/save with the command");
    await at.world.settled();
    expect(at.notes()).toEqual([
      "mine",
      "Bob's",
      "Eve's",
      "a picture",
      "one\n\ntwo",
      "said to the bot",
      "with the command",
    ]);
    expect(at.of("bob")).toEqual([]);
    expect(at.told()).toEqual([]);
    expect(at.marks()).toEqual(["👍", "👍", "👍", "👍", "👍", "", "👍", "👍"]);
  });

  test("takes in edits, replies and long texts of everybody; a command is none", async () => {
    await using at = await inNotebook();
    const said = at.group.as(at.eve).say("at nine");
    await at.world.settled();
    at.group.as(at.eve).edit(said.message_id, "at ten");
    at.group.as(at.bob).reply(said, "fine");
    at.group.as(at.eve).paste("long ".repeat(1_000));
    at.group.as(at.eve).say("/weather");
    at.group.as(at.eve).say("/start@another_bot");
    await at.world.settled();
    expect(at.notes().filter((text) => text.length < 100)).toEqual(["at ten"]);
    expect(at.of("alice")).toHaveLength(2);
    const name = at.of("alice").find(({ content }) => content === "at ten")?.name ?? "";
    expect(at.world.memos.comments(name).map(({ content }) => content)).toEqual(["fine"]);
  });

  test("answers a command of its own that needs a reply, also to who hides behind the group", async () => {
    await using at = await inNotebook({ admin: true });
    at.group.as(at.alice).say("/remind tomorrow");
    at.group.post("/pin");
    at.group.post("/weather");
    await at.world.quiet();
    const { replyToMemo, whoseMemo } = textsIn("en");
    expect(at.told()).toEqual([replyToMemo({ command: "remind 18:00" }), whoseMemo]);
    expect(at.notes()).toEqual([]);
  });

  test("is in one lane, so that the order holds whoever speaks", async () => {
    await using at = await inNotebook();
    await at.world.memos.stop();
    for (const [n, person] of [at.eve, at.bob, at.alice, at.eve].entries()) at.group.as(person).say(`${n}`);
    await at.world.quiet();
    const lanes = rows(at.world, "SELECT DISTINCT lane FROM jobs WHERE queue = 'messages'");
    expect(lanes).toHaveLength(1);
    await at.world.memos.start();
    await at.world.settled();
    expect(at.notes()).toEqual(["0", "1", "2", "3"]);
  });

  test("still saves for whoever replies /save, in their own account", async () => {
    await using at = await inNotebook();
    const said = at.group.as(at.eve).say("useful");
    await at.world.settled();
    at.group.as(at.bob).reply(said, "/save");
    await memosSaved(at.world, 2);
    expect(at.of("bob")[0]?.content).toEndWith("useful");
    expect(at.notes()).toEqual(["useful"]);
  });

  test("keeps what hidden people and the group's channel say, and nothing of other bots", async () => {
    await using at = await inNotebook();
    at.group.post("in the group's name");
    at.group.post(`${BOT} to the bot`);
    at.group.as(at.alice).say("from the channel", {
      extra: {
        from: { id: 777000, is_bot: false, first_name: "Telegram" },
        sender_chat: { id: -1001700000009, type: "channel", title: "News" },
        is_automatic_forward: true,
      },
    });
    const robot = at.world.telegram.user({ first_name: "Robot", is_bot: true });
    at.group.as(robot).say("beep");
    await at.world.settled();
    expect(at.notes()).toEqual(["in the group's name", "to the bot", "from the channel"]);
    expect(at.told()).toEqual([]);
  });
});

describe("a post that Telegram copies into the group of its channel", () => {
  const CHANNEL = { id: -1001700000009, type: "channel", title: "News" };
  const copy = (message_id: number) => ({
    extra: {
      from: { id: 777000, is_bot: false, first_name: "Telegram" },
      sender_chat: CHANNEL,
      forward_origin: { type: "channel", chat: CHANNEL, message_id, date: 1 },
      is_automatic_forward: true,
    },
  });

  test("is not saved once more where the channel itself is, in the same account", async () => {
    await using at = await inNotebook();
    const { store } = at.world;
    store.chats.give(CHANNEL.id, store.bindings.get(at.alice.id) ?? null);
    at.group.as(at.eve).say("a post", copy(7));
    await at.world.settled();
    expect(at.notes()).toEqual([]);
    store.chats.give(CHANNEL.id, store.bindings.get(at.bob.id) ?? null);
    at.group.as(at.eve).say("for both", copy(8));
    await at.world.settled();
    expect(at.notes()).toEqual([expect.stringContaining("for both")]);
  });

  test("is not saved where the bot has posted a memo of that account", async () => {
    await using at = await inNotebook();
    at.alice.say("mine");
    await at.world.settled();
    const { store } = at.world;
    const shown = {
      memo_name: at.of("alice")[0]?.name ?? "",
      account_key: store.bindings.get(at.alice.id)?.account_key ?? 0,
    };
    store.chats.change(CHANNEL.id, { title: CHANNEL.title });
    store.outbox.showed(shown, 1, { chat_id: CHANNEL.id, message_id: 9 });
    at.group.as(at.eve).say("mine", copy(9));
    await at.world.settled();
    expect(at.notes()).toEqual(["mine"]);
  });
});

describe("the memos of a group of which everything is kept", () => {
  test("say who wrote them, where that is chosen: with a file, in a comment, in another's name", async () => {
    await using at = await inNotebook();
    at.world.store.chats.change(at.group.id, { author_line: true });
    const olena = at.world.telegram.user({ first_name: "Olena", last_name: "*Bilyk*" });
    const said = at.group.as(olena).say("at nine");
    at.group.as(at.eve).sendPhoto();
    at.group.post("in the group's name");
    at.group.post("by somebody", { extra: { author_signature: "treasurer" } });
    at.group.as(at.eve).sendAlbum([...PNG]);
    await at.world.settled();
    at.group.as(at.bob).reply(said, "fine");
    await at.world.settled();
    expect(at.notes()).toEqual([
      "Olena \\*Bilyk\\*:\n\nat nine",
      "Eve:",
      "Trip:\n\nin the group's name",
      "treasurer:\n\nby somebody",
      "Eve:\n\none\n\ntwo",
    ]);
    const name = at.of("alice").find(({ content }) => content.endsWith("at nine"))?.name ?? "";
    expect(at.world.memos.comments(name).map(({ content }) => content)).toEqual(["bob:\n\nfine"]);
    at.group.as(olena).edit(said.message_id, "at ten");
    await at.world.settled();
    expect(at.notes()[0]).toBe("Olena \\*Bilyk\\*:\n\nat ten");
  });

  test("have the name of their topic as a tag, alone or below the group's, also once it is renamed", async () => {
    await using at = await inNotebook({ isForum: true, title: "Summer trip" });
    const { store } = at.world;
    store.chats.change(at.group.id, { topic_tags: "topic" });
    store.bindings.update(at.alice.id, { tags: ["inbox"] });
    const thread = at.group.topic("To do: #pack!", at.eve);
    const first = at.group.as(at.eve).say("a tent", { threadId: thread });
    at.group.as(at.eve).say("in general");
    await at.world.settled();
    store.chats.change(at.group.id, { topic_tags: "title" });
    at.group.as(at.eve).send({ forum_topic_edited: { name: "Packing" } }, { threadId: thread });
    // It still tells how the topic was called at first.
    at.group.as(at.bob).say("pegs", { threadId: thread });
    at.group.as(at.bob).reply(first, "mine");
    await at.world.settled();
    expect(at.notes()).toEqual([
      "a tent\n\n#inbox #To-do-pack",
      "in general\n\n#inbox",
      "pegs\n\n#inbox #Summer-trip/Packing",
    ]);
    expect(at.world.telegram.sent.filter(({ chatId }) => chatId === at.group.id)).toEqual([]);
  });

  test("are told of in their topic, where the group has words", async () => {
    await using at = await inNotebook({ isForum: true });
    at.world.store.chats.change(at.group.id, { confirmation: "reply" });
    const thread = at.group.topic("Packing", at.eve);
    at.group.as(at.eve).say("a tent", { threadId: thread });
    await at.world.settled();
    expect(at.shown().at(-1)).toMatchObject({ text: "Saved as PRIVATE · open", message_thread_id: thread });
  });
});

describe("while its owner is not connected to its account, what is said there", () => {
  const waiting = (at: Awaited<ReturnType<typeof inNotebook>>) =>
    rows<{ id: number }>(at.world, "SELECT id FROM jobs WHERE state = 'waiting'").length;
  const words = (account: string) => textsIn("en").groupWaits({ group: "Trip", account });

  test("waits, which they are told once in private, and goes on once they are", async () => {
    await using at = await inNotebook();
    at.alice.say("/unbind");
    await at.world.quiet();
    at.alice.press(at.world.telegram.botMessages(at.alice.id).at(-1)?.message_id ?? 0, "Disconnect");
    at.group.as(at.eve).say("one");
    at.group.as(at.bob).say("two");
    await at.world.quiet();
    expect(waiting(at)).toBe(2);
    expect(botTexts(at.world, at.alice).filter((text) => text === words("alice"))).toHaveLength(1);
    expect(at.told()).toEqual([]);
    await at.world.restart();
    await at.world.quiet();
    expect(botTexts(at.world, at.alice).filter((text) => text === words("alice"))).toHaveLength(1);
    await at.world.bind(at.alice.id, at.account.token);
    await at.world.settled();
    expect(at.notes()).toEqual(["one", "two"]);
  });

  test("waits also where they are connected to another account, to which none of it goes", async () => {
    await using at = await inNotebook();
    const carol = at.world.memos.addUser("carol");
    at.alice.say("/id");
    await at.world.bind(at.alice.id, carol.token);
    at.group.as(at.eve).say("one");
    await at.world.quiet();
    await at.world.restart();
    at.group.as(at.eve).say("two");
    await at.world.quiet();
    expect(waiting(at)).toBe(2);
    expect(botTexts(at.world, at.alice).filter((text) => text === words("alice"))).toHaveLength(1);
    await at.world.bind(at.alice.id, at.account.token);
    await at.world.settled();
    expect(at.notes()).toEqual(["one", "two"]);
    expect(at.of("carol")).toEqual([]);
  });
});
