import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  boundPerson,
  createWorld,
  memosSaved,
  passTime,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";
import { type Conversation, conversation } from "../support/conversation.ts";

setDefaultTimeout(20_000);
const rate = 20;

/** Versions that lose a token which is made while somebody calls. */
const LOSING = { memos: { version: "0.27.1" }, rate } as const;

async function talking(world: World, name = "alice"): Promise<Conversation & { token: string }> {
  const { person, account } = await boundPerson(world, name);
  const chat = conversation(world, person);
  chat.says("before");
  await until("saved", () => world.memos.memos().some(({ creator }) => creator === account.name));
  await chat.quiet();
  return { ...chat, token: account.token };
}

const kept = (world: World) =>
  rows<{ attempts: number }>(world, "SELECT attempts FROM jobs WHERE reason = 'token_being_made'");

/** Lets so much time pass, until what is kept was due once more and was kept again. */
async function lookedAtAgain(world: World, ms: number): Promise<void> {
  world.clock.advance(ms);
  const from = world.clock.now();
  const due = `SELECT id FROM jobs WHERE reason = 'token_being_made' AND state = 'waiting' AND due_at > ${from}`;
  await until("looked at again", () => rows(world, due).length > 0);
}

/** Calls of Memos since the test looked last. */
function callsOf(world: World): () => number {
  let seen = world.memos.requests.length;
  return () => {
    const before = seen;
    seen = world.memos.requests.length;
    return seen - before;
  };
}

describe("while somebody makes an access token on Memos 0.26 to 0.29", () => {
  test("nothing is asked of that account, others go on, and with the token all is saved", async () => {
    await using world = await createWorld(LOSING);
    const alice = await talking(world);
    const bob = await talking(world, "bob");
    alice.says("/bind");
    await alice.hears("Make an access token in Memos");
    const calls = callsOf(world);
    alice.says("one");
    alice.says("two");
    await until("they wait", () => kept(world).length > 0);
    await lookedAtAgain(world, 60_000);
    expect(calls()).toBe(0);
    bob.says("from bob");
    await memosSaved(world, 3);
    expect(kept(world).every(({ attempts }) => attempts === 0)).toBe(true);

    alice.says(`/bind ${world.memos.addToken("alice")}`);
    await memosSaved(world, 5);
    await settled(world);
    expect(world.memos.memos().map(({ content }) => content)).toEqual([
      "before",
      "before",
      "from bob",
      "one",
      "two",
    ]);
  });

  test("it passes by itself after three minutes, and with a restart", async () => {
    await using world = await createWorld(LOSING);
    const alice = await talking(world);
    for (const text of ["one", "two"]) {
      alice.says("/bind");
      await alice.hears("Make an access token in Memos");
      const before = world.memos.memos().length;
      alice.says(text);
      await until("it waits", () => kept(world).length === 1);
      if (text === "one") {
        const from = world.clock.now();
        await passTime(world, "saved", () => world.memos.memos().length > before, { stepMs: 5_000 });
        expect(world.clock.now() - from).toBeGreaterThan(150_000);
        expect(world.clock.now() - from).toBeLessThan(240_000);
      } else {
        await world.stopApp();
        await world.startApp();
        await memosSaved(world, before + 1);
      }
      await settled(world);
    }
  });

  test("/start of somebody whose token died begins it for who shares the account, and a refused token again", async () => {
    await using world = await createWorld(LOSING);
    const alice = await talking(world);
    const partner = conversation(world, world.telegram.user({ first_name: "Pat" }));
    partner.says(`/bind ${world.memos.addToken("alice")}`);
    await partner.hears("Hello alice!");
    await partner.quiet();
    world.memos.revokeToken(alice.token);
    alice.says("waits");
    await passTime(
      world,
      "paused",
      () => rows(world, "SELECT 1 FROM bindings WHERE state = 'paused'").length > 0,
    );
    await alice.hears("Memos no longer accepts");
    alice.says("/start");
    await until(
      "told again",
      () => alice.seen().filter(({ text }) => text.startsWith("Memos no longer accepts")).length === 2,
    );
    partner.says("from the partner");
    await until("it waits", () => kept(world).length === 1);
    world.clock.advance(100_000);
    alice.says(`/bind memos_pat_0123456789abcdefghijklmnopqrstuv`);
    await alice.hears("Memos 0.26 to 0.29 now and then lose a new token");
    await lookedAtAgain(world, 100_000);
    expect(kept(world)).toHaveLength(1);
    alice.says(`/bind ${world.memos.addToken("alice")}`);
    await memosSaved(world, 3);
    await settled(world);
  });
});

describe("on other versions", () => {
  test.each(["0.25.3", "0.30.0"])("%s: /bind holds up nothing", async (version) => {
    await using world = await createWorld({ memos: { version }, rate });
    const alice = await talking(world);
    alice.says("/bind");
    await alice.hears("Make an access token in Memos");
    alice.says("at once");
    await memosSaved(world, 2);
    expect(kept(world)).toEqual([]);
  });

  test("/start of somebody whose token is good holds up nothing on 0.27.1 either", async () => {
    await using world = await createWorld(LOSING);
    const alice = await talking(world);
    alice.says("/start");
    await alice.hears("Hello!");
    alice.says("at once");
    await memosSaved(world, 2);
    expect(kept(world)).toEqual([]);
  });
});
