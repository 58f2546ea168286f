import { describe, expect, test } from "bun:test";
import { createBackground } from "../../src/base/background.ts";
import { createOutageNotice } from "../../src/chat/outage.ts";
import { textsIn } from "../../src/locales/texts.ts";
import {
  ALICE,
  BOB,
  keptLog,
  must,
  owed,
  type StoreWorld,
  sendOwed,
  storeWorld,
  takeOwed,
  textsOf,
  update,
} from "../support/store.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

const tell = (world: StoreWorld, chatId: number) =>
  world.store.outages.tell(owed(chatId, "Memos is down", "confirmation"));
const untold = (world: StoreWorld) =>
  world.store.outages.untold(world.clock.now() - 30 * SECOND).map(({ chat_id }) => chat_id);

function waitingMessage(sender = ALICE): StoreWorld {
  const world = storeWorld();
  world.bind(ALICE);
  world.bind(BOB, "users/bob");
  world.accept([update({ sender })]);
  world.store.outages.begin();
  return world;
}

describe("chats to be told that Memos is down", () => {
  test("are those with a message that has waited for long enough", async () => {
    using world = waitingMessage();
    await world.clock.advance(29 * SECOND);
    expect(untold(world)).toEqual([]);
    await world.clock.advance(SECOND);
    expect(untold(world)).toEqual([ALICE]);
  });

  test("have a message that waits for Memos, not one that waits for a token, for Telegram or for its own trouble", async () => {
    for (const [waiting_for, told] of [
      ["memos", [ALICE]],
      ["binding", []],
      ["telegram", []],
      ["retry", []],
    ] as const) {
      using world = waitingMessage();
      world.store.jobs.putOff(world.lease().lease, { waiting_for, reason: "x", detail: "x" });
      await world.clock.advance(HOUR);
      expect(untold(world)).toEqual([...told]);
    }
  });

  test("are no groups: there it would be noise for all", async () => {
    using world = waitingMessage();
    world.store.database.sqlite.run("UPDATE chats SET chat_id = -1001");
    await world.clock.advance(HOUR);
    expect(untold(world)).toEqual([]);
  });

  test("are told once in an outage, however long it lasts, also over restarts", async () => {
    using world = waitingMessage();
    const since = world.clock.now();
    await world.clock.advance(30 * SECOND);
    tell(world, ALICE);
    expect(must(takeOwed(world)).params["text"]).toBe("Memos is down");
    expect(untold(world)).toEqual([]);
    await world.clock.advance(30 * HOUR);
    world.reopen();
    expect(world.store.outages.begin()).toBe(since);
    expect(untold(world)).toEqual([]);
  });

  test("are told of the next outage, at most once an hour", async () => {
    using world = waitingMessage();
    await world.clock.advance(30 * SECOND);
    tell(world, ALICE);
    world.store.outages.end();
    await world.clock.advance(59 * 60 * SECOND);
    world.store.outages.begin();
    expect(untold(world)).toEqual([]);
    await world.clock.advance(60 * SECOND);
    expect(untold(world)).toEqual([ALICE]);
  });

  test("are each told for themselves", async () => {
    using world = waitingMessage();
    world.accept([update({ sender: BOB })]);
    await world.clock.advance(30 * SECOND);
    tell(world, ALICE);
    expect(untold(world)).toEqual([BOB]);
  });
});

describe("the word that Memos is down", () => {
  /** Memos goes away, where a message of Alice waits already. */
  function away(world: StoreWorld, allowed: readonly number[] = [ALICE]) {
    const { clock, store } = world;
    const log = keptLog();
    const notice = createOutageNotice({
      outages: store.outages,
      admission: { isAllowed: (id) => allowed.includes(id) },
      textsFor: () => textsIn("en"),
      background: createBackground({ clock, log }),
      clock,
      log,
    });
    notice.begin();
    return notice;
  }
  const told = (world: StoreWorld) => textsOf(sendOwed(world));
  const DOWN = [textsIn("en").memosDown];

  test("comes once it is away for half a minute, however long the message has waited, and once", async () => {
    using world = waitingMessage();
    world.store.outages.end();
    await world.clock.advance(HOUR);
    away(world);
    await world.clock.advance(29 * SECOND);
    expect(told(world)).toEqual([]);
    await world.clock.advance(6 * SECOND);
    expect(told(world)).toEqual(DOWN);
    await world.clock.advance(2 * HOUR);
    expect(told(world)).toEqual([]);
  });

  test("comes in the topic of the first message that waits", async () => {
    using world = storeWorld();
    world.bind(ALICE);
    const topic = { is_topic_message: true } as const;
    world.accept([
      update({ message_thread_id: 9, ...topic }),
      update({ message_thread_id: 11, ...topic }),
      update(),
    ]);
    away(world);
    await world.clock.advance(MINUTE);
    expect(sendOwed(world)).toMatchObject([{ chat_id: ALICE, params: { message_thread_id: 9 } }]);
  });

  test("does not come where it is back before, nor to who may not use the bot any more", async () => {
    using world = waitingMessage();
    const notice = away(world);
    await world.clock.advance(10 * SECOND);
    notice.end();
    await world.clock.advance(HOUR);
    expect(told(world)).toEqual([]);
    away(world, []);
    await world.clock.advance(HOUR);
    expect(told(world)).toEqual([]);
  });
});
