import { describe, expect, test } from "bun:test";
import {
  ALICE,
  BOB,
  must,
  owed,
  press,
  SERVER,
  type StoreWorld,
  sendOwed,
  storeWorld,
  update,
} from "../support/store.ts";

const MEMO = "memos/abc";
const CLAIM = { memo_name: MEMO, server: SERVER };

function twoJobs(world: StoreWorld) {
  world.bind();
  world.bind(BOB, "users/bob");
  world.accept([update(), update({ sender: BOB })]);
  return { first: world.lease(), second: world.lease() };
}

const LINK = { chat_id: ALICE, message_id: 1 };

describe("a memo whose name the server chose", () => {
  test("is one job's alone, also once that is done, and of each server", () => {
    using world = storeWorld();
    const { first, second } = twoJobs(world);
    const { jobs } = world.store;
    expect(jobs.claim(first.lease, CLAIM)).toBe(true);
    expect(jobs.claim(first.lease, CLAIM)).toBe(true);
    expect(jobs.claim(second.lease, CLAIM)).toBe(false);
    jobs.finish(first.lease, { outcome: "saved", memo_name: MEMO, links: [LINK] });
    expect(jobs.claim(second.lease, CLAIM)).toBe(false);
    expect(jobs.claim(second.lease, { ...CLAIM, server: "https://other.example.org" })).toBe(true);
  });

  test("is not taken by what only shows it", () => {
    using world = storeWorld();
    world.bind();
    world.accept([update(), press("m:1:0")]);
    const shower = world.lease("commands");
    const { jobs, bindings, messageJobs } = world.store;
    const shows = { memo_name: MEMO, account_key: must(bindings.get(ALICE)).account_key };
    jobs.finish(shower.lease, { outcome: "handled", owed: [{ ...owed(ALICE, "shown"), shows }] });
    sendOwed(world);
    expect(messageJobs.of(ALICE, 901, ALICE)).toMatchObject({ id: shower.job.id, memo_name: MEMO });
    expect(jobs.claim(world.lease().lease, CLAIM)).toBe(true);
  });
});

describe("an account that is named anew", () => {
  const name = { account: "users/ada", memos_username: "ada", memos_version: "0.27.1" };

  test("takes its person's jobs and links along, and nobody else's", () => {
    using world = storeWorld();
    const { first, second } = twoJobs(world);
    const { jobs, bindings } = world.store;
    jobs.finish(first.lease, { outcome: "saved", memo_name: MEMO, links: [LINK] });
    world.accept([update()]);
    expect(must(bindings.told(ALICE, "users/alice", name))).toMatchObject(name);
    expect(bindings.told(ALICE, "users/alice", name)).toMatchObject(name);
    expect(
      world.all(
        `SELECT DISTINCT name AS account FROM jobs JOIN accounts ON accounts.id = account_key WHERE telegram_id = ${ALICE}`,
      ),
    ).toEqual([{ account: "users/ada" }]);
    expect(world.store.messageJobs.of(ALICE, 1, ALICE)).toMatchObject({ account: "users/ada" });
    expect(jobs.get(second.job.id)?.account).toBe("users/bob");
    expect(bindings.get(BOB)?.account).toBe("users/bob");
  });

  test("is left alone when the person was bound to another meanwhile", () => {
    using world = storeWorld();
    world.bind(ALICE, "users/carol");
    expect(world.store.bindings.told(ALICE, "users/alice", name)).toBeUndefined();
    expect(world.store.bindings.get(ALICE)?.account).toBe("users/carol");
  });
});
