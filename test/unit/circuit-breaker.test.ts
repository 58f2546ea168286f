import { describe, expect, test } from "bun:test";
import { createBackground } from "../../src/base/background.ts";
import { createCircuitBreaker } from "../../src/saving/circuit-breaker.ts";
import { createFakeClock, settled } from "../support/clock.ts";
import { keptLog, must } from "../support/store.ts";

function setup({ random = 1 } = {}) {
  const clock = createFakeClock();
  const log = keptLog();
  const state = {
    probes: 0,
    probing: 0,
    tripped: 0,
    closed: 0,
    answers: [] as (Error | Promise<void> | null)[],
  };
  const background = createBackground({ clock, log });
  const breaker = createCircuitBreaker({
    async probe() {
      state.probes += 1;
      state.probing += 1;
      expect(state.probing).toBe(1);
      try {
        const answer = state.answers.length > 0 ? state.answers.shift() : new Error("still away");
        if (answer instanceof Error) throw answer;
        await answer;
      } finally {
        state.probing -= 1;
      }
    },
    onTripped: () => (state.tripped += 1),
    onClosed: () => (state.closed += 1),
    background,
    clock,
    log,
    random: () => random,
  });
  return { breaker, background, clock, log, state };
}

describe("the circuit breaker", () => {
  test("is open until trouble is reported, and then tripped with why and since when", async () => {
    const { breaker, background, clock } = setup();
    expect(breaker.closed).toBe(true);
    expect(breaker.tripped).toBeNull();
    breaker.report(new Error("connection refused"));
    expect(breaker.closed).toBe(false);
    expect(breaker.tripped).toEqual({ since: clock.now(), detail: "connection refused" });
    await background.stop();
  });

  test("asks one probe at a time, however many report", async () => {
    const { breaker, background, clock, state } = setup();
    for (let reports = 0; reports < 10; reports += 1) breaker.report(new Error("away"));
    expect(clock.sleepers).toBe(1);
    expect(state.tripped).toBe(1);
    await clock.advance(500);
    expect(state.probes).toBe(1);
    breaker.report(new Error("away"));
    expect(clock.sleepers).toBe(1);
    await background.stop();
  });

  for (const [random, share] of [
    [0, 0.5],
    [1, 1],
  ] as const) {
    test(`lets its pauses grow from half a second to ten seconds: ${share} of each at random = ${random}`, async () => {
      const { breaker, background, clock } = setup({ random });
      breaker.report(new Error("away"));
      const pauses: number[] = [];
      for (let tries = 0; tries < 9; tries += 1) {
        pauses.push(must(clock.pauses[0]));
        await clock.advance(must(clock.pauses[0]));
        await clock.asleep();
      }
      const seconds = [0.5, 1, 2, 4, 8, 10, 10, 10, 10];
      expect(pauses).toEqual(seconds.map((pause) => pause * 1000 * share));
      await background.stop();
    });
  }

  test("opens at the first answer, tells it once, and is quiet then", async () => {
    const { breaker, clock, state, log } = setup();
    const since = clock.now();
    breaker.report(new Error("away"));
    await clock.advance(500);
    expect(breaker.tripped).toEqual({ since, detail: "still away" });
    state.answers.push(null);
    await clock.advance(1_000);
    expect(breaker.closed).toBe(true);
    expect(state.closed).toBe(1);
    expect(clock.sleepers).toBe(0);
    expect(log.at("info")).toEqual(["memos answers again"]);
  });

  test("says once why, and keeps the newest reason", async () => {
    const { breaker, background, clock, state, log } = setup();
    breaker.report(new Error("still away"));
    await clock.advance(3_500);
    state.answers.push(new Error("502 from a proxy"));
    await clock.advance(4_000);
    expect(breaker.tripped?.detail).toBe("502 from a proxy");
    expect(log.at("warn")).toHaveLength(1);
    await background.stop();
  });

  test("is closed by whatever call is answered, and asks no more then", async () => {
    const { breaker, clock, state, log } = setup();
    breaker.answered();
    expect(state.closed).toBe(0);
    breaker.report(new Error("away"));
    await clock.advance(30_000);
    const { probes } = state;
    breaker.answered();
    expect(breaker.closed).toBe(true);
    expect(state.closed).toBe(1);
    expect(log.at("info")).toEqual(["memos answers again"]);
    await settled();
    expect(clock.sleepers).toBe(0);
    // What the end of that probing leaves behind does not end the next one.
    breaker.report(new Error("away again"));
    expect(clock.pauses).toEqual([500]);
    state.answers.push(null);
    await clock.advance(500);
    expect(state).toMatchObject({ probes: probes + 1, closed: 2 });
  });

  test("that is closed while a probe runs takes no notice of what becomes of that", async () => {
    const { breaker, clock, state } = setup();
    breaker.report(new Error("away"));
    const { promise, reject } = Promise.withResolvers<void>();
    state.answers.push(promise);
    await clock.advance(500);
    breaker.answered();
    reject(new Error("too late"));
    await settled();
    expect(breaker.tripped).toBeNull();
    expect(state).toMatchObject({ probes: 1, closed: 1 });
    expect(clock.sleepers).toBe(0);
  });

  test("asks at once where somebody waits for it", async () => {
    const { breaker, background, clock, state } = setup();
    breaker.report(new Error("away"));
    await clock.advance(60_000);
    const { probes } = state;
    breaker.askNow();
    await clock.asleep();
    expect(state.probes).toBe(probes + 1);
    expect(breaker.closed).toBe(false);
    await background.stop();
  });

  test("can be tripped again after it opened, with short pauses", async () => {
    const { breaker, clock, state } = setup();
    breaker.report(new Error("away"));
    await clock.advance(3_500);
    state.answers.push(null);
    await clock.advance(4_000);
    breaker.report(new Error("away again"));
    expect(breaker.closed).toBe(false);
    expect(clock.pauses).toEqual([500]);
    state.answers.push(null);
    await clock.advance(500);
    expect(state.closed).toBe(2);
  });

  test("ends its pause when it is stopped, opens nothing, and takes no more reports", async () => {
    const { breaker, background, clock, state } = setup();
    breaker.report(new Error("away"));
    await background.stop();
    await background.stop();
    expect(clock.sleepers).toBe(0);
    expect(state.closed).toBe(0);
    breaker.report(new Error("away"));
    await settled();
    expect(clock.sleepers).toBe(0);
  });
});
