import { describe, expect, test } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import type { Changed } from "../../src/domain/changed.ts";
import type { MemosEvent } from "../../src/memos/client.ts";
import { MemosError } from "../../src/memos/errors.ts";
import { createWatch } from "../../src/watch/watch.ts";
import { createFakeClock, settled } from "../support/clock.ts";
import { keptLog } from "../support/store.ts";

const ACCOUNT = 7;
const PERSON = { account: ACCOUNT, name: "users/alice", telegram_id: 70 };
const MINUTE_MS = 60_000;

/** A stream of events that the test writes. */
function createStream(signal: AbortSignal) {
  const written: (MemosEvent | null | Error | "end")[] = [];
  let wake = () => {};
  const write = (...more: typeof written) => {
    written.push(...more);
    wake();
  };
  signal.addEventListener("abort", () => write(new MemosError("aborted", "given up")));
  async function* read() {
    for (;;) {
      const next = written.shift();
      if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else if (next === "end") return;
      else if (next instanceof Error) throw next;
      else yield next;
    }
  }
  return { write, read };
}

function setup({ tellsEvents = true, refusal }: { tellsEvents?: boolean; refusal?: Error } = {}) {
  const clock = createFakeClock();
  const rung: Changed[] = [];
  const streams: ReturnType<typeof createStream>[] = [];
  const state = { away: false, suspected: 0, tellsEvents, refusal };
  const watch = createWatch({
    memos: {
      known: () => ({ dialect: { tellsEvents: state.tellsEvents } }) as never,
      async *events(_token, signal) {
        const stream = createStream(signal ?? new AbortController().signal);
        streams.push(stream);
        if (state.refusal) throw state.refusal;
        yield* stream.read();
      },
    },
    tokenOf: (telegramId) => new Secret(`token of ${telegramId}`),
    ring: (changed) => rung.push(changed),
    isAway: () => state.away,
    suspect: () => (state.suspected += 1),
    clock,
    random: () => 0,
    log: keptLog(),
  });
  const take = () =>
    rung.splice(0).map((changed) => ("name" in changed ? `${changed.what} ${changed.name}` : changed.what));
  return { watch, clock, state, rung, take, stream: () => streams.at(-1), opened: () => streams.length };
}

const looked = ["notifications", "memos"];
const event = (type: string, memo = "memos/a") => ({ type, memo });

describe("an account is watched by the time", () => {
  test("at once, and then at intervals that grow from one minute to ten", async () => {
    const { watch, clock, take, rung } = setup({ tellsEvents: false });
    watch.follow([PERSON]);
    await settled();
    expect(rung).toEqual([
      { account: ACCOUNT, what: "notifications" },
      { account: ACCOUNT, what: "memos" },
    ]);
    take();
    const minutes: number[] = [];
    for (let minute = 1; minute <= 60; minute += 1) {
      await clock.advance(MINUTE_MS);
      if (take().length > 0) minutes.push(minute);
    }
    expect(minutes).toEqual([1, 3, 5, 9, 14, 21, 31, 41, 51]);
    watch.follow([]);
  });

  test("soon again once something came, and never twice within a minute", async () => {
    const { watch, clock, take } = setup({ tellsEvents: false });
    watch.follow([PERSON]);
    await clock.advance(30 * MINUTE_MS);
    take();
    watch.stirred(ACCOUNT);
    await settled();
    expect(take()).toEqual(looked);
    for (let times = 0; times < 10; times += 1) watch.stirred(ACCOUNT);
    await clock.advance(MINUTE_MS - 1);
    expect(take()).toEqual([]);
    await clock.advance(1);
    expect(take()).toEqual(looked);
    watch.follow([]);
  });

  test("not while Memos is away, and soon once it is back", async () => {
    const { watch, clock, take, state } = setup({ tellsEvents: false });
    state.away = true;
    watch.follow([PERSON]);
    await clock.advance(60 * MINUTE_MS);
    expect(take()).toEqual([]);
    state.away = false;
    watch.back();
    await settled();
    expect(take()).toEqual(looked);
    watch.follow([]);
  });

  test("until nobody wants to know any more: then nothing runs", async () => {
    const { watch, clock, take } = setup();
    watch.follow([PERSON]);
    await settled();
    take();
    watch.follow([]);
    await settled();
    expect(clock.sleepers).toBe(0);
    expect(watch.counts()).toEqual({ accounts: 0, by_events: 0 });
    watch.stirred(ACCOUNT);
    await clock.advance(60 * MINUTE_MS);
    expect(take()).toEqual([]);
  });

  test("once for all its people, and anew where another's token is to be used", async () => {
    const { watch, take, opened } = setup();
    watch.follow([PERSON]);
    watch.follow([PERSON]);
    await settled();
    expect(opened()).toBe(1);
    watch.follow([{ ...PERSON, telegram_id: 71 }]);
    await settled();
    expect(opened()).toBe(2);
    expect(take()).toEqual([...looked, ...looked]);
    watch.follow([]);
  });
});

describe("an account is watched by the events of Memos", () => {
  async function live() {
    const world = setup();
    world.watch.follow([PERSON]);
    await settled();
    world.take();
    world.stream()?.write(null);
    await settled();
    expect(world.watch.counts()).toEqual({ accounts: 1, by_events: 1 });
    return world;
  }

  test("what happened before is looked for, then it is only looked every quarter of an hour", async () => {
    const { watch, clock, take, stream } = await live();
    expect(take()).toEqual(looked);
    for (let second = 0; second < 15 * 60 - 1; second += 30) {
      stream()?.write(null);
      await clock.advance(second < 15 * 60 - 30 ? 30_000 : 29_000);
    }
    expect(take()).toEqual([]);
    await clock.advance(1_000);
    expect(take()).toEqual(looked);
    watch.follow([]);
  });

  test("each is told; notifications a second later, once for all comments of ten seconds", async () => {
    const { watch, clock, take, stream } = await live();
    take();
    stream()?.write(
      event("memo.created"),
      event("memo.updated", "memos/b"),
      event("memo.deleted", "memos/c"),
    );
    stream()?.write(event("reaction.upserted", "memos/d"), event("memo.comment.created", "memos/e"));
    await settled();
    expect(take()).toEqual(["memo memos/a", "memo memos/b", "memo memos/c", "reactions memos/d"]);
    await clock.advance(1_000);
    expect(take()).toEqual(["notifications"]);
    stream()?.write(event("memo.comment.created"), event("memo.comment.created"));
    await clock.advance(9_999);
    expect(take()).toEqual([]);
    await clock.advance(1);
    expect(take()).toEqual(["notifications"]);
    watch.follow([]);
  });

  test("memos of anybody, of which each may mention the account, are one look a minute; a comment does not wait for it", async () => {
    const { watch, clock, take, stream } = await live();
    const told = () => take().filter((what) => what === "notifications");
    stream()?.write(event("memo.created"));
    await clock.advance(1_000);
    told();
    for (let second = 2; second <= 50; second += 1) {
      stream()?.write(event("memo.updated"));
      await clock.advance(1_000);
    }
    expect(told()).toEqual([]);
    stream()?.write(event("memo.comment.created"));
    await clock.advance(1_000);
    expect(told()).toEqual(["notifications"]);
    stream()?.write(event("memo.updated"));
    await clock.advance(59_000);
    expect(told()).toEqual([]);
    await clock.advance(1_000);
    expect(told()).toEqual(["notifications"]);
    watch.follow([]);
  });

  test("a reaction and a deleted memo notify nobody", async () => {
    const { watch, clock, take, stream } = await live();
    take();
    stream()?.write(event("reaction.deleted"), event("memo.deleted"));
    await clock.advance(MINUTE_MS);
    expect(take()).toEqual(["reactions memos/a", "memo memos/a"]);
    watch.follow([]);
  });

  test("a stream that ends is opened again, and what was missed looked for", async () => {
    const { watch, clock, take, stream, opened, state } = await live();
    await clock.advance(MINUTE_MS);
    stream()?.write(null);
    await settled();
    take();
    stream()?.write(new MemosError("unreachable", "gone"));
    await settled();
    expect(state.suspected).toBe(1);
    // It was last looked a minute ago.
    expect(take()).toEqual(looked);
    expect(watch.counts().by_events).toBe(0);
    await clock.advance(1_000);
    expect(opened()).toBe(2);
    stream()?.write(null);
    await settled();
    expect(watch.counts().by_events).toBe(1);
    expect(take()).toEqual(looked);
    watch.follow([]);
  });

  test("while Memos is away none is opened; once it is back, one is at once", async () => {
    const { watch, clock, stream, opened, state } = await live();
    state.away = true;
    stream()?.write("end");
    await clock.advance(30 * MINUTE_MS);
    expect(opened()).toBe(1);
    state.away = false;
    watch.back();
    await settled();
    expect(opened()).toBe(2);
    watch.follow([]);
  });
});

describe("where no events come in", () => {
  test("a proxy that refuses the stream is asked ever more seldom, and it is looked by the time", async () => {
    const { watch, clock, take, opened } = setup({ refusal: new MemosError("not_memos", "a page") });
    watch.follow([PERSON]);
    await clock.advance(60 * MINUTE_MS);
    expect(opened()).toBeLessThan(20);
    expect(opened()).toBeGreaterThan(10);
    expect(take().length / looked.length).toBe(10);
    watch.follow([]);
  });

  test("a stream that holds back all it is given never counts as live", async () => {
    const { watch, clock, take, stream } = setup();
    watch.follow([PERSON]);
    await settled();
    take();
    await clock.advance(90_000);
    stream()?.write(new MemosError("timeout", "silent for 90 seconds"));
    await settled();
    expect(watch.counts()).toEqual({ accounts: 1, by_events: 0 });
    expect(take()).toEqual(looked);
    watch.follow([]);
  });

  test("one that ends as soon as it has begun is no reason for haste", async () => {
    const { watch, clock, opened, stream } = setup();
    watch.follow([PERSON]);
    await settled();
    for (let second = 0; second < 10 * 60; second += 1) {
      stream()?.write(null, "end");
      await clock.advance(1_000);
    }
    expect(opened()).toBeLessThan(13);
    watch.follow([]);
  });

  test("a hundred accounts have streams, and what is over that is looked at by the time", async () => {
    const { watch, clock, rung, opened } = setup();
    const people = Array.from({ length: 102 }, (_, at) => ({ ...PERSON, account: at, telegram_id: at }));
    watch.follow(people);
    await settled();
    expect(opened()).toBe(100);
    rung.length = 0;
    await clock.advance(MINUTE_MS);
    expect(rung.filter(({ account }) => account >= 100)).toHaveLength(2 * looked.length);
    watch.follow(people.slice(1));
    await clock.advance(2 * MINUTE_MS);
    expect(opened()).toBe(101);
    watch.follow([]);
  });

  test("after an upgrade of Memos the stream is found", async () => {
    const { watch, clock, opened, state } = setup({ tellsEvents: false });
    watch.follow([PERSON]);
    await clock.advance(60 * MINUTE_MS);
    expect(opened()).toBe(0);
    state.tellsEvents = true;
    await clock.advance(15 * MINUTE_MS);
    expect(opened()).toBe(1);
    watch.follow([]);
  });
});

describe("what a webhook of Memos tells", () => {
  const BOBS = { account: 8, name: "users/bob", telegram_id: 80 };

  async function watched() {
    const world = setup({ tellsEvents: false });
    world.watch.follow([PERSON, BOBS]);
    await settled();
    world.rung.length = 0;
    return world;
  }

  test("rings for the account whose memo it is of", async () => {
    const { watch, clock, rung } = await watched();
    watch.told("users/bob", event("memo.updated"));
    expect(rung).toEqual([{ account: BOBS.account, what: "memo", name: "memos/a" }]);
    await clock.advance(1_000);
    expect(rung.slice(1)).toEqual([{ account: BOBS.account, what: "notifications" }]);
    watch.follow([]);
  });

  test("of a new memo or comment rings for notifications of everybody: it may be for any of them", async () => {
    const { watch, clock, rung } = await watched();
    watch.told("users/carol", event("memo.comment.created"));
    watch.told("users/carol", event("memo.deleted"));
    await clock.advance(1_000);
    expect(rung).toEqual([
      { account: ACCOUNT, what: "notifications" },
      { account: BOBS.account, what: "notifications" },
    ]);
    watch.follow([]);
  });

  test("is passed over where the events come in", async () => {
    const { watch, clock, rung, stream } = setup();
    watch.follow([PERSON]);
    await settled();
    stream()?.write(null);
    await settled();
    rung.length = 0;
    watch.told("users/alice", event("memo.created"));
    await clock.advance(5_000);
    expect(rung).toEqual([]);
    watch.follow([]);
  });
});
