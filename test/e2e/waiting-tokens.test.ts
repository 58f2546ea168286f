import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { api, botTexts, createWorld, passTime, rows, settled, until, type World } from "../support/app.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);
const rate = 20;
const WHO_AM_I = /\/auth\/me$/;

const waiting = (world: World) =>
  rows(world, "SELECT id FROM jobs WHERE reason = 'token_waits' AND state = 'waiting'");
const bound = (world: World) =>
  rows<{ account: string }>(
    world,
    "SELECT name AS account FROM bindings JOIN accounts ON accounts.id = account_key",
  );

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
    expect(botTexts(world, person)[1]).toContain("account of bob.");
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
