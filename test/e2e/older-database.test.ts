// The executable over what older versions left: what waited is saved once, and what is old works.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Person } from "../fakes/telegram.ts";
import { until } from "../support/app.ts";
import { binaryPath } from "../support/binary.ts";
import { type OlderWorld, olderWorld } from "../support/older-database.ts";

setDefaultTimeout(120_000);

beforeAll(async () => {
  await binaryPath();
}, 300_000);

/** Over a database and its servers as they were, with all that waited done. */
async function takenOver(name: string, options: { webhook?: boolean } = {}) {
  const world = await olderWorld(name, options);
  const before = world.memos.memos();
  await world.program.start();
  await world.settled();
  return Object.assign(world, { before });
}

const starting = (texts: readonly string[], beginning: string) =>
  texts.filter((text) => text.startsWith(beginning));
const confirmed = (world: OlderWorld, name: string) =>
  starting(world.texts(world.person(name)), "Saved as").length;
const memoOf = (world: OlderWorld, content: string) =>
  world.memos.memos().find((memo) => memo.content === content);
const commentsOn = (world: OlderWorld, name: string | undefined) =>
  world.memos.comments(name ?? "").map(({ content }) => content);

/** Looks seldom: many worlds are looked at side by side, and each look takes time from all of them. */
const seen = (what: string, condition: () => boolean) => until(what, condition, 60_000, 100);

async function hears(world: OlderWorld, chat: { readonly id: number }, what: string) {
  return until(`${what}, not ${JSON.stringify(world.texts(chat).slice(-3))}`, () =>
    world.telegram.botMessages(chat.id).find(({ text }) => text?.includes(what)),
  );
}

/** Presses a button under the bot's answer to a message, or its first one of this name. Returns the alert, if one is shown. */
async function presses(world: OlderWorld, person: Person, button: string, answered?: number) {
  const message = world.telegram.botMessages(person.id).find(({ reply_markup, reply_to_message }) => {
    const isMeant = answered === undefined || reply_to_message?.message_id === answered;
    return isMeant && JSON.stringify(reply_markup ?? null).includes(`"${button}"`);
  });
  if (!message) throw new Error(`nothing has a button ${button}`);
  return (await person.press(message.message_id, button).answer).text;
}

describe("a memo that was begun", () => {
  // 0008 is that of the others.
  for (const schema of [
    "0000",
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0009",
    "0010",
    "0011",
  ]) {
    test.concurrent(`is made once, and what waited behind it after it, over the tables of ${schema}`, async () => {
      await using world = await olderWorld(`schema-${schema}`);
      await world.program.start();
      const waited = {
        ann: ["not made yet", "behind it, of ann"],
        bob: ["made, unanswered", "behind it, of bob"],
        cleo: ["its file is there", "behind it, of cleo"],
        dan: ["its word is under way", "its word waits"],
      };
      // What comes last in a chat is saved last: nothing is looked for in the database, many of which are open here.
      for (const who of Object.keys(waited)) world.person(who).say(`after it, of ${who}`);
      world.person("ann").edit(world.message("ann"), "before, as edited");
      for (const [who, texts] of Object.entries(waited)) {
        await seen(`${who}'s last`, () => world.contents(who).length > 3);
        const first =
          who === "ann" ? expect.stringMatching(/^before, (of ann|as edited)$/) : `before, of ${who}`;
        expect(world.contents(who) as unknown[]).toEqual([first, ...texts, `after it, of ${who}`]);
        // One that may have been sent is not sent again.
        await seen(`${who} told`, () => confirmed(world, who) === (who === "dan" ? 3 : 4));
      }
      await seen("edited", () => world.contents("ann")[0] === "before, as edited");
      expect(world.memos.attachments().map(({ filename, memo }) => [filename, memo])).toEqual([
        ["held.txt", memoOf(world, "its file is there")?.name],
      ]);
    });
  }

  for (const [name, version] of [
    ["begun", "0.30.0"],
    ["begun-chosen-ids", "0.24.4"],
  ] as const) {
    test.concurrent(`is made once, and what waited behind it after it, on ${version}`, async () => {
      await using world = await takenOver(name);
      const begun = {
        ann: "not made yet",
        bob: "made, unanswered",
        cleo: "its file is there",
        dan: expect.stringMatching(/^with a token: `.*` and words$/),
      };
      for (const [person, content] of Object.entries(begun)) {
        const expected: unknown[] = [`before, of ${person}`, content, `behind it, of ${person}`];
        expect(world.contents(person) as unknown[]).toEqual(expected);
        expect(confirmed(world, person)).toBe(3);
      }
      const names = world.memos.memos().map((memo) => memo.name);
      expect(names).toEqual(expect.arrayContaining(world.before.map((memo) => memo.name)));
      expect(world.memos.attachments().map(({ filename, memo }) => [filename, memo])).toEqual([
        ["held.txt", memoOf(world, "its file is there")?.name],
      ]);
    });
  }

  test.concurrent("with its name or that of its file known, on 0.24.4, takes those and makes no other", async () => {
    await using world = await takenOver("claimed");
    expect(world.contents("ann")).toEqual(["before, of ann", "its memo is claimed", "behind it, of ann"]);
    expect(world.contents("bob")).toEqual(["before, of bob", "its file is claimed", "behind it, of bob"]);
    expect(world.contents("cleo")).toEqual(["before, of cleo", "its memo is claimed"]);
    expect(world.memos.attachments().map(({ filename, memo }) => [filename, memo])).toEqual([
      ["claimed.txt", memoOf(world, "its file is claimed")?.name],
    ]);
    for (const who of ["ann", "bob"]) expect(confirmed(world, who)).toBe(3);
  });

  for (const name of ["renamed", "renamed-before"]) {
    test.concurrent(`under the account's old name is made once, and old memos are still known (${name})`, async () => {
      await using world = await takenOver(name);
      const [ann, bob, cleo] = ["ann", "bob", "cleo"].map((who) => world.person(who)) as [
        Person,
        Person,
        Person,
      ];
      ann.edit(world.message("ann"), "edited, of ann");
      ann.edit(world.message("file"), { caption: "a file, edited" });
      bob.reply(world.message("bob"), "a reply of bob");
      cleo.say("after it");
      await world.settled();
      expect(world.contents("ann")).toEqual(["edited, of ann", "a file, edited"]);
      const ofBob = ["before, of bob", "made, unanswered", "behind it, of bob"];
      if (name === "renamed-before") ofBob.push("begun under the new name");
      expect(world.contents("bob")).toEqual(ofBob);
      expect(world.contents("cleo")).toEqual(["before, of cleo", "not made yet", "after it"]);
      expect(commentsOn(world, memoOf(world, "before, of bob")?.name)).toEqual(["a reply of bob"]);
      expect(commentsOn(world, memoOf(world, "before, of cleo")?.name)).toEqual(["a reply that waits"]);
      expect(
        world.memos
          .memos()
          .slice(0, 4)
          .map((memo) => memo.name),
      ).toEqual(world.before.slice(0, 4).map((memo) => memo.name));
      expect(world.memos.attachments()).toHaveLength(1);
    });
  }
});

test.concurrent("what was owed is told: confirmations at most once, notices at least once", async () => {
  await using world = await takenOver("owed");
  const texts = (who: string) => world.texts(world.person(who));
  expect(world.memos.memos()).toEqual(world.before);
  // Before it, and of three messages two: the call for one was under way, and nothing came of it.
  expect(confirmed(world, "ann")).toBe(3);
  // That call was carried out, and not answered.
  expect(confirmed(world, "bob")).toBe(3);
  // In the words of the version that owed it.
  const unknown = "I do not know this kind of message yet.";
  expect(starting(texts("cleo"), unknown)).toHaveLength(3);
  expect(starting(texts("eve"), unknown)).toHaveLength(1);
  expect(texts("dan")).toEqual([expect.stringContaining("Saved as"), "Saved 11 messages"]);
  // What would have changed a confirmation that nobody got.
  expect(texts("fay")).toHaveLength(1);
});

test.concurrent("one message for many confirmations that was sent, and not answered, is not sent again", async () => {
  await using world = await takenOver("sum");
  const ann = world.person("ann");
  expect(world.memos.memos()).toEqual(world.before);
  ann.say("line 12");
  await world.settled();
  expect(world.texts(ann)).toEqual(["Saved 11 messages", expect.stringContaining("Saved as")]);
});

test.concurrent("a webhook goes on, also for what Telegram sends with the secret of before", async () => {
  await using world = await takenOver("webhook", { webhook: true });
  const ann = world.person("ann");
  ann.say("by the webhook of now");
  await until("saved", () => world.contents("ann").length === 4);
  await world.settled();
  expect(world.contents("ann")).toEqual([
    "by the webhook",
    "waits, by the webhook",
    "while nobody was there",
    "by the webhook of now",
  ]);
  expect(confirmed(world, "ann")).toBe(4);
});

describe("a database in use", () => {
  test.concurrent("is finished: what waited is saved in order, deletions are carried out, tokens are told of", async () => {
    await using world = await takenOver("history");
    await until("deleted", () => !world.memos.memos().some(({ content }) => content.startsWith("deleted")));
    const [ann, kim] = [world.person("ann"), world.person("kim")];
    await hears(world, kim, "/bind <access token>");
    expect(world.contents("ann").filter((content) => /^waiting \d/.test(content))).toEqual([
      "waiting 1 of ann",
      "waiting 2 of ann",
      "waiting 3 of ann",
    ]);
    expect(world.contents("ann")).toContain("waiting of the supergroup");
    expect(confirmed(world, "ann")).toBe(10);
    // In groups that is told by a mark now.
    const supergroup = world.message("supergroup");
    expect(world.texts({ id: supergroup })).toHaveLength(1);
    const marks = () => world.telegram.chat(supergroup).messages.flatMap(({ reactions }) => reactions);
    await until("marked", () => marks().some(({ emoji }) => emoji === "👍"));
    expect(world.contents("zed")).toEqual([
      "waiting 1 of zed",
      "waiting 2 of zed",
      "waiting 3 of zed",
      "sent while nobody was there",
    ]);
    expect(confirmed(world, "zed")).toBe(4);
    expect(world.contents("cleo")).toEqual(["waits, as edited"]);
    expect(world.contents("bob").slice(-2)).toEqual(["a parent that waits", "an album that waits"]);
    expect(commentsOn(world, memoOf(world, "a parent that waits")?.name)).toEqual(["a reply that waits"]);
    expect(memoOf(world, "an album that waits")?.attachments).toHaveLength(2);
    expect(memoOf(world, "a thought, edited while Memos was away")).toBeDefined();
    expect(world.contents("gus")).toEqual(["beside it: deleted and owed"]);
    expect(world.contents("fay")).toEqual(["beside it: deleted a moment ago"]);
    expect(memoOf(world, "wanted back")?.state).toBe("NORMAL");
    const there = new Set(world.memos.memos().map((memo) => memo.name));
    const gone = world.before.filter((memo) => !there.has(memo.name)).map(({ content }) => content);
    expect(gone.toSorted()).toEqual(["deleted a moment ago", "deleted and owed"]);
    // Once more from the start: nothing is done again.
    const memos = world.memos.memos();
    const told = world.telegram.sent.length;
    await world.program.restart();
    ann.say("after a restart");
    await until("saved", () => world.contents("ann").includes("after a restart"));
    await world.settled();
    expect(world.memos.memos().slice(0, -1)).toEqual(memos);
    expect(world.telegram.sent).toHaveLength(told + 1);
  });

  test.concurrent("is as it was to its people: edits, replies, buttons and commands", async () => {
    await using world = await takenOver("history");
    const [ann, bob, cleo, dan, eve, guest] = ["ann", "bob", "cleo", "dan", "eve", "guest"].map((who) =>
      world.person(who),
    ) as [Person, Person, Person, Person, Person, Person];
    const { message } = world;
    const nameOf = (content: string) =>
      world.before.find((memo) => memo.content.startsWith(content))?.name ?? "";

    ann.edit(message("edited"), "as edited again");
    ann.edit(message("album"), { caption: "an album, edited" });
    const parts = world.telegram.chat(ann.id).messages;
    const mediaGroupId =
      parts.find(({ message_id }) => message_id === message("album"))?.media_group_id ?? "";
    ann.sendDocument({ fileName: "late.txt", size: 20, mediaGroupId });
    ann.edit(message("reply"), "a reply, edited");
    ann.reply(message("album"), "a reply to the album");
    ann.edit(message("long"), "no longer long");
    bob.edit(message("joined"), "look here");
    bob.edit(message("apart"), "apart, edited");
    guest.say("of the guest again");
    dan.edit(message("danText"), "a needle of another account");
    await world.settled();
    const content = (name: string) => world.memos.memo(name)?.content;
    expect(content(nameOf("as edited"))).toBe("as edited again");
    expect(content(nameOf("an album"))).toBe("an album, edited");
    const files = world.memos.memo(nameOf("an album"))?.attachments.map(({ filename }) => filename);
    expect(files).toEqual(["one.txt", "two.txt", "late.txt"]);
    const answers = world.telegram.botMessages(ann.id).map((told) => told.reply_to_message?.message_id);
    expect(answers.filter((id) => id === message("album"))).toHaveLength(1);
    expect(commentsOn(world, nameOf("an album"))).toEqual(["a reply to the album"]);
    expect(commentsOn(world, nameOf("a thought"))).toEqual(["a reply, edited"]);
    expect(content(nameOf("line of"))).toStartWith("no longer long");
    expect(content(nameOf("look"))).toMatch(
      /^look here\n\n> Forwarded from .*\n\na text of somebody\n\nanother$/s,
    );
    expect(content(nameOf("apart"))).toBe("apart, edited");
    expect(world.contents("bob")).toContain("of the guest again");
    // Somebody who is bound to another account by now.
    expect(world.contents("dan")).toEqual(["a needle"]);

    await presses(world, ann, "PUBLIC", message("text"));
    await presses(world, ann, "Pin", message("file"));
    await until("public", () => world.memos.memo(nameOf("a thought"))?.visibility === "PUBLIC");
    await until("pinned", () => world.memos.memo(nameOf("a file"))?.pinned);
    await presses(world, cleo, "Retry", message("refused"));
    await until("saved", () => world.contents("cleo").includes("refused at first"));
    await presses(world, dan, "Save as memo");
    await until("saved", () => world.contents("dan2").includes("/dance"));
    // What is no longer there says so in a word.
    expect(await presses(world, bob, "Separate")).toBeString();
    expect(await presses(world, eve, "Connect with it")).toContain("/bind");
    expect(await presses(world, bob, "Disconnect gil")).toBeString();
    expect(await presses(world, dan, "Show")).toBeString();
    await world.settled();
    expect(world.memos.attachments()).toHaveLength(
      world.memos.memos().flatMap((memo) => memo.attachments).length,
    );
  });
});
