import { describe, expect, test } from "bun:test";
import { textsIn } from "../../src/locales/texts.ts";
import { botTexts, boundPerson, contents, memosSaved, onDisk, rows, stranger } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { testBound } from "../support/test-bound.ts";

async function lastText(world: ChatWorld, person: { id: number }, count: number): Promise<string> {
  await world.until(`${count} messages of the bot`, () => botTexts(world, person).length >= count);
  await world.quiet();
  expect(botTexts(world, person)).toHaveLength(count);
  return botTexts(world, person).at(-1) ?? "";
}

const inChat = (world: ChatWorld, person: { id: number }, messageId: number) =>
  world.telegram.chat(person.id).messages.some((message) => message.message_id === messageId);

const OLD_TOKEN = `eyJhbGciOiJIUzI1NiJ9.eyJuYW1lIjoiYWxpY2UifQ.${"x".repeat(43)}`;
const NEW_TOKEN = "memos_pat_0123456789abcdefghijklmnopqrstuv";

describe("a stranger", () => {
  test("is told the id to copy and the ways in, every five minutes, and nothing is saved", async () => {
    await using world = await chatWorld();
    const { person } = stranger(world);
    person.say("my secret diary");
    const text = await lastText(world, person, 1);
    expect(text).toEndWith(`your Telegram id: ${person.id}`);
    expect(text).toContain("/bind <access token>");
    const [told] = world.telegram.botMessages(person.id);
    const code = told?.entities?.find(({ type }) => type === "code");
    expect(told?.text?.slice(code?.offset, (code?.offset ?? 0) + (code?.length ?? 0))).toBe(
      String(person.id),
    );

    for (let at = 0; at < 5; at++) person.sendPhoto({ caption: "my secret photo" });
    await world.until(
      "all ignored",
      () => rows(world, "SELECT id FROM jobs WHERE outcome = 'ignored'").length === 6,
    );
    expect(botTexts(world, person)).toHaveLength(1);
    await world.passes(301_000);
    person.say("my secret hour");
    await lastText(world, person, 2);
    expect(world.memos.memos()).toEqual([]);
    expect(rows(world, "SELECT payload FROM updates WHERE payload IS NOT NULL")).toEqual([]);
  });

  test("is told that what they sent before they were connected was not saved", async () => {
    await using world = await chatWorld();
    const { account, person } = stranger(world);
    person.say("hello");
    await lastText(world, person, 1);
    person.say(`/bind ${account.token}`);
    person.say("my first note");
    expect(await lastText(world, person, 3)).toBe(
      "What you sent before you were connected was not saved: send it again.",
    );
    expect(botTexts(world, person)[1]).toStartWith("Hello!");
    expect(world.memos.memos()).toEqual([]);
  });

  test("may ask /start, /help, /id and /bind for the way in", async () => {
    await using world = await chatWorld({ env: { MEMOS_PUBLIC_URL: "https://notes.example.org" } });
    const { person } = stranger(world);
    person.say("/start");
    expect(await lastText(world, person, 1)).toContain(`connect your Telegram id: ${person.id}`);
    person.say("/help");
    expect(await lastText(world, person, 2)).toContain("/bind <access token>");
    person.say("/id");
    expect(await lastText(world, person, 3)).toBe(`Your Telegram id is ${person.id}`);
    person.say("/bind");
    expect(await lastText(world, person, 4)).toContain("https://notes.example.org");
    person.say("/unbind");
    expect(await lastText(world, person, 5)).toContain("not connected");
    expect(world.memos.memos()).toEqual([]);
  });
});

describe("binding", () => {
  for (const [what, command] of [
    ["/bind", (token: string) => `/bind ${token}`],
    ["/start", (token: string) => `/start ${token}`],
    ["/bind with spaces and lines around the token", (token: string) => `/bind   \n  ${token}`],
    ["/BIND@ the bot", (token: string) => `/BIND@memoferry_TEST_bot ${token}`],
  ] as const) {
    test(`by ${what} greets by name, deletes the token's message and leaves no byte of it`, async () => {
      await using world = await chatWorld();
      const { person, account } = stranger(world);
      const { message_id } = person.say(command(account.token));
      expect(await lastText(world, person, 1)).toContain("account of alice.");
      expect(inChat(world, person, message_id)).toBe(false);
      expect(onDisk(world, account.token)).toBe(false);
      person.say("first");
      await memosSaved(world, 1);
      await world.quiet();
      await world.restart();
      expect(onDisk(world, account.token)).toBe(false);
      expect(JSON.stringify(world.log)).not.toContain(account.token);
    });
  }

  for (const [what, token] of [
    ["wrong", NEW_TOKEN],
    ["too old: a JWT", OLD_TOKEN],
    ["a word that is no token", "swordfish-of-many-letters"],
    ["two words", "memos_pat_0123456789abcdef and-more"],
    ["not ASCII", "ключ-от-всех-дверей"],
  ] as const) {
    test(`with a token that is ${what} is refused with the reason, and the message is deleted`, async () => {
      await using world = await chatWorld();
      const { person } = stranger(world);
      const { message_id } = person.say(`/bind ${token}`);
      const text = await lastText(world, person, 1);
      expect(text).toStartWith("Memos did not accept this access token: ");
      expect(text).not.toContain(token);
      expect(inChat(world, person, message_id)).toBe(false);
      expect(onDisk(world, token)).toBe(false);
      expect(rows(world, "SELECT * FROM bindings")).toEqual([]);
    });
  }

  test("with the name of a channel without its @ is told so, and Memos is not asked", async () => {
    await using world = await chatWorld();
    const { person } = stranger(world);
    const { message_id } = person.say("/bind kitchen_notes");
    expect(await lastText(world, person, 1)).toBe(textsIn("en").notAToken);
    expect(world.memos.requests.filter(({ path }) => path.includes("/auth/"))).toEqual([]);
    expect(inChat(world, person, message_id)).toBe(false);
  });

  test("with a token of a sign-in, which Memos still takes, says what is wrong with it", async () => {
    await using world = await chatWorld({ memos: { version: "0.28.0" } });
    const { person } = stranger(world);
    const token = await world.memos.signIn("alice");
    const { message_id } = person.say(`/bind ${token}`);
    expect(await lastText(world, person, 1)).toContain("expires after 15 minutes");
    expect(inChat(world, person, message_id)).toBe(false);
    expect(onDisk(world, token)).toBe(false);
    expect(rows(world, "SELECT * FROM bindings")).toEqual([]);
  });

  test("whose message cannot be deleted asks its sender to do it", async () => {
    await using world = await chatWorld();
    const { person, account } = stranger(world);
    world.telegram.fault({
      match: { method: "deleteMessage" },
      action: { status: 400, description: "Bad Request: message can't be deleted for everyone" },
    });
    person.say(`/bind ${account.token}`);
    await world.until("both", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[0]).toContain("account of alice.");
    expect(botTexts(world, person)[1]).toStartWith("I could not delete your message");
  });

  test("that fails five times must wait an hour, and the right token too", async () => {
    await using world = await chatWorld();
    const { person, account } = stranger(world);
    for (let at = 0; at < 5; at++) {
      person.say(`/bind memos_pat_wrong0123456789${at}`);
      await lastText(world, person, at + 1);
    }
    const { message_id } = person.say(`/bind ${account.token}`);
    expect(await lastText(world, person, 6)).toContain("Please wait an hour");
    expect(inChat(world, person, message_id)).toBe(false);
    await world.passes(3_700_000);
    person.say(`/bind ${account.token}`);
    expect(await lastText(world, person, 7)).toContain("account of alice.");
  });
});

describe("a token that stopped working", () => {
  test("pauses its person alone, who is told once, and everything is saved after the next /bind", async () => {
    await using world = await chatWorld();
    const alice = await boundPerson(world, "alice");
    const bob = await boundPerson(world, "bob");
    await world.quiet();
    world.memos.revokeToken(alice.account.token);
    alice.person.say("one");
    alice.person.say("two");
    bob.person.say("from bob");
    await memosSaved(world, 1);
    expect(contents(world)).toEqual(["from bob"]);
    await world.eventually(
      "paused",
      () => rows(world, "SELECT 1 FROM bindings WHERE state = 'paused'").length > 0,
    );
    alice.person.say("three");
    bob.person.say("from bob again");
    await memosSaved(world, 2);
    await world.until(
      "all three wait",
      () => rows(world, "SELECT id FROM jobs WHERE waiting_for = 'binding'").length === 3,
    );
    const told = () => botTexts(world, alice.person);
    await world.until("told", () => told().length > 0);
    expect(told()).toEqual([expect.stringMatching(/^Memos no longer accepts the access token of alice\./)]);
    expect(rows(world, "SELECT state FROM bindings ORDER BY telegram_id")).toEqual([
      { state: "paused" },
      { state: "active" },
    ]);
    for (const [command, answer] of [
      ["/start", /^Memos no longer accepts the access token of alice\./],
      ["/status", /no longer accepts(.|\n)*3 messages are waiting/],
      ["/recent", /^Memos no longer accepts/],
    ] as const) {
      alice.person.say(command);
      await world.until(command, () => answer.test(told().at(-1) ?? ""));
    }

    alice.person.say(`/bind ${world.memos.addToken("alice")}`);
    await memosSaved(world, 5);
    await world.quiet();
    expect(contents(world).filter((content) => !content.startsWith("from bob"))).toEqual([
      "one",
      "two",
      "three",
    ]);
  });
});

describe("ALLOWED_USERS", () => {
  test("lets in by id and by name in any case, and refuses the others with their id", async () => {
    await using world = await chatWorld({ env: { ALLOWED_USERS: "7000000001, @Bobby" } });
    const byId = world.telegram.user({ id: 7_000_000_001 });
    const byName = world.telegram.user({ username: "bobby" });
    const other = world.telegram.user({ username: "mallory" });
    const tokens = ["a", "b", "c"].map((name) => world.memos.addUser(`user${name}`).token);
    byId.say(`/bind ${tokens[0]}`);
    byName.say(`/bind ${tokens[1]}`);
    const { message_id } = other.say(`/bind ${tokens[2]}`);
    await world.until("all answered", () => world.telegram.sent.length >= 3);
    await world.quiet();
    expect(botTexts(world, byId)[0]).toStartWith("Hello");
    expect(botTexts(world, byName)[0]).toStartWith("Hello");
    expect(botTexts(world, other)).toEqual([
      `This bot is only for people on its list. Nothing was saved. Your id, for the admin: ${other.id}`,
    ]);
    expect(inChat(world, other, message_id)).toBe(false);
    expect(onDisk(world, tokens[2] ?? "?")).toBe(false);
    byId.say("by id");
    byName.say("by name");
    other.say("by nobody");
    await memosSaved(world, 2);
    await world.quiet();
    expect(contents(world).toSorted()).toEqual(["by id", "by name"]);
    expect(world.memos.requests.some(({ path }) => path.includes("userc"))).toBe(false);
  });
});

describe("somebody taken off ALLOWED_USERS", () => {
  testBound("has what waits kept, and saved once they are on it again", async ({ world, person }) => {
    await world.memos.stop();
    person.say("written while allowed");
    await world.until("stored", () => rows(world, "SELECT 1 FROM jobs WHERE queue = 'messages'").length > 0);
    await world.restart(() => {
      world.env["ALLOWED_USERS"] = "1";
      return world.memos.start();
    });
    await world.until(
      "kept",
      () => rows(world, "SELECT 1 FROM jobs WHERE waiting_for = 'binding'").length === 1,
    );
    expect(world.memos.memos()).toEqual([]);
    await world.restart(() => Object.assign(world.env, { ALLOWED_USERS: String(person.id) }));
    await memosSaved(world, 1);
    expect(contents(world)).toEqual(["written while allowed"]);
  });
});

describe("a token shown elsewhere", () => {
  testBound("in the caption of a photo is deleted and never saved", async ({ world, person, account }) => {
    const { message_id } = person.sendPhoto({ caption: account.token });
    await lastText(world, person, 1);
    expect(inChat(world, person, message_id)).toBe(false);
    expect(world.memos.memos()).toEqual([]);
    expect(onDisk(world, account.token)).toBe(false);
  });

  for (const how of ["/bind ", ""]) {
    test(`in a group${how && ` with ${how.trim()}`} is deleted, never used, and to be revoked`, async () => {
      await using world = await chatWorld();
      const { person, account } = stranger(world);
      const group = world.telegram.group({ type: "supergroup", admin: true });
      const { message_id } = group.as(person).say(`${how}${account.token}`);
      await world.until("told", () => world.telegram.botMessages(group.id).length > 0);
      await world.quiet();
      expect(botTexts(world, group)[0]).toContain("Revoke it");
      expect(inChat(world, group, message_id)).toBe(false);
      expect(rows(world, "SELECT * FROM bindings")).toEqual([]);
      expect(onDisk(world, account.token)).toBe(false);
    });
  }
});
