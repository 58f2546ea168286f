import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  boundPerson,
  createWorld,
  memosSaved,
  onDisk,
  passTime,
  rows,
  until,
  type World,
} from "../support/app.ts";
import { type Conversation, conversation } from "../support/conversation.ts";

setDefaultTimeout(20_000);
const rate = 20;

const saved = (world: World) =>
  world.memos
    .memos()
    .map(({ content, creator }) => `${creator}: ${content}`)
    .toSorted();
const waiting = (world: World) =>
  rows<{ account: string; plan: string | null }>(
    world,
    "SELECT account, plan FROM jobs WHERE queue = 'messages' AND state = 'waiting' ORDER BY id",
  );

const count = (world: World, sql: string) => rows(world, sql).length;
const UNSAID = `SELECT id FROM jobs WHERE queue = 'commands' AND state IN ('waiting', 'working')
  UNION ALL SELECT id FROM outbox WHERE state IN ('waiting', 'sending')`;

/** Somebody bound to alice, whose token died, with messages that wait. */
async function stuck(world: World, ...texts: string[]): Promise<Conversation> {
  const { person, account } = await boundPerson(world);
  const chat = conversation(world, person);
  chat.says("/id");
  await chat.quiet();
  world.memos.revokeToken(account.token);
  for (const text of texts) chat.says(text);
  await passTime(
    world,
    "all wait for the binding",
    () => count(world, "SELECT id FROM jobs WHERE waiting_for = 'binding'") === texts.length,
  );
  return chat;
}

async function bind(world: World, chat: Conversation, name: string): Promise<string> {
  const account = world.memos.addUser(name);
  chat.says(`/bind ${account.token}`);
  await chat.hears(`Hello ${name}!`, "anywhere");
  await until("all is said", () => count(world, UNSAID) === 0);
  return account.name;
}

const last = (chat: Conversation) => chat.seen().at(-1);

describe("binding to another account while messages wait for the first", () => {
  test("asks, and [Save to bob] saves them there, in their order", async () => {
    await using world = await createWorld({ rate });
    const chat = await stuck(world, "one", "two", "three");
    const bob = await bind(world, chat, "bob");
    expect(last(chat)).toMatchObject({
      text: "3 messages for alice are still waiting.",
      buttons: ["Save to bob", "Discard"],
    });
    expect(saved(world)).toEqual([]);
    await chat.presses("Save to bob");
    await memosSaved(world, 3);
    await chat.hears("I am saving 3 messages to the account of bob.", "anywhere");
    await chat.quiet();
    expect(world.memos.memos().map(({ content, creator }) => [creator, content])).toEqual([
      [bob, "one"],
      [bob, "two"],
      [bob, "three"],
    ]);
  });

  test("[Discard] gives them up: who and that it was a person is kept, a token in them is not", async () => {
    await using world = await createWorld({ rate });
    const { person, account } = await boundPerson(world);
    const chat = conversation(world, person);
    chat.says("/id");
    await chat.quiet();
    world.memos.revokeToken(account.token);
    const shown = world.memos.addToken("alice");
    person.send({ text: shown, entities: [{ type: "code", offset: 0, length: shown.length }] });
    chat.says("two");
    await passTime(world, "both wait", () => waiting(world).filter(({ plan }) => plan === null).length === 2);
    await bind(world, chat, "bob");
    await chat.presses("Discard");
    await chat.hears("Discarded: 2 messages for alice.", "anywhere");
    await chat.quiet();
    expect(rows(world, "SELECT outcome, done_by FROM jobs WHERE queue = 'messages'")).toEqual([
      { outcome: "discarded", done_by: `telegram:${person.id}` },
      { outcome: "discarded", done_by: `telegram:${person.id}` },
    ]);
    expect(onDisk(world, shown)).toBe(false);
    expect(saved(world)).toEqual([]);
    // The first account again: what was given up stays so.
    chat.says(`/bind ${world.memos.addToken("alice")}`);
    await chat.hears("Hello alice!");
    await chat.quiet();
    expect(saved(world)).toEqual([]);
  });

  test("leaves with the first account what was begun there, and says so", async () => {
    await using world = await createWorld({ rate });
    const { person, account } = await boundPerson(world);
    const chat = conversation(world, person);
    await chat.quiet();
    // Memos makes the memo, and its answer is lost: only that account knows.
    world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: "drop-after", times: 1 });
    world.memos.fault({ match: { method: "GET", path: /memos\// }, action: "drop-before" });
    for (const text of ["begun", "two", "three"]) chat.says(text);
    await until("begun", () => waiting(world).some(({ plan }) => plan !== null));
    await until("all wait", () => waiting(world).length === 3);
    const bob = await bind(world, chat, "bob");
    expect(last(chat)?.text).toBe(
      "2 messages for alice are still waiting.\n1 message for alice is still waiting: connect that account again to have it saved there.",
    );
    world.memos.clearFaults();
    await chat.presses("Save to bob");
    await memosSaved(world, 3);
    expect(saved(world)).toEqual([`${account.name}: begun`, `${bob}: three`, `${bob}: two`].toSorted());
    expect(waiting(world).map(({ account: of }) => of)).toEqual([account.name]);

    chat.says(`/bind ${world.memos.addToken("alice")}`);
    await passTime(world, "the begun one is settled", () => waiting(world).length === 0);
    await chat.quiet();
    expect(saved(world)).toHaveLength(3);
  });

  test("offers nothing where all was begun", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const chat = conversation(world, person);
    await chat.quiet();
    world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: "drop-before" });
    chat.says("begun");
    await until("begun", () => waiting(world).some(({ plan }) => plan !== null));
    await bind(world, chat, "bob");
    expect(last(chat)).toMatchObject({
      text: expect.stringMatching(/^1 message for alice is still waiting: connect that account again/),
      buttons: [],
    });
  });

  test("is settled once: a second press, one after a third account, and a foreign one change nothing", async () => {
    await using world = await createWorld({ rate });
    const chat = await stuck(world, "one");
    await bind(world, chat, "bob");
    const question = last(chat);
    const carol = await bind(world, chat, "carol");
    const asked = last(chat);
    expect(asked).toMatchObject({
      text: "1 message for alice is still waiting.",
      buttons: ["Save to carol", "Discard"],
    });
    // The button of the time when it was bob.
    expect((await chat.person.press(question?.id ?? 0, "Save to bob").answer).text).toBe(
      "That is settled already.",
    );
    expect(waiting(world)).toHaveLength(1);

    // Somebody else who is in carol's account too: by the button itself, and by one made up in their own chat.
    const other = world.telegram.user({ first_name: "Mallory" });
    other.say(`/bind ${world.memos.addToken("carol")}`);
    await until("bound", () => count(world, "SELECT 1 FROM bindings") === 2);
    const data = asked?.data[0] ?? "";
    expect((await other.press(asked?.id ?? 0, data).answer).text).toBe("That is settled already.");
    const { message_id } = other.say("/id");
    world.telegram.deliver({
      update_id: 900_000_001,
      callback_query: {
        id: "forged",
        from: other.user,
        chat_instance: "1",
        message: { message_id, date: 0, chat: { id: other.id, type: "private" } },
        data,
      },
    });
    await until("worked", () =>
      count(world, "SELECT 1 FROM jobs WHERE job_key = 'forged' AND state = 'done'"),
    );
    expect(waiting(world)).toHaveLength(1);

    const first = chat.person.press(asked?.id ?? 0, "Save to carol");
    const second = chat.person.press(asked?.id ?? 0, "Save to carol");
    expect([(await first.answer).text, (await second.answer).text]).toEqual([
      undefined,
      "That is settled already.",
    ]);
    await memosSaved(world, 1);
    await chat.quiet();
    expect(saved(world)).toEqual([`${carol}: one`]);
  });

  test("can be answered after a restart, and is asked too when the admin binds", async () => {
    await using world = await createWorld({ rate });
    const chat = await stuck(world, "one");
    const bob = world.memos.addUser("bob");
    const answer = await api(world, "POST", "/api/v1/bindings", {
      telegram_id: chat.person.id,
      access_token: bob.token,
    });
    expect(answer.status).toBe(201);
    await chat.hears("1 message for alice is still waiting.");
    await world.stopApp();
    await world.startApp();
    await chat.presses("Save to bob");
    await memosSaved(world, 1);
    expect(saved(world)).toEqual([`${bob.name}: one`]);
  });

  test("asks as well when the first was left by /unbind, which says how many wait", async () => {
    await using world = await createWorld({ rate });
    const chat = await stuck(world, "one", "two");
    chat.says("/unbind");
    await chat.hears("2 messages are still waiting to be saved");
    await chat.presses("Disconnect");
    await chat.hears("I keep 2 messages until you connect that account again.");
    const bob = await bind(world, chat, "bob");
    expect(last(chat)?.text).toBe("2 messages for alice are still waiting.");
    await chat.presses("Save to bob");
    await memosSaved(world, 2);
    expect(saved(world)).toEqual([`${bob}: one`, `${bob}: two`]);
  });

  test("the same account again resumes without a question", async () => {
    await using world = await createWorld({ rate });
    const chat = await stuck(world, "one", "two");
    chat.says(`/bind ${world.memos.addToken("alice")}`);
    await memosSaved(world, 2);
    await chat.quiet();
    expect(chat.seen().some(({ buttons }) => buttons.includes("Discard"))).toBe(false);
    expect(saved(world)).toEqual(["users/alice: one", "users/alice: two"]);
  });

  test("calls accounts by their user names, also where Memos numbers them", async () => {
    await using world = await createWorld({ rate, memos: { version: "0.25.3" } });
    const chat = await stuck(world, "one");
    await chat.hears("Memos no longer accepts the access token of alice.");
    await bind(world, chat, "bob");
    expect(last(chat)?.text).toBe("1 message for alice is still waiting.");
    chat.says("/status");
    const { text } = await chat.hears("You are connected to the Memos account of bob.");
    expect(text).toContain("1 message for alice is still waiting: ");
    expect(text).not.toContain("users/");
  });
});
