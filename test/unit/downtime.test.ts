import { describe, expect, test } from "bun:test";
import type { Absence } from "../../src/domain/receive.ts";
import { createDowntime } from "../../src/intake/downtime.ts";
import { ALICE, keptLog, owed, storeWorld } from "../support/store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function setup() {
  const world = storeWorld();
  const { clock } = world;
  const log = keptLog();
  const state = {
    /** How far Telegram's clock is ahead of ours; null while it is not known. */
    aheadMs: 0 as number | null,
    wordsFail: false,
  };
  const words = (absence: Absence) => {
    if (state.wordsFail) throw new Error("database or disk is full");
    return [owed(ALICE, `away for ${Math.round((absence.until - absence.from) / HOUR)} h`)];
  };
  const start = () =>
    createDowntime({
      note: (at, { judged }) => world.store.bots.seen(at, judged ? words : null),
      telegramTime: () => (state.aheadMs === null ? null : clock.now() + state.aheadMs),
      clock,
      log,
    });
  return {
    world,
    clock,
    log,
    state,
    start,
    restart() {
      world.reopen();
      return start();
    },
    told: () => world.all<{ text: string }>("SELECT json_extract(params, '$.text') AS text FROM outbox"),
  };
}

const WELL = { judged: true };

describe("an absence", () => {
  test("is a start later than Telegram keeps updates: told once, and kept", async () => {
    const { world, clock, start, restart, told } = setup();
    using _ = world;
    const from = clock.now();
    start().seen(WELL);
    await clock.advance(30 * HOUR);
    const again = restart();
    again.seen(WELL);
    again.seen(WELL);
    expect(told()).toEqual([{ text: "away for 30 h" }]);
    const until = from + 30 * HOUR;
    expect(world.store.bots.lastAbsence()).toEqual({ from, until, lostBefore: until - 24 * HOUR });
    restart().seen(WELL);
    expect(told()).toHaveLength(1);
    expect(world.store.bots.lastAbsence()?.from).toBe(from);
  });

  test("is also one of a program that ran, and could not receive", async () => {
    const { world, clock, start, told } = setup();
    using _ = world;
    const downtime = start();
    downtime.seen(WELL);
    await clock.advance(25 * HOUR);
    downtime.seen(WELL);
    expect(told()).toHaveLength(1);
  });

  test("is none while updates were seen to come in, however quiet it was", async () => {
    const { world, clock, start, told } = setup();
    using _ = world;
    const downtime = start();
    for (let hour = 0; hour < 30; hour += 1) {
      downtime.seen(WELL);
      await clock.advance(HOUR);
    }
    expect(told()).toEqual([]);
    expect(world.store.bots.lastAbsence()).toBeNull();
  });

  test("is none of the very first start", () => {
    const { world, start, told } = setup();
    using _ = world;
    start().seen(WELL);
    expect(told()).toEqual([]);
  });

  test("is measured by Telegram's clock, whatever ours was set to meanwhile", async () => {
    const { world, clock, state, start, restart, told } = setup();
    using _ = world;
    start().seen(WELL);
    // Put ahead by 40 days, while a minute passes.
    await clock.advance(MINUTE);
    clock.set(clock.now() + 40 * 24 * HOUR);
    state.aheadMs = -40 * 24 * HOUR;
    restart().seen(WELL);
    expect(told()).toEqual([]);
    // A day and a half passes, and our clock stands where it stood: a machine without a battery for it.
    state.aheadMs += 36 * HOUR;
    restart().seen(WELL);
    expect(told()).toEqual([{ text: "away for 36 h" }]);
  });

  test("cannot be told where only deliveries are seen, but after a start", async () => {
    const { world, clock, state, start, restart, told } = setup();
    using _ = world;
    state.aheadMs = null;
    const downtime = start();
    const seen = { judged: false };
    downtime.seen(seen);
    await clock.advance(30 * HOUR);
    downtime.seen(seen);
    expect(told()).toEqual([]);
    await clock.advance(30 * HOUR);
    restart().seen(seen);
    expect(told()).toHaveLength(1);
  });

  test("is told although the first try to note it failed", async () => {
    const { world, clock, state, start, told } = setup();
    using _ = world;
    const downtime = start();
    downtime.seen(WELL);
    await clock.advance(30 * HOUR);
    state.wordsFail = true;
    expect(() => downtime.seen(WELL)).toThrow("disk is full");
    state.wordsFail = false;
    downtime.seen(WELL);
    expect(told()).toEqual([{ text: "away for 30 h" }]);
  });
});
