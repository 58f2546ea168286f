import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  boundPerson,
  createWorld,
  memosSaved,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(20_000);
const rate = 20;

async function withMemo(version?: string) {
  const world = await createWorld({ rate, ...(version && { memos: { version } }) });
  const { person, account } = await boundPerson(world);
  const sent = person.say("a thought");
  await memosSaved(world, 1);
  await settled(world);
  const name = world.memos.memos()[0]?.name ?? "";
  return {
    world,
    person,
    account,
    sent,
    name,
    comments: () => world.memos.comments(name),
    /** The bot's messages in the chat, the newest last. */
    told: () => world.telegram.botMessages(person.id),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

const commented = (at: { comments(): unknown[] }, count: number) =>
  until(`${count} comments`, () => at.comments().length === count);
const memoSaying = (world: World, part: string) =>
  until(`a memo with ${part}`, () => world.memos.memos().find((memo) => memo.content.includes(part)));

describe("a reply", () => {
  test("to a saved message is a comment on its memo, and said to be one", async () => {
    await using at = await withMemo();
    at.person.reply(at.sent, "and another");
    await commented(at, 1);
    await settled(at.world);
    expect(at.comments()[0]?.content).toBe("and another");
    expect(at.world.memos.memos()).toHaveLength(1);
    expect(at.told().at(-1)?.text).toStartWith("Saved as a comment");
    expect(rows(at.world, "SELECT parent_name FROM memo_links WHERE parent_name IS NOT NULL")).toHaveLength(
      2,
    );
  });

  test("to the bot's confirmation is a comment without a word of the bot in it", async () => {
    await using at = await withMemo();
    at.person.reply(at.told()[0]?.message_id ?? 0, "by the confirmation");
    await commented(at, 1);
    expect(at.comments()[0]?.content).toBe("by the confirmation");
  });

  test("with a photo is a comment that has the file", async () => {
    await using at = await withMemo();
    at.person.reply(at.sent, {
      photo: [{ file_id: "p", file_unique_id: "pu", width: 1, height: 1, file_size: 3 }],
      caption: "look",
    });
    await commented(at, 1);
    await settled(at.world);
    expect(at.comments()[0]).toMatchObject({ content: "look" });
    expect(at.comments()[0]?.attachments).toHaveLength(1);
  });

  test("as an album is one comment with all files", async () => {
    await using at = await withMemo();
    at.person.sendAlbum([{ type: "photo", caption: "a" }, { type: "photo" }], { replyTo: at.sent });
    await commented(at, 1);
    await settled(at.world);
    expect(at.comments()[0]?.attachments).toHaveLength(2);
  });

  test("that quotes a part has it as a quote block", async () => {
    await using at = await withMemo();
    at.person.reply(at.sent, "why?", { quote: "thought" });
    await commented(at, 1);
    expect(at.comments()[0]?.content).toBe("> thought\n\nwhy?");
  });

  test("to one task of a checklist has that task above it", async () => {
    await using at = await withMemo();
    const list = at.person.sendChecklist("Trip", ["book ferry", "pack"]);
    const memo = await memoSaying(at.world, "book ferry");
    await settled(at.world);
    at.person.reply(list, "done at noon", { extra: { reply_to_checklist_task_id: 1 } });
    await until("its comment", () => at.world.memos.comments(memo.name).length === 1);
    expect(at.world.memos.comments(memo.name)[0]?.content).toBe("> book ferry\n\ndone at noon");
  });

  test("to a comment stands under the memo, with what it answers", async () => {
    await using at = await withMemo();
    const first = at.person.reply(at.sent, "first");
    await commented(at, 1);
    await settled(at.world);
    at.person.reply(first, "second");
    await commented(at, 2);
    expect(at.comments().map(({ content }) => content)).toContain("> first\n\nsecond");
  });

  test("to a message that still waits waits for it", async () => {
    await using at = await withMemo();
    await at.world.memos.stop();
    const first = at.person.say("first");
    at.person.reply(first, "its comment");
    await until(
      "both are stored",
      () => rows(at.world, "SELECT 1 FROM jobs WHERE state IN ('waiting', 'working')").length === 2,
    );
    await at.world.memos.start();
    const memo = await memoSaying(at.world, "first");
    await until("its comment", () => at.world.memos.comments(memo.name).length === 1);
  });

  test("to a memo that is gone is a memo of its own with the quote, and said", async () => {
    await using at = await withMemo();
    at.world.memos.deleteMemo(at.name);
    at.person.reply(at.sent, "alone");
    const memo = await memoSaying(at.world, "alone");
    await settled(at.world);
    expect(memo.content).toBe("> a thought\n\nalone");
    expect(at.told().at(-1)?.text).toContain("is gone");
  });

  test("to the memo of another account is a memo of one's own", async () => {
    await using at = await withMemo();
    const bob = at.world.memos.addUser("bob");
    await api(at.world, "POST", "/api/v1/bindings", { telegram_id: at.person.id, access_token: bob.token });
    at.person.reply(at.sent, "mine");
    const memo = await memoSaying(at.world, "mine");
    await settled(at.world);
    expect(memo).toMatchObject({ content: "> a thought\n\nmine", creator: "users/bob" });
    expect(at.told().at(-1)?.text).toContain("another account");
  });

  test("to a notice of the bot is a memo with what it answers", async () => {
    await using at = await withMemo();
    at.person.say("/id");
    await until("it answers", () => at.told().length === 2);
    at.person.reply(at.told().at(-1)?.message_id ?? 0, "so that is my id");
    const memo = await memoSaying(at.world, "so that is my id");
    expect(memo.content).toStartWith("> Your Telegram id is");
  });

  test("that is edited changes the comment", async () => {
    await using at = await withMemo();
    const reply = at.person.reply(at.sent, "one");
    await commented(at, 1);
    await settled(at.world);
    at.person.edit(reply.message_id, "two");
    await until("the comment is changed", () => at.comments()[0]?.content === "two");
    expect(at.comments()).toHaveLength(1);
  });
});

describe("a comment is made once", () => {
  for (const action of ["drop-after", "comment-alone", "busy"] as const) {
    for (const version of ["0.30.0", "0.25.3"]) {
      test(`though its create ends in ${action} on ${version}`, async () => {
        await using at = await withMemo(version);
        at.world.memos.fault({ match: { method: "POST", path: /comments/, nth: 1 }, action });
        at.person.reply(at.sent, "once");
        await commented(at, 1);
        await settled(at.world);
        expect(at.comments().map(({ content }) => content)).toEqual(["once"]);
        expect(at.world.memos.memos()).toHaveLength(1);
      });
    }
  }

  for (const version of ["0.24.4", "0.22.5"]) {
    test(`though its answer is lost on ${version}, where ids are the server's`, async () => {
      await using at = await withMemo(version);
      at.world.memos.fault({ match: { method: "POST", path: /comments/, nth: 1 }, action: "drop-after" });
      at.person.reply(at.sent, "once");
      await commented(at, 1);
      await settled(at.world);
      expect(at.comments().map(({ content }) => content)).toEqual(["once"]);
    });
  }
});
