import { describe, expect, test } from "bun:test";
import { createLanes } from "../../src/base/lanes.ts";
import { createFakeClock, settled } from "../support/clock.ts";
import { keptLog, must } from "../support/store.ts";

interface Item {
  readonly id: number;
  readonly lane: string;
  /** Not to be begun before this time, by the monotonic clock. */
  notBefore: number;
}

/** Lanes over a queue in memory, whose work goes on until the test ends it. */
function setup({ concurrency = 4, graceMs = 6_000 } = {}) {
  const clock = createFakeClock();
  const log = keptLog();
  let waiting: Item[] = [];
  const started: number[] = [];
  const aborted: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<void>>();
  const state = {
    ready: true,
    /** Until then none of them begins anything. */
    restUntil: 0,
    concurrency,
    lanesFail: null as Error | null,
    nextFails: null as Error | null,
    /** Work that does not heed its signal. */
    deaf: false,
    looks: 0,
  };
  const lanes = createLanes<Item>({
    name: "test",
    concurrency: () => state.concurrency,
    lanes() {
      if (state.lanesFail) throw state.lanesFail;
      return new Set(waiting.map(({ lane }) => lane));
    },
    next(lane) {
      state.looks += 1;
      if (state.nextFails) throw state.nextFails;
      const item = waiting.find((one) => one.lane === lane);
      if (!item) return undefined;
      const inMs = item.notBefore - clock.monotonic();
      return inMs > 0 ? { inMs } : { item };
    },
    async work({ id }, signal) {
      started.push(id);
      const end = Promise.withResolvers<void>();
      ends.set(id, end);
      signal.addEventListener("abort", () => {
        if (!ends.has(id)) return;
        aborted.push(id);
        if (!state.deaf) end.resolve();
      });
      try {
        await end.promise;
        waiting = waiting.filter((one) => one.id !== id);
      } finally {
        ends.delete(id);
      }
    },
    ready: () => state.ready,
    restMs: () => state.restUntil - clock.monotonic(),
    graceMs,
    clock,
    log,
  });
  let lastId = 0;
  return {
    lanes,
    clock,
    log,
    state,
    started,
    aborted,
    running: () => [...ends.keys()],
    add(lane: string, inMs = 0): number {
      lastId += 1;
      waiting.push({ id: lastId, lane, notBefore: clock.monotonic() + inMs });
      return lastId;
    },
    /** What it waited for is there. */
    free(id: number): void {
      must(waiting.find((one) => one.id === id)).notBefore = 0;
    },
    async end(id: number, error?: Error) {
      const { resolve, reject } = must(ends.get(id));
      if (error) reject(error);
      else resolve();
      await settled();
    },
  };
}

describe("lanes", () => {
  test("are worked side by side, and each in its order", async () => {
    const { lanes, add, end, started, running } = setup();
    for (const lane of ["a", "a", "b", "a"]) add(lane);
    lanes.start();
    await settled();
    expect(started).toEqual([1, 3]);
    await end(1);
    expect(started).toEqual([1, 3, 2]);
    await end(2);
    expect(started).toEqual([1, 3, 2, 4]);
    await end(3);
    await end(4);
    expect(running()).toEqual([]);
    await lanes.stop();
  });

  test("run as many at once as they may, and whoever waits longest goes on when one ends", async () => {
    const { lanes, add, end, started, state } = setup({ concurrency: 2 });
    for (const lane of ["a", "b", "a", "c", "d"]) add(lane);
    lanes.start();
    await settled();
    expect(started).toEqual([1, 2]);
    await end(1);
    expect(started).toEqual([1, 2, 4]);
    await end(2);
    await end(4);
    expect(started).toEqual([1, 2, 4, 5, 3]);
    for (const lane of ["e", "f", "g"]) {
      add(lane);
      lanes.ring(lane);
    }
    await settled();
    // How many is asked each time.
    state.concurrency = 3;
    await end(5);
    expect(started).toEqual([1, 2, 4, 5, 3, 6, 7]);
    state.concurrency = 1;
    for (const id of [3, 6]) await end(id);
    expect(started).toEqual([1, 2, 4, 5, 3, 6, 7]);
    await end(7);
    expect(started).toEqual([1, 2, 4, 5, 3, 6, 7, 8]);
    await end(8);
    await lanes.stop();
  });

  test("are looked at when they are rung, one by one", async () => {
    const { lanes, add, end, started, state } = setup();
    lanes.start();
    await settled();
    add("a");
    add("b");
    await settled();
    expect(started).toEqual([]);
    const { looks } = state;
    lanes.ring("b");
    await settled();
    expect([started, state.looks - looks]).toEqual([[2], 1]);
    lanes.ring("a");
    await settled();
    expect(started).toEqual([2, 1]);
    for (const id of [1, 2]) await end(id);
    await lanes.stop();
  });

  test("are looked at again when their first item may be begun, or earlier when they are rung", async () => {
    const { lanes, add, end, free, started, clock } = setup();
    add("a", 30_000);
    const second = add("b", 40_000);
    lanes.start();
    await clock.advance(29_999);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect(started).toEqual([1]);
    await end(1);
    lanes.ring("b");
    await settled();
    expect(started).toEqual([1]);
    free(second);
    lanes.ring("b");
    await settled();
    expect(started).toEqual([1, 2]);
    await end(2);
    await lanes.stop();
  });

  test("are held for other work: nothing of theirs begins meanwhile, and afterwards only what was rung for", async () => {
    const { lanes, add, end, started, running, state } = setup();
    expect(lanes.hold("a")).toBeUndefined();
    lanes.start();
    await settled();
    const held = must(lanes.hold("a"));
    expect(lanes.hold("a")).toBeUndefined();
    held.work({ id: 99, lane: "a", notBefore: 0 });
    held.release();
    expect(running()).toEqual([99]);
    expect(lanes.hold("a")).toBeUndefined();
    await end(99);
    expect(state.looks).toBe(0);

    const other = must(lanes.hold("a"));
    add("a");
    lanes.ring("a");
    await settled();
    expect(started).toEqual([99]);
    other.release();
    await settled();
    expect(started).toEqual([99, 1]);
    await end(1);
    await lanes.stop();
    expect(lanes.hold("a")).toBeUndefined();
  });

  test("are looked at once a minute though nothing rang", async () => {
    const { lanes, add, end, started, clock } = setup();
    lanes.start();
    await settled();
    add("a");
    await clock.advance(59_999);
    expect(started).toEqual([]);
    await clock.advance(1);
    expect(started).toEqual([1]);
    await end(1);
    await lanes.stop();
  });

  test("begin nothing while there is no use in it, and go on when all are rung", async () => {
    const { lanes, add, end, started, state } = setup();
    state.ready = false;
    add("a");
    add("b");
    lanes.start();
    lanes.ring("a");
    await settled();
    expect(started).toEqual([]);
    state.ready = true;
    lanes.ringAll();
    await settled();
    expect(started).toEqual([1, 2]);
    for (const id of [1, 2]) await end(id);
    await lanes.stop();
  });

  test("that share a pace are not looked at one by one while none may begin, and go on in their order", async () => {
    const { lanes, add, end, started, state, clock } = setup();
    for (const lane of ["a", "b", "c"]) add(lane);
    state.restUntil = clock.monotonic() + 1_000;
    lanes.start();
    await settled();
    lanes.ring("b");
    await clock.advance(999);
    expect(state.looks).toBe(0);
    await clock.advance(1);
    expect(started).toEqual([1, 2, 3]);
    for (const id of [1, 2, 3]) await end(id);
    await lanes.stop();
  });

  test("go on with what was not brought to an end after some seconds, and log it", async () => {
    const { lanes, add, end, started, clock, log } = setup();
    add("a");
    add("b");
    lanes.start();
    await settled();
    await end(1, new Error("database or disk is full"));
    await end(2);
    await clock.advance(4_999);
    expect(started).toEqual([1, 2]);
    expect(log.lines.at(-1)).toMatchObject({ level: "error", fields: { lanes: "test", lane: "a" } });
    await clock.advance(1);
    expect(started).toEqual([1, 2, 1]);
    await end(1);
    await lanes.stop();
  });

  test("are tried again in some seconds after the store could not be read or written", async () => {
    const { lanes, add, end, started, state, clock, log } = setup();
    state.lanesFail = new Error("disk I/O error");
    add("a");
    lanes.start();
    await settled();
    state.lanesFail = null;
    state.nextFails = new Error("database or disk is full");
    await clock.advance(5_000);
    expect(log.at("error")).toEqual(["what waits could not be read", "work could not be taken"]);
    state.nextFails = null;
    await clock.advance(5_000);
    expect(started).toEqual([1]);
    await end(1);
    await lanes.stop();
  });
});

describe("stopping", () => {
  test("begins nothing more and waits for the work that runs", async () => {
    const { lanes, add, end, started, aborted, clock } = setup();
    add("a");
    add("a");
    lanes.start();
    await settled();
    let stopped = false;
    const stopping = lanes.stop().then(() => {
      stopped = true;
    });
    await clock.advance(5_999);
    expect(stopped).toBe(false);
    await end(1);
    await stopping;
    expect([started, aborted, clock.sleepers]).toEqual([[1], [], 0]);
  });

  test("breaks off what still runs after the grace, and lets it settle", async () => {
    const { lanes, add, end, aborted, state, clock } = setup();
    state.deaf = true;
    add("a");
    lanes.start();
    await settled();
    let stopped = false;
    const stopping = lanes.stop().then(() => {
      stopped = true;
    });
    await clock.advance(10_000);
    expect([stopped, aborted]).toEqual([false, [1]]);
    await end(1);
    await stopping;
  });

  test("at rest is at once; before a start and twice is fine", async () => {
    const { lanes, clock } = setup();
    await lanes.stop();
    lanes.start();
    await settled();
    await Promise.all([lanes.stop(), lanes.stop()]);
    await lanes.stop();
    expect(clock.sleepers).toBe(0);
  });
});
