import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  api,
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  onDisk,
  passTime,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(20_000);
const rate = 20;
const WHO_AM_I = /\/auth\/me$/;
const DAY_MS = 24 * 3_600_000;

const waiting = (world: World) =>
  rows(world, "SELECT id FROM jobs WHERE reason = 'token_waits' AND state IN ('waiting', 'working')");
const bound = (world: World) => rows<{ account: string }>(world, "SELECT account FROM bindings");

/** Waits until a token waits for Memos, and all that was owed meanwhile is sent. */
const untilWaiting = (world: World) =>
  until(
    "it waits",
    () =>
      rows(world, "SELECT id FROM jobs WHERE reason = 'token_waits' AND state = 'waiting'").length === 1 &&
      rows(world, "SELECT id FROM outbox WHERE state IN ('waiting', 'sending')").length === 0,
  );

/** Somebody whose token could not be checked: Memos is down. */
async function waitingFor(world: World, name = "alice") {
  const account = world.memos.addUser(name);
  const person = world.telegram.user({ first_name: name, username: name });
  await settled(world);
  await world.memos.stop();
  const { message_id } = person.say(`/bind ${account.token}`);
  await until("the token is kept", () => botTexts(world, person).length === 1);
  await untilWaiting(world);
  return { account, person, message_id };
}

describe("/bind while Memos is down", () => {
  test("deletes the message, keeps the token encrypted, and binds once Memos is back", async () => {
    await using world = await createWorld({ rate });
    const { account, person, message_id } = await waitingFor(world);
    const [text] = botTexts(world, person);
    expect(text).toStartWith("Memos does not answer right now, so I could not check the token.");
    expect(text).toEndWith("Nothing you send is saved until you are connected.");
    expect(world.telegram.chat(person.id).messages.some((message) => message.message_id === message_id)).toBe(
      false,
    );
    expect(onDisk(world, account.token)).toBe(false);
    expect(waiting(world)).toHaveLength(1);

    person.say("too early");
    await until("answered", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toBe(text ?? "");

    await world.memos.start();
    await passTime(world, "bound", () => bound(world).length === 1);
    await until("told", () => botTexts(world, person).at(-1)?.startsWith("Hello alice!"));
    expect(waiting(world)).toEqual([]);
    person.say("now");
    await memosSaved(world, 1);
    expect(world.memos.memos().map(({ content }) => content)).toEqual(["now"]);
    expect(onDisk(world, account.token)).toBe(false);
    expect(JSON.stringify(world.log)).not.toContain(account.token);
  });

  test("survives a restart, and answers in the language of who sent it", async () => {
    await using world = await createWorld({ rate });
    const account = world.memos.addUser("anna");
    const person = world.telegram.user({ first_name: "Anna" });
    Object.assign(person.user, { language_code: "de" });
    await settled(world);
    await world.memos.stop();
    person.say(`/bind ${account.token}`);
    await until("kept", () => botTexts(world, person)[0]?.startsWith("Memos antwortet gerade nicht"));
    await untilWaiting(world);
    await world.stopApp();
    await world.memos.start();
    await world.startApp();
    await until("bound", () => botTexts(world, person).at(-1)?.startsWith("Hallo anna!"));
    expect(waiting(world)).toEqual([]);
  });

  test("with a token that Memos then refuses tells the reason, and it counts as a failed try", async () => {
    await using world = await createWorld({ rate });
    const { account, person } = await waitingFor(world);
    await world.memos.start();
    world.memos.revokeToken(account.token);
    await passTime(world, "refused", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("Memos did not accept this access token: ");
    expect(waiting(world)).toEqual([]);
    expect(bound(world)).toEqual([]);
    const [sender] = rows<{ failures: string }>(world, "SELECT failures FROM senders");
    expect(JSON.parse(sender?.failures ?? "[]")).toHaveLength(1);
  });

  test("again replaces the token: only the last one is checked", async () => {
    await using world = await createWorld({ rate });
    const { person } = await waitingFor(world);
    const bob = world.memos.addUser("bob");
    person.say(`/bind ${bob.token}`);
    await until("kept", () => botTexts(world, person).length === 2);
    expect(waiting(world)).toHaveLength(1);
    expect(rows(world, "SELECT payload_form FROM updates ORDER BY seq")).toEqual([
      { payload_form: "redacted" },
      { payload_form: "sealed" },
    ]);
    await world.memos.start();
    await passTime(world, "bound", () => bound(world).length === 1);
    await until("told", () => botTexts(world, person).length === 3);
    expect(botTexts(world, person)[2]).toStartWith("Hello bob!");
    expect(bound(world)).toEqual([{ account: bob.name }]);
  });

  test("does not undo what was bound by the admin meanwhile", async () => {
    await using world = await createWorld({ rate });
    const { person } = await waitingFor(world);
    const bob = world.memos.addUser("bob");
    await world.memos.start();
    // The kept token is being asked about while the admin binds.
    world.memos.fault({ match: { path: WHO_AM_I }, action: { delayMs: 500 }, times: 1 });
    await passTime(world, "asked", () => world.memos.requests.some(({ path }) => WHO_AM_I.test(path)));
    const answer = await api(world, "POST", "/api/v1/bindings", {
      telegram_id: person.id,
      access_token: bob.token,
    });
    expect(answer.status).toBe(201);
    expect(waiting(world)).toEqual([]);
    await until("dropped", () =>
      world.log.some(({ message }) => message === "a token was replaced while it was checked"),
    );
    await settled(world);
    expect(bound(world)).toEqual([{ account: bob.name }]);
    expect(botTexts(world, person)).toHaveLength(2);
    expect(botTexts(world, person)[1]).toStartWith("Hello bob!");
  });

  test("holds up no other command, and a token that is pasted waits in the same way", async () => {
    await using world = await createWorld({ rate });
    const account = world.memos.addUser("alice");
    const person = world.telegram.user({ first_name: "alice" });
    await settled(world);
    await world.memos.stop();
    const { message_id } = person.say(account.token);
    await until("the token is kept", () => botTexts(world, person).length === 1);
    person.say("/id");
    await until("answered", () => botTexts(world, person).at(-1) === `Your Telegram id is ${person.id}`);
    expect(waiting(world)).toHaveLength(1);
    expect(world.telegram.chat(person.id).messages.some((message) => message.message_id === message_id)).toBe(
      false,
    );
    await world.memos.start();
    await passTime(world, "bound", () => bound(world).length === 1);
    await until("told", () => botTexts(world, person).at(-1)?.startsWith("Hello alice!"));
  });

  test("does not undo an invitation that was opened meanwhile", async () => {
    await using world = await createWorld({ rate });
    const host = await boundPerson(world, "bob");
    const { person } = await waitingFor(world);
    const { body } = await api(world, "POST", "/api/v1/invitations", { account_of: host.person.id });
    person.say(`/start ${body["code"]}`);
    await until("told", () => botTexts(world, person).at(-1)?.includes("Memos account of bob"));
    expect(waiting(world)).toEqual([]);
    await world.memos.start();
    world.clock.advance(600_000);
    await settled(world);
    expect(bound(world)).toEqual([{ account: host.account.name }, { account: host.account.name }]);
  });

  test("/unbind forgets the token", async () => {
    await using world = await createWorld({ rate });
    const { person } = await waitingFor(world);
    person.say("/unbind");
    await until("told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I have forgotten the token");
    expect(waiting(world)).toEqual([]);
    await world.memos.start();
    world.clock.advance(600_000);
    person.say("/unbind");
    await until("told", () => botTexts(world, person).length === 3);
    expect(botTexts(world, person)[2]).toStartWith("You are not connected");
    expect(bound(world)).toEqual([]);
  });

  test("for longer than a day forgets the token, and says so once", async () => {
    await using world = await createWorld({ rate });
    const { person } = await waitingFor(world);
    world.clock.advance(DAY_MS + 60_000);
    await passTime(world, "told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I could not check your access token in time");
    expect(waiting(world)).toEqual([]);
    expect(rows(world, "SELECT payload_form FROM updates")).toEqual([{ payload_form: "redacted" }]);
    await world.memos.start();
    world.clock.advance(600_000);
    await settled(world);
    expect(botTexts(world, person)).toHaveLength(2);
    expect(bound(world)).toEqual([]);
  });

  test("by somebody bound goes on with the account they have until the new token is checked", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    const bob = world.memos.addUser("bob");
    await settled(world);
    await world.memos.stop();
    person.say(`/bind ${bob.token}`);
    await until("kept", () => botTexts(world, person).length === 1);
    expect(botTexts(world, person)[0]).not.toContain("Nothing you send is saved");
    expect(bound(world)).toEqual([{ account: "users/alice" }]);
    await world.memos.start();
    await passTime(world, "bound", () => bound(world)[0]?.account === bob.name);
    await until("told", () => botTexts(world, person).at(-1)?.startsWith("Hello bob!"));
  });
});

describe("a kept token and the key", () => {
  test("is lost with it: forget-tokens goes on, and its owner is asked to send it again", async () => {
    await using world = await createWorld({ rate });
    const { person } = await waitingFor(world);
    await world.stopApp();
    rmSync(join(world.dataDir, "secret-key"));
    expect((await run(world.env, ["forget-tokens"])).code).toBe(0);
    await world.startApp();
    await until("told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I could not check your access token in time");
    expect(waiting(world)).toEqual([]);
  });
});

describe("a token that an older version kept in a table of its own", () => {
  test("is forgotten, and its owner asked to send it again", async () => {
    await using world = await createWorld({ rate });
    const person = world.telegram.user({ first_name: "alice" });
    person.say("/id");
    await until("answered", () => botTexts(world, person).length === 1);
    await settled(world);
    await world.stopApp();
    using database = new Database(join(world.dataDir, "memoferry.db"));
    database.run(`INSERT INTO offered_tokens VALUES (${person.id}, NULL, ${person.id}, 'sealed', 1, 2)`);
    database.run("INSERT INTO shown_tokens VALUES (7, 'sealed', 99999999999999)");
    await world.startApp();
    await until("told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I could not check your access token in time");
    expect(rows(world, "SELECT * FROM offered_tokens")).toEqual([]);
    expect(rows(world, "SELECT * FROM shown_tokens")).toEqual([]);
  });
});
