import { describe, expect, test } from "bun:test";
import { createPace } from "../../src/delivery/pace.ts";
import { createFakeClock } from "../support/clock.ts";

const PERSON = 7;
const GROUP = -7;

function setup() {
  const clock = createFakeClock();
  return { clock, pace: createPace(clock) };
}

describe("the pace of what is sent", () => {
  test("is one message a second in a chat, each chat for itself", async () => {
    const { clock, pace } = setup();
    const rests = () => [pace.restsMs(PERSON), pace.restsMs(8)];
    expect(rests()).toEqual([0, 0]);
    pace.called(PERSON);
    await clock.advance(400);
    pace.called(8);
    expect(rests()).toEqual([600, 1_000]);
    await clock.advance(600);
    expect(rests()).toEqual([0, 400]);
  });

  /** Writes whenever it may for so long; returns how many that were. */
  async function written(chatId: number, ms: number): Promise<number[]> {
    const { clock, pace } = setup();
    const times: number[] = [];
    for (let passed = 0; passed < ms; passed += 100) {
      if (pace.restsMs(chatId) === 0) {
        times.push(passed);
        pace.called(chatId);
      }
      await clock.advance(100);
    }
    return times;
  }

  test("is twenty messages in any minute in a group, the first of them at once", async () => {
    const times = await written(GROUP, 300_000);
    expect(times.slice(0, 3)).toEqual([0, 1_000, 2_000]);
    for (const from of times) {
      expect(times.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(20);
    }
    // However much was written before, the next one waits for some seconds only.
    const waits = times.slice(1).map((at, nth) => at - (times[nth] ?? 0));
    expect(Math.max(...waits)).toBe(4_000);
    expect(times).toHaveLength(79);
  });

  test("has no such limit for a person", async () => {
    expect(await written(PERSON, 120_000)).toHaveLength(120);
  });

  test("is nothing at all while Telegram asks for a pause, and no shorter one ends that", async () => {
    const { clock, pace } = setup();
    expect(pace.restsMs(PERSON)).toBe(0);
    pace.pause(30_000);
    pace.pause(20_000);
    await clock.advance(1_000);
    expect(pace.restsMs(PERSON)).toBe(29_000);
    await clock.advance(29_000);
    expect(pace.restsMs(PERSON)).toBe(0);
  });
});
