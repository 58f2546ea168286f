import { describe, expect, test } from "bun:test";
import { ALLOWED_UPDATES } from "../../src/messages/update.ts";
import { settled } from "../support/clock.ts";
import { CONFLICT, receiverWorld, started, trouble, UNREACHABLE } from "../support/receiver.ts";
import { BOT_NAME, must, update } from "../support/store.ts";

const MINUTE = 60_000;
const RECEIVING = { works: true, detail: null };

/** A receiver that polls and nothing else. */
const polling = (options: Parameters<typeof receiverWorld>[0] = {}) =>
  receiverWorld({ setting: "polling", url: null, ...options });

const polls = (options: Parameters<typeof receiverWorld>[0] = {}) =>
  started({ setting: "polling", url: null, ...options });

const asked = (world: ReturnType<typeof receiverWorld>) =>
  world.callsOf("getUpdates").map(({ params }) => params);

describe("polling", () => {
  test("asks for what this version handles, from the stored offset, and holds a poll for 50 s once nothing waits", async () => {
    await using world = await polls({ answers: [[update({ update_id: 10 })], []] });
    expect(asked(world).map(({ offset }) => offset)).toEqual([undefined, 11, 11]);
    expect(asked(world).at(-1)).toEqual({
      offset: 11,
      limit: 25,
      timeout: 50,
      allowed_updates: [...ALLOWED_UPDATES],
    });
    expect(world.state.polling).toBe(1);
    expect(world.receiver.intake()).toEqual(RECEIVING);
    expect(world.identity.known()?.username).toBe(BOT_NAME);
  });

  test("passes each batch on whole, and asks for the next only when it is stored", async () => {
    const batch = [1, 2, 3].map((update_id) => update({ update_id }));
    await using world = await polls({ answers: [batch, [update({ update_id: 4 })]] });
    const ids = world.state.batches.map((stored) => stored.map(({ update_id }) => update_id));
    expect(ids).toEqual([[1, 2, 3], [4]]);
  });

  test("goes on with the others where one cannot be read, and leaves out what has no usable id", async () => {
    const ids = ["3", 2 ** 53, 0, -1];
    const odd = [null, 5, {}, ...ids.map((update_id) => ({ update_id, message: {} }))] as never[];
    const unread = { update_id: 12, message: { chat: { id: { toString: 1 } } } } as never;
    const answers = [[update({ update_id: 11 }), unread, ...odd, update({ update_id: 13 })], odd, odd];
    await using world = await polls({ answers });
    // What comes again and again is not asked for without a pause.
    expect(world.clock.pauses).toEqual([1_000]);
    await world.clock.advance(2_000);
    expect(world.state.batches.map((batch) => batch.map(({ update_id }) => update_id))).toEqual([
      [11, 12, 13],
    ]);
    expect(asked(world).map(({ offset }) => offset)).toEqual([undefined, 14, 14, 14]);
    expect(world.log.at("error")).toEqual([]);
    expect(world.log.at("warn").some((message) => message.includes("could not be read"))).toBe(true);
  });

  test("takes what is no list for trouble of whoever answered", async () => {
    await using world = await polls({ answers: [{ message: {} } as never] });
    expect(world.log.at("error")).toEqual([]);
    expect(world.receiver.intake().works).toBe(false);
    await world.clock.advance(1_000);
    expect(world.receiver.intake()).toEqual(RECEIVING);
  });

  test("says that updates come in", async () => {
    await using world = await polls({ answers: [[update()], [update()]] });
    expect(world.state).toMatchObject({ seen: [true], contacts: 3 });
  });

  test("asks who the bot is once, and again as long as that failed", async () => {
    await using world = polling({ me: [UNREACHABLE] });
    world.receiver.start();
    await world.clock.advance(1_000);
    expect(world.callsOf("getMe")).toHaveLength(2);
    expect(world.receiver.intake()).toEqual(RECEIVING);
  });

  test("waits a second where a proxy lets no poll wait and answers at once", async () => {
    await using world = await polls();
    for (let at = 0; at < 3; at += 1) {
      world.endPoll();
      await settled();
      expect(world.clock.pauses).toEqual([1_000]);
      await world.clock.advance(1_000);
    }
  });
});

describe("a refused bot token", () => {
  test("is said with the mend, once, and tried again every minute", async () => {
    const me = [1, 2, 3].map(() => trouble("bad_token", "Telegram refuses BOT_TOKEN"));
    await using world = polling({ me });
    world.receiver.start();
    await world.clock.asleep();
    expect(world.clock.pauses).toEqual([MINUTE]);
    expect(world.receiver.intake()).toEqual({ works: false, detail: "Telegram refuses BOT_TOKEN" });
    await world.clock.advance(2 * MINUTE);
    expect(world.callsOf("getMe")).toHaveLength(3);
    await world.clock.advance(MINUTE);
    expect(world.receiver.intake()).toEqual(RECEIVING);
    expect(world.log.at("warn")).toEqual(["not receiving updates"]);
  });
});

test("a bot token that another part finds refused is known at once, until a call is answered", async () => {
  await using world = polling();
  world.receiver.start();
  await world.clock.asleep();
  expect(world.receiver.intake()).toEqual(RECEIVING);
  world.state.tokenTrouble = "Telegram refuses BOT_TOKEN";
  expect(world.receiver.intake()).toEqual({ works: false, detail: "Telegram refuses BOT_TOKEN" });
  world.state.tokenTrouble = null;
  expect(world.receiver.intake()).toEqual(RECEIVING);
});

describe("another poller", () => {
  const seen = (world: ReturnType<typeof receiverWorld>) =>
    world.receiver.intake().detail?.includes("another program polls with this BOT_TOKEN") ?? false;

  test("seen once is harmless: after a restart Telegram still holds the poll of the process before", async () => {
    await using world = polling({ answers: [CONFLICT] });
    world.receiver.start();
    await world.clock.asleep();
    expect(world.receiver.intake().detail).toBe("receiving: starting");
    await world.clock.advance(1_000);
    expect(world.receiver.intake()).toEqual(RECEIVING);
    expect(world.log.at("warn")).toEqual([]);
  });

  /** Polls that end by themselves after 5 s, but for those at which `conflictAt` says otherwise. */
  async function polled(
    world: ReturnType<typeof receiverWorld>,
    minutes: number,
    conflictAt: (poll: number) => boolean,
  ) {
    for (let step = 0, poll = 0; step < minutes * 12; step += 1) {
      await world.clock.advance(5_000);
      if (world.state.polling === 0) continue;
      world.endPoll(conflictAt(poll) ? CONFLICT : [update()]);
      poll += 1;
      await settled();
    }
  }

  test("is seen under traffic, when every second poll of both is answered, and told once", async () => {
    await using world = polling();
    world.receiver.start();
    await polled(world, 60, (poll) => poll % 2 === 0);
    expect(seen(world)).toBe(true);
    expect(world.log.at("warn")).toHaveLength(1);
  });

  test("that asked once, such as a curl by hand, is none", async () => {
    await using world = polling();
    world.receiver.start();
    await polled(world, 60, (poll) => poll % 100 === 50);
    expect(world.receiver.intake()).toEqual(RECEIVING);
    expect(world.log.at("warn")).toEqual([]);
  });

  test("that was stopped is forgotten by the next poll that it would have ended", async () => {
    await using world = polling();
    world.receiver.start();
    await polled(world, 1, () => true);
    expect(seen(world)).toBe(true);
    await polled(world, 1 / 3, () => false);
    expect(world.receiver.intake()).toEqual(RECEIVING);
    expect(world.log.at("warn")).toHaveLength(1);
    // One more is not the poll of a process before.
    await polled(world, 1 / 6, () => true);
    expect(seen(world)).toBe(true);
  });

  test("that was stopped in a quiet chat is forgotten as soon", async () => {
    await using world = polling();
    world.failPolls(CONFLICT);
    world.receiver.start();
    await world.clock.advance(5 * MINUTE);
    expect(seen(world)).toBe(true);
    world.failPolls(undefined);
    await world.clock.advance(30_000);
    expect(world.receiver.intake()).toEqual(RECEIVING);
    expect(asked(world).at(-1)).toMatchObject({ timeout: 50 });
  });
});

describe("trouble on the way", () => {
  test("429 waits as long as Telegram asks, however long that is", async () => {
    await using world = polling({ answers: [trouble("throttled", "slow down", { retryAfterMs: 400_000 })] });
    world.receiver.start();
    await world.clock.asleep();
    expect(world.clock.pauses).toEqual([400_000]);
    await world.clock.advance(399_999);
    expect(asked(world)).toHaveLength(1);
    await world.clock.advance(1);
    expect(asked(world).length).toBeGreaterThan(1);
  });

  test("lets pauses grow to a minute", async () => {
    await using world = polling();
    world.failPolls(UNREACHABLE);
    world.receiver.start();
    const pauses: number[] = [];
    for (let tries = 0; tries < 9; tries += 1) {
      await world.clock.asleep();
      pauses.push(...world.clock.pauses);
      await world.clock.advance(must(world.clock.pauses[0]));
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
  });

  test("begins with short pauses again after a good answer", async () => {
    await using world = polling({ answers: [UNREACHABLE, UNREACHABLE, UNREACHABLE, [], UNREACHABLE] });
    world.receiver.start();
    await world.clock.advance(7_000);
    expect(world.clock.pauses).toEqual([1_000]);
  });
});

describe("a store that cannot take a batch", () => {
  test("has nothing confirmed: the same offset is asked for again until it is stored", async () => {
    const batch = [update({ update_id: 10 }), update({ update_id: 11 })];
    await using world = polling({ answers: [[update({ update_id: 9 })], []] });
    const { state, clock } = world;
    world.receiver.start();
    await settled();
    expect(state.offset).toBe(10);
    state.acceptFails = new Error("database or disk is full");
    world.endPoll(batch, batch);
    await settled();
    expect(world.receiver.intake().detail).toContain("database or disk is full");
    expect(world.log.at("error")).toEqual(["updates could not be taken in"]);
    expect(state.offset).toBe(10);
    state.acceptFails = null;
    await clock.advance(5_000);
    expect(asked(world).map(({ offset }) => offset)).toEqual([undefined, 10, 10, 10, 12, 12]);
    expect(state.batches.flat().map(({ update_id }) => update_id)).toEqual([9, 10, 11]);
  });

  test("for want of room is not even asked: Telegram keeps the updates", async () => {
    await using world = polling();
    world.state.room = false;
    world.receiver.start();
    await world.clock.advance(20_000);
    expect(asked(world)).toEqual([]);
    expect(world.receiver.intake().detail).toContain("no room");
    world.state.room = true;
    await world.clock.advance(5_000);
    expect(asked(world).length).toBeGreaterThan(0);
    expect(world.receiver.intake()).toEqual(RECEIVING);
  });
});

test("a start that cannot be stored goes on once it can, and asks Telegram for nothing before", async () => {
  await using world = polling();
  world.state.saveFails = 1;
  world.receiver.start();
  await settled();
  expect([world.calls.length, world.receiver.intake().works]).toEqual([0, false]);
  await world.clock.advance(5_000);
  expect(world.receiver.intake()).toEqual(RECEIVING);
  expect(world.state.saved).toMatchObject({ mode: "polling" });
});

describe("stopping", () => {
  test("ends a waiting poll at once, and a pause too", async () => {
    for (const me of [[], [trouble("bad_token")]]) {
      await using world = polling({ me });
      world.receiver.start();
      await world.clock.asleep();
      await world.receiver.stop();
      expect(world.state.polling).toBe(0);
      expect(world.clock.sleepers).toBe(0);
      expect(world.log.at("error")).toEqual([]);
    }
  });

  test("refuses what is asked for, then and after", async () => {
    await using world = polling();
    const { receiver, state } = world;
    receiver.start();
    await settled();
    state.room = false;
    const stopping = receiver.stop();
    expect(receiver.switchTo("webhook")).rejects.toThrow("memoferry stops");
    await stopping;
    expect(receiver.switchTo("webhook")).rejects.toThrow("memoferry stops");
  });
});
