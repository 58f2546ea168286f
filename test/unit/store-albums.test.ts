import { describe, expect, test } from "bun:test";
import type { LeasedJob } from "../../src/store/queue/jobs.ts";
import { ALBUM_LIMIT_MS, ALBUM_QUIET_MS } from "../../src/store/queue/jobs.ts";
import { photo, type StoreWorld, storeWorld, update } from "../support/store.ts";

function boundWorld(): StoreWorld {
  const world = storeWorld();
  world.bind();
  return world;
}

const part = (message_id: number, group = "G", more = {}) => photo(group, { message_id, ...more });
const partsOf = ({ updates }: LeasedJob) => updates.map(({ message_id }) => message_id);
const tryLease = (world: StoreWorld) => world.tryLease();
const save = (world: StoreWorld, leased: LeasedJob, more = {}) =>
  world.store.jobs.finish(leased.lease, {
    outcome: "saved",
    memo_name: "memos/1",
    covered: Math.max(...leased.updates.map(({ seq }) => seq)),
    ...more,
  });

describe("the parts of an album", () => {
  test("are one job, in message order, also when they came in several batches and out of order", async () => {
    using world = boundWorld();
    world.accept([part(13)]);
    world.accept([part(11), part(12)]);
    await world.clock.advance(ALBUM_QUIET_MS);
    const leased = world.lease();
    expect(leased.job).toMatchObject({ kind: "album", job_key: "G" });
    expect(partsOf(leased)).toEqual([11, 12, 13]);
    expect(tryLease(world)).toBeUndefined();
  });

  test("under another update id are not taken twice", async () => {
    using world = boundWorld();
    world.accept([part(11, "G", { update_id: 1 }), part(12, "G", { update_id: 2 })]);
    world.accept([part(11, "G", { update_id: 101 }), part(12, "G", { update_id: 102 })]);
    await world.clock.advance(ALBUM_QUIET_MS);
    const leased = world.lease();
    expect(partsOf(leased)).toEqual([11, 12]);
    expect(save(world, leased)).toBe("done");
    world.accept([part(12, "G", { update_id: 202 })]);
    expect(world.store.jobs.counts()).toMatchObject({ done: 1, waiting: 0 });
  });
});

describe("an album closes", () => {
  test("1.5 s after its last part, not before", async () => {
    using world = boundWorld();
    world.accept([part(11)]);
    await world.clock.advance(ALBUM_QUIET_MS - 1);
    expect(tryLease(world)).toBeUndefined();
    world.accept([part(12)]);
    await world.clock.advance(ALBUM_QUIET_MS - 1);
    expect(tryLease(world)).toBeUndefined();
    expect(world.nextDueAt()).toBe(world.clock.now() + 1);
    await world.clock.advance(1);
    expect(partsOf(world.lease())).toEqual([11, 12]);
  });

  test("10 s after its first part, however many more keep coming", async () => {
    using world = boundWorld();
    const begun = world.clock.now();
    world.accept([part(1)]);
    for (let message_id = 2; message_id <= 9; message_id += 1) {
      await world.clock.advance(1_200);
      world.accept([part(message_id)]);
    }
    expect(world.nextDueAt()).toBe(begun + ALBUM_LIMIT_MS);
    expect(tryLease(world)).toBeUndefined();
    await world.clock.advance(begun + ALBUM_LIMIT_MS - world.clock.now());
    expect(partsOf(world.lease())).toHaveLength(9);
  });

  test("after a restart only once parts that wait at Telegram had time to come", async () => {
    using world = boundWorld();
    world.accept([part(11)]);
    await world.clock.advance(ALBUM_LIMIT_MS);
    world.reopen();
    world.accept([part(12)]);
    expect(world.nextDueAt()).toBe(world.clock.now() + ALBUM_LIMIT_MS);
    await world.clock.advance(ALBUM_LIMIT_MS);
    expect(partsOf(world.lease())).toEqual([11, 12]);
  });

  test("also when the clock was set back meanwhile", () => {
    using world = boundWorld();
    world.accept([part(11)]);
    world.clock.set(world.clock.now() - 3_600_000);
    expect(partsOf(world.lease())).toEqual([11]);
  });
});

describe("two albums of a chat that come interleaved", () => {
  test("are two jobs with their own parts, in the order of their first ones", async () => {
    using world = boundWorld();
    world.accept([part(11, "A"), part(12, "B"), part(13, "A"), part(14, "B")]);
    await world.clock.advance(ALBUM_QUIET_MS);
    const first = world.lease();
    expect([first.job.job_key, partsOf(first)]).toEqual(["A", [11, 13]]);
    save(world, first);
    const second = world.lease();
    expect([second.job.job_key, partsOf(second)]).toEqual(["B", [12, 14]]);
  });
});

describe("an album holds back its lane", () => {
  test("while it waits for its parts, and later messages follow it", async () => {
    using world = boundWorld();
    world.accept([part(11), update({ message_id: 12 })]);
    expect(tryLease(world)).toBeUndefined();
    await world.clock.advance(ALBUM_QUIET_MS);
    const album = world.lease();
    expect(album.job.kind).toBe("album");
    expect(tryLease(world)).toBeUndefined();
    save(world, album);
    expect(world.lease().job.message_id).toBe(12);
  });
});

describe("a late part", () => {
  test("reopens a saved album, which keeps its memo and starts with no attempts and no failures", async () => {
    using world = boundWorld();
    world.accept([part(11)]);
    await world.clock.advance(ALBUM_QUIET_MS);
    world.store.jobs.putOff(world.lease().lease, {
      waiting_for: "retry",
      reason: "failed",
      detail: "once",
      attempt: true,
      aside: true,
    });
    save(world, world.lease());
    await world.clock.advance(48 * 3_600_000);
    world.accept([part(12)]);
    const leased = world.lease();
    expect(leased.job).toMatchObject({
      memo_name: "memos/1",
      attempts: 0,
      first_failed_at: null,
      outcome: null,
      done_at: null,
    });
    expect(partsOf(leased)).toEqual([11, 12]);
  });

  test("of a discarded album makes no new one, and nothing of it is kept", async () => {
    using world = boundWorld();
    world.accept([part(11)]);
    await world.clock.advance(ALBUM_QUIET_MS);
    const { lease } = world.lease();
    world.store.jobs.bury(lease, { reason: "unsupported_kind", detail: "", owed: [] });
    world.store.deadLetters.discard(lease.job_id, "telegram:1");
    world.accept([part(12)]);
    expect(world.all("SELECT outcome FROM jobs")).toEqual([{ outcome: "discarded" }]);
    expect(world.all("SELECT payload_form AS form FROM updates ORDER BY seq DESC LIMIT 1")).toEqual([
      { form: "dropped" },
    ]);
  });
});
