import { describe, expect, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import type { Person } from "../fakes/telegram.ts";
import { botTexts, memosSaved, onDisk, rows } from "../support/app.ts";
import type { ChatWorld } from "../support/chat.ts";
import { inGroup } from "../support/in-group.ts";

const BOT = "@memoferry_test_bot";

const contents = (memos: { content: string }[]) => memos.map(({ content }) => content);
const reasons = (world: ChatWorld) =>
  rows<{ reason: string | null }>(world, "SELECT reason FROM jobs ORDER BY id").map(({ reason }) => reason);

/** Updates with this text in them. */
const kept = (world: ChatWorld, text: string) =>
  rows(world, `SELECT seq FROM updates WHERE payload LIKE '%${text}%'`);

/** What the bot says to a person in their own chat. */
const privately = (world: ChatWorld, person: Person) => botTexts(world, person);

describe("what is said in a group", () => {
  test("is nothing to the bot unless it is called, also where it hears everything", async () => {
    await using at = await inGroup({ privacy: false });
    at.group.as(at.alice).say("just talking");
    at.group.as(at.alice).sendPhoto({ caption: "a picture" });
    at.group.as(at.eve).say("so am I");
    at.group.as(at.alice).say(`/status@other_bot`);
    at.group.as(at.alice).say(`/weather`);
    at.group.as(at.alice).forward({ content: `${BOT} forwarded` });
    at.group.as(at.alice).say(`${BOT} but this is`);
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(contents(at.world.memos.memos())).toEqual(["but this is"]);
    expect(at.told()).toEqual(["Saved as PRIVATE · open"]);
    expect(onDisk(at.world, "just talking")).toBe(false);
    expect(onDisk(at.world, "so am I")).toBe(false);
  });

  test("alone as /save or a mention is answered with how it is done", async () => {
    await using at = await inGroup({ privacy: false });
    at.group.as(at.alice).say("/save");
    await at.world.until("told how", () => at.told().length === 1);
    at.group.as(at.alice).say(BOT);
    await at.world.until("told again", () => at.told().length === 2);
    at.group.as(at.alice).say(`/help${BOT}`);
    await at.world.until("helped", () => at.told().length === 3);
    expect(at.told()[0]).toContain("Reply to a message with /save");
    expect(at.told()[1]).toBe(at.told()[0] ?? "");
    expect(at.told()[2]).toContain("/save");
    expect(at.world.memos.memos()).toEqual([]);
  });
});

describe("/save as a reply", () => {
  test("to a note of Telegram's says that there is nothing to save; /save with words saves these", async () => {
    await using at = await inGroup();
    for (const note of [
      { new_chat_members: [{ id: 9, is_bot: false, first_name: "Eve" }] },
      { video_chat_started: {} },
      { pinned_message: { message_id: 1, date: 0, chat: { id: at.group.id, type: "supergroup" } } },
    ]) {
      const said = at.group.as(at.eve).send(note as never);
      at.group.as(at.alice).reply(said, "/save");
    }
    await at.world.quiet();
    const { nothingToSave } = textsIn("en");
    expect(at.told().filter((text) => text === nothingToSave)).toHaveLength(3);
    const left = at.group
      .as(at.eve)
      .send({ left_chat_member: { id: 9, is_bot: false, first_name: "Eve" } } as never);
    at.group.as(at.alice).reply(left, "/save who went");
    await memosSaved(at.world, 1);
    expect(contents(at.of("alice"))[0]).toEndWith("who went");
    expect(rows(at.world, "SELECT id FROM jobs WHERE state <> 'done'")).toEqual([]);
  });

  test("twice gives one memo, and says where it is; deleted since, it can be had again", async () => {
    await using at = await inGroup();
    const said = at.group.as(at.eve).say("once");
    const first = at.group.as(at.alice).reply(said, "/save");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    at.group.as(at.alice).reply(said, "/save");
    await at.world.until("told", () => at.told().length === 2);
    expect(at.told()[1]).toBe("Saved as PRIVATE · open");
    expect(at.world.memos.memos()).toHaveLength(1);
    at.world.memos.deleteMemo(at.of("alice")[0]?.name ?? "");
    at.group.as(at.alice).reply(said, "/save");
    await at.world.until("told that it is gone", () => at.told().at(-1)?.includes("gone"));
    at.group.as(at.alice).press(at.lastId(), "Save again");
    await memosSaved(at.world, 1);
    expect(at.of("alice")[0]?.content).toEndWith("once");
    expect(first.message_id).toBeGreaterThan(0);
  });

  test("to a message with an access token saves none of it", async () => {
    await using at = await inGroup();
    const said = at.group.as(at.eve).say("memos_pat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    at.group.as(at.alice).reply(said, "/save");
    await at.world.until("told", () => at.told().length > 0);
    await at.world.quiet();
    expect(at.told()[0]).toContain("Revoke it");
    expect(at.world.memos.memos()).toEqual([]);
    expect(onDisk(at.world, "memos_pat_AAAA")).toBe(false);
  });
});

describe("a reply to the bot", () => {
  test("to the confirmation of one's own memo is a comment on it", async () => {
    await using at = await inGroup();
    at.group.as(at.alice).say("/save a thought");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    at.group.as(at.alice).reply(at.lastId(), "and another");
    const name = at.of("alice")[0]?.name ?? "";
    await at.world.until("its comment", () => at.world.memos.comments(name).length === 1);
    await at.world.quiet();
    expect(at.world.memos.comments(name)[0]?.content).toBe("and another");
    expect(at.told().at(-1)).toStartWith("Saved as a comment");
  });

  test("of somebody else is a memo of their own", async () => {
    await using at = await inGroup();
    at.group.as(at.alice).say("/save a secret thought");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    at.group.as(at.bob).reply(at.lastId(), "me too");
    await memosSaved(at.world, 2);
    await at.world.quiet();
    expect(at.of("bob")).toHaveLength(1);
    expect(at.of("bob")[0]?.content).toEndWith("me too");
    expect(at.of("bob")[0]?.content).not.toContain("secret");
    expect(at.world.memos.comments(at.of("alice")[0]?.name ?? "")).toEqual([]);
  });

  test("with a mention, to a message that one had saved, is a comment; for others a memo", async () => {
    await using at = await inGroup({ privacy: false });
    const said = at.group.as(at.eve).say("at nine");
    at.group.as(at.alice).reply(said, "/save");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    at.group.as(at.bob).reply(said, `${BOT} noted`);
    await memosSaved(at.world, 2);
    at.group.as(at.alice).reply(said, `${BOT} by train`);
    const name = at.of("alice")[0]?.name ?? "";
    await at.world.until("its comment", () => at.world.memos.comments(name).length === 1);
    expect(contents(at.world.memos.comments(name))).toEqual(["by train"]);
    expect(at.of("bob")[0]?.content).toMatch(/^> at nine\s+> — \[Eve\].*\n\nnoted$/);
    expect(at.told().join()).not.toContain("another account");
  });
});

describe("people without an account", () => {
  test("are told at each command, five a minute in a group, else every five minutes; nothing is saved", async () => {
    await using at = await inGroup({ privacy: false });
    const said = at.group.as(at.alice).say("hers");
    const eve = at.group.as(at.eve);
    eve.reply(said, "/save");
    eve.say("/save more");
    at.group.as(at.world.telegram.user()).say(`/search${BOT} secrets`);
    await at.world.quiet();
    const hint =
      "I save messages for people with a Memos account. To connect yours, write to me:\nhttps://t.me/memoferry_test_bot";
    expect(at.told()).toEqual([hint, hint, hint]);
    for (let n = 0; n < 5; n += 1) eve.say(`/save ${n}`);
    await at.world.quiet();
    expect(at.told()).toHaveLength(5);
    for (let n = 0; n < 3; n += 1) eve.say(`${BOT} please`);
    // It may be another bot's.
    for (let n = 0; n < 3; n += 1) eve.say("/help");
    await at.world.quiet();
    expect(at.told()).toHaveLength(6);
    await at.world.passes(300_000);
    eve.say("/help");
    await at.world.quiet();
    expect(at.told()).toHaveLength(7);
    const other = at.world.telegram.group();
    other.as(at.eve).say("/save elsewhere");
    await at.world.quiet();
    expect(botTexts(at.world, other)).toEqual([hint]);
    expect(at.world.memos.memos()).toEqual([]);
    expect(privately(at.world, at.eve)).toEqual([]);
    expect(kept(at.world, "elsewhere")).toEqual([]);
  });

  test("hear nothing about commands that may be other bots'", async () => {
    await using at = await inGroup({ privacy: false, admin: true });
    at.group.as(at.eve).say("/weather");
    at.group.as(at.alice).say("/weather");
    const said = at.group.as(at.eve).say("pin this");
    at.group.as(at.alice).reply(said, "/pin");
    at.group.as(at.alice).say("/save after");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(at.told()).toEqual(["Saved as PRIVATE · open"]);
  });

  test("are hidden administrators and channels, who are told why; not what a channel posts in its group", async () => {
    await using at = await inGroup({ privacy: false });
    at.group.post("/save in the group's name");
    at.group.post(`${BOT} in the group's name`);
    at.group.as(at.alice).say(`${BOT} as a channel`, {
      extra: { from: { id: 136817688, is_bot: true, first_name: "Channel" }, sender_chat: { id: -100777 } },
    });
    at.group.as(at.alice).say(`${BOT} from the channel`, {
      extra: { from: { id: 777000, is_bot: false, first_name: "Telegram" }, is_automatic_forward: true },
    });
    at.group.as(at.alice).say("/save hers");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(contents(at.world.memos.memos())).toEqual(["hers"]);
    const { whoseMemo } = textsIn("en");
    expect(at.told().toSorted()).toEqual(
      ["Saved as PRIVATE · open", whoseMemo, whoseMemo, whoseMemo].toSorted(),
    );
    expect(reasons(at.world)[3]).toBe("not_private");
  });
});

describe("commands in a group", () => {
  test("that would show memos or settings are for the private chat", async () => {
    await using at = await inGroup();
    at.alice.say("a private thought");
    await memosSaved(at.world, 1);
    const asked = ["search thought", "recent", "random", "today", "status", "failed", "id"];
    for (const [index, command] of asked.entries()) {
      const [name, ...words] = command.split(" ");
      at.group.as(at.alice).say([`/${name}${BOT}`, ...words].join(" "));
      await at.world.until(`an answer to /${command}`, () => at.told().length === index + 1);
    }
    expect(new Set(at.told())).toEqual(
      new Set([
        "Others read along here. Please ask me that in our own chat:\nhttps://t.me/memoferry_test_bot",
      ]),
    );
    expect(at.shown().every((message) => message.reply_markup === undefined)).toBe(true);
    at.group.as(at.alice).say("/recent@another_bot");
    at.group.as(at.alice).say("/save after");
    await memosSaved(at.world, 2);
    await at.world.quiet();
    expect(at.told()).toHaveLength(asked.length + 1);
  });

  test("as replies work on one's own memo, and show nothing of it", async () => {
    await using at = await inGroup();
    const said = at.group.as(at.eve).say("the secret plan");
    const request = at.group.as(at.alice).reply(said, "/save");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    const memo = () => at.of("alice")[0];
    at.group.as(at.alice).reply(said, "/pin");
    await at.world.until("it is pinned", () => memo()?.pinned);
    at.group.as(at.alice).reply(request, "/public");
    await at.world.until("it is public", () => memo()?.visibility === "PUBLIC");
    at.group.as(at.alice).reply(at.lastId(), "/tag #trip");
    await at.world.until("it is tagged", () => memo()?.content.endsWith("#trip"));
    at.group.as(at.alice).reply(said, "/delete");
    await at.world.until("it asks", () => at.told().at(-1)?.startsWith("Delete this memo"));
    await at.world.quiet();
    expect(at.told().join("\n")).not.toContain("plan");
  });

  test("as replies do nothing to other people's memos", async () => {
    await using at = await inGroup();
    const said = at.group.as(at.eve).say("hers");
    const request = at.group.as(at.alice).reply(said, "/save");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    const confirmed = at.lastId();
    for (const [index, target] of [confirmed, request.message_id].entries()) {
      at.group.as(at.bob).reply(target, "/public");
      await at.world.until("refused", () => at.told().length === index + 2);
      expect(at.told().at(-1)).toBe("This memo belongs to another account.");
    }
    at.group.as(at.eve).reply(confirmed, "/delete");
    await at.world.quiet();
    expect(at.of("alice")[0]).toMatchObject({ visibility: "PRIVATE", state: "NORMAL" });
  });

  test("in a private chat: /save saves words, shows what is saved, and else says that it is not needed", async () => {
    await using at = await inGroup();
    const { message_id } = at.alice.say("/save buy milk");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(contents(at.of("alice"))).toEqual(["buy milk"]);
    at.alice.reply(message_id, "/save");
    await at.world.until("shown", () => privately(at.world, at.alice).length === 2);
    at.alice.say("/save");
    await at.world.until("told", () => privately(at.world, at.alice).length === 3);
    await at.world.quiet();
    expect(privately(at.world, at.alice)).toEqual([
      "Saved as PRIVATE · open",
      "Saved as PRIVATE · open",
      textsIn("en").help,
    ]);
    expect(at.world.memos.memos()).toHaveLength(1);
  });
});

describe("who writes in the name of a group or channel", () => {
  const WHOSE = textsIn("en").whoseMemo;

  test("is told why nothing is saved, where the bot is called", async () => {
    await using at = await inGroup({ privacy: false });
    at.group.post(`/save${BOT} a thought`);
    at.group.post("/save");
    at.group.post(`a thought for ${BOT}`);
    await at.world.quiet();
    expect(at.told()).toEqual([WHOSE, WHOSE, WHOSE]);
    for (const command of ["/bind", "/settings"]) at.group.post(command);
    await at.world.quiet();
    expect(at.told()).toEqual(Array(5).fill(WHOSE));
    expect(at.world.memos.memos()).toEqual([]);
    at.group.post("just talking");
    at.group.post("/help");
    at.group.post("/save@other_bot x");
    await at.world.quiet();
    expect(at.told()).toHaveLength(5);
    expect(onDisk(at.world, "just talking")).toBe(false);
  });
});

describe("a command about a memo, to no message that was saved", () => {
  const HOW = textsIn("en").replyToMemo({ command: "remind 18:00" });
  const NOT_THERE = textsIn("en").noMemoThere;

  test("is answered where Telegram passes it on to the bot alone, or names it", async () => {
    await using at = await inGroup();
    const said = at.group.as(at.eve).say("not saved");
    at.group.as(at.alice).say("/remind tomorrow");
    at.group.as(at.alice).reply(said, "/pin");
    await at.world.quiet();
    expect(at.told()).toEqual([HOW, NOT_THERE]);
    at.world.telegram.setReadsAll(true);
    at.group.as(at.alice).say(`/remind${BOT} tomorrow`);
    await at.world.quiet();
    expect(at.told()).toEqual([HOW, NOT_THERE, HOW]);
  });

  test("is not where all bots hear it, as it may be another one's", async () => {
    await using at = await inGroup({ privacy: false, admin: true });
    const said = at.group.as(at.eve).say("not saved");
    at.group.as(at.alice).say("/remind tomorrow");
    at.group.as(at.alice).reply(said, "/pin");
    await at.world.quiet();
    expect(at.told()).toEqual([]);
  });
});

describe("an edit in a group", () => {
  test("of what was saved by a mention or by /save is followed", async () => {
    await using at = await inGroup({ privacy: false });
    const alice = at.group.as(at.alice);
    const one = alice.say(`${BOT} one`);
    const two = alice.say("/save two");
    const three = alice.say("three");
    alice.reply(three, "/save");
    await memosSaved(at.world, 3);
    await at.world.quiet();
    alice.edit(one.message_id, `${BOT} one, edited`);
    alice.edit(two.message_id, "/save two, edited");
    alice.edit(three.message_id, "three, edited");
    await at.world.until("all follow", () =>
      contents(at.of("alice")).every((text) => text.endsWith("edited")),
    );
    await at.world.quiet();
    expect(contents(at.of("alice")).slice(0, 2)).toEqual(["one, edited", "two, edited"]);
    expect(at.of("alice")).toHaveLength(3);
    expect(at.told()).toHaveLength(3);
  });

  test("that adds the mention, or /save, is as good as a new message", async () => {
    await using at = await inGroup({ privacy: false });
    const [alice, eve] = [at.group.as(at.alice), at.group.as(at.eve)];
    const sea = eve.say("by the sea");
    const [one, two] = [alice.say("one"), alice.say("two")];
    const three = alice.reply(sea, "three");
    const four = alice.sendPhoto({ caption: "four" });
    await at.world.quiet();
    expect(at.told()).toEqual([]);
    alice.edit(one.message_id, `${BOT} one`);
    alice.edit(two.message_id, "/save two");
    alice.edit(three.message_id, "/save");
    alice.edit(four.message_id, { caption: `four ${BOT}` });
    eve.edit(sea.message_id, `by the sea ${BOT}`);
    await at.world.quiet();
    const saved = contents(at.of("alice"));
    expect(saved.toSorted()).toEqual([expect.stringMatching(/Eve.*\n\nby the sea$/s), "four", "one", "two"]);
    expect(at.world.memos.attachments()).toHaveLength(1);
    expect(at.told().filter((text) => text.startsWith("Saved"))).toHaveLength(4);
    expect(at.told().join()).toContain("To connect yours");
    alice.edit(one.message_id, `one, edited ${BOT}`);
    alice.edit(two.message_id, "two, edited");
    await at.world.quiet();
    expect(contents(at.of("alice"))).toHaveLength(4);
    expect(contents(at.of("alice"))).toEqual(expect.arrayContaining(["one, edited", "two, edited"]));
  });

  test("that adds the mention to a caption of an album saves it, also after it was ignored", async () => {
    await using at = await inGroup({ privacy: false });
    const alice = at.group.as(at.alice);
    const [first] = alice.sendAlbum([{ type: "photo" }, { type: "photo" }]);
    alice.edit(first?.message_id ?? 0, { caption: `sea ${BOT}` });
    await at.world.quiet();
    expect(contents(at.of("alice"))).toEqual(["sea"]);
    expect(at.world.memos.attachments()).toHaveLength(2);
    const [late] = alice.sendAlbum([{ type: "photo" }, { type: "photo" }]);
    await at.world.passes(60_000);
    alice.edit(late?.message_id ?? 0, { caption: `shore ${BOT}` });
    await at.world.quiet();
    expect(contents(at.of("alice"))).toEqual(["sea", "shore"]);
  });

  test("runs no command", async () => {
    await using at = await inGroup({ privacy: false });
    const said = at.group.as(at.alice).say("help");
    at.group.as(at.alice).edit(said.message_id, `/help${BOT}`);
    at.group.as(at.alice).edit(said.message_id, BOT);
    await at.world.quiet();
    expect(at.told()).toEqual([]);
  });

  test("of a message that somebody else had saved changes nothing", async () => {
    await using at = await inGroup({ privacy: false });
    const said = at.group.as(at.bob).say("as it was");
    at.group.as(at.alice).reply(said, "/save");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    at.group.as(at.bob).edit(said.message_id, "as it is");
    at.group.as(at.bob).say("/save after");
    await memosSaved(at.world, 2);
    await at.world.quiet();
    expect(at.of("alice")[0]?.content).toEndWith("as it was");
    expect(onDisk(at.world, "as it is")).toBe(false);
  });
});

describe("an album in a group", () => {
  for (const called of [0, 2]) {
    test(`with the mention in caption ${called + 1} brings all its parts`, async () => {
      await using at = await inGroup({ privacy: false });
      at.group
        .as(at.alice)
        .sendAlbum(
          [0, 1, 2].map((index) => ({ type: "photo", ...(index === called && { caption: `sea ${BOT}` }) })),
        );
      await memosSaved(at.world, 1);
      await at.world.quiet();
      expect(at.of("alice")).toHaveLength(1);
      expect(at.of("alice")[0]).toMatchObject({ content: "sea" });
      expect(at.of("alice")[0]?.attachments).toHaveLength(3);
      expect(at.told()).toHaveLength(1);
    });
  }

  test("without one is forgotten", async () => {
    await using at = await inGroup({ privacy: false });
    at.group.as(at.alice).sendAlbum([{ type: "photo", caption: "not for the bot" }, { type: "photo" }]);
    at.group.as(at.eve).sendAlbum([{ type: "photo", caption: "nor this" }, { type: "photo" }]);
    at.group.as(at.bob).say("/save after");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    expect(contents(at.world.memos.memos())).toEqual(["after"]);
    expect(kept(at.world, "not for the bot")).toEqual([]);
    expect(onDisk(at.world, "nor this")).toBe(false);
    expect(at.told()).toHaveLength(1);
  });

  test("as a reply to the bot's confirmation is one comment", async () => {
    await using at = await inGroup();
    at.group.as(at.alice).say("/save a trip");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    at.group.as(at.alice).sendAlbum([{ type: "photo", caption: "sea" }, { type: "photo" }], {
      replyTo: at.lastId(),
    });
    const name = at.of("alice")[0]?.name ?? "";
    await at.world.until("its comment", () => at.world.memos.comments(name).length === 1);
    await at.world.quiet();
    expect(at.world.memos.comments(name)[0]?.attachments).toHaveLength(2);
  });
});

describe("what Telegram's apps cut or send together", () => {
  test("is one memo, though only the first part calls the bot", async () => {
    await using at = await inGroup({ privacy: false });
    const long = `${"words and words ".repeat(300)}end`;
    at.group.as(at.alice).paste(`${BOT} ${long}`);
    await at.world.until("all of it", () => at.of("alice")[0]?.content === long);
    at.group.as(at.bob).forwardWithComment(`look ${BOT}`, { content: "forwarded" });
    await at.world.until("both", () => at.of("bob")[0]?.content.startsWith("look\n\n> Forwarded from"));
    await at.world.quiet();
    expect(at.world.memos.memos()).toHaveLength(2);
  });
});

describe("a paused account", () => {
  test("is told of in its own chat, not before everybody", async () => {
    await using at = await inGroup();
    at.alice.say("/id");
    await at.world.until("they know each other", () => privately(at.world, at.alice).length === 1);
    at.world.memos.revokeToken(at.account.token);
    at.group.as(at.alice).say("/save later");
    await at.world.eventually("told", () => privately(at.world, at.alice).length > 1);
    expect(privately(at.world, at.alice)[1]).toContain("no longer accepts the access token");
    expect(at.told()).toEqual([]);
  });
});

describe("what could not be saved in a group", () => {
  const refuse = (world: ChatWorld) =>
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });

  test("is said there without a reason, which is told in private and in /failed", async () => {
    await using at = await inGroup();
    at.alice.say("/start");
    await at.world.quiet();
    refuse(at.world);
    at.group.as(at.alice).say("/save words");
    await at.world.until("told", () => at.told().length === 1);
    await at.world.quiet();
    expect(at.told()).toEqual(["I could not save this. /failed in our own chat says why."]);
    const [, why] = privately(at.world, at.alice);
    expect(why).toStartWith("I could not save a message of yours in a group: Memos does not accept it.");
    expect(why).toEndWith("Memos says: “not like this”");
    at.alice.say("/failed");
    await at.world.quiet();
    expect(privately(at.world, at.alice).at(-1)).toContain("Memos says: “not like this”");
    const said = [...at.told(), ...privately(at.world, at.alice)].join();
    expect(said).not.toContain(new URL(at.world.memos.url).host);
  });

  test("by a command tells nothing of where Memos is", async () => {
    await using at = await inGroup();
    at.group.as(at.alice).say("/save words");
    await memosSaved(at.world, 1);
    await at.world.quiet();
    at.world.memos.fault({
      match: { method: "PATCH" },
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });
    at.group.as(at.alice).say("/pin", { replyTo: at.lastId() });
    await at.world.until("told", () => at.told().length === 2);
    expect(at.told()[1]).toBe("Memos did not accept this. Memos says: “not like this”");
  });
});
