import { describe, expect, test } from "bun:test";
import type { OwedMessage } from "../../src/domain/outgoing.ts";
import { ALICE, BOB, must, owed, type StoreWorld, storeWorld, update } from "../support/store.ts";

const HOUR = 3_600_000;
const words = (telegramId: number | null, saved: number) => `${telegramId}: saved ${saved}`;

/** Saves `count` messages of Alice, each with its confirmation; the message ids begin at `from`. */
function save(world: StoreWorld, count: number, from: number): void {
  for (let at = from; at < from + count; at += 1) {
    world.accept([update({ message_id: at })]);
    const { lease } = world.lease();
    world.store.jobs.finish(lease, {
      outcome: "saved",
      memo_name: `memos/m${at}`,
      owed: [
        {
          chat_id: ALICE,
          method: "sendMessage",
          promise: "confirmation",
          about: "memo",
          params: { chat_id: ALICE, text: `saved ${at}`, reply_parameters: { message_id: at } },
        },
      ],
    });
  }
}

function setup() {
  const world = storeWorld();
  world.bind();
  let nextMessage = 900;
  return {
    world,
    take: () => world.store.outbox.take([], words),
    send(taken: OwedMessage | undefined): OwedMessage {
      world.store.outbox.sent(must(taken).id, must(taken).method === "sendMessage" ? nextMessage++ : null);
      return must(taken);
    },
    states: () =>
      world.all<{ state: string; method: string; count: number }>(
        "SELECT state, method, count(*) AS count FROM outbox GROUP BY state, method ORDER BY state, method",
      ),
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

describe("confirmations owed in one chat", () => {
  test("are told one by one up to ten", () => {
    using s = setup();
    save(s.world, 10, 100);
    expect(must(s.take()).params["text"]).toBe("saved 100");
  });

  test("are told as one from eleven on, with a 👍 on each message", () => {
    using s = setup();
    save(s.world, 11, 100);
    expect(s.send(s.take())).toMatchObject({
      method: "sendMessage",
      promise: "confirmation",
      attempts: 1,
      params: { chat_id: ALICE, text: `${ALICE}: saved 11`, disable_notification: true },
    });
    const marks = Array.from({ length: 11 }, () => s.send(s.take()));
    expect(marks.map(({ method, params }) => [method, params])).toEqual(
      marks.map((_, at) => [
        "setMessageReaction",
        { chat_id: ALICE, message_id: 100 + at, reaction: [{ type: "emoji", emoji: "👍" }] },
      ]),
    );
    expect(s.take()).toBeUndefined();
  });

  test("as one belong to no memo: a reply to the sum is no comment", () => {
    using s = setup();
    save(s.world, 11, 100);
    s.send(s.take());
    expect(s.world.all("SELECT * FROM memo_links WHERE confirmation")).toEqual([]);
  });

  test("leave alone what must be heard, and what other chats are owed", () => {
    using s = setup();
    s.world.store.outbox.owe([owed(BOB, "to bob", "confirmation")]);
    save(s.world, 5, 100);
    s.world.store.outbox.owe([owed(ALICE, "Saved. Without a.zip", "notice")]);
    save(s.world, 6, 200);
    const texts = [1, 2, 3].map(() => s.send(s.take()).params["text"]);
    expect(texts).toEqual(["to bob", `${ALICE}: saved 11`, "Saved. Without a.zip"]);
  });

  test("that come while marks are still set are told before them", () => {
    using s = setup();
    save(s.world, 11, 100);
    s.send(s.take());
    expect(s.send(s.take()).method).toBe("setMessageReaction");
    save(s.world, 1, 200);
    expect(s.send(s.take()).params["text"]).toBe("saved 200");
    expect(s.send(s.take()).method).toBe("setMessageReaction");
  });

  test("grow the sum while it is the last word in the chat", () => {
    using s = setup();
    save(s.world, 11, 100);
    s.send(s.take());
    save(s.world, 20, 200);
    expect(s.send(s.take())).toMatchObject({
      method: "editMessageText",
      params: { chat_id: ALICE, message_id: 900, text: `${ALICE}: saved 31` },
    });
    save(s.world, 11, 300);
    expect(s.send(s.take()).params).toMatchObject({ message_id: 900, text: `${ALICE}: saved 42` });
  });

  for (const [what, meanwhile] of [
    ["something was said below it", (s) => s.world.store.outbox.owe([owed(ALICE, "You are bound")])],
    ["it stands there for more than a minute", (s) => s.world.clock.advance(61_000)],
    ["memoferry was started anew", (s) => s.world.reopen()],
  ] satisfies [string, (s: ReturnType<typeof setup>) => unknown][]) {
    test(`make a new sum once ${what}`, async () => {
      using s = setup();
      save(s.world, 11, 100);
      s.send(s.take());
      await meanwhile(s);
      save(s.world, 12, 200);
      const said = [s.send(s.take()), s.send(s.take())].filter(({ params }) =>
        String(params["text"]).includes("saved 12"),
      );
      expect(said).toMatchObject([{ method: "sendMessage" }]);
    });
  }

  test("make a new sum where it is not known which message the last one became", () => {
    using s = setup();
    save(s.world, 11, 100);
    s.world.store.outbox.uncertain(must(s.take()).id, 0, "no answer");
    save(s.world, 12, 200);
    expect(must(s.take())).toMatchObject({ method: "sendMessage", params: { text: `${ALICE}: saved 12` } });
  });

  test("are told at most once, whatever ends the process: the sum is left at that, the marks go on", () => {
    using s = setup();
    save(s.world, 11, 100);
    must(s.take());
    s.world.reopen();
    s.world.store.outbox.recover();
    expect(s.states()).toEqual([
      { state: "uncertain", method: "sendMessage", count: 1 },
      { state: "waiting", method: "setMessageReaction", count: 11 },
    ]);
  });

  test("say in the store which sum told them", () => {
    using s = setup();
    save(s.world, 11, 100);
    const sum = s.send(s.take());
    for (let left = 11; left > 0; left -= 1) s.send(s.take());
    expect(
      s.world.all(
        "SELECT DISTINCT state, json_extract(params, '$.memoferry.sum') AS sum FROM outbox WHERE id <> " +
          sum.id,
      ),
    ).toEqual([{ state: "sent", sum: sum.id }]);
  });

  test("are told as one also where only an answer to a delivery can carry it, and no marks are set", () => {
    using s = setup();
    save(s.world, 12, 100);
    const taken = must(s.world.store.outbox.takeOf(ALICE, words));
    expect(taken).toMatchObject({ method: "sendMessage", params: { text: `${ALICE}: saved 12` } });
    expect(s.world.store.outbox.takeOf(ALICE, words)).toBeUndefined();
    expect(s.world.all("SELECT DISTINCT detail FROM outbox WHERE state = 'dropped'")).toEqual([
      { detail: `told in the sum ${taken.id}` },
    ]);
  });
});

describe("what nobody waits for any more", () => {
  test("is dropped after a day: confirmations and marks; what must be read, and edits, are not", async () => {
    using s = setup();
    save(s.world, 3, 100);
    s.world.store.outbox.owe([
      { chat_id: ALICE, method: "setMessageReaction", promise: "notice", params: { message_id: 7 } },
      {
        chat_id: ALICE,
        method: "editMessageText",
        promise: "notice",
        params: { message_id: 7, text: "edit" },
      },
      owed(ALICE, "I could not save this"),
    ]);
    await s.world.clock.advance(25 * HOUR);
    save(s.world, 1, 200);
    const texts = [1, 2, 3].map(() => s.send(s.take()).params["text"]);
    expect(texts).toEqual(["edit", "I could not save this", "saved 200"]);
    expect(s.take()).toBeUndefined();
    expect(s.world.all("SELECT detail, count(*) AS count FROM outbox WHERE state = 'dropped'")).toEqual([
      { detail: "too old to be told", count: 4 },
    ]);
  });

  test("is not dropped within the day", async () => {
    using s = setup();
    save(s.world, 1, 100);
    await s.world.clock.advance(23 * HOUR);
    expect(must(s.take()).params["text"]).toBe("saved 100");
  });
});

describe("ten thousand messages that are owed", () => {
  /** Fills the outbox, and returns how long `count` looks take, in ms each. */
  function measure(s: ReturnType<typeof setup>, chats: number, method: string): number {
    const { database, outbox } = s.world.store;
    database.durable(() => {
      for (let at = 0; at < 10_000; at += 1) {
        database.sqlite.run(
          `INSERT INTO outbox (bot_id, chat_id, method, params, promise, state, created_at)
             VALUES ((SELECT bot_id FROM bots), ?, ?, ?, 'notice', 'waiting', ?)`,
          1 + (at % chats),
          method,
          JSON.stringify({ chat_id: 1, message_id: at, text: "x".repeat(300) }),
          s.world.clock.now(),
        );
      }
    });
    const begun = performance.now();
    for (let looks = 0; looks < 10; looks += 1) {
      expect(outbox.nextDueAt([])).toBe(0);
      outbox.again(must(outbox.take([], words)).id, 0, "again");
    }
    return (performance.now() - begun) / 10;
  }

  for (const [chats, method] of [
    [1, "sendMessage"],
    [1, "setMessageReaction"],
    [30, "setMessageReaction"],
    [1_000, "sendMessage"],
  ] as const) {
    test(`in ${chats} chats (${method}) are looked through in no time`, () => {
      using s = setup();
      const ms = measure(s, chats, method);
      if (process.env["SHOW"]) console.log(chats, method, ms);
      expect(ms).toBeLessThan(100);
    });
  }
});
