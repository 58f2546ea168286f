import { describe, expect, test } from "bun:test";
import { createPace } from "../../src/delivery/pace.ts";
import { createFakeClock } from "../support/clock.ts";

const PERSON = 7;
const GROUP = -7;

/** A pace that nothing was sent in for a while. */
async function setup() {
  const clock = createFakeClock();
  const pace = createPace(clock);
  await clock.advance(60_000);
  /** Writes whenever it may for so long; returns when that was. */
  async function written(chatId: number, ms: number, { isAnswer = false, stepMs = 100 } = {}) {
    const times: number[] = [];
    for (let passed = 0; passed < ms; passed += stepMs) {
      while (pace.restsMs(chatId, isAnswer) === 0) {
        times.push(passed);
        pace.called(chatId);
      }
      await clock.advance(stepMs);
    }
    return times;
  }
  return { clock, pace, written };
}

/** The most of them that lie within so many ms. */
const most = (times: readonly number[], ms: number) =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));

describe("the pace of what is sent", () => {
  test("is three messages at once in a chat, then one a second, each chat for itself", async () => {
    const { pace, written } = await setup();
    expect(await written(PERSON, 4_000)).toEqual([0, 0, 100, 1_000, 2_000, 3_000]);
    expect(pace.restsMs(8)).toBe(0);
  });

  test("leaves one more for an answer to what somebody has just done", async () => {
    const { clock, pace, written } = await setup();
    await written(PERSON, 9_900);
    expect(pace.restsMs(PERSON)).toBeGreaterThan(0);
    expect(pace.restsMs(PERSON, true)).toBe(0);
    pace.called(PERSON);
    expect(pace.restsMs(PERSON, true)).toBeWithin(1, 1_001);
    await clock.advance(1_000);
    expect(pace.restsMs(PERSON, true)).toBe(0);
    // All else waits until there is one for the next answer, too.
    expect(pace.restsMs(PERSON)).toBeGreaterThan(0);
  });

  for (const isAnswer of [false, true]) {
    test(`is fewer than twenty messages in any minute in a group, answers or not: ${isAnswer}`, async () => {
      const { written } = await setup();
      const times = await written(GROUP, 300_000, { isAnswer });
      expect(most(times, 60_000)).toBeLessThan(20);
      // However much was written before, the next one waits for some seconds only.
      const waits = times.slice(1).map((at, nth) => at - (times[nth] ?? 0));
      expect(Math.max(...waits)).toBe(4_000);
    });
  }

  test("is thirty messages in any second in all, and an answer never waits behind all else", async () => {
    const { clock, pace } = await setup();
    const times: number[] = [];
    for (let passed = 0; passed < 3_000; passed += 5) {
      if (pace.restsMs(1_000 + passed) === 0) {
        times.push(passed);
        pace.called(1_000 + passed);
      }
      expect(pace.restsMs(PERSON, true)).toBe(0);
      await clock.advance(5);
    }
    expect(most(times, 1_000)).toBeWithin(25, 31);
  });

  test("is nothing at all while Telegram asks for a pause, and no shorter one ends that", async () => {
    const { clock, pace, written } = await setup();
    expect(pace.restsMs(PERSON)).toBe(0);
    pace.pause(30_000);
    pace.pause(20_000);
    await clock.advance(1_000);
    expect([pace.restsMs(PERSON), pace.restsMs(PERSON, true)]).toEqual([29_000, 29_000]);
    await clock.advance(29_000);
    // No burst after it.
    expect(await written(PERSON, 3_000)).toEqual([0, 1_000, 2_000]);
  });

  test("begins without a burst: what Telegram counted before the start is not known", async () => {
    const clock = createFakeClock();
    const pace = createPace(clock);
    expect(pace.restsMs(PERSON)).toBe(0);
    pace.called(PERSON);
    expect(pace.restsMs(PERSON)).toBe(1_000);
    expect(pace.restsMs(PERSON, true)).toBe(0);
  });
});
