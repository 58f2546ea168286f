import { describe, expect, test } from "bun:test";
import type { Absence } from "../../src/domain/receive.ts";
import { ALICE, owed, storeWorld } from "../support/store.ts";

const HOUR = 3_600_000;

function setup() {
  const world = storeWorld();
  const words = ({ from, until }: Absence) => [
    owed(ALICE, `away for ${Math.round((until - from) / HOUR)} h`),
  ];
  return {
    world,
    begun: world.clock.now(),
    /** Updates come in at this hour; after an absence that is judged, people are told. */
    seen: (hour: number, told: typeof words | null = words) =>
      world.store.bots.seen(world.clock.now() + hour * HOUR, told),
    told: () => world.all<{ text: string }>("SELECT json_extract(params, '$.text') AS text FROM outbox"),
  };
}

describe("an absence", () => {
  test("is longer than Telegram keeps updates: told once, and kept over a start", () => {
    const { world, begun, seen, told } = setup();
    using _ = world;
    expect(seen(0)).toBeNull();
    const until = begun + 30 * HOUR;
    const absence = { from: begun, until, lostBefore: until - 24 * HOUR };
    expect(seen(30)).toEqual(absence);
    expect(seen(30)).toBeNull();
    world.reopen();
    expect(world.store.bots.lastAbsence()).toEqual(absence);
    expect(told()).toEqual([{ text: "away for 30 h" }]);
  });

  test("is none while updates were seen to come in, nor where only deliveries tell", () => {
    const { world, seen, told } = setup();
    using _ = world;
    for (let hour = 0; hour < 30; hour += 1) seen(hour);
    expect(seen(60, null)).toBeNull();
    expect(told()).toEqual([]);
    expect(world.store.bots.lastAbsence()).toBeNull();
  });

  test("is told although the first try to note it failed", () => {
    const { world, seen, told } = setup();
    using _ = world;
    seen(0);
    const failing = () => {
      throw new Error("database or disk is full");
    };
    expect(() => seen(30, failing)).toThrow("disk is full");
    seen(30);
    expect(told()).toEqual([{ text: "away for 30 h" }]);
  });
});
