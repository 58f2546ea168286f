import { describe, expect, test } from "bun:test";
import { onePixelJpeg } from "../fakes/telegram.ts";
import { rows } from "../support/app.ts";
import { channelOf, withChannel } from "../support/channels.ts";
import { talking } from "../support/conversation.ts";
import { writes } from "../support/notebook.ts";

type At = Awaited<ReturnType<typeof withChannel>>;

/** A PUBLIC memo in the channel; the id of its message. */
async function published({ alice, saves }: At, text = "news"): Promise<number> {
  const sent = await saves(text);
  alice.says("/public", { replyTo: sent });
  await alice.hears("Saved as PUBLIC");
  alice.says("/publish @kitchen", { replyTo: sent });
  await alice.hears("Published in @kitchen");
  return sent;
}

const nameOf = ({ world }: At, nth = 0) => world.memos.memos()[nth]?.name ?? "";
const kept = ({ world }: At) =>
  rows<{ parts: string; asked: string | null }>(world, "SELECT parts, asked FROM posts");

/** A memo with files that somebody made in the web page, shown in the chat; the id of the message that shows it. */
async function shown(
  at: At,
  content: string,
  files: readonly [string, string, Uint8Array?][],
): Promise<number> {
  const { world, alice } = at;
  const named = files.map(([filename, type, bytes = new TextEncoder().encode(filename)]) => ({
    filename,
    type,
    bytes,
  }));
  const [name = ""] = await writes(world, "alice", [{ content, files: named }]);
  await at.patches(name, { visibility: "PUBLIC" });
  alice.says("/random");
  return (await alice.hears("PUBLIC", "anywhere")).id;
}

const photo = (name: string): [string, string, Uint8Array] => [name, "image/jpeg", onePixelJpeg];

describe("/publish", () => {
  test("posts a PUBLIC memo in the channel, with its marks, and tells where", async () => {
    await using at = await withChannel();
    const { world, alice, channel, posts } = at;
    await published(at, "**bold** news #blog");
    expect((await alice.hears("Published in @kitchen · open")).links).toEqual(["https://t.me/kitchen/1"]);
    expect(posts()).toEqual(["bold news #blog"]);
    expect(world.telegram.chat(channel.id).messages[0]?.entities).toMatchObject([
      { type: "bold", offset: 0, length: 4 },
      { type: "hashtag" },
    ]);
  });

  test("answers a confirmation, or what was shown, too, and takes any name of the channel", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const hidden = world.telegram.channel({ title: "Cellar" });
    world.telegram.setStanding(hidden, alice.person, "creator");
    const names = ["https://t.me/kitchen/12", `t.me/c/${String(hidden.id).slice(4)}/3`, String(hidden.id)];
    for (const [nth, name] of names.entries()) {
      await at.saves(`news ${nth}`);
      await alice.presses("PUBLIC");
      const { id } = await alice.hears("Saved as PUBLIC");
      alice.says(`/publish ${name}`, { replyTo: id });
      await alice.hears(nth === 0 ? "Published in @kitchen" : "Published in Cellar");
    }
    expect(posts()).toEqual(["news 0"]);
    expect((await alice.hears("Published in Cellar")).links).toEqual([
      `https://t.me/c/${String(hidden.id).slice(4)}/2`,
    ]);
    // A reply to what was told is about the memo.
    const told = await alice.hears("Published in Cellar");
    alice.says("/publish @kitchen", { replyTo: told.id });
    await alice.hears("Published in @kitchen");
    expect(posts()).toEqual(["news 0", "news 2"]);
  });

  test("without a channel means the only one that was published to, and else says how", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    alice.says("/publish @kitchen");
    await alice.hears("Send /publish @channel as a reply");
    const sent = await at.saves("first");
    for (const name of ["", "kitchen", "over there"]) {
      alice.says(`/publish ${name}`, { replyTo: sent });
      await alice.hears("Send /publish @channel as a reply");
    }
    await published(at, "second");
    const third = await at.saves("third");
    await alice.presses("PUBLIC");
    alice.says("/publish", { replyTo: third });
    await world.until("it is posted", () => posts().includes("third"));
    const other = channelOf(world, alice, "garden");
    alice.says(`/publish ${other.id}`, { replyTo: third });
    await alice.hears("Published in @garden");
    const cellar = world.telegram.channel({ title: "Cellar" });
    world.telegram.setStanding(cellar, alice.person, "creator");
    alice.says(`/publish ${cellar.id}`, { replyTo: third });
    await alice.hears("Published in Cellar");
    alice.says("/publish", { replyTo: third });
    await alice.hears(`There are several channels: @kitchen, @garden, Cellar (${cellar.id}).`);
  });

  test("asks before what not everybody sees, and publishes it then", async () => {
    await using at = await withChannel();
    const { alice, posts } = at;
    const sent = await at.saves("a secret");
    alice.says("/publish @kitchen", { replyTo: sent });
    await alice.hears("This memo is PRIVATE. Publish it in @kitchen for everybody to read?");
    await alice.quiet();
    expect(posts()).toEqual([]);
    const question = alice.seen().at(-1);
    await alice.presses("Publish");
    // In place of the question.
    expect((await alice.hears("Published in @kitchen")).id).toBe(question?.id ?? 0);
    expect(alice.seen().filter(({ text }) => text.includes("I am on it"))).toEqual([]);
    expect(posts()).toEqual(["a secret"]);
    // It stays PRIVATE, and is followed as it is.
    alice.edits(sent, "a secret of mine");
    await at.world.passes(3_000);
    expect(posts()).toEqual(["a secret of mine"]);
    alice.says("/publish @kitchen", { replyTo: sent });
    await alice.hears("It is in @kitchen");
  });

  test("does not ask about what may not go there", async () => {
    await using at = await withChannel();
    const { world, alice, channel } = at;
    const sent = await at.saves("a secret");
    world.telegram.setStanding(channel, alice.person, "member");
    alice.says("/publish @kitchen", { replyTo: sent });
    await alice.hears("Only administrators of @kitchen who may post can publish there.");
  });

  test("is for administrators who may post, and asks Telegram each time", async () => {
    await using at = await withChannel();
    const { world, alice, channel, posts } = at;
    const { telegram } = world;
    const sent = await at.saves("news");
    await alice.presses("PUBLIC");
    await alice.hears("Saved as PUBLIC");
    const refused = async (why: string) => {
      alice.says("/publish @kitchen", { replyTo: sent });
      await alice.hears(why);
      expect(posts()).toEqual([]);
      expect(kept(at)).toEqual([]);
    };
    telegram.setStanding(channel, alice.person, "member");
    await refused("Only administrators of @kitchen who may post can publish there.");
    telegram.setStanding(channel, alice.person, "administrator");
    telegram.letPost(channel, alice.person, false);
    await refused("Only administrators of @kitchen who may post can publish there.");
    telegram.letPost(channel, alice.person, true);
    telegram.letPost(channel, telegram.bot, false);
    await refused("I may not post in @kitchen. Make me an administrator of it who may post");
    alice.says("/publish @nowhere", { replyTo: sent });
    await alice.hears("I find no channel @nowhere.");
    telegram.letPost(channel, telegram.bot, true);
    alice.says("/publish @kitchen", { replyTo: sent });
    await alice.hears("Published in @kitchen");
  });

  test("in a group posts nothing, and says nothing of the memo", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const group = world.telegram.group({ type: "supergroup", privacy: false });
    const sent = await at.saves("news");
    group.as(alice.person).say("/publish @kitchen");
    await world.quiet();
    expect(world.telegram.botMessages(group.id).map(({ text }) => text)).toEqual([
      expect.stringContaining("Please ask me that in our own chat"),
    ]);
    expect([sent > 0, posts()]).toEqual([true, []]);
  });

  test("of what is there already makes no second post", async () => {
    await using at = await withChannel();
    const { alice, posts } = at;
    const sent = await published(at);
    alice.says("/publish @kitchen", { replyTo: sent });
    await alice.hears("It is in @kitchen, as the memo is now · open");
    expect(posts()).toEqual(["news"]);
  });

  test("of what came from that channel is refused", async () => {
    await using at = await withChannel();
    const { world, alice, channel, posts } = at;
    const post = channel.as(alice.person).say("posted by hand");
    alice.actor.forward({ content: "posted by hand", origin: channel.originOf(post) });
    await alice.hears("Saved as");
    await alice.presses("PUBLIC");
    const { id } = await alice.hears("Saved as PUBLIC");
    alice.says("/publish @kitchen", { replyTo: id });
    await alice.hears("This came from @kitchen, so I do not publish it there.");
    await world.quiet();
    expect(posts()).toEqual(["posted by hand"]);
  });

  test("of another's memo, which a message told of, is refused", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    await talking(world, "bob");
    const memo_name = world.memos.write("bob", "Bob's", "PUBLIC");
    alice.says("/status");
    const told = await alice.hears("You are connected");
    const [{ id = 0 } = {}] = rows<{ id: number }>(world, "SELECT max(id) AS id FROM jobs");
    const place = { chat_id: alice.person.id, message_id: told.id };
    world.store.outbox.showed({ memo_name, account_key: at.account() }, id, place);
    alice.says("/publish @kitchen", { replyTo: told.id });
    await alice.hears("This memo belongs to another account.");
    expect([posts(), kept(at)]).toEqual([[], []]);
  });
});

describe("what is posted", () => {
  test("few words are the caption of an album, whose documents follow in one of their own", async () => {
    await using at = await withChannel();
    const { alice, posts } = at;
    const files = [
      photo("a.jpg"),
      ["b.pdf", "application/pdf"],
      ["c.mp4", "video/mp4"],
      ["d.txt", "text/plain"],
    ];
    const replyTo = await shown(at, "*holiday*", files as [string, string, Uint8Array?][]);
    alice.says("/publish @kitchen", { replyTo });
    await at.world.eventually("all is posted", () => posts().length === 4, 1_000);
    expect(posts()).toEqual(["photo holiday", "video", "document", "document"]);
    await alice.hears("Published in @kitchen");
    expect(JSON.parse(kept(at)[0]?.parts ?? "")).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test("many words stand before the files, as many messages as they take; a single file is sent alone", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const replyTo = await shown(at, "words and ".repeat(500), [
      ["d.mp3", "audio/mpeg"],
      ["e.gif", "image/gif"],
    ]);
    alice.says("/publish @kitchen", { replyTo });
    await world.eventually("all is posted", () => posts().length === 4, 1_000);
    expect(posts().slice(2)).toEqual(["animation", "audio"]);
    expect(
      posts()
        .join(" ")
        .replace(/ (animation|audio)/g, "")
        .trim(),
    ).toBe("words and ".repeat(500).trim());
  });

  test("more than ten pictures are two albums", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const replyTo = await shown(
      at,
      "",
      Array.from({ length: 12 }, (_, nth) => photo(`${nth}.jpg`)),
    );
    alice.says("/publish @kitchen", { replyTo });
    await world.eventually("all is posted", () => posts().length === 12, 1_000);
    expect(JSON.parse(kept(at)[0]?.parts ?? "").map((ids: number[]) => ids.length)).toEqual([10, 2]);
  });

  test("pictures that are none for Telegram are sent as documents, and what it does not take is told", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const replyTo = await shown(at, "odd", [
      photo("a.jpg"),
      ["odd.jpg", "image/jpeg"],
      ["none.txt", "text/plain", new Uint8Array()],
    ]);
    alice.says("/publish @kitchen", { replyTo });
    await alice.hears("Published in @kitchen", "anywhere");
    expect(posts()).toEqual(["document odd", "document"]);
    await alice.hears("Without none.txt: Telegram takes no empty file from me", "anywhere");
    expect(world.telegram.requests.filter(({ method }) => method === "sendMediaGroup")).toHaveLength(2);
  });
});

describe("a post follows its memo", () => {
  test("an edit in Telegram, or in Memos, edits it", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const sent = await published(at);
    alice.edits(sent, "news of today");
    await world.passes(3_000);
    expect(posts()).toEqual(["news of today"]);
    await at.patches(nameOf(at), { content: "news of **tomorrow**" });
    expect(posts()).toEqual(["news of tomorrow"]);
    expect(alice.seen().at(-1)?.text).toContain("Published in");
  });

  test("so does a caption, and words that files had none of", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const replyTo = await shown(at, "", [photo("a.jpg"), photo("b.jpg")]);
    alice.says("/publish @kitchen", { replyTo });
    await world.eventually("it is posted", () => posts().length === 2, 1_000);
    await at.patches(nameOf(at), { content: "words" });
    expect(posts()).toEqual(["photo words", "photo"]);
    await at.patches(nameOf(at), { content: "" });
    expect(posts()).toEqual(["photo", "photo"]);
  });

  test("other files are told once, with the words up to date, and published again where that is wanted", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const replyTo = await shown(at, "two", [photo("a.jpg"), photo("b.jpg")]);
    alice.says("/publish @kitchen", { replyTo });
    await world.eventually("it is posted", () => posts().length === 2, 1_000);
    world.memos.addFile(nameOf(at), { filename: "c.jpg", bytes: onePixelJpeg });
    await at.patches(nameOf(at), { content: "three" });
    await alice.hears("The post in @kitchen cannot become what its memo is now");
    expect(posts()).toEqual(["photo three", "photo"]);
    await at.patches(nameOf(at), { content: "three!" });
    expect(posts()).toEqual(["photo three!", "photo"]);
    expect(alice.seen().filter(({ text }) => text.includes("cannot become"))).toHaveLength(1);
    await alice.presses("Publish again");
    await world.eventually("it is posted again", () => posts().length === 5, 1_000);
    expect(posts()).toEqual(["photo three!", "photo", "photo three!", "photo", "document"]);
    await at.patches(nameOf(at), { content: "anew" });
    expect(posts()).toEqual(["photo three!", "photo", "photo anew", "photo", "document"]);
  });

  test("words that take more messages are told, too", async () => {
    await using at = await withChannel();
    const { alice, posts } = at;
    await published(at);
    await at.patches(nameOf(at), { content: "long ".repeat(1_000) });
    await alice.hears("how many messages it takes, stay");
    expect(posts()).toEqual(["news"]);
    await at.patches(nameOf(at), { content: "short" });
    expect(posts()).toEqual(["short"]);
  });

  test("a post that is gone, or may not be changed any more, is told", async () => {
    await using at = await withChannel();
    const { world, alice, channel } = at;
    await published(at);
    channel.as(alice.person).deleteMessage(1);
    await at.patches(nameOf(at), { content: "other" });
    await alice.hears("Telegram refuses it: “message to edit not found” The post in @kitchen cannot become");
    world.telegram.setStanding(channel, alice.person, "member");
    await alice.presses("Publish again");
    await alice.hears("Only administrators of @kitchen who may post can publish there.");
  });

  for (const how of ["deleted", "PRIVATE"] as const) {
    test(`of a memo that is ${how} its person is asked, once, and nothing is deleted by itself`, async () => {
      await using at = await withChannel();
      const { world, alice, posts } = at;
      const asked = how === "deleted" ? "was deleted in Memos" : "is PRIVATE now";
      await published(at);
      const name = nameOf(at);
      if (how === "deleted") world.memos.deleteMemo(name);
      else await at.patches(name, { visibility: how });
      await at.changed(name);
      await alice.hears(`A memo that I published in @kitchen ${asked}`);
      await at.changed(name);
      expect(alice.seen().filter(({ text }) => text.includes(asked))).toHaveLength(1);
      expect(posts()).toEqual(["news"]);
      await alice.presses("Keep it");
      await alice.hears("The post stays.");
      await at.changed(name);
      expect(alice.seen().at(-1)?.text).toBe("The post stays.");
      expect(posts()).toEqual(["news"]);
    });

    test(`of a memo that is ${how} it is deleted where its person wants that`, async () => {
      await using at = await withChannel();
      const { world, alice, posts } = at;
      await published(at);
      const name = nameOf(at);
      if (how === "deleted") world.memos.deleteMemo(name);
      else await at.patches(name, { visibility: how });
      await at.changed(name);
      await alice.presses("Delete the post");
      await alice.hears("The post is deleted.");
      expect([posts(), kept(at)]).toEqual([[], []]);
    });
  }

  test("of a memo that was PRIVATE for a while it is followed again", async () => {
    await using at = await withChannel();
    const { alice, posts } = at;
    await published(at);
    await at.patches(nameOf(at), { visibility: "PRIVATE" });
    await alice.hears("is PRIVATE now");
    await at.patches(nameOf(at), { content: "not for you" });
    expect(posts()).toEqual(["news"]);
    await at.patches(nameOf(at), { visibility: "PUBLIC", content: "for you" });
    expect(posts()).toEqual(["for you"]);
    expect(kept(at)).toMatchObject([{ asked: null }]);
  });

  test("whoever is no administrator any more deletes nothing", async () => {
    await using at = await withChannel();
    const { world, alice, channel, posts } = at;
    await published(at);
    world.memos.deleteMemo(nameOf(at));
    await at.changed(nameOf(at));
    await at.world.quiet();
    world.telegram.setStanding(channel, alice.person, "member");
    await at.world.passes(1_000);
    expect(posts()).toEqual(["news"]);
  });
});

describe("exactly once", () => {
  async function unanswered(at: At): Promise<void> {
    const { world, alice } = at;
    const sent = await at.saves("news");
    await alice.presses("PUBLIC");
    await alice.hears("Saved as PUBLIC");
    world.telegram.onRequest = ({ method, params }, phase) => {
      if (method === "sendMessage" && params["chat_id"] === String(at.channel.id) && phase === "before") {
        world.telegram.onRequest = undefined;
        world.telegram.fault({ match: { method: "sendMessage" }, action: "drop-after" });
      }
    };
    alice.says("/publish @kitchen", { replyTo: sent });
    await alice.hears("A memo may be in @kitchen already: Telegram did not answer.");
  }

  test("where Telegram's answer is lost nothing is posted again by itself, and its person tells that it is there", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    await unanswered(at);
    await at.changed(nameOf(at));
    await world.restart();
    await world.passes(60_000);
    expect(posts()).toEqual(["news"]);
    expect(alice.seen().filter(({ text }) => text.includes("may be in @kitchen"))).toHaveLength(1);
    await alice.presses("It is there");
    await alice.hears("It is in @kitchen");
    expect(posts()).toEqual(["news"]);
    await at.patches(nameOf(at), { content: "other" });
    await alice.hears("Telegram did not tell me which message it is. The post in @kitchen cannot become");
  });

  test("or has it published again", async () => {
    await using at = await withChannel();
    const { alice, posts } = at;
    await unanswered(at);
    await alice.presses("Publish again");
    await alice.hears("Published in @kitchen");
    expect(posts()).toEqual(["news", "news"]);
    await at.patches(nameOf(at), { content: "other" });
    expect(posts()).toEqual(["news", "other"]);
  });

  test("what is throttled, or never reached Telegram, is sent later, once", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    const sent = await at.saves("news");
    await alice.presses("PUBLIC");
    await alice.hears("Saved as PUBLIC");
    world.telegram.onRequest = ({ method, params }, phase) => {
      if (method !== "sendMessage" || params["chat_id"] !== String(at.channel.id) || phase !== "before")
        return;
      world.telegram.onRequest = undefined;
      world.telegram.fault({ match: { method: "sendMessage" }, action: { status: 429, retryAfter: 7 } });
    };
    alice.says("/publish @kitchen", { replyTo: sent });
    await world.quiet();
    expect([posts(), kept(at)]).toEqual([[], [{ parts: '["owed"]', asked: null }]]);
    await world.eventually("it is posted", () => posts().length === 1, 2_000);
    await alice.hears("Published in @kitchen");
  });

  test("a memo waits for a Memos that is away", async () => {
    await using at = await withChannel();
    const { world, posts } = at;
    await published(at, "one");
    world.memos.editContent(nameOf(at), "two");
    await world.memos.stop();
    await at.changed(nameOf(at));
    expect(posts()).toEqual(["one"]);
    await world.memos.start();
    await at.changed(nameOf(at));
    expect(posts()).toEqual(["two"]);
  });
});

describe("a rule", () => {
  async function addRule(at: At, words = "#blog @kitchen"): Promise<void> {
    const { alice } = at;
    alice.says("/settings");
    await alice.hears("Settings for");
    await alice.presses("Publishing");
    await alice.presses("Add");
    const { id } = await alice.hears("Which tag goes to which channel?");
    alice.says(words, { replyTo: id });
    await alice.quiet();
  }

  test("is made in /settings, shown and removed there", async () => {
    await using at = await withChannel();
    const { world, alice } = at;
    await addRule(at, "#blog and @kitchen");
    await alice.hears("That is not one tag and one channel");
    await addRule(at, "@kitchen");
    await alice.hears("That is not one tag and one channel");
    await addRule(at, "#blog @nowhere");
    await alice.hears("I find no channel @nowhere.");
    world.telegram.letPost(at.channel, alice.person, false);
    await addRule(at);
    await alice.hears("Only administrators of @kitchen");
    world.telegram.letPost(at.channel, alice.person, true);
    await addRule(at);
    const list = await alice.hears("PUBLIC memos with a tag go to a channel by themselves");
    expect(list.buttons).toEqual(["✕ #blog → Kitchen Notes", "Add", "‹ Back"]);
    await alice.presses("‹ Back");
    await alice.hears("Publishing: #blog → Kitchen Notes", "anywhere");
    await alice.presses("Publishing");
    await alice.presses("✕ #blog → Kitchen Notes");
    await world.until("it is gone", () => rows(world, "SELECT id FROM publish_rules").length === 0);
    expect(world.memos.memos()).toEqual([]);
  });

  test("posts PUBLIC memos with the tag, wherever they were written", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    await addRule(at);
    world.memos.setDefaultVisibility("alice", "PUBLIC");
    await at.saves("by Telegram #blog");
    await world.passes(3_000);
    expect(posts()).toEqual(["by Telegram #blog"]);
    await at.changed(world.memos.write("alice", "by hand #Blog", "PUBLIC"));
    await at.changed(world.memos.write("alice", "PROTECTED #blog", "PROTECTED"));
    await at.changed(world.memos.write("alice", "another #blogs", "PUBLIC"));
    expect(posts()).toEqual(["by Telegram #blog", "by hand #Blog"]);
    expect(alice.seen().filter(({ text }) => text.includes("Published"))).toEqual([]);
  });

  test("posts what becomes PUBLIC later, and nothing that was there when it was made", async () => {
    await using at = await withChannel();
    const { world, posts } = at;
    world.memos.write("alice", "old #blog", "PUBLIC");
    await addRule(at);
    const name = world.memos.write("alice", "later #blog", "PRIVATE");
    await at.changed(name);
    await world.rings({ account: at.account(), what: "memos" });
    expect(posts()).toEqual([]);
    await at.patches(name, { visibility: "PUBLIC" });
    expect(posts()).toEqual(["later #blog"]);
  });

  test("and a command for the same memo make one post", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    await addRule(at);
    const sent = await at.saves("news #blog");
    await alice.presses("PUBLIC");
    alice.says("/publish @kitchen", { replyTo: sent });
    await world.passes(3_000);
    await alice.hears(/Published in @kitchen|It is in @kitchen/, "anywhere");
    expect(posts()).toEqual(["news #blog"]);
  });

  test("finds what changed while nobody listened, oldest first, and what was deleted", async () => {
    await using at = await withChannel();
    const { world, alice, posts } = at;
    await addRule(at);
    const first = world.memos.write("alice", "one #blog", "PUBLIC");
    await at.changed(first);
    await world.clock.advance(5_000);
    world.memos.write("alice", "two #blog", "PUBLIC");
    await world.clock.advance(5_000);
    world.memos.write("alice", "three #blog", "PUBLIC");
    world.memos.editContent(first, "one! #blog");
    await world.restart();
    await world.rings({ account: at.account(), what: "memos" });
    await world.eventually("all are posted", () => posts().length === 3, 2_000);
    expect(posts()).toEqual(["one! #blog", "two #blog", "three #blog"]);
    world.memos.deleteMemo(first);
    await world.passes(3_600_000);
    await world.rings({ account: at.account(), what: "memos" });
    await alice.hears("was deleted in Memos");
    expect(posts()).toHaveLength(3);
  });

  test("finds what changed after an upgrade of Memos, which names accounts anew, and after a renaming", async () => {
    await using at = await withChannel({ memos: { version: "0.26.2" } });
    const { world, posts } = at;
    await addRule(at);
    await world.clock.advance(5_000);
    world.memos.become("0.30.0");
    world.memos.write("alice", "since #blog", "PUBLIC");
    // By then it is asked again which version it is.
    await world.clock.advance(600_000);
    await world.rings({ account: at.account(), what: "memos" });
    await world.eventually("it is posted", () => posts().length === 1, 2_000);
    expect(posts()).toEqual(["since #blog"]);
    world.memos.rename("alice", "alicia");
    world.memos.write("alicia", "renamed #blog", "PUBLIC");
    await world.rings({ account: at.account(), what: "memos" });
    await world.eventually("it is posted", () => posts().length === 2, 2_000);
  });

  test("tells its person once that their access token has died, where nothing else asks Memos for them", async () => {
    await using at = await withChannel();
    const { world, alice } = at;
    await addRule(at);
    world.memos.revokeToken(alice.token);
    for (let look = 0; look < 2; look++) await world.rings({ account: at.account(), what: "memos" });
    const hasDied = () =>
      alice.seen().filter(({ text }) => text.includes("no longer accepts the access token"));
    await world.eventually("it is told", () => hasDied().length > 0);
    expect(hasDied()).toHaveLength(1);
  });

  test("of another tells of what the channel refuses, in private", async () => {
    await using at = await withChannel();
    const { world, alice, channel, posts } = at;
    await addRule(at);
    world.telegram.letPost(channel, world.telegram.bot, false);
    const name = world.memos.write("alice", "news #blog", "PUBLIC");
    await at.changed(name);
    const refusal = "I may not post in @kitchen. Make me an administrator of it who may post";
    const told = await alice.hears(`news #blog\n\n${refusal}`);
    expect(told.buttons).toEqual(["Retry"]);
    expect(told.links).toContain(`${world.memos.url}/${name}`);
    const count = () => alice.seen().filter(({ text }) => text.includes(refusal)).length;
    for (let look = 0; look < 2; look++) await at.changed(name);
    expect(count()).toBe(1);
    await alice.presses("Retry");
    expect((await alice.hears(refusal)).id).toBe(told.id);
    expect(posts()).toEqual([]);
    world.telegram.letPost(channel, world.telegram.bot, true);
    await alice.presses("Retry");
    expect((await alice.hears("Published in @kitchen")).id).toBe(told.id);
    expect(posts()).toEqual(["news #blog"]);
  });

  test("that was refused is tried again once its memo is edited, and not without the rule", async () => {
    await using at = await withChannel();
    const { world, alice, channel, posts } = at;
    await addRule(at);
    world.telegram.letPost(channel, world.telegram.bot, false);
    const [first, second] = ["one #blog", "two #blog"].map((text) =>
      world.memos.write("alice", text, "PUBLIC"),
    );
    for (const name of [first, second]) await at.changed(name ?? "");
    await alice.hears("two #blog");
    world.telegram.letPost(channel, world.telegram.bot, true);
    await at.patches(first ?? "", { content: "one! #blog" });
    await world.eventually("it is posted", () => posts().length === 1, 2_000);
    expect(posts()).toEqual(["one! #blog"]);
    alice.says("/settings");
    await alice.hears("Settings for");
    await alice.presses("Publishing");
    await alice.presses("✕ #blog → Kitchen Notes");
    await world.until("it is gone", () => rows(world, "SELECT id FROM publish_rules").length === 0);
    await at.patches(second ?? "", { content: "two! #blog" });
    expect(posts()).toEqual(["one! #blog"]);
  });

  test("of a memo that a button made PUBLIC is refused once", async () => {
    await using at = await withChannel();
    const { world, alice, channel } = at;
    await addRule(at);
    world.telegram.letPost(channel, world.telegram.bot, false);
    await at.saves("news #blog");
    await alice.presses("PUBLIC");
    await alice.hears("I may not post", "anywhere");
    await at.changed(nameOf(at));
    await world.rings({ account: at.account(), what: "memos" });
    await world.passes(3_000);
    expect(alice.seen().filter(({ text }) => text.includes("I may not post"))).toHaveLength(1);
  });
});

describe("what a channel posted", () => {
  test("becomes a memo, and by no rule a post there again", async () => {
    await using at = await withChannel();
    const { world, alice, channel, posts } = at;
    const { memos, store } = world;
    memos.setDefaultVisibility("alice", "PUBLIC");
    store.publishRules.add({
      telegram_id: alice.person.id,
      tag: "blog",
      chat_id: channel.id,
      title: null,
      after: 0,
    });
    const given = {
      mode: "all",
      owner_id: alice.person.id,
      owner_account: at.account(),
      confirmation: null,
    } as const;
    store.chats.set(channel.id, given);
    channel.as(alice.person).say("from the channel #blog");
    await world.settled();
    const [memo] = memos.memos();
    expect([memo?.visibility, memo?.content]).toEqual([
      "PUBLIC",
      expect.stringContaining("from the channel #blog"),
    ]);
    await at.changed(memo?.name ?? "");
    await world.rings({ account: at.account(), what: "memos" });
    expect(posts()).toEqual(["from the channel #blog"]);
    expect(kept(at)).toEqual([]);
  });
});

describe("what was published", () => {
  test("is no memo again, from the group of the channel or by a hand that edits it there", async () => {
    await using at = await withChannel();
    const { world, alice, channel, posts } = at;
    const { store, telegram } = world;
    await published(at);
    const given = {
      mode: "all",
      owner_id: alice.person.id,
      owner_account: at.account(),
      confirmation: null,
    } as const;
    const group = telegram.group({ type: "supergroup", privacy: false });
    store.chats.set(group.id, given);
    const copy = (message_id: number) => ({
      from: { id: 777_000, is_bot: false, first_name: "Telegram" },
      sender_chat: channel.chat,
      is_automatic_forward: true,
      forward_origin: { type: "channel", chat: channel.chat, message_id, date: 1 },
    });
    group.as(alice.person).say("news", { extra: copy(1) });
    group.as(alice.person).say("by another hand", { extra: copy(2) });
    await world.quiet();
    expect(world.memos.memos().map(({ content }) => content)).toEqual([
      "news",
      expect.stringContaining("by another hand"),
    ]);
    store.chats.set(channel.id, given);
    const edited = { ...telegram.chat(channel.id).messages[0], text: "edited there", edit_date: 2 };
    telegram.deliver({ edited_channel_post: edited }, { keepDates: true });
    await world.quiet();
    expect(world.memos.memos()).toHaveLength(2);
    expect(world.memos.memo(nameOf(at))?.content).toBe("news");
    expect(posts()).toHaveLength(1);
  });
});
