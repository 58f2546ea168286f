import { describe, expect, test } from "bun:test";
import type { Owed } from "../../src/domain/outgoing.ts";
import { cpuMsOf } from "../support/property.ts";
import {
  ALICE,
  BOB,
  command,
  must,
  owed,
  type StoreWorld,
  sendOwed,
  storeWorld,
  takeOwed,
  textsOf,
  update,
} from "../support/store.ts";

const chats = ({ store }: StoreWorld) => store.outbox.chats();
const mark = (message_id: number): Owed => ({
  chat_id: ALICE,
  method: "setMessageReaction",
  promise: "notice",
  slot: `mark:${message_id}`,
  params: { message_id },
});
const removal = (message_id: number, more: Partial<Owed> = {}): Owed => ({
  chat_id: ALICE,
  method: "deleteMessage",
  promise: "notice",
  params: { message_id },
  ...more,
});

describe("messages that are owed", () => {
  test("are taken in order, each chat for itself, and forgotten once they were sent", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "one"), owed(BOB, "to bob"), owed(ALICE, "two")]);
    expect(chats(world).toSorted()).toEqual([ALICE, BOB].toSorted());
    expect(sendOwed(world)).toMatchObject([
      { chat_id: ALICE, method: "sendMessage", params: { text: "one" }, promise: "notice" },
      { params: { text: "two" } },
    ]);
    expect(chats(world)).toEqual([BOB]);
    expect(textsOf(sendOwed(world, BOB))).toEqual(["to bob"]);
    expect(world.all("SELECT * FROM outbox")).toEqual([]);
  });

  test("are not taken twice while they are on their way", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "one")]);
    takeOwed(world);
    expect(takeOwed(world)).toBeUndefined();
    expect(chats(world)).toEqual([]);
  });

  test("keep their place where they have to be sent again", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "one", "confirmation"), owed(ALICE, "two")]);
    world.store.outbox.again(must(takeOwed(world)));
    expect(textsOf(sendOwed(world))).toEqual(["one", "two"]);
  });

  test("go before marks: nobody waits for hundreds of those", () => {
    using world = storeWorld();
    world.store.outbox.owe([mark(7), owed(ALICE, "one"), mark(8), owed(ALICE, "two")]);
    expect(textsOf(sendOwed(world))).toEqual(["one", "two", undefined, undefined]);
  });

  test("go behind answers to what somebody has just done, their marks and edits too", () => {
    using world = storeWorld();
    const { outbox } = world.store;
    const edit: Owed = { ...owed(ALICE, "page 2"), method: "editMessageText", slot: "edit:5" };
    outbox.owe([mark(7), owed(ALICE, "one")]);
    outbox.owe([edit, owed(ALICE, "answer")], true);
    outbox.owe([owed(ALICE, "two")]);
    const [page] = [must(outbox.take(ALICE, { answersOnly: true }))];
    // It has to be made again, and still comes first.
    outbox.again(page);
    expect(textsOf([must(takeOwed(world))])).toEqual(["page 2"]);
    expect(textsOf([must(outbox.take(ALICE, { answersOnly: true }))])).toEqual(["answer"]);
    expect(outbox.take(ALICE, { answersOnly: true })).toBeUndefined();
    expect(textsOf(sendOwed(world))).toEqual(["one", "two", undefined]);
  });

  test("in a group: answers go first there, too, whoever's turn it is", () => {
    using world = storeWorld();
    const group = -1001;
    const chat = { id: group, type: "supergroup", title: "Trip" } as const;
    for (const sender of [ALICE, BOB]) {
      world.bind(sender, `users/${sender}`);
      world.accept([command("/save@memoferry_bot it", { sender, chat })]);
      const { lease } = world.lease();
      const said = [owed(group, `saved for ${sender}`), owed(group, `more for ${sender}`)];
      world.store.jobs.finish(lease, { outcome: "saved", memo_name: `memos/${sender}`, owed: said });
    }
    world.store.outbox.sent(must(takeOwed(world, group)), 1);
    world.accept([command("/id@memoferry_bot", { sender: ALICE, chat })]);
    const { lease } = world.lease("commands");
    world.store.jobs.finish(lease, { outcome: "handled", owed: [owed(group, "your id")] });
    expect(textsOf(sendOwed(world, group))).toEqual([
      "your id",
      `saved for ${BOB}`,
      `more for ${ALICE}`,
      `more for ${BOB}`,
    ]);
  });

  test("of another bot are not this one's to send", () => {
    using world = storeWorld();
    world.store.outbox.owe([owed(ALICE, "one")]);
    world.reopen({ botId: 42 });
    world.store.outbox.recover();
    expect(chats(world)).toEqual([]);
    expect(takeOwed(world)).toBeUndefined();
    world.reopen();
    expect(textsOf(sendOwed(world))).toEqual(["one"]);
  });

  test("and can never be sent are dropped, and what is to be said instead is owed", () => {
    using world = storeWorld();
    const { outbox } = world.store;
    outbox.owe([removal(7, { instead: owed(ALICE, "delete it yourself").params }), owed(ALICE, "one")]);
    outbox.refused(must(takeOwed(world)), owed, "no");
    outbox.refused(must(takeOwed(world)), owed, "no");
    expect(textsOf(sendOwed(world))).toEqual(["delete it yourself"]);
  });

  test("to a group that became a supergroup go there; what its old messages were to be is dropped", () => {
    using world = storeWorld();
    const { outbox } = world.store;
    const reply_parameters = { message_id: 3 };
    const at = (one: Owed, more = {}): Owed => ({ ...one, chat_id: -1, params: { ...one.params, ...more } });
    outbox.owe([
      at(owed(-1, "one"), { reply_parameters }),
      at(mark(3)),
      at({ ...owed(-1, "edit"), method: "editMessageText" }),
      at(owed(-1, "two"), { reply_to: 3 }),
    ]);
    // Telegram says so of each.
    for (let next = takeOwed(world, -1); next; next = takeOwed(world, -1)) outbox.move(next, -1002);
    expect(chats(world)).toEqual([-1002]);
    expect(sendOwed(world, -1002).map(({ params }) => params)).toEqual([
      // The number may be another message's there.
      { text: "one" },
      { text: "two" },
    ]);
  });
});

test("after a start a notice that was on its way is sent again, and a confirmation never", () => {
  using world = storeWorld();
  world.store.outbox.owe([owed(ALICE, "saved", "confirmation"), owed(BOB, "failed", "notice")]);
  takeOwed(world);
  takeOwed(world, BOB);
  world.reopen();
  expect(chats(world)).toEqual([]);
  world.store.outbox.recover();
  expect(chats(world)).toEqual([BOB]);
  expect(textsOf(sendOwed(world, BOB))).toEqual(["failed"]);
  expect(world.all("SELECT * FROM outbox")).toEqual([]);
});

describe("what was said about a memo", () => {
  for (const [what, promise, message_id] of [
    ["is joined to it, so that a reply is understood", "confirmation", 8],
    ["is joined to it also where it had to be heard", "notice", 8],
    ["is joined to nothing where Telegram gave no message id", "confirmation", null],
  ] as const) {
    test(what, () => {
      using world = storeWorld();
      world.bind();
      world.accept([update({ message_id: 7 })]);
      const { lease } = world.lease();
      const said = [owed(ALICE, "Saved", promise)];
      world.store.jobs.finish(lease, { outcome: "saved", memo_name: "memos/m1", owed: said });
      world.store.outbox.sent(must(takeOwed(world)), message_id);
      const found = world.store.messageJobs.of(ALICE, 8, ALICE);
      expect(found?.memo_name).toBe(message_id === null ? undefined : "memos/m1");
    });
  }

  test("is joined to it also in the supergroup that its group became, of which nothing was known yet", () => {
    using world = storeWorld();
    world.bind();
    world.accept([update()]);
    const { lease } = world.lease();
    const said = [owed(-1, "Saved", "notice")];
    world.store.jobs.finish(lease, { outcome: "saved", memo_name: "memos/m1", owed: said });
    world.store.outbox.move(must(takeOwed(world, -1)), -1002);
    sendOwed(world, -1002);
    expect(world.store.messageJobs.of(-1002, 901, ALICE)).toMatchObject({ memo_name: "memos/m1" });
  });
});

test("what is owed is told however late it can be", async () => {
  using world = storeWorld();
  world.store.outbox.owe([owed(ALICE, "saved", "confirmation"), mark(7), owed(ALICE, "not saved")]);
  await world.clock.advance(72 * 3_600_000);
  expect(textsOf(sendOwed(world))).toEqual(["saved", "not saved", undefined]);
});

describe("ten thousand messages that are owed", () => {
  for (const [chats, method] of [
    [1, "sendMessage"],
    [1, "setMessageReaction"],
    [1_000, "sendMessage"],
  ] as const) {
    test(`in ${chats} chats (${method}) are looked through in no time`, () => {
      using world = storeWorld();
      const { database, outbox } = world.store;
      database.durable(() => {
        for (let at = 0; at < 10_000; at += 1) {
          database.sqlite.run(
            `INSERT INTO outbox (bot_id, chat_id, id, method, params, promise, state)
               VALUES ((SELECT bot_id FROM bots), ?, ?, ?, ?, 'notice', 'waiting')`,
            1 + (at % chats),
            at,
            method,
            JSON.stringify({ chat_id: 1, message_id: at, text: "x".repeat(300) }),
          );
        }
      });
      const spentMs = cpuMsOf(() => {
        for (let looks = 0; looks < 10; looks += 1) {
          expect(world.store.outbox.chats()).toHaveLength(chats);
          outbox.again(must(takeOwed(world, 1)));
        }
      });
      expect(spentMs / 10).toBeLessThan(100);
    });
  }
});
