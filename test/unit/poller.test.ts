import { describe, expect, test } from "bun:test";
import type { TelegramUpdate } from "gramio";
import type { TelegramApi } from "../../src/telegram/api.ts";
import { TelegramError } from "../../src/telegram/errors.ts";
import { createIdentity } from "../../src/telegram/identity.ts";
import { createPoller, type UpdateSink } from "../../src/telegram/poller.ts";
import { ALLOWED_UPDATES, type IncomingUpdate } from "../../src/telegram/update.ts";
import { createFakeClock, settled } from "../support/clock.ts";
import { BOT_ID, BOT_NAME, keptLog, must, update } from "../support/store.ts";

const MINUTE = 60_000;
const ME = { id: 1, is_bot: true, first_name: "memoferry", username: BOT_NAME };

/** Answers of getUpdates, in order; once they are used up, a poll hangs as a long poll does. */
type Answer = TelegramUpdate[] | Error;
type Asked = { offset?: number; limit: number; timeout: number; allowed_updates: string[] };

function setup({ answers = [] as Answer[], me = [] as Error[], random = 1 } = {}) {
  const clock = createFakeClock();
  const log = keptLog();
  const asked: Asked[] = [];
  const state = {
    offset: null as number | null,
    room: true,
    storeFails: null as Error | null,
    hanging: 0,
    /** Answers the poll that hangs. */
    release: null as (() => void) | null,
    meAsked: 0,
    polls: [] as boolean[],
    batches: [] as (readonly IncomingUpdate[])[],
  };
  const call = async (method: string, params: unknown, signal?: AbortSignal): Promise<unknown> => {
    if (method === "getMe") {
      state.meAsked += 1;
      const failure = me.shift();
      if (failure) throw failure;
      return ME;
    }
    asked.push(params as Asked);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    if (answer) return answer;
    state.hanging += 1;
    return new Promise((resolve, reject) => {
      state.release = () => {
        state.hanging -= 1;
        const answer = answers.shift() ?? [];
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      const stop = () => {
        state.hanging -= 1;
        reject(new TelegramError("aborted", "getUpdates: stopped"));
      };
      if (signal?.aborted) stop();
      signal?.addEventListener("abort", stop);
    });
  };
  const sink: UpdateSink = {
    accept(batch, { polled }) {
      if (state.storeFails) throw state.storeFails;
      expect(polled).toBe(true);
      state.batches.push(batch);
      state.offset = must(batch.at(-1)).update_id + 1;
      return { stored: batch.length, duplicates: 0, restarted: false };
    },
    offset: () => state.offset,
    mayAccept: () => state.room,
  };
  const identity = createIdentity({ call: call as unknown as TelegramApi["call"] } as TelegramApi, BOT_ID);
  const poller = createPoller({
    api: { call: call as unknown as TelegramApi["call"] },
    identity,
    sink,
    clock,
    log,
    onPolled: ({ caughtUp }) => state.polls.push(caughtUp),
    random: () => random,
  });
  return { poller, identity, clock, log, asked, answers, state };
}

const trouble = (kind: TelegramError["kind"], message = kind as string, details = {}) =>
  new TelegramError(kind, message, details);
const CONFLICT =
  "getUpdates: Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
const WEBHOOK =
  "getUpdates: Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

describe("polling", () => {
  test("asks for what this version handles, from the stored offset, and holds a poll for 50 s once nothing waits", async () => {
    const { poller, identity, asked, state } = setup({ answers: [[update({ update_id: 10 })], []] });
    poller.start();
    await settled();
    expect(asked.map(({ offset }) => offset)).toEqual([undefined, 11, 11]);
    expect(asked.at(-1)).toEqual({
      offset: 11,
      limit: 100,
      timeout: 50,
      allowed_updates: [...ALLOWED_UPDATES],
    });
    expect(state.hanging).toBe(1);
    expect(poller.receiving().state).toBe("receiving");
    expect(identity.known()?.username).toBe(BOT_NAME);
    await poller.stop();
  });

  test("passes each batch on whole, and asks for the next only when it is stored", async () => {
    const batch = [1, 2, 3].map((update_id) => update({ update_id }));
    const { poller, state } = setup({ answers: [batch, [update({ update_id: 4 })]] });
    poller.start();
    await settled();
    expect(state.batches.map((stored) => stored.map(({ update_id }) => update_id))).toEqual([[1, 2, 3], [4]]);
    await poller.stop();
  });

  test("says that nothing more waits only after an answer without updates", async () => {
    const { poller, state } = setup({ answers: [[update()], [update()], []] });
    poller.start();
    await settled();
    expect(state.polls).toEqual([false, false, true]);
    await poller.stop();
  });

  test("asks who the bot is once, and again as long as that failed", async () => {
    const { poller, clock, state } = setup({ me: [trouble("unreachable")], answers: [[], []] });
    poller.start();
    await clock.advance(1_000);
    expect(state.meAsked).toBe(2);
    expect(poller.receiving().state).toBe("receiving");
    await poller.stop();
  });
});

describe("a refused bot token", () => {
  test("is said with the mend, and tried again every minute", async () => {
    const me = [1, 2, 3].map(() => trouble("bad_token"));
    const { poller, clock, log, state } = setup({ me, answers: [[]] });
    poller.start();
    await clock.asleep();
    expect(clock.pauses).toEqual([MINUTE]);
    expect(poller.receiving()).toMatchObject({ state: "bad_token", since: clock.now() });
    expect(poller.receiving().detail).toContain("BOT_TOKEN");
    expect(poller.receiving().detail).toContain("@BotFather");
    await clock.advance(2 * MINUTE);
    expect(state.meAsked).toBe(3);
    await clock.advance(MINUTE);
    expect(poller.receiving().state).toBe("receiving");
    expect(log.at("warn")).toEqual(["not receiving updates"]);
    await poller.stop();
  });

  test("is seen also while polling, when it was revoked", async () => {
    const { poller, clock } = setup({ answers: [[], trouble("bad_token")] });
    poller.start();
    await clock.asleep();
    expect(poller.receiving().state).toBe("bad_token");
    expect(clock.pauses).toEqual([MINUTE]);
    await poller.stop();
  });
});

describe("another poller", () => {
  test("seen once is harmless: after a restart Telegram still holds the poll of the process before", async () => {
    const { poller, clock, log } = setup({ answers: [trouble("conflict", CONFLICT), []] });
    poller.start();
    await clock.asleep();
    expect(poller.receiving().state).toBe("starting");
    await clock.advance(1_000);
    expect(poller.receiving().state).toBe("receiving");
    expect(log.at("warn")).toEqual([]);
    await poller.stop();
  });

  test("seen again is told with the mend, and told once", async () => {
    const { poller, clock, log } = setup({ answers: [1, 2, 3, 4].map(() => trouble("conflict", CONFLICT)) });
    poller.start();
    await clock.advance(10_000);
    expect(poller.receiving()).toMatchObject({ state: "conflict", conflict: "poller" });
    expect(poller.receiving().detail).toContain("another program polls with this BOT_TOKEN");
    expect(log.at("warn")).toHaveLength(1);
    await poller.stop();
  });

  /** Polls that end by themselves after 5 s, but for those at which `conflictAt` says otherwise. */
  async function polled(minutes: number, conflictAt: (poll: number) => boolean) {
    const clock = createFakeClock();
    const log = keptLog();
    let polls = 0;
    const call = async (method: string, _params: unknown, signal?: AbortSignal) => {
      if (method === "getMe") return ME;
      await clock.sleep(5_000, signal);
      polls += 1;
      if (conflictAt(polls)) throw trouble("conflict", CONFLICT);
      return [update()];
    };
    const api = { call: call as unknown as TelegramApi["call"] };
    const poller = createPoller({
      api,
      identity: createIdentity(api, BOT_ID),
      sink: {
        accept: () => ({ stored: 1, duplicates: 0, restarted: false }),
        offset: () => null,
        mayAccept: () => true,
      },
      clock,
      log,
      onPolled: () => undefined,
      random: () => 1,
    });
    poller.start();
    await clock.advance(minutes * MINUTE);
    return { poller, clock, log };
  }

  test("is seen under traffic, when every second poll of both is answered, and told once", async () => {
    const { poller, log } = await polled(60, (poll) => poll % 2 === 0);
    expect(poller.receiving()).toMatchObject({ state: "conflict", conflict: "poller" });
    expect(poller.receiving().failsForMs).toBeGreaterThan(50 * MINUTE);
    expect(log.at("warn")).toHaveLength(1);
    await poller.stop();
  });

  test("that asked once, such as a curl by hand, is none", async () => {
    const { poller, log } = await polled(60, (poll) => poll % 100 === 50);
    expect(poller.receiving().state).toBe("receiving");
    expect(log.at("warn")).toEqual([]);
    await poller.stop();
  });

  test("that was stopped is forgotten some minutes after", async () => {
    const { poller, clock } = await polled(2, (poll) => poll < 10);
    expect(poller.receiving().state).toBe("conflict");
    await clock.advance(6 * MINUTE);
    expect(poller.receiving()).toMatchObject({ state: "receiving", failsForMs: 0 });
    await poller.stop();
  });

  test("that is a webhook is told as one, at once", async () => {
    const { poller, clock } = setup({ answers: [trouble("conflict", WEBHOOK)] });
    poller.start();
    await clock.asleep();
    expect(poller.receiving().state).toBe("conflict");
    expect(poller.receiving().detail).toContain("a webhook is set for this bot");
    expect(poller.receiving().conflict).toBe("webhook");
    await poller.stop();
  });
});

describe("trouble on the way", () => {
  test("429 waits as long as Telegram asks, however long that is", async () => {
    const { poller, clock, asked } = setup({
      answers: [trouble("throttled", "slow down", { retryAfterMs: 400_000 }), []],
    });
    poller.start();
    await clock.asleep();
    expect(clock.pauses).toEqual([400_000]);
    await clock.advance(399_999);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    expect(asked.length).toBeGreaterThan(1);
    await poller.stop();
  });

  test("429 without a time waits a second at least", async () => {
    const { poller, clock } = setup({ answers: [trouble("throttled", "slow down", { retryAfterMs: 0 })] });
    poller.start();
    await clock.asleep();
    expect(clock.pauses).toEqual([1_000]);
    await poller.stop();
  });

  for (const [random, share] of [
    [0, 0.5],
    [1, 1],
  ] as const) {
    test(`lets pauses grow to a minute, with jitter: ${share} of each at random = ${random}`, async () => {
      const { poller, clock } = setup({
        answers: Array.from({ length: 9 }, () => trouble("unreachable")),
        random,
      });
      poller.start();
      const pauses: number[] = [];
      for (let tries = 0; tries < 9; tries += 1) {
        await clock.asleep();
        pauses.push(...clock.pauses);
        await clock.advance(must(clock.pauses[0]));
      }
      expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000 * share));
      await poller.stop();
    });
  }

  test("begins with short pauses again after a good answer", async () => {
    const down = () => trouble("unreachable");
    const { poller, clock } = setup({ answers: [down(), down(), down(), [], down()] });
    poller.start();
    await clock.advance(7_000);
    expect(clock.pauses).toEqual([1_000]);
    await poller.stop();
  });

  test("is told since when, and why it is by now", async () => {
    const { poller, clock } = setup({
      answers: [trouble("unreachable", "no DNS"), trouble("unreachable", "refused")],
    });
    poller.start();
    await clock.asleep();
    const since = clock.now();
    await clock.advance(1_000);
    expect(poller.receiving()).toEqual({
      state: "unreachable",
      since,
      detail: "refused",
      conflict: null,
      failsForMs: 1_000,
      cutForMs: 0,
    });
    await poller.stop();
  });

  test("is measured by what passes, whatever the time of day is set to", async () => {
    const { poller, clock } = setup({ answers: [trouble("unreachable")] });
    poller.start();
    await clock.asleep();
    clock.set(clock.now() + 3_600_000);
    expect(poller.receiving().failsForMs).toBe(0);
    await poller.stop();
  });
});

describe("polls that wait", () => {
  test("and are broken off each time are told by how long none has ended by itself, though others are answered", async () => {
    const { poller, clock, asked, answers, state } = setup({ answers: [[], []] });
    poller.start();
    await settled();
    // One waits and ends as it should.
    state.release?.();
    await clock.advance(1_000);
    const lastEnd = clock.monotonic();
    for (let cut = 0; cut < 3; cut += 1) {
      await clock.advance(30_000);
      answers.push(trouble("unreachable"), []);
      state.release?.();
      await clock.advance(1_000);
      expect(poller.receiving()).toMatchObject({ state: "receiving", failsForMs: 0 });
      expect(poller.receiving().cutForMs).toBeWithin(clock.monotonic() - lastEnd, clock.monotonic() + 1);
    }
    expect(asked.slice(-2).map(({ timeout }) => timeout)).toEqual([0, 50]);
    state.release?.();
    await settled();
    expect(poller.receiving().cutForMs).toBe(0);
    await poller.stop();
  });
});

describe("a store that cannot take a batch", () => {
  test("has nothing confirmed: the same offset is asked for again until it is stored", async () => {
    const batch = [update({ update_id: 10 }), update({ update_id: 11 })];
    const { poller, clock, asked, answers, state, log } = setup({ answers: [[update({ update_id: 9 })]] });
    poller.start();
    await settled();
    expect(state.offset).toBe(10);
    state.storeFails = new Error("database or disk is full");
    answers.push(batch, batch, []);
    state.release?.();
    await clock.asleep();
    expect(poller.receiving()).toMatchObject({ state: "store_failed" });
    expect(poller.receiving().detail).toContain("database or disk is full");
    expect(log.at("error")).toEqual(["updates could not be stored"]);
    expect(state.offset).toBe(10);
    state.storeFails = null;
    await clock.advance(1_000);
    expect(asked.map(({ offset }) => offset)).toEqual([undefined, 10, 10, 12, 12]);
    expect(state.batches.flat().map(({ update_id }) => update_id)).toEqual([9, 10, 11]);
    await poller.stop();
  });

  test("for want of room is not even asked: Telegram keeps the updates", async () => {
    const { poller, clock, asked, state } = setup({ answers: [[]] });
    state.room = false;
    poller.start();
    await clock.asleep();
    await clock.advance(20_000);
    expect(asked).toEqual([]);
    expect(poller.receiving()).toMatchObject({ state: "no_room" });
    state.room = true;
    await clock.advance(5_000);
    expect(asked.length).toBeGreaterThan(0);
    expect(poller.receiving().state).toBe("receiving");
    await poller.stop();
  });
});

describe("stopping", () => {
  test("ends a hanging poll at once", async () => {
    const { poller, state, clock } = setup({ answers: [[]] });
    poller.start();
    await settled();
    expect(state.hanging).toBe(1);
    await poller.stop();
    expect(state.hanging).toBe(0);
    expect(poller.receiving().state).toBe("stopped");
    expect(clock.sleepers).toBe(0);
  });

  test("ends a pause at once", async () => {
    const { poller, clock, log } = setup({ me: [trouble("bad_token")] });
    poller.start();
    await clock.asleep();
    await poller.stop();
    expect(clock.sleepers).toBe(0);
    expect(log.at("error")).toEqual([]);
  });

  test("before a start, and twice, is fine", async () => {
    const { poller } = setup();
    await poller.stop();
    poller.start();
    await settled();
    await Promise.all([poller.stop(), poller.stop()]);
    await poller.stop();
  });

  test("and starting again goes on", async () => {
    const { poller, state, answers } = setup({ answers: [[]] });
    poller.start();
    poller.start();
    await settled();
    expect(state.hanging).toBe(1);
    await poller.stop();
    answers.push([update({ update_id: 50 })]);
    poller.start();
    await settled();
    expect(state.offset).toBe(51);
    await poller.stop();
  });
});
