import { expect, test } from "bun:test";
import { createBackground } from "../../src/base/background.ts";
import { createFakeClock } from "../support/clock.ts";
import { keptLog } from "../support/store.ts";

function setup() {
  const clock = createFakeClock();
  const log = keptLog();
  return { clock, log, background: createBackground({ clock, log }) };
}

test("what repeats pauses for as long as each step says, and ends with the one that says null", async () => {
  const { clock, background } = setup();
  const pauses = [100, 0, 300, null];
  const steps: number[] = [];
  background.repeat("counting", () => {
    steps.push(clock.monotonic());
    return pauses.shift() ?? null;
  });
  const [begun = 0] = steps;
  await clock.advance(1_000);
  expect(steps.map((at) => at - begun)).toEqual([0, 100, 100, 400]);
  expect(clock.sleepers).toBe(0);
});

test("what fails is logged and tried again soon", async () => {
  const { clock, log, background } = setup();
  let tries = 0;
  background.repeat("trying", async () => {
    tries += 1;
    if (tries < 3) throw new Error("disk full");
    return null;
  });
  await clock.advance(4_999);
  expect(tries).toBe(1);
  await clock.advance(5_001);
  expect(tries).toBe(3);
  expect(log.at("error")).toHaveLength(2);
});

test("a stop ends what waits, waits for what runs, and lets nothing begin", async () => {
  const { clock, log, background } = setup();
  const { promise, resolve } = Promise.withResolvers<void>();
  const done: string[] = [];
  background.run("running", async (signal) => {
    await promise;
    done.push(signal.aborted ? "told" : "not told");
    throw new Error("given up");
  });
  background.repeat("waiting", () => 3_600_000);
  const stopped = background.stop().then(() => done.push("stopped"));
  await clock.advance(0);
  expect(done).toEqual([]);
  resolve();
  await stopped;
  background.run("late", () => done.push("late"));
  background.repeat("late", () => done.push("late"));
  expect(done).toEqual(["told", "stopped"]);
  // A stop is no failure.
  expect(log.at("error")).toEqual([]);
});
