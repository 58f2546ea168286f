import { describe, expect, test } from "bun:test";
import { botTexts, boundPerson, memosSaved, onDisk, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { testBound } from "../support/test-bound.ts";

const DAY_MS = 24 * 3_600_000;

const waiting = (world: ChatWorld) =>
  rows(world, "SELECT id FROM jobs WHERE reason = 'token_waits' AND state = 'waiting'");
const bound = (world: ChatWorld) =>
  rows<{ account: string }>(
    world,
    "SELECT name AS account FROM bindings JOIN accounts ON accounts.id = account_key",
  );

/** Waits until a token waits for Memos, and all that was owed meanwhile is sent. */
const untilWaiting = (world: ChatWorld) =>
  world.until(
    "it waits",
    () =>
      rows(world, "SELECT id FROM jobs WHERE reason = 'token_waits' AND state = 'waiting'").length === 1 &&
      rows(world, "SELECT id FROM outbox WHERE state IN ('waiting', 'sending')").length === 0,
  );

/** Somebody whose token could not be checked: Memos is down. */
async function waitingFor(world: ChatWorld, name = "alice") {
  const account = world.memos.addUser(name);
  const person = world.telegram.user({ first_name: name, username: name });
  await world.quiet();
  await world.memos.stop();
  const { message_id } = person.say(`/bind ${account.token}`);
  await world.until("the token is kept", () => botTexts(world, person).length === 1);
  await untilWaiting(world);
  return { account, person, message_id };
}

describe("/bind while Memos is down", () => {
  test("deletes the message, keeps the token encrypted, and binds once Memos is back", async () => {
    await using world = await chatWorld();
    const { account, person, message_id } = await waitingFor(world);
    const [text] = botTexts(world, person);
    expect(text).toStartWith(
      "I do not know you yet, so nothing was saved.\nMemos does not answer right now.",
    );
    expect(world.telegram.chat(person.id).messages.some((message) => message.message_id === message_id)).toBe(
      false,
    );
    expect(onDisk(world, account.token)).toBe(false);
    expect(waiting(world)).toHaveLength(1);

    person.say("too early");
    await world.until("answered", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toBe(text ?? "");

    await world.memos.start();
    await world.eventually("bound", () => bound(world).length === 1);
    await world.until("told", () => botTexts(world, person).at(-1)?.includes("account of alice."));
    expect(waiting(world)).toEqual([]);
    person.say("now");
    await memosSaved(world, 1);
    expect(world.memos.memos().map(({ content }) => content)).toEqual(["now"]);
    expect(onDisk(world, account.token)).toBe(false);
    expect(JSON.stringify(world.log)).not.toContain(account.token);
  });

  test("survives a restart, and answers in the language of who sent it", async () => {
    await using world = await chatWorld();
    const account = world.memos.addUser("anna");
    const person = world.telegram.user({ first_name: "Anna" });
    Object.assign(person.user, { language_code: "de" });
    await world.quiet();
    await world.memos.stop();
    person.say(`/bind ${account.token}`);
    await world.until("kept", () => botTexts(world, person)[0]?.includes("Memos antwortet gerade nicht"));
    await untilWaiting(world);
    await world.restart(() => world.memos.start());
    await world.eventually("bound", () => botTexts(world, person).at(-1)?.includes("Memos-Konto von anna."));
    expect(waiting(world)).toEqual([]);
  });

  test("with a token that Memos then refuses tells the reason, and it counts as a failed try", async () => {
    await using world = await chatWorld();
    const { account, person } = await waitingFor(world);
    await world.memos.start();
    world.memos.revokeToken(account.token);
    await world.eventually("refused", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("Memos did not accept this access token: ");
    expect(waiting(world)).toEqual([]);
    expect(bound(world)).toEqual([]);
    for (let tries = 1; tries < 5; tries += 1) {
      expect(world.store.admission.mayTryToken(person.id)).toBe(true);
      world.store.admission.noteFailedToken(person.id);
    }
    expect(world.store.admission.mayTryToken(person.id)).toBe(false);
  });

  test("again replaces the token: only the last one is checked", async () => {
    await using world = await chatWorld();
    const { person } = await waitingFor(world);
    const bob = world.memos.addUser("bob");
    person.say(`/bind ${bob.token}`);
    await world.until("kept", () => botTexts(world, person).length === 2);
    expect(waiting(world)).toHaveLength(1);
    expect(rows(world, "SELECT payload_form FROM updates ORDER BY seq")).toEqual([
      { payload_form: "redacted" },
      { payload_form: "sealed" },
    ]);
    await world.memos.start();
    await world.eventually("bound", () => bound(world).length === 1);
    await world.until("told", () => botTexts(world, person).length === 3);
    expect(botTexts(world, person)[2]).toContain("account of bob.");
    expect(bound(world)).toEqual([{ account: bob.name }]);
  });

  test("holds up no other command, and a token that is pasted waits in the same way", async () => {
    await using world = await chatWorld();
    const account = world.memos.addUser("alice");
    const person = world.telegram.user({ first_name: "alice" });
    await world.quiet();
    await world.memos.stop();
    const { message_id } = person.say(account.token);
    await world.until("the token is kept", () => botTexts(world, person).length === 1);
    person.say("/id");
    await world.until(
      "answered",
      () => botTexts(world, person).at(-1) === `Your Telegram id is ${person.id}`,
    );
    expect(waiting(world)).toHaveLength(1);
    expect(world.telegram.chat(person.id).messages.some((message) => message.message_id === message_id)).toBe(
      false,
    );
    await world.memos.start();
    await world.eventually("bound", () => bound(world).length === 1);
    await world.until("told", () => botTexts(world, person).at(-1)?.includes("account of alice."));
  });

  test("does not undo an invitation that was opened meanwhile", async () => {
    await using world = await chatWorld();
    const host = await boundPerson(world, "bob");
    const { person } = await waitingFor(world);
    person.say(`/start ${world.store.invitations.create(host.person.id).code}`);
    await world.until("told", () => botTexts(world, person).at(-1)?.includes("Memos account of bob"));
    expect(waiting(world)).toEqual([]);
    await world.memos.start();
    await world.passes(600_000);
    await world.quiet();
    expect(bound(world)).toEqual([{ account: host.account.name }, { account: host.account.name }]);
  });

  test("/unbind forgets the token", async () => {
    await using world = await chatWorld();
    const { person } = await waitingFor(world);
    person.say("/unbind");
    await world.until("told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("You are not connected to a Memos account.");
    expect(waiting(world)).toEqual([]);
    await world.memos.start();
    await world.passes(600_000);
    person.say("/unbind");
    await world.until("told", () => botTexts(world, person).length === 3);
    expect(botTexts(world, person)[2]).toStartWith("You are not connected");
    expect(bound(world)).toEqual([]);
  });

  test("for longer than a day forgets the token, and says so once", async () => {
    await using world = await chatWorld();
    const { person } = await waitingFor(world);
    await world.passes(DAY_MS + 60_000);
    await world.eventually("told", () => botTexts(world, person).length === 2);
    expect(botTexts(world, person)[1]).toStartWith("I could not check your access token in time");
    expect(waiting(world)).toEqual([]);
    expect(rows(world, "SELECT payload_form FROM updates")).toEqual([{ payload_form: "redacted" }]);
    await world.memos.start();
    await world.passes(600_000);
    await world.quiet();
    expect(botTexts(world, person)).toHaveLength(2);
    expect(bound(world)).toEqual([]);
  });

  testBound(
    "by somebody bound goes on with the account they have until the new token is checked",
    async ({ world, person }) => {
      const bob = world.memos.addUser("bob");
      await world.quiet();
      await world.memos.stop();
      person.say(`/bind ${bob.token}`);
      await world.until("kept", () => botTexts(world, person).length === 1);
      expect(botTexts(world, person)[0]).not.toContain("nothing was saved");
      expect(bound(world)).toEqual([{ account: "users/alice" }]);
      await world.memos.start();
      await world.eventually("bound", () => bound(world)[0]?.account === bob.name);
      await world.until("told", () => botTexts(world, person).at(-1)?.includes("account of bob."));
    },
  );
});
