import { describe, expect, test } from "bun:test";
import { createConcurrency } from "../../src/saving/concurrency.ts";

/** Numbers from 0 to 1, the same ones each time. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** How long a create takes, of so many that are on their way. */
type Server = (atOnce: number, random: () => number) => number;

/** Creates beside each other take turns for what the server can do; some wait long for a lock. */
const server =
  (ms: number, speeds: Readonly<Record<number, number>>): Server =>
  (atOnce, random) => {
    const speed = speeds[atOnce] ?? speeds[8] ?? 1;
    return ((ms * atOnce) / speed) * -Math.log(1 - random());
  };

const LOCAL = server(4, { 1: 1, 2: 1.5, 3: 1.8, 4: 2, 5: 2, 6: 1.95, 7: 1.9, 8: 1.85 });
const LOADED = server(60, { 1: 1, 2: 1.05, 3: 0.8, 4: 0.6, 5: 0.5, 6: 0.4, 7: 0.3, 8: 0.25 });
const FAR: Server = (_, random) => 100 + 10 * random();
/** Far away, and no more than 55 a second. */
const FAR_AND_SLOW: Server = (atOnce, random) => Math.max(100, 18 * atOnce) * (0.9 + 0.2 * random());

/** A backlog of so many, saved as many at once as is allowed: how long it takes, and with how many each was begun. */
async function saved(creates: number, takes: Server, { seed = 1, fixed = 0 } = {}) {
  let now = 0;
  const random = randomNumbers(seed);
  const concurrency = createConcurrency(() => now);
  const limits: number[] = [];
  const onTheirWay: { at: number; done: () => void }[] = [];
  while (limits.length < creates || onTheirWay.length > 0) {
    const limit = fixed || concurrency.limit();
    while (onTheirWay.length < limit && limits.length < creates) {
      limits.push(limit);
      const made = Promise.withResolvers<void>();
      onTheirWay.push({ at: now + takes(onTheirWay.length + 1, random), done: made.resolve });
      void concurrency.measure(() => made.promise);
    }
    onTheirWay.sort((a, b) => a.at - b.at);
    const next = onTheirWay.shift();
    now = next?.at ?? now;
    next?.done();
    // Until it is noted.
    for (let turn = 0; turn < 5; turn += 1) await null;
  }
  const mean = (from: number) => limits.slice(from).reduce((sum, one) => sum + one, 0) / (creates - from);
  return { ms: now, atLast: mean(creates / 2), limits };
}

describe("how many messages are saved at once", () => {
  test("are eight with a server that is far away", async () => {
    const [ours, four] = [await saved(2_000, FAR), await saved(2_000, FAR, { fixed: 4 })];
    expect(ours.atLast).toBeGreaterThan(7.5);
    expect(ours.ms).toBeLessThan(0.6 * four.ms);
  });

  test.each([1, 2, 3, 4, 5])("are about four with one that is fastest so (%p)", async (seed) => {
    const ours = await saved(10_000, LOCAL, { seed });
    const four = await saved(10_000, LOCAL, { seed, fixed: 4 });
    expect(ours.atLast).toBeGreaterThan(3.5);
    expect(ours.atLast).toBeLessThan(5);
    expect(ours.ms).toBeLessThan(1.03 * four.ms);
  });

  test.each([1, 2, 3, 4, 5])("are one or two with one that more of them slow down (%p)", async (seed) => {
    const ours = await saved(10_000, LOADED, { seed });
    const four = await saved(10_000, LOADED, { seed, fixed: 4 });
    expect(ours.atLast).toBeLessThan(2.5);
    expect(ours.ms).toBeLessThan(0.75 * four.ms);
  });

  test("grow no further than the server is faster for it", async () => {
    const { atLast } = await saved(5_000, FAR_AND_SLOW);
    expect(atLast).toBeGreaterThan(5);
    expect(atLast).toBeLessThan(7);
  });

  test("follow a server that changes", async () => {
    let left = 3_000;
    const changing: Server = (atOnce, random) => {
      left -= 1;
      return (left > 0 ? FAR : LOADED)(atOnce, random);
    };
    const { limits } = await saved(15_000, changing);
    expect(Math.max(...limits.slice(2_000, 3_000))).toBe(8);
    expect(Math.max(...limits.slice(-100))).toBeLessThan(4);
  });

  test("stay four while messages come one at a time", async () => {
    const concurrency = createConcurrency(() => 0);
    for (let at = 0; at < 500; at += 1) await concurrency.measure(async () => {});
    expect(concurrency.limit()).toBe(4);
  });

  test("are not learned from what failed", async () => {
    let now = 0;
    const concurrency = createConcurrency(() => (now += 1));
    const fails = () => concurrency.measure(() => Promise.reject(new Error("away"))).catch(() => {});
    for (let at = 0; at < 200; at += 1) await Promise.all([fails(), fails(), fails(), fails()]);
    expect(concurrency.limit()).toBe(4);
  });
});
