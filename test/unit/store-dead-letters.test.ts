import { describe, expect, test } from "bun:test";
import { NOT_ADDRESSED, OTHER_ACCOUNT } from "../../src/domain/job.ts";
import { ALICE, BOB, command, must, photo, type StoreWorld, storeWorld, update } from "../support/store.ts";

const GROUP = { id: -1_000_000_000_042, type: "supergroup", title: "Trip" } as const;

function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  return world;
}

const states = (world: StoreWorld) =>
  world.all<{ account: string; state: string; reason: string | null }>(
    "SELECT name AS account, state, reason FROM jobs JOIN accounts ON accounts.id = account_key WHERE queue = 'messages' ORDER BY jobs.id",
  );

/** One that was begun, and one that was not, both for the account of alice; she has another one since. */
function leftBehind(): StoreWorld {
  const world = boundWorld();
  world.accept([update({ text: "begun" })]);
  const { lease } = world.lease();
  world.store.jobs.handBack(lease);
  world.accept([update({ text: "free" })]);
  world.bind(ALICE, "users/other");
  expect(world.store.deadLetters.buryForLeftAccounts()).toBe(2);
  return world;
}

describe("what waits for an account that was left", () => {
  test("is given up with a reason of its own, and counted by account", () => {
    using world = leftBehind();
    expect(states(world)).toEqual([
      { account: "users/alice", state: "dead", reason: OTHER_ACCOUNT },
      { account: "users/alice", state: "dead", reason: OTHER_ACCOUNT },
    ]);
    expect(world.store.deadLetters.leftBehind(ALICE)).toEqual([{ account: "users/alice", count: 2 }]);
    expect(world.store.deadLetters.leftBehind(BOB)).toEqual([]);
    expect(world.store.deadLetters.buryForLeftAccounts()).toBe(0);
  });

  test("is what was sent for it, and neither commands nor what others sent nor what is for no account", () => {
    using world = boundWorld();
    world.bind(BOB, "users/bob");
    world.accept([update({ sender: BOB }), command("/status"), update({ text: "unbound" })]);
    world.store.bindings.remove(ALICE);
    expect(world.store.deadLetters.buryForLeftAccounts()).toBe(0);
    world.bind(ALICE, "users/alice");
    expect(world.store.deadLetters.buryForLeftAccounts()).toBe(0);
    world.bind(ALICE, "users/other");
    expect(world.store.deadLetters.buryForLeftAccounts()).toBe(1);
  });

  test("is no album of a group that nobody asked for", () => {
    using world = boundWorld();
    world.accept([photo("G", { chat: GROUP as never })]);
    expect(states(world)).toMatchObject([{ state: "waiting", reason: NOT_ADDRESSED }]);
    world.bind(ALICE, "users/other");
    expect(world.store.deadLetters.buryForLeftAccounts()).toBe(0);
    expect(world.store.deadLetters.countOf(ALICE)).toBe(0);
  });

  test("is tried for the account of today, but where something of it may be in the first", () => {
    using world = leftBehind();
    const { deadLetters } = world.store;
    expect(deadLetters.retryAll(ALICE)).toBe(1);
    expect(states(world)).toEqual([
      { account: "users/alice", state: "dead", reason: OTHER_ACCOUNT },
      { account: "users/other", state: "waiting", reason: null },
    ]);
    expect(must(world.tryLease()).updates[0]?.update.message?.text).toBe("free");
    world.bind(ALICE, "users/alice");
    expect(deadLetters.retryAll(ALICE)).toBe(1);
    expect(states(world)[0]).toEqual({ account: "users/alice", state: "waiting", reason: null });
  });

  test("keeps its account where its sender has none today", () => {
    using world = leftBehind();
    world.store.bindings.remove(ALICE);
    expect(world.store.updates.retryAll()).toEqual({ retried: 2, left: 0 });
    expect(states(world).map(({ account, state }) => [account, state])).toEqual([
      ["users/alice", "waiting"],
      ["users/alice", "waiting"],
    ]);
  });

  test("is given up for good by its sender alone", () => {
    using world = leftBehind();
    expect(world.store.deadLetters.discardAll(BOB, "telegram:2")).toBe(0);
    expect(world.store.deadLetters.discardAll(ALICE, "telegram:1")).toBe(2);
    expect(world.all("SELECT DISTINCT outcome, done_by FROM jobs")).toEqual([
      { outcome: "discarded", done_by: "telegram:1" },
    ]);
  });
});
