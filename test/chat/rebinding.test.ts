import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Secret } from "../../src/base/secret.ts";
import { boundPerson, memosSaved, onDisk, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { type Conversation, conversation } from "../support/conversation.ts";
import { must } from "../support/store.ts";
import { testBound } from "../support/test-bound.ts";

const saved = (world: ChatWorld) =>
  world.memos
    .memos()
    .map(({ content, creator }) => `${creator}: ${content}`)
    .toSorted();
const waiting = (world: ChatWorld) =>
  rows<{ account: string; began_at: number | null }>(
    world,
    "SELECT name AS account, began_at FROM jobs JOIN accounts ON accounts.id = account_key WHERE queue = 'messages' AND state = 'waiting' ORDER BY jobs.id",
  );

const count = (world: ChatWorld, sql: string) => rows(world, sql).length;
const UNSAID = `SELECT id FROM jobs WHERE queue = 'commands' AND state = 'waiting'
  UNION ALL SELECT id FROM outbox WHERE state IN ('waiting', 'sending')`;

/** Somebody bound to alice, whose token died, with messages that wait. */
async function stuck(world: ChatWorld, ...texts: string[]): Promise<Conversation> {
  const { person, account } = await boundPerson(world);
  const chat = conversation(world, person);
  chat.says("/id");
  await chat.quiet();
  world.memos.revokeToken(account.token);
  for (const text of texts) chat.says(text);
  await world.eventually(
    "all wait for the binding",
    () => count(world, "SELECT id FROM jobs WHERE waiting_for = 'binding'") === texts.length,
  );
  return chat;
}

async function bind(world: ChatWorld, chat: Conversation, name: string): Promise<string> {
  const account = world.memos.addUser(name);
  chat.says(`/bind ${account.token}`);
  await chat.hears(`account of ${name}.`, "anywhere");
  await world.until("all is said", () => count(world, UNSAID) === 0);
  return account.name;
}

const last = (chat: Conversation) => chat.seen().at(-1);

/** The list of failures, asked for now. */
async function failed(chat: Conversation, count: number) {
  chat.says("/failed");
  return chat.hears(new RegExp(`^${count} messages? could not be saved:`));
}

describe("binding to another account while messages wait for the first", () => {
  test("buries also what was at work, and had found nobody bound", async () => {
    await using world = await chatWorld();
    const { person } = await boundPerson(world);
    const chat = conversation(world, person);
    const { token, name } = world.memos.addUser("bob");
    const { bindings, deadLetters } = world.store;
    const { withToken } = bindings;
    bindings.withToken = (id) => {
      bindings.withToken = withToken;
      const before = must(withToken(id)).binding;
      bindings.save(id, new Secret(token), {
        ...before,
        account: name,
        memos_username: "bob",
        memos_version: "0.30.0",
      });
      deadLetters.buryForLeftAccounts();
      return undefined;
    };
    chat.says("one");
    await chat.quiet();
    expect(saved(world)).toEqual([]);
    expect((await failed(chat, 1)).text).toContain("You sent it for alice.");
  });

  test("makes them dead letters, which [Retry all] saves to the account of now, in their order", async () => {
    await using world = await chatWorld();
    const chat = await stuck(world, "one", "two", "three");
    const bob = await bind(world, chat, "bob");
    expect(last(chat)).toMatchObject({
      text: "3 messages for alice are not saved: see /failed.",
      buttons: [],
    });
    chat.says("/status");
    expect((await chat.hears("3 messages could not be saved")).text).toContain(
      "0 messages are waiting to be saved.",
    );
    const list = await failed(chat, 3);
    expect(list.text).toContain("You sent it for alice.");
    expect(saved(world)).toEqual([]);
    await chat.presses("Retry all");
    await memosSaved(world, 3);
    await chat.quiet();
    expect(world.memos.memos().map(({ content, creator }) => [creator, content])).toEqual([
      [bob, "one"],
      [bob, "two"],
      [bob, "three"],
    ]);
  });

  testBound(
    "[Discard all] gives them up: that it was a person, and who, is kept, a token in them is not",
    async ({ world, person, account }) => {
      const chat = conversation(world, person);
      chat.says("/id");
      await chat.quiet();
      world.memos.revokeToken(account.token);
      const shown = world.memos.addToken("alice");
      person.send({ text: `x ${shown}`, entities: [{ type: "code", offset: 2, length: shown.length }] });
      chat.says("two");
      await world.eventually(
        "both wait",
        () => waiting(world).filter(({ began_at }) => began_at === null).length === 2,
      );
      await bind(world, chat, "bob");
      await failed(chat, 2);
      await chat.presses("Discard all");
      const asked = await chat.hears("Discard 2 messages?");
      // One more since: it has to be seen first.
      chat.person.send({ hologram: { depth: 1 } });
      await chat.hears("I do not know such messages yet");
      await chat.pressesOn(asked.id, "Discard all");
      await chat.hears("3 messages could not be saved:", "anywhere");
      await chat.presses("Discard all");
      await chat.hears("Discard 3 messages?", "anywhere");
      await chat.presses("Discard all");
      await chat.hears("Nothing has failed", "anywhere");
      await chat.quiet();
      expect(rows(world, "SELECT outcome, done_by FROM jobs WHERE queue = 'messages'")).toEqual(
        Array.from({ length: 3 }, () => ({ outcome: "discarded", done_by: `telegram:${person.id}` })),
      );
      expect(onDisk(world, shown)).toBe(false);
      // The first account again: what was given up stays so.
      chat.says(`/bind ${world.memos.addToken("alice")}`);
      await chat.hears("account of alice.");
      await chat.quiet();
      expect(saved(world)).toEqual([]);
    },
  );

  testBound(
    "leaves with the first account what was begun there, until it is bound again",
    async ({ world, person, account }) => {
      const chat = conversation(world, person);
      await chat.quiet();
      // Memos makes the memo, and its answer is lost: only that account knows.
      world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: "drop-after", times: 1 });
      world.memos.fault({ match: { method: "GET", path: /memos\// }, action: "drop-before" });
      for (const text of ["begun", "two", "three"]) chat.says(text);
      await world.until("begun", () => waiting(world).some(({ began_at }) => began_at !== null));
      await world.until("all wait", () => waiting(world).length === 3);
      const bob = await bind(world, chat, "bob");
      expect(last(chat)?.text).toStartWith("3 messages for alice are not saved");
      world.memos.clearFaults();
      const { text } = await failed(chat, 3);
      expect(text).toContain("You sent it for alice. A part of it may be in that account");
      await chat.presses("Retry all");
      await memosSaved(world, 3);
      await chat.hears("1 message could not be saved:", "anywhere");
      await chat.quiet();
      expect(saved(world)).toEqual([`${account.name}: begun`, `${bob}: three`, `${bob}: two`].toSorted());

      chat.says(`/bind ${world.memos.addToken("alice")}`);
      await chat.hears("1 message for alice is not saved");
      await failed(chat, 1);
      await chat.presses("Retry 1");
      await chat.hears("Nothing has failed", "anywhere");
      await chat.quiet();
      expect(saved(world)).toHaveLength(3);
      expect(rows(world, "SELECT id FROM jobs WHERE state <> 'done'")).toEqual([]);
    },
  );

  testBound(
    "says of each which account it was sent for, and of [Retry all] that nothing can be retried",
    async ({ world, person }) => {
      const chat = conversation(world, person);
      await chat.quiet();
      world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: "drop-before" });
      chat.says("for alice");
      await world.until("begun", () => waiting(world).some(({ began_at }) => began_at !== null));
      await bind(world, chat, "bob");
      chat.says("for bob");
      await world.eventually("begun", () => waiting(world).some(({ began_at }) => began_at !== null));
      await bind(world, chat, "carol");
      world.memos.clearFaults();
      expect(last(chat)?.text.split("\n")).toEqual([
        expect.stringMatching(/^1 message for alice is not saved/),
        expect.stringMatching(/^1 message for bob is not saved/),
      ]);
      const { text } = await failed(chat, 2);
      expect(text).toMatch(
        /for bob\n.*You sent it for bob\. A (.|\n)*for alice\n.*You sent it for alice\. A /,
      );
      expect(await chat.presses("Retry all")).toStartWith("A part of it may be in that account");
      await chat.quiet();
      expect(saved(world)).toEqual([]);
    },
  );

  test("is found at the start where an older version let them wait", async () => {
    await using world = await chatWorld();
    const chat = await stuck(world, "one", "two");
    const bob = await bind(world, chat, "bob");
    const database = new Database(join(world.dataDir, "memoferry.db"));
    database.run(
      "UPDATE jobs SET state = 'waiting', waiting_for = 'binding', reason = 'not_bound' WHERE state = 'dead'",
    );
    database.close();
    const said = chat.seen().length;
    await world.restart();
    await chat.quiet();
    expect(chat.seen()).toHaveLength(said);
    await failed(chat, 2);
    await chat.presses("Retry all");
    await memosSaved(world, 2);
    expect(saved(world)).toEqual([`${bob}: one`, `${bob}: two`]);
  });

  testBound(
    "the same account again resumes at once what waits for the old token to be refused once more",
    async ({ world, person, account }) => {
      const chat = conversation(world, person);
      world.memos.revokeToken(account.token);
      chat.says("one");
      const refused = "SELECT id FROM jobs WHERE state = 'waiting' AND reason = 'token_refused'";
      await world.until("it was refused for the first time", () => count(world, refused) === 1);
      chat.says(`/bind ${world.memos.addToken("alice")}`);
      await memosSaved(world, 1);
      expect(saved(world)).toEqual([`${account.name}: one`]);
    },
  );

  test("counts as well when the first was left by /unbind, which says how many wait", async () => {
    await using world = await chatWorld();
    const chat = await stuck(world, "one", "two");
    chat.says("/unbind");
    await chat.hears("I keep what is not saved yet (2 messages)");
    await chat.presses("Disconnect");
    await chat.hears("Disconnected from alice");
    const bob = await bind(world, chat, "bob");
    expect(last(chat)?.text).toStartWith("2 messages for alice are not saved");
    await failed(chat, 2);
    await chat.presses("Retry all");
    await memosSaved(world, 2);
    expect(saved(world)).toEqual([`${bob}: one`, `${bob}: two`]);
  });
});
