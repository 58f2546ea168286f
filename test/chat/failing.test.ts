import { describe, expect, test } from "bun:test";
import { memosSaved, rows } from "../support/app.ts";
import { type ChatWorld, chatWorld } from "../support/chat.ts";
import { type Conversation, talking } from "../support/conversation.ts";

describe("what could not be saved to an account of before", () => {
  async function failedForAlice(world: ChatWorld, send: (alice: Conversation) => void) {
    const alice = await talking(world);
    send(alice);
    await world.until("it failed", () => rows(world, "SELECT 1 FROM jobs WHERE state = 'dead'").length === 1);
    await world.quiet();
    alice.says(`/bind ${world.memos.addUser("bob").token}`);
    await alice.hears("account of bob.", "anywhere");
    await world.quiet();
    return alice;
  }
  const dead = (world: ChatWorld) =>
    rows(
      world,
      "SELECT name AS account, state FROM jobs JOIN accounts ON accounts.id = account_key WHERE queue = 'messages'",
    );

  for (const [where, press] of [
    [
      "in the list",
      async (alice: Conversation) => {
        alice.says("/failed");
        await alice.hears("You sent it for alice.");
        await alice.presses("Retry 1");
      },
    ],
    ["under its word", async (alice: Conversation) => void (await alice.presses("Retry"))],
  ] as const) {
    test(`is tried for the account of now by [Retry] ${where}`, async () => {
      await using world = await chatWorld();
      const alice = await failedForAlice(world, ({ person }) => void person.send({ hologram: { depth: 1 } }));
      await press(alice);
      await world.until("it was tried", () => JSON.stringify(dead(world)).includes("users/bob"));
      await world.quiet();
      expect(dead(world)).toEqual([{ account: "users/bob", state: "dead" }]);
    });
  }

  test("stays with it where a part of it may be there, and is still listed", async () => {
    await using world = await chatWorld();
    world.memos.fault({
      match: { method: "POST", path: /\/memos$/ },
      times: 1,
      action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
    });
    const alice = await failedForAlice(world, (them) => void them.says("a letter"));
    const stays = "A part of it may be in that account";
    expect(await alice.presses("Retry")).toStartWith(stays);
    alice.says("/failed");
    const list = await alice.hears("1 message could not be saved");
    expect(list.text).toContain("not like this");
    expect(list.text).toContain("You sent it for alice. A part of it may be in that account");
    expect(await alice.presses("Retry 1")).toStartWith(stays);
    expect(dead(world)).toEqual([{ account: "users/alice", state: "dead" }]);
    alice.says(`/bind ${world.memos.addToken("alice")}`);
    await alice.hears("account of alice.", "anywhere");
    await alice.presses("Retry 1");
    expect((await memosSaved(world, 1))[0]).toMatchObject({ creator: "users/alice", content: "a letter" });
  });

  test("waits for no account where there is none", async () => {
    await using world = await chatWorld();
    const alice = await failedForAlice(world, ({ person }) => void person.send({ hologram: { depth: 1 } }));
    alice.says("/unbind");
    await alice.hears("Disconnect from");
    await alice.presses("Disconnect");
    alice.says("/failed");
    await alice.hears("1 message could not be saved");
    expect(await alice.presses("Retry 1")).toStartWith("You are not connected to a Memos account.");
    expect(dead(world)).toEqual([{ account: "users/alice", state: "dead" }]);
  });
});

test("what is given up is a dead letter also where its sender is disconnected in that moment", async () => {
  await using world = await chatWorld();
  const alice = await talking(world);
  world.memos.fault({
    match: { method: "POST", path: /\/memos$/ },
    action: { status: 400, body: { code: 3, message: "not like this", details: [] } },
  });
  world.memos.onRequest = ({ method, path }) => {
    if (method === "POST" && path.endsWith("/memos")) world.store.bindings.remove(alice.person.id);
  };
  alice.says("a letter");
  await alice.hears("not like this");
  expect(rows(world, "SELECT state, reason FROM jobs WHERE queue = 'messages'")).toEqual([
    { state: "dead", reason: "refused_by_memos" },
  ]);
});
