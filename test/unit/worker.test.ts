import { describe, expect, test } from "bun:test";
import { createWorker } from "../../src/saving/worker.ts";
import type { LeasedJob } from "../../src/store/queue/jobs.ts";
import { createFakeClock, settled } from "../support/clock.ts";
import { keptLog, must } from "../support/store.ts";

interface FakeJob {
  readonly id: number;
  readonly lane: string;
  due: number;
}

/** A worker over a queue in memory, whose work goes on until the test ends it. */
function setup({ concurrency = 4, graceMs = 6_000 } = {}) {
  const clock = createFakeClock();
  const log = keptLog();
  const waiting: FakeJob[] = [];
  const leasedJobs: FakeJob[] = [];
  const started: number[] = [];
  const aborted: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<void>>();
  const state = {
    ready: true,
    leaseFails: null as Error | null,
    /** By job: whether its lease is still ours. */
    lost: new Set<number>(),
    renewFails: null as Error | null,
    renewed: 0,
    handBackFails: null as Error | null,
    handedBack: [] as number[],
    /** Whose lease ran out while they are at work. */
    expired: [] as FakeJob[],
    /** Work that does not heed its signal. */
    deaf: false,
  };
  const busy = () => leasedJobs.map(({ lane }) => lane);
  const heads = () => waiting.filter((job) => waiting.find(({ lane }) => lane === job.lane) === job);
  const worker = createWorker({
    name: "test",
    concurrency,
    queue: {
      next() {
        if (state.leaseFails) throw state.leaseFails;
        const leasable = heads().filter(({ lane }) => !busy().includes(lane));
        return [...state.expired, ...leasable].map(({ id, due }) => ({ id, due_at: due }));
      },
      lease(id) {
        const job = must(waiting.find((one) => one.id === id));
        waiting.splice(waiting.indexOf(job), 1);
        leasedJobs.push(job);
        return {
          lease: { job_id: job.id, lease_token: "t" },
          job: { id: job.id },
          updates: [],
        } as unknown as LeasedJob;
      },
      renew({ job }) {
        if (state.renewFails) throw state.renewFails;
        state.renewed += 1;
        return !state.lost.has(job.id);
      },
      handBack({ job }) {
        if (state.handBackFails) throw state.handBackFails;
        state.handedBack.push(job.id);
        return true;
      },
    },
    async work({ job }, signal) {
      started.push(job.id);
      const end = Promise.withResolvers<void>();
      ends.set(job.id, end);
      signal.addEventListener("abort", () => {
        if (!ends.has(job.id)) return;
        aborted.push(job.id);
        if (!state.deaf) end.resolve();
      });
      try {
        await end.promise;
      } finally {
        ends.delete(job.id);
        leasedJobs.splice(
          leasedJobs.findIndex(({ id }) => id === job.id),
          1,
        );
      }
    },
    ready: () => state.ready,
    clock,
    log,
    graceMs,
  });
  let nextId = 0;
  return {
    worker,
    clock,
    log,
    state,
    started,
    aborted,
    add(lane: string, due = 0): number {
      nextId += 1;
      waiting.push({ id: nextId, lane, due });
      return nextId;
    },
    async end(id: number, error?: Error) {
      const { resolve, reject } = must(ends.get(id));
      if (error) reject(error);
      else resolve();
      await settled();
    },
  };
}

describe("a worker", () => {
  test("works different lanes side by side and each lane in order", async () => {
    const { worker, add, end, started } = setup();
    for (const lane of ["a", "a", "b", "a"]) add(lane);
    worker.start();
    await settled();
    expect(started).toEqual([1, 3]);
    await end(1);
    expect(started).toEqual([1, 3, 2]);
    await end(2);
    expect(started).toEqual([1, 3, 2, 4]);
    await end(3);
    await end(4);
    expect(worker.running).toBe(0);
    await worker.stop();
  });

  test("runs as many at once as it may, and goes on when one ends", async () => {
    const { worker, add, end, started } = setup({ concurrency: 2 });
    for (const lane of ["a", "b", "c", "d"]) add(lane);
    worker.start();
    await settled();
    expect(started).toEqual([1, 2]);
    expect(worker.running).toBe(2);
    await end(2);
    expect(started).toEqual([1, 2, 3]);
    for (const id of [1, 3]) await end(id);
    await end(4);
    await worker.stop();
  });

  test("leases nothing twice that is at work, however late it is", async () => {
    const { worker, add, end, started, state } = setup();
    const id = add("a");
    worker.start();
    await settled();
    state.expired.push({ id, lane: "a", due: 0 });
    add("b");
    worker.wake();
    await settled();
    expect(started).toEqual([1, 2]);
    state.expired.length = 0;
    await end(1);
    await end(2);
    await worker.stop();
  });

  test("looks at once when it is woken, and otherwise when the next job falls due", async () => {
    const { worker, add, end, started, clock } = setup();
    worker.start();
    await settled();
    add("a");
    await settled();
    expect(started).toEqual([]);
    worker.wake();
    await settled();
    expect(started).toEqual([1]);
    await end(1);
    add("a", clock.now() + 30_000);
    worker.wake();
    await clock.advance(29_999);
    expect(started).toEqual([1]);
    await clock.advance(1);
    expect(started).toEqual([1, 2]);
    await end(2);
    await worker.stop();
  });

  test("looks once a minute though nothing woke it", async () => {
    const { worker, add, end, started, clock } = setup();
    worker.start();
    await settled();
    add("a");
    await clock.advance(60_000);
    expect(started).toEqual([1]);
    await end(1);
    await worker.stop();
  });

  test("leases nothing while there is no use in it, and goes on when it is woken", async () => {
    const { worker, add, end, started, state } = setup();
    state.ready = false;
    add("a");
    worker.start();
    await settled();
    expect(started).toEqual([]);
    state.ready = true;
    worker.wake();
    await settled();
    expect(started).toEqual([1]);
    await end(1);
    await worker.stop();
  });

  test("goes on when work throws, and logs it", async () => {
    const { worker, add, end, started, log } = setup();
    add("a");
    add("a");
    worker.start();
    await settled();
    await end(1, new Error("cannot settle"));
    expect(started).toEqual([1, 2]);
    expect(log.lines.at(-1)).toMatchObject({ level: "error", fields: { job_id: 1, worker: "test" } });
    await end(2);
    await worker.stop();
  });

  test("hands back what could not be settled as soon as the store takes that: its lane waits for no lease", async () => {
    const { worker, add, end, state, clock } = setup();
    const id = add("a");
    worker.start();
    await settled();
    state.handBackFails = new Error("database or disk is full");
    await end(id, new Error("database or disk is full"));
    await clock.advance(5_000);
    expect(state.handedBack).toEqual([]);
    expect(worker.running).toBe(1);
    state.handBackFails = null;
    await clock.advance(5_000);
    expect(state.handedBack).toEqual([id]);
    expect(worker.running).toBe(0);
    await worker.stop();
  });

  test("goes on after the store could not lease: it is tried again in some seconds", async () => {
    const { worker, add, end, started, state, clock, log } = setup();
    state.leaseFails = new Error("database or disk is full");
    add("a");
    worker.start();
    await clock.advance(0);
    expect(log.at("error")).toEqual(["jobs could not be leased"]);
    state.leaseFails = null;
    await clock.advance(5_000);
    expect(started).toEqual([1]);
    await end(1);
    await worker.stop();
  });
});

describe("a lease", () => {
  test("is renewed while the work runs, and no longer", async () => {
    const { worker, add, end, state, clock } = setup();
    add("a");
    worker.start();
    await settled();
    await clock.advance(65_000);
    expect(state.renewed).toBe(3);
    await end(1);
    await clock.advance(65_000);
    expect(state.renewed).toBe(3);
    await worker.stop();
  });

  test("that was lost ends the work it was for, and only that", async () => {
    const { worker, add, end, state, clock, aborted } = setup();
    add("a");
    add("b");
    worker.start();
    await settled();
    state.lost.add(1);
    await clock.advance(20_000);
    expect(aborted).toEqual([1]);
    expect(worker.running).toBe(1);
    await end(2);
    await worker.stop();
  });

  test("that could not be renewed counts as lost, and is logged", async () => {
    const { worker, add, state, clock, aborted, log } = setup();
    add("a");
    worker.start();
    await settled();
    state.renewFails = new Error("disk I/O error");
    await clock.advance(20_000);
    expect(aborted).toEqual([1]);
    expect(log.at("error")).toEqual(["a lease could not be renewed"]);
    await worker.stop();
  });
});

describe("stopping", () => {
  test("leases nothing more and waits for the work that runs", async () => {
    const { worker, add, end, started, aborted, clock } = setup();
    add("a");
    add("a");
    worker.start();
    await settled();
    let stopped = false;
    const stopping = worker.stop().then(() => {
      stopped = true;
    });
    await clock.advance(5_999);
    expect(stopped).toBe(false);
    await end(1);
    await stopping;
    expect(started).toEqual([1]);
    expect(aborted).toEqual([]);
    expect(clock.sleepers).toBe(0);
  });

  test("breaks off what still runs after the grace", async () => {
    const { worker, add, aborted, clock } = setup();
    add("a");
    add("b");
    worker.start();
    await settled();
    const stopping = worker.stop();
    await clock.advance(6_000);
    await stopping;
    expect(aborted.toSorted()).toEqual([1, 2]);
    expect(worker.running).toBe(0);
  });

  test("waits for work that is slow to heed, and lets it settle", async () => {
    const { worker, add, end, state, clock } = setup();
    state.deaf = true;
    add("a");
    worker.start();
    await settled();
    let stopped = false;
    const stopping = worker.stop().then(() => {
      stopped = true;
    });
    await clock.advance(10_000);
    expect(stopped).toBe(false);
    await end(1);
    await stopping;
  });

  test("at rest is at once; before a start and twice is fine", async () => {
    const { worker, clock } = setup();
    await worker.stop();
    worker.start();
    await settled();
    await Promise.all([worker.stop(), worker.stop()]);
    await worker.stop();
    expect(clock.sleepers).toBe(0);
  });

  test("and starting again goes on", async () => {
    const { worker, add, end, started } = setup();
    worker.start();
    worker.start();
    await settled();
    await worker.stop();
    add("a");
    worker.start();
    await settled();
    expect(started).toEqual([1]);
    await end(1);
    await worker.stop();
  });
});
