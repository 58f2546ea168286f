import { expect, test } from "bun:test";
import { ALICE, BOB, command, must, prune, type StoreWorld, storeWorld, update } from "../support/store.ts";

/** What is true. */
const counted = (world: StoreWorld) => {
  const rows = world.all<{ state: "waiting" | "dead" | "done"; count: number }>(
    "SELECT state, count(*) AS count FROM jobs GROUP BY state",
  );
  const { waiting = 0, ...others } = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  const working = world.store.jobs.atWork().size;
  return { dead: 0, done: 0, ...others, waiting: waiting - working, working };
};

test("how many jobs are in each state is right whatever becomes of them, and after a new start", async () => {
  using world = storeWorld();
  world.bind();
  const check = () => expect(world.store.jobs.counts()).toEqual(counted(world));
  const { jobs } = world.store;
  world.accept([update(), update(), update(), command("/id")]);
  check();
  // A message of nobody who is bound is done at once.
  world.accept([update({ sender: BOB }), update()]);
  check();
  const { lease } = world.lease();
  check();
  jobs.finish(lease, { outcome: "saved", memo_name: "memos/m1" });
  check();
  const second = world.lease().lease;
  jobs.bury(second, { reason: "failed", detail: "" });
  check();
  expect(jobs.counts().dead).toBe(1);
  world.store.updates.retryAll();
  check();
  jobs.handBack(world.lease().lease);
  check();
  expect(() =>
    world.store.database.durable(() => {
      world.store.database.sqlite.run("UPDATE jobs SET state = 'done'");
      throw new Error("undone");
    }),
  ).toThrow("undone");
  check();
  world.reopen();
  check();
  await world.clock.advance(1_000);
  expect(prune(world, world.clock.now(), world.clock.now())).toBeGreaterThan(0);
  check();
  expect(must(world.store.jobs.oldestWaitingAt())).toBeLessThan(world.clock.now());
});

test("of another bot in the same database none is counted", () => {
  using world = storeWorld();
  world.bind();
  world.accept([update(), update()]);
  world.reopen({ botId: 42 });
  world.store.bots.ensure(() => "11".repeat(32));
  expect(world.store.jobs.counts()).toEqual({ waiting: 0, working: 0, dead: 0, done: 0 });
  expect(world.store.jobs.oldestWaitingAt()).toBeNull();
  expect(world.store.jobs.lanes("messages")).toEqual([]);
  world.accept([update({ sender: ALICE })]);
  expect(world.store.jobs.counts().waiting).toBe(1);
  world.reopen();
  expect(world.store.jobs.counts().waiting).toBe(2);
  expect(world.store.jobs.lanes("messages")).toHaveLength(1);
});
