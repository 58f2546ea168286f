import { describe, expect, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import type { GroupOptions, Person } from "../fakes/telegram.ts";
import { botTexts, memosSaved } from "../support/app.ts";
import { inGroup } from "../support/in-group.ts";

const english = textsIn("en");
const SAVED = "Saved as PRIVATE · open";
const CLOSED = english.closedGroup({ group: "Trip" });

type InGroup = Awaited<ReturnType<typeof inGroup>>;

/** The same, where Alice and Bob have written to the bot in private before: else it may not write to them there. */
async function inGroupOfFriends(options: GroupOptions) {
  const at = await inGroup(options);
  at.alice.say("/id");
  at.bob.say("/id");
  await at.world.quiet();
  return at;
}

/** What was said to a person in their own chat since. */
const inPrivate = ({ world }: InGroup, person: Person) => botTexts(world, person).slice(1);

describe("a mark that the chat does not allow", () => {
  const marking = async (reactions: readonly string[]) => {
    const at = await inGroupOfFriends({ reactions });
    at.world.store.chats.set(at.group.id, { confirmation: "reaction" });
    return at;
  };

  test("becomes the confirmation in words, with its buttons, which edits and replies find", async () => {
    await using at = await marking(["❤"]);
    const said = at.group.as(at.alice).say("/save a tent");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(at.told()).toEqual([SAVED]);
    expect(at.shown()[0]?.reply_to_message?.message_id).toBe(said.message_id);
    at.group.as(at.alice).reply(at.lastId(), "with pegs");
    await at.world.quiet();
    expect(at.world.memos.comments(at.of("alice")[0]?.name ?? "")).toHaveLength(1);
  });

  test("is no reason for words where only the mark of what is stored is refused", async () => {
    await using at = await marking(["👍"]);
    at.group.as(at.alice).say("/save a tent");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(at.told()).toEqual([]);
  });

  test("where nothing may be written either, becomes a word in private", async () => {
    await using at = await marking([]);
    at.group.letWrite(false);
    at.group.as(at.alice).say("/save a tent");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(inPrivate(at, at.alice)).toEqual([CLOSED]);
  });
});

describe("in a group where the bot may not write", () => {
  test("each person is told so in private, once; and again only after it could", async () => {
    await using at = await inGroupOfFriends({ mayWrite: false });
    for (const text of ["/save a tent", "/save pegs", "/help"]) at.group.as(at.alice).say(text);
    at.group.as(at.bob).say("/save a rope");
    await at.world.quiet();
    expect(at.world.memos.memos()).toHaveLength(3);
    expect(at.told()).toEqual([]);
    expect(inPrivate(at, at.alice)).toEqual([CLOSED]);
    expect(inPrivate(at, at.bob)).toEqual([CLOSED]);
    at.group.letWrite(true);
    at.group.as(at.alice).say("/save a stone");
    await at.world.quiet();
    expect(at.told()).toEqual([SAVED]);
    at.group.letWrite(false);
    at.group.as(at.alice).say("/save a bone");
    await at.world.quiet();
    expect(inPrivate(at, at.alice)).toEqual([CLOSED, CLOSED]);
  });

  test("who has no account is told nothing", async () => {
    await using at = await inGroupOfFriends({ mayWrite: false });
    at.eve.say("/id");
    at.group.as(at.eve).say("/help@memoferry_test_bot");
    await at.world.quiet();
    expect(inPrivate(at, at.eve)).toEqual([]);
  });

  test("who is owed only a sum is told as well", async () => {
    await using at = await inGroupOfFriends({ mayWrite: false });
    for (let n = 0; n < 12; n += 1) at.group.as(at.alice).say(`/save ${n}`);
    await at.world.quiet();
    expect(inPrivate(at, at.alice)).toEqual([CLOSED]);
  });

  test("whoever keeps the private chat closed, too, has all saved", async () => {
    await using at = await inGroupOfFriends({ mayWrite: false });
    at.alice.block();
    at.group.as(at.alice).say("/save a tent");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(inPrivate(at, at.alice)).toEqual([]);
  });
});

describe("in a topic", () => {
  test("that is closed, the word comes in private", async () => {
    await using at = await inGroupOfFriends({ isForum: true });
    const threadId = at.group.topic("Packing", at.bob);
    at.group.closeTopic(threadId);
    at.group.as(at.alice).say("/save a tent", { threadId });
    await at.world.quiet();
    expect(at.told()).toEqual([]);
    expect(inPrivate(at, at.alice)).toEqual([CLOSED]);
  });

  test("that is gone by then, it comes outside of it", async () => {
    await using at = await inGroupOfFriends({ isForum: true });
    const threadId = at.group.topic("Packing", at.bob);
    at.group.as(at.alice).say("/save a tent", { threadId });
    at.group.deleteTopic(threadId);
    await at.world.quiet();
    expect(at.told()).toEqual([SAVED]);
    expect(at.shown()[0]?.message_thread_id).toBeUndefined();
  });
});
