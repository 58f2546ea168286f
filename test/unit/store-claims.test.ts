import { describe, expect, test } from "bun:test";
import { ALICE, BOB, must, SERVER, type StoreWorld, storeWorld, update } from "../support/store.ts";

const MEMO = { server: SERVER, name: "memos/abc" };

function twoJobs(world: StoreWorld) {
  world.bind();
  world.bind(BOB, "users/bob");
  world.accept([update(), update({ sender: BOB })]);
  return { first: world.lease(), second: world.lease() };
}

const linkTo = (name: string) => ({
  chat_id: ALICE,
  message_id: 1,
  server: SERVER,
  account: "users/alice",
  memo_name: name,
  parent_name: null,
  content_hash: null,
  confirmation: false,
});

const claimed = (world: StoreWorld) =>
  world
    .all<{ claims: string }>("SELECT claims FROM jobs WHERE claims IS NOT NULL")
    .map(({ claims }) => JSON.parse(claims));

describe("a claim", () => {
  test("saves the plan with it, and is one job's alone", () => {
    using world = storeWorld();
    const { first, second } = twoJobs(world);
    const { jobs } = world.store;
    expect(jobs.claim(first.lease, MEMO, '{"a":1}')).toBe("claimed");
    expect(jobs.plan(first.job.id)).toBe('{"a":1}');
    expect(jobs.claim(second.lease, MEMO, '{"b":1}')).toBe("taken");
    expect(jobs.plan(second.job.id)).toBeNull();
    // Two files of one message that look the same are two files.
    expect(jobs.claim(first.lease, MEMO, '{"a":2}')).toBe("taken");
    expect(jobs.claim(second.lease, { ...MEMO, server: "https://other.example.org" }, "{}")).toBe("claimed");
  });

  test("of what another message is linked to is refused, also when that one is long done", () => {
    using world = storeWorld();
    const { first, second } = twoJobs(world);
    const { jobs } = world.store;
    jobs.claim(first.lease, MEMO, "{}");
    jobs.finish(first.lease, { outcome: "saved", memo_name: MEMO.name, links: [linkTo(MEMO.name)] });
    expect(claimed(world)).toEqual([]);
    expect(jobs.claim(second.lease, MEMO, "{}")).toBe("taken");
  });

  test("without the lease changes nothing", () => {
    using world = storeWorld();
    const { first } = twoJobs(world);
    const { jobs } = world.store;
    jobs.handBack(first.lease);
    expect(jobs.claim(first.lease, MEMO, "{}")).toBe("lost");
    expect(claimed(world)).toEqual([]);
  });

  test("of a dead job is kept for its next try, and let go when it is discarded", () => {
    using world = storeWorld();
    const { first } = twoJobs(world);
    const { jobs } = world.store;
    jobs.claim(first.lease, MEMO, "{}");
    jobs.bury(first.lease, { reason: "r", detail: "d", owed: [] });
    expect(claimed(world)).toEqual([[MEMO.name]]);
    jobs.discard(first.job.id, "test");
    expect(claimed(world)).toEqual([]);
  });
});

describe("an account that is named anew", () => {
  const name = { account: "users/ada", memos_username: "ada", memos_version: "0.27.1" };

  test("takes its person's jobs and links along, and nobody else's", () => {
    using world = storeWorld();
    const { first, second } = twoJobs(world);
    const { jobs, bindings } = world.store;
    jobs.finish(first.lease, { outcome: "saved", memo_name: MEMO.name, links: [linkTo(MEMO.name)] });
    world.accept([update()]);
    expect(must(bindings.told(ALICE, "users/alice", name))).toMatchObject(name);
    expect(bindings.told(ALICE, "users/alice", name)).toMatchObject(name);
    expect(
      world.all(
        `SELECT DISTINCT name AS account FROM jobs JOIN accounts ON accounts.id = account_key WHERE telegram_id = ${ALICE}`,
      ),
    ).toEqual([{ account: "users/ada" }]);
    expect(world.store.memoLinks.ofJob(first.job.id)).toMatchObject([{ account: "users/ada" }]);
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
