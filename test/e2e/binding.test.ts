import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  api,
  botTexts,
  boundPerson,
  contents,
  createWorld,
  memosSaved,
  passTime,
  rows,
  settled,
  stranger,
  until,
  type World,
} from "../support/app.ts";
import { conversation } from "../support/conversation.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);
const rate = 20;

async function lastText(world: World, person: { id: number }, count: number): Promise<string> {
  await until(`${count} messages of the bot`, () => botTexts(world, person).length >= count);
  await settled(world);
  expect(botTexts(world, person)).toHaveLength(count);
  return botTexts(world, person).at(-1) ?? "";
}

describe("a stranger", () => {
  test("is greeted when the admin connects them, and not again for a new token of the same account", async () => {
    await using world = await createWorld({ rate });
    const { person, account } = stranger(world);
    person.say("/id");
    await lastText(world, person, 1);
    const byAdmin = async (access_token: string) => {
      const answer = await api(world, "POST", "/api/v1/bindings", { telegram_id: person.id, access_token });
      expect(answer.status).toBe(201);
    };
    await byAdmin(account.token);
    expect(await lastText(world, person, 2)).toContain("account of alice.");
    await byAdmin(world.memos.addToken("alice"));
    await lastText(world, person, 2);
    await byAdmin(world.memos.addUser("bob").token);
    expect(await lastText(world, person, 3)).toContain("account of bob.");
  });

  test("who never wrote to the bot is not written to when the admin connects them", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await settled(world);
    expect(botTexts(world, person)).toEqual([]);
    expect(rows(world, "SELECT id FROM outbox")).toEqual([]);
  });
});

describe("a token that stopped working", () => {
  test("and works again resumes by itself within the hour", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await settled(world);
    world.memos.setUserState("alice", "ARCHIVED");
    person.say("patient");
    await passTime(
      world,
      "paused",
      () => rows(world, "SELECT 1 FROM bindings WHERE state = 'paused'").length > 0,
    );
    world.memos.setUserState("alice", "NORMAL");
    world.clock.advance(3_700_000);
    await memosSaved(world, 1);
    expect(contents(world)).toEqual(["patient"]);
  });
});

describe("what somebody sent before they were taken off ALLOWED_USERS", () => {
  /** They press or say something, and are off the list when it would be carried out. */
  async function takenOff(
    ask: (world: World, person: Awaited<ReturnType<typeof boundPerson>>["person"]) => void,
  ) {
    const world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    person.say("mine");
    await memosSaved(world, 1);
    await settled(world);
    const hold = world.memos.fault({ match: { method: "PATCH" }, action: "hang" });
    ask(world, person);
    await until("at work", () => hold.hits > 0);
    await world.stopApp();
    world.memos.clearFaults();
    world.env["ALLOWED_USERS"] = "1";
    await world.startApp();
    await settled(world);
    return { world, person, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  }

  test("a command is not carried out, and is refused", async () => {
    await using at = await takenOff((world, person) => {
      const [{ message_id = 0 } = {}] = world.telegram.botMessages(person.id);
      person.say("/public", { replyTo: message_id });
    });
    expect(at.world.memos.memos()[0]?.visibility).toBe("PRIVATE");
    expect(botTexts(at.world, at.person).at(-1)).toStartWith("This bot is only for people on its list");
  });

  test("is nothing that the bot goes on to tell them about", async () => {
    await using world = await createWorld({ rate });
    const { person } = await boundPerson(world);
    await settled(world);
    await world.stopApp();
    world.env["ALLOWED_USERS"] = "1";
    world.clock.advance(24 * 3_600_000);
    await world.startApp();
    await until("noticed", () =>
      world.log.some(({ message }) => message === "away for longer than telegram keeps updates"),
    );
    await settled(world);
    expect(botTexts(world, person)).toEqual([]);
  });
});

test("binding to another account ends what is at work meanwhile as a dead letter, of which its sender is told", async () => {
  await using world = await createWorld({ rate: 20 });
  const { person } = await boundPerson(world);
  const chat = conversation(world, person);
  await chat.quiet();
  const hold = world.memos.fault({ match: { method: "POST", path: /memos$/ }, action: "hang" });
  chat.says("at work");
  await until("at work", () => hold.hits > 0);
  const bob = world.memos.addUser("bob");
  chat.says(`/bind ${bob.token}`);
  await chat.hears("account of bob.");
  world.memos.clearFaults();
  await world.memos.stop();
  await world.memos.start();
  await passTime(
    world,
    "given up",
    () => rows(world, "SELECT 1 FROM jobs WHERE state = 'dead'").length === 1,
  );
  const told = await chat.hears("I could not save this: you connected another account", "anywhere");
  expect(told.buttons).toEqual(["Retry", "Discard"]);
  expect(rows(world, "SELECT reason FROM jobs WHERE state = 'dead'")).toEqual([{ reason: "other_account" }]);
  expect(world.memos.memos()).toEqual([]);
});

const WHO_AM_I = /\/auth\/me$/;

const waiting = (world: World) =>
  rows(world, "SELECT id FROM jobs WHERE reason = 'token_waits' AND state = 'waiting'");
const bound = (world: World) =>
  rows<{ account: string }>(
    world,
    "SELECT name AS account FROM bindings JOIN accounts ON accounts.id = account_key",
  );

/** Somebody whose token could not be checked: Memos is down. */
async function waitingFor(world: World) {
  const { account, person } = stranger(world);
  await settled(world);
  await world.memos.stop();
  person.say(`/bind ${account.token}`);
  await until("the token is kept", () => botTexts(world, person).length === 1);
  const owed = "SELECT id FROM outbox WHERE state IN ('waiting', 'sending')";
  await until("it waits", () => waiting(world).length === 1 && rows(world, owed).length === 0);
  return person;
}

describe("/bind while Memos is down", () => {
  test("does not undo what was bound by the admin meanwhile", async () => {
    await using world = await createWorld({ rate });
    const person = await waitingFor(world);
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
    expect(botTexts(world, person)[1]).toContain("account of bob.");
  });
});

describe("a kept token and the key", () => {
  test("is lost with it: forget-tokens goes on, and its owner is asked to send it again", async () => {
    await using world = await createWorld({ rate });
    const person = await waitingFor(world);
    await world.stopApp();
    rmSync(join(world.dataDir, "secret-key"));
    expect((await run(world.env, ["forget-tokens"])).code).toBe(0);
    await world.startApp();
    await until("told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I could not check your access token in time");
    expect(waiting(world)).toEqual([]);
  });
});
