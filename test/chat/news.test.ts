import { describe, expect, test } from "bun:test";
import { type ChatOptions, type ChatWorld, chatWorld } from "../support/chat.ts";
import { type Conversation, conversation, talking } from "../support/conversation.ts";

/** Alice, who is told comments and mentions, has a memo that all users see; Bob writes on the web page. */
async function withReader(options: ChatOptions = {}) {
  const world = await chatWorld(options);
  // The first is an administrator, who may change what is everybody's.
  world.memos.addUser("bob");
  const alice = await talking(world);
  await wants(alice, "comments and mentions");
  const memo = world.memos.write("alice", "**Groceries** for the week");
  return { world, alice, memo, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

async function wants(person: Conversation, choice: string): Promise<void> {
  person.says("/settings");
  await person.presses("Notifications");
  await person.presses(choice);
  await person.hears(`Notifications: ${choice}`);
}

/** What is told, without how it looks. */
const told = (person: Conversation) =>
  person
    .seen()
    .map(({ text }) => text)
    .filter((text) => /commented on|mentioned you/.test(text));

/** How often it was said that the access token is refused. */
const hasDied = (person: Conversation) =>
  person.seen().filter(({ text }) => text.includes("no longer accepts the access token")).length;

const linkOf = ({ memos }: ChatWorld, name: string, version = memos.version) =>
  `${memos.url}/${version === "0.22.5" ? name.replace("memos/", "m/") : name}`;

async function comment(world: ChatWorld, by: string, memo: string, text: string): Promise<string> {
  const name = world.memos.comment(by, memo, text);
  await world.changed();
  return name;
}

describe("somebody's comment", () => {
  test("is told with who, what, its files and a link, aloud", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const name = world.memos.comment("bob", memo, "Get **oats** too, @nobody:\n\n- [ ] milk");
    world.memos.addFile(name, { filename: "list.md", bytes: Buffer.from("x") });
    await world.changed();
    const message = await alice.hears("commented on");
    expect(message.text).toBe(
      "bob commented on “Groceries for the week”\n\nGet oats too, @nobody:\n\n☐ milk\n\n📎 list.md",
    );
    expect(message.bold).toEqual(["oats"]);
    expect(message.links).toEqual([linkOf(world, name)]);
    const sent = world.telegram.requests.findLast(({ method }) => method === "sendMessage");
    expect(sent?.params["disable_notification"]).toBe("false");
  });

  test("of any length is cut where the message ends", async () => {
    await using at = await withReader();
    await comment(at.world, "bob", at.memo, "a **long** story ".repeat(450));
    const { text } = await at.alice.hears("The rest is in Memos.");
    expect(text.length).toBeLessThanOrEqual(4096);
  });

  test("is told once and in order, also after restarts and while Memos was away", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    world.memos.comment("bob", memo, "one");
    world.memos.comment("bob", memo, "two");
    await world.changed();
    await world.restart();
    await world.changed();
    world.memos.comment("bob", memo, "three");
    await world.memos.stop();
    await world.changed();
    await world.memos.start();
    await world.changed();
    expect(told(alice).map((text) => text.split("\n")[2])).toEqual(["one", "two", "three"]);
  });

  test("is told after Memos was set back to a backup, in which its number was not given yet", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    for (const text of ["one", "two", "three"]) await comment(world, "bob", memo, text);
    world.memos.forgetNotifications();
    await world.changed();
    await comment(world, "bob", memo, "four");
    expect(told(alice).map((text) => text.split("\n")[2])).toEqual(["one", "two", "three", "four"]);
  });

  test("is told after an upgrade of Memos, which names accounts anew", async () => {
    await using at = await withReader({ memos: { version: "0.26.2" } });
    const { world, alice, memo } = at;
    await comment(world, "bob", memo, "before");
    world.memos.become("0.30.0");
    await comment(world, "bob", memo, "since");
    // The first look finds out that it is another version by now.
    await world.changed();
    expect(told(alice).map((text) => text.split("\n")[2])).toEqual(["before", "since"]);
  });

  test("is told, and answered with a reaction, after somebody has renamed themselves in Memos", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const name = await comment(world, "bob", memo, "before");
    const { id } = await alice.hears("before");
    alice.person.react(id, "👍");
    await world.quiet();
    world.memos.rename("alice", "alicia");
    alice.person.react(id);
    await world.quiet();
    expect(world.memos.reactions(name)).toEqual([]);
    world.memos.rename("alicia", "alison");
    await comment(world, "bob", memo, "since");
    await world.changed();
    expect(told(alice).map((text) => text.split("\n")[2])).toEqual(["before", "since"]);
  });

  test("that Memos cannot show, whatever is tried, holds up no other for ever", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const broken = world.memos.comment("bob", memo, "broken");
    world.memos.comment("bob", memo, "whole");
    world.memos.fault({
      match: { method: "GET", path: new RegExp(broken) },
      action: { status: 500, body: {} },
    });
    for (let minute = 0; minute < 10; minute++) {
      await world.changed();
      expect(told(alice)).toEqual([]);
      await world.passes(60_000);
    }
    const heard = await world.eventually("the other one to be told", () => told(alice)[0]);
    expect(heard.split("\n")[2]).toBe("whole");
  });

  test("that was there before somebody chose to be told is not told, and neither is one that is gone", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    await wants(alice, "off");
    await comment(world, "bob", memo, "unheard");
    await wants(alice, "comments");
    const gone = world.memos.comment("bob", memo, "regretted");
    world.memos.comment("bob", memo, "meant");
    world.memos.deleteMemo(gone);
    await world.changed();
    expect(told(alice)).toEqual(["bob commented on “Groceries for the week”\n\nmeant"]);
  });

  test("is told to whom it is about, not to who wrote it, wherever that was", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const carol = await talking(world, "carol");
    await wants(carol, "comments and mentions");
    await comment(world, "carol", memo, "from carol");
    const message = await alice.hears("from carol");
    alice.replies(message.id, "to carol");
    await world.settled();
    await world.changed();
    expect(told(carol)).toEqual([]);
    const theirs = world.memos.write("carol", "Carol's plans");
    await comment(world, "alice", theirs, "from alice");
    expect(told(carol)).toHaveLength(1);
    expect(told(alice)).toHaveLength(1);
  });

  test("is told to each who shares the account, from when they chose to be told", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const person = world.telegram.user({ first_name: "Guest" });
    await world.bind(person.id, world.memos.addToken("alice"));
    const guest = conversation(world, person);
    await comment(world, "bob", memo, "one");
    await wants(guest, "comments and mentions");
    const lists = () => world.memos.requests.filter(({ path }) => path.endsWith("/notifications")).length;
    const before = lists();
    await comment(world, "bob", memo, "two");
    expect(lists()).toBe(before + 1);
    expect(told(alice)).toHaveLength(2);
    expect(told(guest)).toHaveLength(1);
    // Whose token is refused, the other one asks for.
    world.memos.revokeToken(alice.token);
    await comment(world, "bob", memo, "three");
    expect(told(guest)).toHaveLength(2);
  });

  test("is all that Memos is asked for where nothing is published", async () => {
    await using at = await withReader();
    const { world } = at;
    const [account = 0] = world.store.bindings.toldNews().map(({ account_key }) => account_key);
    await world.rings({ account, what: "memos" });
    const before = world.memos.requests.length;
    await world.rings({ account, what: "memos" });
    await world.changed();
    const asked = world.memos.requests.slice(before).map(({ path }) => path);
    expect(asked.filter((path) => !path.endsWith("/notifications"))).toEqual([]);
    expect(asked).not.toEqual([]);
  });

  test("waits while the access token is refused, and is not told of the account of before", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const { account_key } = world.store.bindings.toldNews()[0] ?? { account_key: 0 };
    world.memos.revokeToken(alice.token);
    await comment(world, "bob", memo, "late");
    await world.eventually("told", () => hasDied(alice) > 0);
    await world.changed();
    expect(told(alice)).toEqual([]);
    await world.bind(alice.person.id, world.memos.addToken("alice"));
    await world.changed();
    expect(told(alice)).toHaveLength(1);
    await world.bind(alice.person.id, world.memos.addUser("dora").token);
    await comment(world, "bob", memo, "not for dora");
    expect(world.store.bindings.toldNews()[0]?.account_key).not.toBe(account_key);
    expect(told(alice)).toHaveLength(1);
  });
});

describe("a mention", () => {
  test("is told where it is wanted, and answered by a comment on the memo", async () => {
    await using at = await withReader();
    const { world, alice } = at;
    await wants(alice, "comments");
    world.memos.write("bob", "@alice unheard");
    await world.changed();
    await wants(alice, "mentions");
    const name = world.memos.write("bob", "Ask @alice for the keys");
    await world.changed();
    expect(told(alice)).toEqual(["bob mentioned you\n\nAsk @alice for the keys"]);
    const message = await alice.hears("mentioned you");
    alice.replies(message.id, "Here they are");
    await world.settled();
    expect(world.memos.comments(name).map(({ content }) => content)).toEqual(["Here they are"]);
    expect(world.memos.memos().filter(({ creator }) => creator === "users/alice")).toHaveLength(1);
  });
});

describe("a reply to what was told", () => {
  for (const version of ["0.30.0", "0.25.3", "0.24.4", "0.22.5"]) {
    test(`is a comment on the memo on ${version}, with what it answers above it`, async () => {
      await using at = await withReader({ memos: { version } });
      const { world, alice, memo } = at;
      const name = await comment(world, "bob", memo, "How many eggs?");
      const message = await alice.hears("How many eggs?");
      alice.replies(message.id, "a dozen");
      await world.settled();
      const [, answer] = world.memos.comments(memo);
      expect(answer?.content.replaceAll(/ +$/gm, "")).toBe(
        `> [bob commented on “Groceries for the week”](${linkOf(world, name, version)})\n>\n> How many eggs?\n\na dozen`,
      );
      expect(answer?.parent).toBe(memo);
      await alice.hears("Saved as a comment");
    });
  }

  test("is a memo of its own where the comment is gone, and said to be", async () => {
    await using at = await withReader();
    const name = await comment(at.world, "bob", at.memo, "How many eggs?");
    const message = await at.alice.hears("How many eggs?");
    at.world.memos.deleteMemo(name);
    at.alice.replies(message.id, "a dozen");
    await at.alice.hears("is gone");
    expect(at.world.memos.comments(at.memo)).toEqual([]);
  });

  test("by a command is about the memo, which is somebody else's", async () => {
    await using at = await withReader();
    const { world, alice } = at;
    const name = world.memos.write("bob", "Ask @alice");
    await world.changed();
    const message = await alice.hears("mentioned you");
    alice.says("/pin", { replyTo: message.id });
    await alice.hears("Memos did not accept this.");
    expect(world.memos.memo(name)?.pinned).toBe(false);
  });
});

describe("a reaction", () => {
  for (const version of ["0.30.0", "0.26.2", "0.25.3", "0.24.4", "0.22.5"]) {
    test(`to what was told is set in Memos ${version}, changed and taken back`, async () => {
      await using at = await withReader({ memos: { version } });
      const { world, alice, memo } = at;
      const name = await comment(world, "bob", memo, "How many eggs?");
      const { id } = await alice.hears("How many eggs?");
      const mine = () => world.memos.reactions(name).map((reaction) => reaction.split(" ").at(-1));
      alice.person.react(id, "👍");
      await world.quiet();
      expect(mine()).toEqual([version === "0.22.5" ? "THUMBS_UP" : "👍"]);
      alice.person.react(id, "❤");
      await world.quiet();
      expect(mine()).toEqual([version === "0.22.5" ? "HEART" : "❤️"]);
      // 0.22 has a dozen of them.
      alice.person.react(id, "🎃", "❤");
      await world.quiet();
      expect(mine()).toEqual(version === "0.22.5" ? ["HEART"] : ["❤️", "🎃"]);
      alice.person.react(id);
      await world.quiet();
      expect(mine()).toEqual([]);
    });
  }

  test("waits for Memos, in order, and holds up nothing else", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const name = await comment(world, "bob", memo, "How many eggs?");
    const { id } = await alice.hears("How many eggs?");
    await world.memos.stop();
    alice.person.react(id, "👍");
    alice.person.react(id, "👎");
    await world.quiet();
    alice.says("/id");
    await alice.hears("Your Telegram id");
    await world.memos.start();
    await world.settled();
    expect(world.memos.reactions(name)).toEqual(["users/alice 👎"]);
  });

  test("waits until the access token is a good one again, whose person is told once", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const name = await comment(world, "bob", memo, "How many eggs?");
    const { id } = await alice.hears("How many eggs?");
    world.memos.revokeToken(alice.token);
    alice.person.react(id, "👍");
    alice.person.react(id, "👎");
    await world.eventually("told", () => hasDied(alice) > 0);
    await world.passes(60_000);
    expect(hasDied(alice)).toBe(1);
    await world.bind(alice.person.id, world.memos.addToken("alice"));
    await world.settled();
    expect(world.memos.reactions(name)).toEqual(["users/alice 👎"]);
  });

  test("is set after all where the access token was refused once", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const name = await comment(world, "bob", memo, "How many eggs?");
    const { id } = await alice.hears("How many eggs?");
    const refusal = { status: 401, body: { code: 16, message: "authentication required" } };
    const refused = world.memos.fault({ match: { path: /reactions/ }, times: 1, action: refusal });
    alice.person.react(id, "👍");
    alice.person.react(id, "👎");
    await world.settled();
    expect(refused.hits).toBe(1);
    expect(world.memos.reactions(name)).toEqual(["users/alice 👎"]);
    expect(hasDied(alice)).toBe(0);
  });

  test("is set, and its person told nothing, where who-am-I refuses the token once an hour", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const name = await comment(world, "bob", memo, "How many eggs?");
    const { id } = await alice.hears("How many eggs?");
    const refusal = { status: 401, body: { code: 16, message: "authentication required" } };
    const answers = () =>
      world.memos.requests.filter(({ path, answered }) => path.endsWith("/auth/me") && answered).length;
    for (const emoji of ["👍", "👎"]) {
      const before = answers();
      // By the reaction, and when the refusal is looked into.
      const refused = world.memos.fault({ match: { path: /auth\/me/ }, times: 2, action: refusal });
      alice.person.react(id, emoji);
      // Both once more, after a moment.
      await world.eventually("asked again", () => answers() === before + 4);
      await world.passes(3_600_000);
      expect(refused.hits).toBe(2);
      expect(world.memos.reactions(name)).toEqual([`users/alice ${emoji}`]);
    }
    expect(hasDied(alice)).toBe(0);
  });

  test("to anything else, or in a group, is nothing", async () => {
    await using at = await withReader();
    const { world, alice, memo } = at;
    const said = alice.says("a thought");
    await alice.hears("Saved as");
    const group = world.telegram.group({ admin: true });
    const there = group.as(alice.person).say("hello");
    alice.person.react(said, "👍");
    group.as(alice.person).react(there.message_id, "👍");
    group.as(alice.person).react(there.message_id);
    await world.settled();
    expect(world.memos.reactions(memo)).toEqual([]);
    expect(world.memos.requests.filter(({ path }) => path.includes("reactions"))).toEqual([]);
  });

  test("of somebody else in Memos is shown at the bot's message, as far as bots may, and taken back", async () => {
    await using at = await withReader();
    const { world, alice } = at;
    alice.says("a thought");
    const { id } = await alice.hears("Saved as");
    alice.says("/public", { replyTo: id });
    await alice.hears("Saved as PUBLIC");
    const name = world.memos.memos().find(({ content }) => content === "a thought")?.name ?? "";
    const shown = () => {
      const { messages } = world.telegram.chat(alice.person.id);
      return messages.find(({ message_id }) => message_id === id)?.reactions.map(({ emoji }) => emoji);
    };
    const react = async (by: string, emoji: string, isSet = true) => {
      world.memos[isSet ? "react" : "unreact"](by, name, emoji);
      await world.changed(name);
    };
    await react("alice", "👎");
    expect(shown()).toEqual([]);
    await react("bob", "❤️");
    expect(shown()).toEqual(["❤"]);
    await react("bob", "😄");
    expect(shown()).toEqual(["❤"]);
    await react("bob", "👍");
    expect(shown()).toEqual(["👍"]);
    await react("bob", "👍", false);
    await react("bob", "❤️", false);
    expect(shown()).toEqual([]);
  });
});
