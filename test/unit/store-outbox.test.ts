import { describe, expect, test } from "bun:test";
import { createMemoLinks } from "../../src/store/queue/memo-links.ts";
import {
  ALICE,
  BOB,
  BOT_ID,
  must,
  owed,
  SERVER,
  type StoreWorld,
  storeWorld,
  update,
} from "../support/store.ts";

const MINUTE = 60_000;
const words = (_: number | null, saved: number) => `Saved ${saved}`;

/** Texts of what is taken, as long as there is something to take. */
function takeAll(world: StoreWorld, busy: number[] = []): unknown[] {
  const texts: unknown[] = [];
  for (;;) {
    const taken = world.store.outbox.take(busy, words);
    if (!taken) return texts;
    texts.push(taken.params["text"]);
    world.store.outbox.sent(taken.id, null);
  }
}

const take = (world: StoreWorld, busy: number[] = []) => must(world.store.outbox.take(busy, words));
const states = (world: StoreWorld) =>
  world.all<{ state: string }>("SELECT state FROM outbox ORDER BY id").map(({ state }) => state);

describe("messages that are owed", () => {
  test("are taken in order, with what is to be sent", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "one"), owed(ALICE, "two")]);
    expect(take(world)).toMatchObject({
      chat_id: ALICE,
      method: "sendMessage",
      params: { chat_id: ALICE, text: "one" },
      promise: "notice",
      attempts: 1,
    });
    expect(takeAll(world)).toEqual(["two"]);
  });

  test("of a busy chat wait, and those of others do not", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "to alice"), owed(BOB, "to bob")]);
    expect(takeAll(world, [ALICE])).toEqual(["to bob"]);
    expect(world.store.outbox.take([ALICE], words)).toBeUndefined();
    expect(takeAll(world)).toEqual(["to alice"]);
  });

  test("keep their order within a chat, also where the first has to be sent again later", async () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([owed(ALICE, "one"), owed(ALICE, "two"), owed(BOB, "to bob")]);
    outbox.again(take(world).id, world.clock.now() + MINUTE, "unreachable");
    expect(takeAll(world)).toEqual(["to bob"]);
    expect(outbox.nextDueAt([])).toBe(world.clock.now() + MINUTE);
    await world.clock.advance(MINUTE);
    expect(takeAll(world)).toEqual(["one", "two"]);
  });

  test("are due when their time has come, or is so far ahead that the clock was set back", async () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([owed(ALICE, "one")]);
    outbox.again(take(world).id, world.clock.now() + 5 * MINUTE, "later");
    expect(outbox.nextDueAt([])).toBe(world.clock.now() + 5 * MINUTE);
    expect(outbox.nextDueAt([ALICE])).toBeUndefined();
    expect(outbox.take([], words)).toBeUndefined();
    world.clock.set(world.clock.now() - 2 * MINUTE);
    expect(take(world).attempts).toBe(2);
  });

  test("that are to be deleted go before the others, hold up none of them, and ride last", () => {
    using world = storeWorld();
    const { outbox } = world.store;
    const params = { chat_id: ALICE, message_id: 7 };
    outbox.owe([owed(ALICE, "one"), { chat_id: ALICE, method: "deleteMessage", params, promise: "notice" }]);
    const removal = take(world);
    expect(removal).toMatchObject({ method: "deleteMessage", params });
    outbox.again(removal.id, world.clock.now() + MINUTE, "unreachable");
    const riding = must(outbox.takeOf(ALICE, words));
    expect(riding.params["text"]).toBe("one");
    outbox.again(riding.id, 0, "again");
    expect(takeAll(world)).toEqual(["one"]);
    expect(outbox.takeOf(ALICE, words)?.method).toBe("deleteMessage");
  });

  test("of another bot are not this one's to send", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "one")]);
    world.reopen({ botId: 42 });
    world.store.outbox.recover();
    expect(world.store.outbox.take([], words)).toBeUndefined();
    expect(world.store.outbox.nextDueAt([])).toBeUndefined();
    world.reopen();
    expect(takeAll(world)).toEqual(["one"]);
  });

  test("are found by their index, however many were sent before", () => {
    using world = storeWorld();
    const { sqlite } = world.store.database;
    world.store.database.durable(() => {
      for (let at = 0; at < 3000; at += 1) {
        sqlite.run(
          "INSERT INTO outbox (bot_id, chat_id, method, params, promise, state, created_at) VALUES (?, 1, 'sendMessage', '{}', 'notice', 'sent', 0)",
          BOT_ID,
        );
      }
    });
    world.store.outbox.owe([owed(ALICE, "one")]);
    expect(takeAll(world)).toEqual(["one"]);
  });
});

describe("a message that was on its way when the process ended", () => {
  test("is sent again when it is a notice, and never again when it is a confirmation", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "saved", "confirmation"), owed(BOB, "failed", "notice")]);
    take(world);
    take(world);
    expect(states(world)).toEqual(["sending", "sending"]);
    world.reopen();
    expect(world.store.outbox.take([], words)).toBeUndefined();
    world.store.outbox.recover();
    expect(states(world)).toEqual(["uncertain", "waiting"]);
    expect(takeAll(world)).toEqual(["failed"]);
  });

  test("is not taken twice while it is on its way", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "one")]);
    take(world);
    expect(world.store.outbox.take([], words)).toBeUndefined();
  });
});

describe("a message of which it is not known whether it went out", () => {
  test("is left at that when it is a confirmation", () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([owed(ALICE, "saved", "confirmation")]);
    outbox.uncertain(take(world).id, 0, "no answer");
    expect(states(world)).toEqual(["uncertain"]);
    expect(outbox.take([], words)).toBeUndefined();
    outbox.recover();
    expect(outbox.take([], words)).toBeUndefined();
  });

  test("is sent again when it is a notice", async () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([owed(ALICE, "failed", "notice")]);
    outbox.uncertain(take(world).id, world.clock.now() + MINUTE, "no answer");
    expect(outbox.take([], words)).toBeUndefined();
    await world.clock.advance(MINUTE);
    expect(takeAll(world)).toEqual(["failed"]);
  });
});

describe("a message that surely did not go out", () => {
  test("is sent again, a confirmation too", () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([owed(ALICE, "saved", "confirmation")]);
    outbox.again(take(world).id, world.clock.now(), "refused connection");
    expect(take(world)).toMatchObject({ promise: "confirmation", attempts: 2 });
  });

  test("and never can is dropped, and why is kept", () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([owed(ALICE, "one"), owed(ALICE, "two")]);
    outbox.drop(take(world).id, "bot was blocked by the user");
    expect(world.all("SELECT state, detail FROM outbox ORDER BY id LIMIT 1")).toEqual([
      { state: "dropped", detail: "bot was blocked by the user" },
    ]);
    expect(takeAll(world)).toEqual(["two"]);
  });
});

describe("a confirmation that was sent", () => {
  /** Saves a message as `memos/m1` and takes its confirmation. */
  function confirmed(promise: "confirmation" | "notice") {
    const world = storeWorld();
    world.bind();
    world.accept([update({ message_id: 7 })]);
    const { lease } = world.lease();
    world.store.jobs.finish(lease, {
      outcome: "saved",
      memo_name: "memos/m1",
      owed: [owed(ALICE, "Saved", promise)],
    });
    return { world, taken: take(world), links: createMemoLinks(world.store.database, BOT_ID) };
  }

  test("is joined to its memo, so that a reply to it is understood", () => {
    const { world, taken, links } = confirmed("confirmation");
    using _ = world;
    world.store.outbox.sent(taken.id, 8);
    expect(links.find(ALICE, 8)).toMatchObject({
      memo_name: "memos/m1",
      server: SERVER,
      account: "users/alice",
      confirmation: true,
    });
    expect(world.all("SELECT state, sent_message_id FROM outbox")).toEqual([
      { state: "sent", sent_message_id: 8 },
    ]);
  });

  test("is joined also when it had to be heard, as with a file that is missing", () => {
    const { world, taken, links } = confirmed("notice");
    using _ = world;
    world.store.outbox.sent(taken.id, 8);
    expect(links.find(ALICE, 8)?.confirmation).toBe(true);
  });

  test("is not joined where Telegram gave no message id", () => {
    const { world, taken, links } = confirmed("confirmation");
    using _ = world;
    world.store.outbox.sent(taken.id, null);
    expect(links.find(ALICE, 8)).toBeUndefined();
    expect(states(world)).toEqual(["sent"]);
  });
});
