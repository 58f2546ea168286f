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

const offered = (world: World) =>
  rows<{ offered_at: number }>(world, "SELECT offered_at FROM offered_tokens");
const bound = (world: World) => rows<{ account: string }>(world, "SELECT account FROM bindings");

/** Somebody whose token could not be checked: Memos is down. */
async function offering(world: World, name = "alice") {
  const account = world.memos.addUser(name);
  const person = world.telegram.user({ first_name: name, username: name });
  await settled(world);
  await world.memos.stop();
  const { message_id } = person.say(`/bind ${account.token}`);
  await until("the token is kept", () => botTexts(world, person).length === 1);
  await settled(world);
  return { account, person, message_id };
}

describe("/bind while Memos is down", () => {
  test("deletes the message, keeps the token encrypted, and binds once Memos is back", async () => {
    await using world = await createWorld({ rate });
    const { account, person, message_id } = await offering(world);
    const [text] = botTexts(world, person);
    expect(text).toStartWith("Memos does not answer right now, so I could not check the token.");
    expect(text).toEndWith("Nothing you send is saved until you are connected.");
    expect(world.telegram.chat(person.id).messages.some((message) => message.message_id === message_id)).toBe(
      false,
    );
    expect(onDisk(world, account.token)).toBe(false);
    expect(offered(world)).toHaveLength(1);

    person.say("too early");
    await until("answered", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toBe(text ?? "");

    await world.memos.start();
    await passTime(world, "bound", () => bound(world).length === 1);
    await until("told", () => botTexts(world, person).at(-1)?.startsWith("Hello alice!"));
    expect(offered(world)).toEqual([]);
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
    await settled(world);
    await world.stopApp();
    await world.memos.start();
    await world.startApp();
    await until("bound", () => botTexts(world, person).at(-1)?.startsWith("Hallo anna!"));
    expect(offered(world)).toEqual([]);
  });

  test("with a token that Memos then refuses tells the reason, and it counts as a failed try", async () => {
    await using world = await createWorld({ rate });
    const { account, person } = await offering(world);
    await world.memos.start();
    world.memos.revokeToken(account.token);
    await passTime(world, "refused", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("Memos did not accept this access token: ");
    expect(offered(world)).toEqual([]);
    expect(bound(world)).toEqual([]);
    const [sender] = rows<{ failures: string }>(world, "SELECT failures FROM senders");
    expect(JSON.parse(sender?.failures ?? "[]")).toHaveLength(1);
  });

  test("again replaces the token: only the last one is checked", async () => {
    await using world = await createWorld({ rate });
    const { person } = await offering(world);
    const bob = world.memos.addUser("bob");
    person.say(`/bind ${bob.token}`);
    await until("kept", () => botTexts(world, person).length === 2);
    expect(offered(world)).toHaveLength(1);
    await world.memos.start();
    await passTime(world, "bound", () => bound(world).length === 1);
    await until("told", () => botTexts(world, person).length === 3);
    expect(botTexts(world, person)[2]).toStartWith("Hello bob!");
    expect(bound(world)).toEqual([{ account: bob.name }]);
  });

  test("does not undo what was bound by the admin meanwhile", async () => {
    await using world = await createWorld({ rate });
    const { person } = await offering(world);
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
    expect(offered(world)).toEqual([]);
    await until("dropped", () =>
      world.log.some(({ message }) => message === "an offered token was replaced"),
    );
    await settled(world);
    expect(bound(world)).toEqual([{ account: bob.name }]);
    expect(botTexts(world, person)).toHaveLength(2);
    expect(botTexts(world, person)[1]).toStartWith("Hello bob!");
  });

  test("/unbind forgets the token", async () => {
    await using world = await createWorld({ rate });
    const { person } = await offering(world);
    person.say("/unbind");
    await until("told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I have forgotten the token");
    expect(offered(world)).toEqual([]);
    await world.memos.start();
    world.clock.advance(600_000);
    person.say("/unbind");
    await until("told", () => botTexts(world, person).length === 3);
    expect(botTexts(world, person)[2]).toStartWith("You are not connected");
    expect(bound(world)).toEqual([]);
  });

  test("for longer than a day forgets the token, and says so once", async () => {
    await using world = await createWorld({ rate });
    const { person } = await offering(world);
    world.clock.advance(DAY_MS + 60_000);
    await passTime(world, "told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I could not check your access token in time");
    expect(offered(world)).toEqual([]);
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
    const { person } = await offering(world);
    await world.stopApp();
    rmSync(join(world.dataDir, "secret-key"));
    expect((await run(world.env, ["forget-tokens"])).code).toBe(0);
    await world.startApp();
    await until("told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I could not check your access token in time");
    expect(offered(world)).toEqual([]);
  });
});
