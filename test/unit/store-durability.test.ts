import { Database } from "bun:sqlite";
import { describe, expect, spyOn, test } from "bun:test";
import type { OwedMessage } from "../../src/domain/outgoing.ts";
import type { LeasedJob } from "../../src/store/queue/jobs.ts";
import {
  ALICE,
  BOB,
  databasePath,
  must,
  owed,
  type StoreWorld,
  storeWorld,
  takeOwed,
  update,
} from "../support/store.ts";

const LEVELS = ["durable", "lazy", "batched"] as const;
type Level = (typeof LEVELS)[number];

/** The transactions of `work`, by whether they are synced. */
function levels(world: StoreWorld, work: () => unknown): Level[] {
  const { database } = world.store;
  const seen: Level[] = [];
  const spies = LEVELS.map((level) => {
    const run = database[level] as (work: () => unknown) => unknown;
    return spyOn(database, level).mockImplementation((inside) => {
      seen.push(level);
      return run(inside) as never;
    });
  });
  work();
  for (const spy of spies) spy.mockRestore();
  return seen;
}

const synchronous = ({ store }: StoreWorld) => store.database.sqlite.get("PRAGMA synchronous");
const FULL = { synchronous: 2 };
const NORMAL = { synchronous: 1 };

/** Goes up with each sync that nothing else brings about. */
const synced = (world: StoreWorld) =>
  Number(world.all("SELECT value FROM facts WHERE name = 'unclean'")[0]?.["value"]);

/** From now on what is in the batch cannot be committed, as on a full disk. */
const breakBatch = ({ store }: StoreWorld) =>
  store.database.batched(() => {
    store.database.sqlite.exec("PRAGMA defer_foreign_keys = ON");
    store.database.sqlite.exec("UPDATE bindings SET account_key = 99");
  });

describe("durability", () => {
  test("is full where a transaction is durable, and outside of any; lazy ones run without a sync", () => {
    using world = storeWorld();
    const { database } = world.store;
    expect(synchronous(world)).toEqual(FULL);
    expect(database.durable(() => synchronous(world))).toEqual(FULL);
    expect(database.lazy(() => synchronous(world))).toEqual(NORMAL);
    expect(synchronous(world)).toEqual(FULL);
    const failing = () =>
      database.lazy(() => {
        throw new Error("in the middle");
      });
    expect(failing).toThrow("in the middle");
    expect(database.sqlite.isInTransaction()).toBe(false);
    expect(synchronous(world)).toEqual(FULL);
  });

  test("comes within a second where it is asked for, once for all that was written until then", async () => {
    using world = storeWorld();
    const { database } = world.store;
    database.syncSoon();
    database.syncSoon();
    await world.clock.advance(999);
    expect(synced(world)).toBe(1);
    await world.clock.advance(1);
    expect(synced(world)).toBe(2);
    await world.clock.advance(10_000);
    expect(synced(world)).toBe(2);
    database.syncSoon();
    await world.clock.advance(1_000);
    expect(synced(world)).toBe(3);
  });

  test("that cannot be had now is asked for again until it can", async () => {
    using world = storeWorld();
    const { sqlite, syncSoon } = world.store.database;
    syncSoon();
    sqlite.exec("PRAGMA query_only = ON");
    await world.clock.advance(3_000);
    sqlite.exec("PRAGMA query_only = OFF");
    expect(synced(world)).toBe(1);
    await world.clock.advance(1_000);
    expect(synced(world)).toBe(2);
  });
});

describe("a batch", () => {
  /** What the files hold, as another process reads them. */
  function written({ dataDir }: StoreWorld): string[] {
    const beside = new Database(databasePath(dataDir), { readonly: true });
    const rows = beside.query("SELECT name FROM facts WHERE name GLOB 'test*' ORDER BY name").values();
    beside.close();
    return rows.flat() as string[];
  }

  const note = (world: StoreWorld, name: string) => () =>
    void world.store.database.sqlite.run("INSERT INTO facts (name, value) VALUES (?, '')", `test ${name}`);

  test("is committed within a moment, and what is in it can be read before", async () => {
    using world = storeWorld();
    const { database } = world.store;
    database.batched(note(world, "1"));
    database.batched(note(world, "2"));
    expect(world.all("SELECT 1 FROM facts WHERE name GLOB 'test*'")).toHaveLength(2);
    expect(written(world)).toEqual([]);
    await world.clock.advance(24);
    expect(written(world)).toEqual([]);
    await world.clock.advance(1);
    expect(written(world)).toEqual(["test 1", "test 2"]);
    expect(synchronous(world)).toEqual(FULL);
    database.batched(note(world, "3"));
    await world.clock.advance(25);
    expect(written(world)).toHaveLength(3);
  });

  test.each<[string, (world: StoreWorld) => unknown]>([
    ["a durable transaction", (world) => world.store.database.durable(note(world, "2"))],
    ["a lazy one", (world) => world.store.database.lazy(note(world, "2"))],
    ["a statement outside of any", (world) => note(world, "2")()],
    ["one of Drizzle's", ({ store }) => store.outages.begin()],
    [
      "one that returns rows",
      ({ store }) => store.database.sqlite.get("DELETE FROM facts WHERE 0 RETURNING 1"),
    ],
    ["a checkpoint", ({ store }) => store.database.sqlite.get("PRAGMA wal_checkpoint(TRUNCATE)")],
  ])("is committed before %s, which is as durable as ever", (_what, write) => {
    using world = storeWorld();
    world.store.database.batched(note(world, "1"));
    write(world);
    expect(written(world)).toContain("test 1");
    expect(synchronous(world)).toEqual(FULL);
  });

  test("takes in its first work also where the process stood still meanwhile", async () => {
    using world = storeWorld();
    let passed = world.clock.monotonic();
    const late = spyOn(world.clock, "monotonic").mockImplementation(() => {
      passed += 30;
      return passed;
    });
    world.store.database.batched(note(world, "1"));
    late.mockRestore();
    expect(written(world)).toEqual(["test 1"]);
    world.store.database.durable(note(world, "2"));
    expect(written(world)).toEqual(["test 1", "test 2"]);
  });

  test("loses only the work that throws, and nothing at a stop", () => {
    using world = storeWorld();
    const { database } = world.store;
    database.batched(note(world, "1"));
    const failing = () =>
      database.batched(() => {
        note(world, "2")();
        throw new Error("in the middle");
      });
    expect(failing).toThrow("in the middle");
    database.batched(note(world, "3"));
    world.reopen();
    expect(written(world)).toEqual(["test 1", "test 3"]);
  });

  test.each<[string, (world: StoreWorld) => unknown]>([
    ["committed", ({ clock }) => clock.advance(25)],
    [
      "committed before something else",
      ({ store }) => expect(() => store.database.durable(() => 1)).toThrow(),
    ],
    [
      "kept by SQLite",
      ({ store }) =>
        expect(() =>
          store.database.batched(() =>
            store.database.sqlite.exec("INSERT OR ROLLBACK INTO facts VALUES ('unclean', '')"),
          ),
        ).toThrow(),
    ],
  ])("that cannot be %s is undone: its jobs are worked once more", async (_what, fail) => {
    using world = storeWorld();
    world.bind();
    world.accept([update({ message_id: 1 }), update({ message_id: 2 })]);
    const finish = () => world.store.jobs.finish(world.lease().lease, { outcome: "saved", covered: 99 });
    expect(finish()).toBe("done");
    breakBatch(world);
    let rings = 0;
    world.store.undoneBell.listen(() => {
      rings += 1;
    });
    await fail(world);
    expect(rings).toBe(1);
    expect(world.store.database.sqlite.isInTransaction()).toBe(false);
    expect(world.all("SELECT state FROM jobs")).toEqual([{ state: "waiting" }, { state: "waiting" }]);
    const again = world.lease();
    expect(again.job.message_id).toBe(1);
    expect(again.fresh).toBe(false);
    // Each by itself until something could be written: who cannot be done is told so, and rests.
    const isBatched = () => world.store.database.sqlite.isInTransaction();
    expect(world.store.jobs.finish(again.lease, { outcome: "saved", covered: 99 })).toBe("done");
    expect(isBatched()).toBe(false);
    expect(finish()).toBe("done");
    expect(isBatched()).toBe(true);
  });
});

describe("a transaction that is undone", () => {
  const CHANNEL = -1_001_893_344_556;
  const wanted = { account_key: 1, memo_name: "memos/1", telegram_id: ALICE, visibility: "PUBLIC" } as const;
  const want = ({ store }: StoreWorld) => store.posts.want({ ...wanted, chat_id: CHANNEL }, null);

  test.each<[string, (world: StoreWorld) => unknown]>([
    [
      "by an error",
      (world) =>
        world.store.database.durable(() => {
          want(world);
          throw new Error("in the middle");
        }),
    ],
    [
      "within another",
      (world) =>
        world.store.database.durable(() => {
          want(world);
          world.store.database.sqlite.run("INSERT INTO facts (name) VALUES ('no value')");
        }),
    ],
    [
      "with its batch",
      (world) => {
        breakBatch(world);
        world.store.database.batched(() => want(world));
        world.store.database.durable(() => 1);
      },
    ],
  ])("%s leaves nothing in memory: no other chat gets the key of one that is not there", (_how, fail) => {
    using world = storeWorld();
    world.bind();
    expect(() => fail(world)).toThrow();
    world.accept([update({ sender: BOB })]);
    want(world);
    expect(world.store.posts.channelsOf(ALICE)).toEqual([CHANNEL]);
  });
});

describe("of a message", () => {
  function leased(world: StoreWorld): LeasedJob {
    world.bind();
    world.accept([update({ message_id: 1 })]);
    return world.lease();
  }

  test("what is confirmed to Telegram and what calls to Memos follow are synced", () => {
    using world = storeWorld();
    world.bind();
    expect(levels(world, () => world.accept([update()]))).toEqual(["durable"]);
    const { lease } = world.lease();
    const { jobs } = world.store;
    expect(levels(world, () => jobs.note(lease, { id_generation: 1 }))).toEqual(["durable"]);
    expect(
      levels(world, () => jobs.claim(lease, { memo_name: "memos/1", server: "https://memos.example.org" })),
    ).toEqual(["lazy"]);
    const later = { waiting_for: "retry" as const, reason: "failed", detail: "" };
    expect(levels(world, () => jobs.putOff(lease, later))).toEqual(["lazy"]);
    const again = world.lease().lease;
    expect(levels(world, () => jobs.handBack(again))).toEqual(["lazy"]);
  });

  test("that it is done is synced, within a second where it may be done once more", async () => {
    using world = storeWorld();
    const { lease } = leased(world);
    expect(levels(world, () => world.store.jobs.finish(lease, { outcome: "saved" }))).toEqual(["durable"]);
    await world.clock.advance(1_000);
    expect(synced(world)).toBe(1);
    world.accept([update({ message_id: 2 })]);
    const next = world.lease().lease;
    expect(levels(world, () => world.store.jobs.finish(next, { outcome: "saved", covered: 99 }))).toEqual([
      "batched",
    ]);
    expect(synced(world)).toBe(1);
    await world.clock.advance(1_000);
    expect(synced(world)).toBe(2);
  });

  test("the confirmation of one that is done is on its way by the same sync, where its chat may be written to", () => {
    using world = storeWorld();
    const { lease } = leased(world);
    const sent: unknown[] = [];
    const finish = (of: typeof lease, sendsTo = true) =>
      world.store.jobs.finish(of, {
        outcome: "saved",
        covered: 99,
        owed: [owed(ALICE, "saved", "confirmation")],
        ...(sendsTo && { sendsTo: { chat_id: ALICE, send: ({ params }) => sent.push(params["text"]) } }),
      });
    const states = () => world.all("SELECT state FROM outbox ORDER BY id").map(({ state }) => state);
    expect(levels(world, () => finish(lease))).toEqual(["durable"]);
    expect(sent).toEqual(["saved"]);
    expect(states()).toEqual(["sending"]);
    world.accept([update({ message_id: 2 }), update({ message_id: 3 })]);
    const next = world.lease().lease;
    expect(levels(world, () => finish(next, false))).toEqual(["batched"]);
    // Behind what is owed there already.
    const last = world.lease().lease;
    expect(levels(world, () => finish(last))).toEqual(["durable"]);
    expect(sent).toEqual(["saved"]);
    expect(states()).toEqual(["sending", "waiting", "waiting"]);
  });

  test("that nothing becomes of it is synced: its sender is told", () => {
    using world = storeWorld();
    const { lease } = leased(world);
    const why = { reason: "unknown_kind", detail: "", owed: [] };
    expect(levels(world, () => world.store.jobs.bury(lease, why))).toEqual(["durable"]);
  });
});

describe("of what is owed", () => {
  test("a confirmation is on its way, synced, before it is: it is sent once at most", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "saved", "confirmation")]);
    expect(levels(world, () => takeOwed(world))).toEqual(["durable"]);
  });

  test("a notice may be sent again; that it was sent is synced within a second", async () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([owed(ALICE, "failed", "notice")]);
    let message: OwedMessage | undefined;
    expect(
      levels(world, () => {
        message = takeOwed(world);
      }),
    ).toEqual(["lazy"]);
    expect(levels(world, () => outbox.sent(must(message), 7))).toEqual(["lazy"]);
    await world.clock.advance(1_000);
    expect(synced(world)).toBe(2);
  });

  test("that a confirmation was sent needs no sync: a power cut leaves it on its way", async () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([owed(ALICE, "saved", "confirmation")]);
    const message = must(takeOwed(world));
    expect(levels(world, () => outbox.sent(message, 7))).toEqual(["batched"]);
    await world.clock.advance(10_000);
    expect(synced(world)).toBe(1);
  });
});
