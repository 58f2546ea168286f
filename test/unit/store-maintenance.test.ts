import { describe, expect, test } from "bun:test";
import { createBackground } from "../../src/base/background.ts";
import { createMaintenance } from "../../src/store/db/maintenance.ts";
import { createFakeClock } from "../support/clock.ts";
import { keptLog } from "../support/store.ts";

const MIB = 1024 * 1024;
const DAY = 86_400_000;

function maintenanceWith({
  free = 1000 * MIB,
  prunable = 0,
  right = true as boolean | null,
  keepDays = 30,
} = {}) {
  const clock = createFakeClock();
  const log = keptLog();
  const state = {
    free,
    prunable,
    right,
    pruned: [] as { payloads: number; keys: number }[],
    checkpoints: 0,
    owedLooks: 0,
    refusal: null as string | null,
    /** When it was tried, in ms since the beginning. */
    mends: [] as number[],
  };
  const begunAt = clock.monotonic();
  const background = createBackground({ clock, log });
  const { look, mendSoon, ...watch } = createMaintenance({
    database: {
      emptyLogSoon: () => (state.checkpoints += 1),
      emptyLog: () => (state.owedLooks += 1),
      mend() {
        state.mends.push(clock.monotonic() - begunAt);
        return state.refusal === null;
      },
      refusal: () => state.refusal,
    },
    pruning: {
      step(before) {
        state.pruned.push(before);
        const pruned = Math.min(200, state.prunable);
        state.prunable -= pruned;
        return { pruned, more: pruned > 0 };
      },
    },
    dataDir: "/data",
    keepDays,
    clock,
    clockIsRight: () => state.right,
    log,
    free: () => state.free,
  });
  const maintenance = {
    ...watch,
    start: () => background.repeat("maintenance of the store", look),
    failed: () => background.run("mending the store", mendSoon),
    stop: background.stop,
  };
  return { maintenance, clock, log, state };
}

describe("the watch over the disk", () => {
  test("stops intake below 64 MiB, and takes updates again from 96 on, not at 64", async () => {
    const { maintenance, clock, log, state } = maintenanceWith();
    maintenance.start();
    const at: [number, boolean][] = [];
    for (const mib of [65, 64, 63, 65, 95, 96, 65]) {
      state.free = mib * MIB;
      await clock.advance(10_000);
      at.push([mib, maintenance.hasRoom()]);
    }
    expect(at).toEqual([
      [65, true],
      [64, true],
      [63, false],
      [65, false],
      [95, false],
      [96, true],
      [65, true],
    ]);
    expect(log.at("error")).toHaveLength(1);
    await maintenance.stop();
  });

  test("makes room below 96 MiB: prunes and empties the log at each look", async () => {
    const { maintenance, clock, state } = maintenanceWith({ free: 95 * MIB });
    maintenance.start();
    await clock.advance(0);
    const first = state.checkpoints;
    await clock.advance(10_000);
    expect([first, state.checkpoints]).toEqual([1, 2]);
    await maintenance.stop();
  });
});

test("what could not be taken out of the log is tried at each look", async () => {
  const { maintenance, clock, state } = maintenanceWith();
  maintenance.start();
  await clock.advance(0);
  await clock.advance(10_000);
  expect(state.owedLooks).toBe(2);
  await maintenance.stop();
});

describe("pruning", () => {
  test("is done at the start and then once an hour, of what is older than KEEP_DAYS, until nothing is left", async () => {
    const { maintenance, clock, state } = maintenanceWith({ prunable: 450 });
    const begun = clock.now();
    maintenance.start();
    await clock.advance(100);
    expect(state).toMatchObject({
      prunable: 0,
      checkpoints: 1,
      pruned: [0, 20, 40, 60].map((ms) => ({
        payloads: begun + ms - 30 * DAY,
        keys: begun + ms - 30 * DAY,
      })),
    });
    await clock.advance(3_590_000);
    expect(state.pruned).toHaveLength(4);
    await clock.advance(30_000);
    expect(state.pruned).toHaveLength(5);
    await maintenance.stop();
  });

  test("waits while the clock is wrong, which is told once, and is done as soon as it is right", async () => {
    const { maintenance, clock, log, state } = maintenanceWith({
      prunable: 10,
      right: false,
      free: 95 * MIB,
    });
    maintenance.start();
    await clock.advance(2 * 3_600_000);
    expect(state.pruned).toEqual([]);
    expect(log.at("warn")).toEqual([expect.stringContaining("clock is not Telegram's")]);
    state.right = true;
    await clock.advance(10_000);
    expect(state.prunable).toBe(0);
    await maintenance.stop();
  });

  test("waits while nothing is known of the clock, unless room is needed", async () => {
    const { maintenance, clock, state } = maintenanceWith({ prunable: 10, right: null });
    maintenance.start();
    await clock.advance(3_600_000);
    expect(state.pruned).toEqual([]);
    state.free = 95 * MIB;
    await clock.advance(10_100);
    expect(state.prunable).toBe(0);
    await maintenance.stop();
  });

  test("recognises updates for a week at least, however short KEEP_DAYS is", async () => {
    const { maintenance, clock, state } = maintenanceWith({ keepDays: 1 });
    const begun = clock.now();
    maintenance.start();
    await clock.advance(0);
    expect(state.pruned).toEqual([{ payloads: begun - DAY, keys: begun - 7 * DAY }]);
    await maintenance.stop();
  });

  test("lets others work between its steps, watches the disk meanwhile, and ends at a stop", async () => {
    const { maintenance, clock, state } = maintenanceWith({ prunable: 100_000 });
    maintenance.start();
    await clock.advance(0);
    expect(state.pruned).toHaveLength(1);
    state.free = 10 * MIB;
    await clock.advance(20);
    expect(maintenance.hasRoom()).toBe(false);
    await maintenance.stop();
    expect(state.prunable).toBeGreaterThan(90_000);
  });

  test("that fails, as it does on a full disk, keeps nobody from hearing that the disk is full", async () => {
    const { maintenance, clock, log, state } = maintenanceWith({ free: 0 });
    Object.defineProperty(state, "prunable", {
      get() {
        throw new Error("database or disk is full");
      },
    });
    maintenance.start();
    await clock.advance(0);
    expect(maintenance.hasRoom()).toBe(false);
    expect(log.at("error")[0]).toStartWith("too little disk space");
    await maintenance.stop();
  });
});

describe("a disk that failed", () => {
  test("is tried again soon, with growing pauses, until what is held is in a new file", async () => {
    const { maintenance, clock, state } = maintenanceWith();
    state.refusal = "disk I/O error";
    maintenance.failed();
    for (const ms of [250, 500, 1_000]) await clock.advance(ms);
    expect(state.mends).toEqual([250, 750, 1_750]);
    state.refusal = null;
    await clock.advance(2_000);
    await clock.advance(60_000);
    expect(state.mends).toEqual([250, 750, 1_750, 3_750]);
    await maintenance.stop();
  });

  test("is left to the looks of every ten seconds after some tries, and at a stop", async () => {
    const { maintenance, clock, state } = maintenanceWith();
    state.refusal = "disk I/O error";
    maintenance.failed();
    for (let nth = 0; nth < 20; nth += 1) await clock.advance(5_000);
    expect(state.mends).toHaveLength(6);
    maintenance.failed();
    await clock.advance(250);
    await maintenance.stop();
    await clock.advance(60_000);
    expect(state.mends).toHaveLength(7);
  });
});
