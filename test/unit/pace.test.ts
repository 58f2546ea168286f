import { describe, expect, test } from "bun:test";
import { createPace } from "../../src/telegram/pace.ts";
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
    expect(pace.nextInMs()).toBeUndefined();
    pace.called(PERSON);
    await clock.advance(400);
    pace.called(8);
    expect(pace.resting()).toEqual([PERSON, 8]);
    expect(pace.nextInMs()).toBe(600);
    await clock.advance(600);
    expect(pace.resting()).toEqual([8]);
  });

  /** Writes whenever it may for so long; returns how many that were. */
  async function written(chatId: number, ms: number): Promise<number[]> {
    const { clock, pace } = setup();
    const times: number[] = [];
    for (let passed = 0; passed < ms; passed += 100) {
      if (!pace.resting().includes(chatId)) {
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
    expect(times).toHaveLength(100);
  });

  test("has no such limit for a person", async () => {
    expect(await written(PERSON, 120_000)).toHaveLength(120);
  });

  test("is nothing at all where Telegram asks for a pause in a second chat while one of another is not over", async () => {
    const { clock, pace } = setup();
    pace.pause(PERSON, 30_000);
    pace.pause(PERSON, 40_000);
    expect(pace.stillInMs()).toBe(0);
    await clock.advance(1_000);
    pace.pause(8, 3_600_000);
    expect(pace.stillInMs()).toBe(39_000);
    await clock.advance(39_000);
    expect(pace.stillInMs()).toBe(0);
    expect(pace.resting()).toEqual([8]);
  });

  test("tells how long a chat rests", async () => {
    const { clock, pace } = setup();
    expect(pace.restsMs(PERSON)).toBe(0);
    pace.called(PERSON);
    expect(pace.restsMs(PERSON)).toBe(1_000);
    expect(pace.restsMs(GROUP)).toBe(0);
    await clock.advance(400);
    expect(pace.restsMs(PERSON)).toBe(600);
    pace.pause(8, 30_000);
    pace.pause(9, 20_000);
    expect(pace.restsMs(PERSON)).toBe(20_000);
  });

  test("is slower where Telegram asks for it, and no shorter pause ends that", async () => {
    const { clock, pace } = setup();
    pace.pause(PERSON, 30_000);
    pace.called(PERSON);
    await clock.advance(29_000);
    expect(pace.resting()).toEqual([PERSON]);
    await clock.advance(1_000);
    expect(pace.resting()).toEqual([]);
  });
});
