import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { api, botTexts, boundPerson, createWorld, rows, settled, until, type World } from "../support/app.ts";

setDefaultTimeout(60_000);

const DAY_MS = 86_400_000;
/** Longer than a lease, and than anything that is waited for without a limit. */
const STOPPED_MS = 150_000;

const contentsOf = (world: World, account: { name: string }) =>
  world.memos
    .memos()
    .filter(({ creator }) => creator === account.name)
    .map(({ content }) => content);

const texts = (label: string, count = 5) => Array.from({ length: count }, (_, at) => `${label} ${at}`);

async function twoPeople(world: World) {
  const alice = await boundPerson(world, "alice");
  const bob = await boundPerson(world, "bob");
  await settled(world);
  return { alice, bob };
}

describe("a clock that is set", () => {
  for (const [how, byMs] of [
    ["a day ahead", DAY_MS],
    ["a day back", -DAY_MS],
  ] as const) {
    test(`${how}, while an album is waited for: one memo, and the message after it waits for nothing else`, async () => {
      await using world = await createWorld({ rate: 5 });
      const { alice } = await twoPeople(world);
      alice.person.sendAlbum([{ type: "photo", caption: "album" }, { type: "photo" }]);
      await until(
        "the album",
        () => rows(world, "SELECT 1 FROM jobs WHERE waiting_for = 'album'").length === 1,
      );
      world.clock.set(byMs);
      await settled(world, 30_000);
      expect(world.memos.memos().map(({ attachments }) => attachments.length)).toEqual([2]);
      alice.person.say("after it");
      await settled(world, 30_000);
      expect(contentsOf(world, alice.account)).toEqual(["album", "after it"]);
    });

    test(`${how}, while updates come by a webhook: each is one memo, also after a change to polling`, async () => {
      let connect = "";
      await using world = await createWorld({
        rate: 20,
        telegram: { limits: false, webhookConnect: () => connect },
        env: { RECEIVE: "webhook", WEBHOOK_URL: "https://bot.example.com" },
      });
      connect = world.app.url;
      const { alice } = await twoPeople(world);
      alice.person.say("before");
      await settled(world, 30_000);
      world.clock.set(byMs);
      for (const text of texts("after")) alice.person.say(text);
      await settled(world, 30_000);
      await api(world, "POST", "/api/v1/receive", { mode: "polling" });
      alice.person.say("polled");
      await settled(world, 30_000);
      expect(contentsOf(world, alice.account)).toEqual(["before", ...texts("after"), "polled"]);
      expect(botTexts(world, alice.person).filter((text) => text.startsWith("Saved"))).toHaveLength(7);
    });
  }
});

test("a clock that is put ahead by 40 days drops nothing of what is kept for 30; once it is right that is done", async () => {
  await using world = await createWorld({ rate: 20 });
  const { alice } = await twoPeople(world);
  alice.person.say("hello");
  await settled(world);
  const kept = () => rows(world, "SELECT 1 FROM updates WHERE payload LIKE '%hello%'").length;
  expect(kept()).toBe(1);
  world.clock.set(40 * DAY_MS);
  world.clock.advance(3_700_000);
  await settled(world, 30_000);
  expect(kept()).toBe(1);
  world.clock.set(-40 * DAY_MS);
  // Forty days later, by everybody's clock.
  world.clock.advance(40 * DAY_MS);
  await until("pruned", () => kept() === 0);
});

describe("a process that stood still for longer than a lease (SIGSTOP, a suspended machine)", () => {
  test("while a command was under way does it once", async () => {
    await using world = await createWorld({ rate: 20 });
    const { alice } = await twoPeople(world);
    const account = world.memos.addUser("carol");
    const carol = world.telegram.user({ first_name: "carol" });
    const slow = world.memos.fault({ match: {}, times: 1, action: { delayMs: 300 } });
    carol.say(`/bind ${account.token}`);
    await until("it to be at work", () => slow.hits > 0);
    world.clock.advance(STOPPED_MS);
    // The answer came too late by then: the token is kept and tried again.
    await until("the binding", () => rows(world, "SELECT 1 FROM bindings").length === 3);
    carol.say("hello");
    alice.person.say("beside it");
    await settled(world, 30_000);
    expect(contentsOf(world, account)).toEqual(["hello"]);
    expect(contentsOf(world, alice.account)).toEqual(["beside it"]);
  });
});

test("update ids that start again twenty times, at random, hide no message and hold up no chat", async () => {
  await using world = await createWorld({ rate: 20 });
  const { alice, bob } = await twoPeople(world);
  const said = { alice: [] as string[], bob: [] as string[] };
  for (let round = 0; round < 20; round += 1) {
    world.telegram.restartUpdateIds();
    alice.person.say(`alice ${round}`);
    bob.person.say(`bob ${round}`);
    said.alice.push(`alice ${round}`);
    said.bob.push(`bob ${round}`);
    // A restart comes after a quiet week: nothing is on its way then. The program may have been away at that time.
    await until("all taken", () => world.telegram.pendingUpdates.length === 0);
    if (round % 7 === 6) {
      await world.stopApp();
      await world.startApp();
    }
  }
  await settled(world, 30_000);
  expect(contentsOf(world, alice.account)).toEqual(said.alice);
  expect(contentsOf(world, bob.account)).toEqual(said.bob);
});
