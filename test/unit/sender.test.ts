import { describe, expect, test } from "bun:test";
import { createPace } from "../../src/delivery/pace.ts";
import { createSender, type MessageQueue } from "../../src/delivery/sender.ts";
import type { Owed } from "../../src/domain/outgoing.ts";
import type { TelegramApi } from "../../src/telegram/api.ts";
import { TelegramError } from "../../src/telegram/errors.ts";
import { settled } from "../support/clock.ts";
import { ALICE, BOB, keptLog, must, owed, type StoreWorld, storeWorld, TAKING } from "../support/store.ts";

type Answer = object | true | Error | Promise<object>;

/** A sender over the real outbox, with an API whose answers the test gives; by default every message is sent. */
function setup({ queue = (outbox: MessageQueue): MessageQueue => outbox } = {}) {
  const world = storeWorld();
  const { clock } = world;
  const log = keptLog();
  const begun = clock.monotonic();
  const sent: { at: number; chat: unknown; text: unknown }[] = [];
  const answers: Answer[] = [];
  const telegram = { reachable: true };
  const held: number[] = [];
  const call = async (_: string, params: unknown, signal?: AbortSignal): Promise<unknown> => {
    const { chat_id: chat, text } = params as { chat_id: number; text: string };
    sent.push({ at: clock.monotonic() - begun, chat, text });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    if (answer === undefined) return { message_id: 100 + sent.length };
    const stopped = new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(new TelegramError("aborted", "stopped")));
    });
    return Promise.race([answer, stopped]);
  };
  const sender = createSender({
    api: {
      call: call as unknown as TelegramApi["call"],
      reachable: () => telegram.reachable,
    },
    isHeld: (chatId) => held.includes(chatId),
    pace: createPace(clock),
    queue: queue({
      ...world.store.outbox,
      take: (lane) => world.store.outbox.take(lane, TAKING),
    }),
    clock,
    log,
  });
  world.store.owed.listen(sender.ring);
  return {
    world,
    clock,
    log,
    sender,
    sent,
    answers,
    telegram,
    held,
    texts: () => sent.map(({ text }) => text),
    states: () => states(world),
    owe(...messages: ReturnType<typeof owed>[]) {
      world.store.outbox.owe(messages);
    },
  };
}

const states = (world: StoreWorld) =>
  world.all<{ state: string }>("SELECT state FROM outbox").map(({ state }) => state);
const trouble = (kind: TelegramError["kind"], details = {}, message: string = kind) =>
  new TelegramError(kind, message, details);

describe("sending", () => {
  test("begins when it is woken, and notes what was sent", async () => {
    const { world, sender, owe, clock, texts } = setup();
    using _ = world;
    sender.start();
    await clock.asleep();
    owe(owed(ALICE, "hello"));
    await settled();
    expect(texts()).toEqual(["hello"]);
    expect(world.all("SELECT state FROM outbox")).toEqual([]);
    await sender.stop();
  });

  test("keeps a second between messages of a chat, and their order", async () => {
    const { world, sender, owe, clock, sent } = setup();
    using _ = world;
    owe(owed(ALICE, "1"), owed(ALICE, "2"), owed(ALICE, "3"));
    sender.start();
    await clock.advance(10_000);
    expect(sent.map(({ text }) => text)).toEqual(["1", "2", "3"]);
    const [first, second, third] = sent.map(({ at }) => at);
    expect(must(second) - must(first)).toBeGreaterThanOrEqual(1_000);
    expect(must(third) - must(second)).toBeGreaterThanOrEqual(1_000);
    expect(must(third)).toBeLessThan(2_200);
    await sender.stop();
  });

  test("sends to other chats meanwhile, thirty a second at most", async () => {
    const { world, sender, owe, clock, sent } = setup();
    using _ = world;
    owe(...Array.from({ length: 60 }, (_, at) => owed(1000 + at, `to ${at}`)));
    sender.start();
    await clock.advance(990);
    expect(sent.length).toBeWithin(25, 31);
    await clock.advance(1_010);
    expect(sent).toHaveLength(60);
    await sender.stop();
  });

  test("has one message of a chat on its way at a time", async () => {
    const { world, sender, owe, clock, texts, answers } = setup();
    using _ = world;
    const slow = Promise.withResolvers<object>();
    answers.push(slow.promise);
    owe(owed(ALICE, "slow"), owed(ALICE, "next"), owed(BOB, "other"));
    sender.start();
    await clock.advance(20_000);
    expect(texts()).toEqual(["slow", "other"]);
    slow.resolve({ message_id: 1 });
    await clock.advance(2_000);
    expect(texts()).toEqual(["slow", "other", "next"]);
    await sender.stop();
  });

  test("counts an edit that changes nothing as sent: it was made before", async () => {
    const { world, sender, owe, clock, states, answers, log } = setup();
    using _ = world;
    answers.push(
      trouble("refused", {}, "editMessageText: Bad Request: message is not modified: specified new message"),
    );
    owe({
      chat_id: ALICE,
      method: "editMessageText",
      params: { chat_id: ALICE, message_id: 5, text: "x" },
      promise: "notice",
    });
    sender.start();
    await clock.advance(60_000);
    expect(states()).toEqual([]);
    expect(log.at("warn")).toEqual([]);
    await sender.stop();
  });
});

describe("a group", () => {
  test("gets twenty messages a minute at most, and holds up nobody else", async () => {
    const { world, sender, owe, clock, sent } = setup();
    using _ = world;
    owe(...Array.from({ length: 30 }, (_, at) => owed(-1001, `${at}`)));
    sender.start();
    await clock.advance(55_000);
    expect(sent).toHaveLength(20);
    owe(owed(ALICE, "to alice"));
    await clock.advance(1_000);
    expect(sent.at(-1)?.text).toBe("to alice");
    await clock.advance(60_000);
    expect(sent.filter(({ chat }) => chat === -1001).map(({ text }) => text)).toEqual(
      Array.from({ length: 30 }, (_, at) => `${at}`),
    );
    await sender.stop();
  });

  test("that became a supergroup gets there what is owed; what its old messages were to be is dropped", async () => {
    const { world, sender, owe, clock, sent, states, answers, log } = setup();
    using _ = world;
    answers.push(trouble("refused", { migrateToChatId: -1002 }));
    const reply_parameters = { message_id: 3 };
    owe(
      { ...owed(-1001, "one"), params: { chat_id: -1001, text: "one", reply_parameters } },
      { ...owed(-1001, "edit"), method: "editMessageText", params: { chat_id: -1001, message_id: 3 } },
      { ...owed(-1001, "mark"), method: "setMessageReaction", params: { chat_id: -1001, message_id: 3 } },
      owed(-1001, "two"),
      owed(ALICE, "to alice"),
    );
    sender.start();
    await clock.advance(10_000);
    expect(sent.map(({ chat, text }) => [chat, text])).toEqual([
      [-1001, "one"],
      [ALICE, "to alice"],
      [-1002, "one"],
      [-1002, "two"],
    ]);
    expect(states()).toEqual([]);
    expect(log.at("warn")).toEqual([]);
    await sender.stop();
  });
});

describe("429", () => {
  test("pauses all that is sent for as long as Telegram asks: it does not say whose limit it is", async () => {
    const { world, sender, owe, clock, sent, answers } = setup();
    using _ = world;
    answers.push(trouble("throttled", { retryAfterMs: 3_600_000 }));
    owe(owed(ALICE, "one", "confirmation"), owed(ALICE, "two"));
    sender.start();
    await clock.advance(1_000);
    owe(owed(BOB, "to bob"));
    await clock.advance(3_590_000);
    expect(sent.map(({ text }) => text)).toEqual(["one"]);
    await clock.advance(15_000);
    expect(sent.map(({ text }) => text)).toEqual(["one", "one", "to bob", "two"]);
    expect(must(sent[1]).at).toBeGreaterThanOrEqual(3_600_000);
    await sender.stop();
  });
});

describe("while Telegram cannot be called", () => {
  test("nothing is risked and nothing asked, until a call of somebody else was answered", async () => {
    const { world, sender, owe, clock, telegram, texts, states } = setup();
    using _ = world;
    telegram.reachable = false;
    owe(owed(ALICE, "Saved", "confirmation"), owed(BOB, "failed"));
    sender.start();
    await clock.advance(10 * 60_000);
    expect(states()).toEqual(["waiting", "waiting"]);
    telegram.reachable = true;
    sender.contact();
    await clock.advance(100);
    expect(texts()).toEqual(["Saved", "failed"]);
    expect(states()).toEqual([]);
    await sender.stop();
  });
});

test("a chat to which something is said another way is left alone", async () => {
  const { world, sender, owe, clock, held, texts } = setup();
  using _ = world;
  held.push(ALICE);
  owe(owed(ALICE, "to alice"), owed(BOB, "to bob"));
  sender.start();
  await clock.advance(10_000);
  expect(texts()).toEqual(["to bob"]);
  held.pop();
  sender.ring(`${ALICE}`);
  await clock.advance(100);
  expect(texts()).toEqual(["to bob", "to alice"]);
  await sender.stop();
});

describe("no answer", () => {
  test("leaves a confirmation at that: it may have gone out", async () => {
    const { world, sender, owe, clock, states, answers, texts } = setup();
    using _ = world;
    answers.push(trouble("unreachable"));
    owe(owed(ALICE, "Saved", "confirmation"));
    sender.start();
    await clock.advance(3_600_000);
    expect(texts()).toEqual(["Saved"]);
    expect(states()).toEqual([]);
    await sender.stop();
  });

  test("sends a notice again, with growing pauses", async () => {
    const { world, sender, owe, clock, states, answers, sent } = setup();
    using _ = world;
    answers.push(...[1, 2, 3].map(() => trouble("unreachable")));
    owe(owed(ALICE, "failed"));
    sender.start();
    await clock.advance(60_000);
    expect(sent).toHaveLength(4);
    const pauses = sent.slice(1).map(({ at }, index) => at - must(sent[index]).at);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(must(pauses[0])).toBeGreaterThanOrEqual(2_000);
    expect(states()).toEqual([]);
    await sender.stop();
  });

  test("but a 5xx of Telegram lets everything rest for some seconds, so that no confirmation is spent on it", async () => {
    const { world, sender, owe, clock, states, answers, sent } = setup();
    using _ = world;
    answers.push(trouble("unreachable", { answered: true }));
    owe(owed(ALICE, "failed"), owed(BOB, "Saved", "confirmation"));
    sender.start();
    await clock.advance(4_900);
    expect(sent).toHaveLength(1);
    await clock.advance(60_000);
    expect(sent.map(({ text }) => text)).toEqual(["failed", "failed", "Saved"]);
    expect(states()).toEqual([]);
    await sender.stop();
  });

  test("for two days loses no notice", async () => {
    const { world, sender, owe, clock, states, answers, sent } = setup();
    using _ = world;
    answers.push(...Array.from({ length: 2 * 24 * 12 }, () => trouble("unreachable")));
    owe(owed(ALICE, "failed"));
    sender.start();
    await clock.advance(3 * 86_400_000);
    expect(sent.length).toBeGreaterThan(500);
    expect(states()).toEqual([]);
    await sender.stop();
  });

  test("because there was no connection at all sends both again: nothing can have gone out", async () => {
    const { world, sender, owe, clock, states, answers, texts } = setup();
    using _ = world;
    answers.push(trouble("unreachable", { surelyNotDone: true }));
    owe(owed(ALICE, "Saved", "confirmation"), owed(ALICE, "next"));
    sender.start();
    await clock.advance(60_000);
    expect(texts()).toEqual(["Saved", "Saved", "next"]);
    expect(states()).toEqual([]);
    await sender.stop();
  });

  test("to a refused bot token is asked again every minute, as long as it takes", async () => {
    const { world, sender, owe, clock, states, answers, sent } = setup();
    using _ = world;
    answers.push(...[1, 2, 3].map(() => trouble("bad_token")));
    owe(owed(ALICE, "Saved", "confirmation"));
    sender.start();
    await clock.advance(170_000);
    expect(sent).toHaveLength(3);
    await clock.advance(20_000);
    expect(states()).toEqual([]);
    await sender.stop();
  });
});

describe("what Telegram refuses", () => {
  for (const kind of ["forbidden", "refused"] as const) {
    test(`(${kind}) is given up and told in the log, and what follows is sent`, async () => {
      const { world, sender, owe, clock, states, answers, texts, log } = setup();
      using _ = world;
      answers.push(trouble(kind));
      owe(owed(ALICE, "one"), owed(ALICE, "two"));
      sender.start();
      await clock.advance(10_000);
      expect(texts()).toEqual(["one", "two"]);
      expect(states()).toEqual([]);
      expect(log.at("warn")).toEqual(["a message was given up"]);
      await sender.stop();
    });
  }
});

describe("a message that is to be deleted", () => {
  const removal = (message_id: number): Owed => ({
    chat_id: ALICE,
    method: "deleteMessage",
    params: { chat_id: ALICE, message_id },
    promise: "notice",
    instead: owed(ALICE, "please delete it yourself").params,
  });

  test("goes beside what is said, without a pause", async () => {
    const { world, sender, owe, clock, texts, states, sent } = setup();
    using _ = world;
    owe(owed(ALICE, "one"), removal(7));
    sender.start();
    await clock.advance(500);
    expect(texts()).toEqual(["one", undefined]);
    expect(sent[1]?.at).toBeLessThan(200);
    expect(states()).toEqual([]);
    await sender.stop();
  });

  test("is tried for as long as it takes, while what is said goes on", async () => {
    const { world, sender, owe, clock, texts, states, answers } = setup();
    using _ = world;
    answers.push(...Array.from({ length: 4 }, () => trouble("unreachable", { surelyNotDone: true })));
    owe(removal(7));
    sender.start();
    await clock.advance(3_000);
    answers.splice(0, answers.length);
    owe(owed(ALICE, "one"));
    await clock.advance(60_000);
    expect(texts()).toContain("one");
    expect(states()).toEqual([]);
    await sender.stop();
  });

  test("that was deleted already is done; that Telegram keeps is left to its sender", async () => {
    const { world, sender, owe, clock, texts, states, answers } = setup();
    using _ = world;
    answers.push(trouble("refused", {}, "Bad Request: message to delete not found"));
    answers.push(trouble("refused", {}, "Bad Request: message can't be deleted for everyone"));
    owe(removal(7), removal(8));
    sender.start();
    await clock.advance(10_000);
    expect(texts()).toEqual([undefined, undefined, "please delete it yourself"]);
    expect(states()).toEqual([]);
    await sender.stop();
  });
});

describe("a change that Telegram refuses", () => {
  test("is said anew where that was asked for", async () => {
    const { world, sender, owe, clock, texts, answers } = setup();
    using _ = world;
    const edit: Owed = {
      chat_id: ALICE,
      method: "editMessageText",
      params: { chat_id: ALICE, message_id: 7, text: "changed" },
      promise: "notice",
      instead: owed(ALICE, "anew").params,
    };
    answers.push(trouble("refused", {}, "Bad Request: message can't be edited"));
    owe(edit);
    sender.start();
    await clock.advance(10_000);
    expect(texts()).toEqual(["changed", "anew"]);
    expect(world.all("SELECT * FROM outbox")).toEqual([]);
    await sender.stop();
  });
});

describe("a store in trouble", () => {
  test("does not end the sender: it tries again in some seconds", async () => {
    let failing = true;
    const { world, sender, owe, clock, texts, log } = setup({
      queue: (outbox) => ({
        ...outbox,
        take(lane) {
          if (failing) throw new Error("database or disk is full");
          return outbox.take(lane);
        },
      }),
    });
    using _ = world;
    owe(owed(ALICE, "one"));
    sender.start();
    await clock.asleep();
    expect(log.at("error")).toEqual(["work could not be taken"]);
    failing = false;
    await clock.advance(5_000);
    expect(texts()).toEqual(["one"]);
    await sender.stop();
  });

  test("that cannot note what was sent is logged; the next start settles it", async () => {
    const fail = () => {
      throw new Error("database or disk is full");
    };
    const { world, sender, owe, clock, states, log } = setup({
      queue: (outbox) => ({ ...outbox, sent: fail, drop: fail }),
    });
    using _ = world;
    owe(owed(ALICE, "Saved", "confirmation"));
    sender.start();
    await clock.advance(10_000);
    expect(log.at("error")).toContain("what became of a message could not be stored");
    expect(states()).toEqual(["sending"]);
    await sender.stop();
    world.store.outbox.recover();
    expect(states()).toEqual([]);
  });
});

describe("a chat that was reserved", () => {
  /** A confirmation as a finished job leaves it: on its way. */
  const taken = (world: StoreWorld, text = "saved") =>
    must(world.store.outbox.oweAndTake(1, [owed(ALICE, text, "confirmation")]));

  test("is sent to at once, and nothing is looked for in the queue", async () => {
    let looks = 0;
    const { world, sender, clock, texts, states } = setup({
      queue: (outbox) => ({
        ...outbox,
        take(lane) {
          looks += 1;
          return outbox.take(lane);
        },
      }),
    });
    using _ = world;
    sender.start();
    await clock.asleep();
    const looked = looks;
    const reserved = must(sender.reserve(ALICE));
    reserved.send(taken(world));
    reserved.end();
    await settled();
    expect(texts()).toEqual(["saved"]);
    expect(states()).toEqual([]);
    expect(looks).toBe(looked);
    await sender.stop();
  });

  test("is left alone by all else until it is sent to, or given back", async () => {
    const { world, sender, owe, texts } = setup();
    using _ = world;
    sender.start();
    await settled();
    const reserved = must(sender.reserve(ALICE));
    owe(owed(ALICE, "a notice"));
    await settled();
    expect(texts()).toEqual([]);
    expect(sender.reserve(ALICE)).toBeUndefined();
    reserved.end();
    await settled();
    expect(texts()).toEqual(["a notice"]);
    await sender.stop();
  });

  test("cannot be while it rests, is held, Telegram cannot be called, a message just went out, or nothing is sent", async () => {
    const { world, sender, clock, telegram, held, owe } = setup();
    using _ = world;
    expect(sender.reserve(ALICE)).toBeUndefined();
    sender.start();
    await settled();
    telegram.reachable = false;
    expect(sender.reserve(ALICE)).toBeUndefined();
    telegram.reachable = true;
    held.push(ALICE);
    expect(sender.reserve(ALICE)).toBeUndefined();
    held.length = 0;
    owe(owed(ALICE, "one"));
    await settled();
    // 30 messages a second in all.
    expect(sender.reserve(BOB)).toBeUndefined();
    await clock.advance(40);
    must(sender.reserve(BOB)).end();
    expect(sender.reserve(ALICE)).toBeUndefined();
    await clock.advance(1_000);
    must(sender.reserve(ALICE)).end();
    await sender.stop();
    expect(sender.reserve(ALICE)).toBeUndefined();
  });

  test("is sent to once more where Telegram surely did not take it", async () => {
    const { world, sender, clock, answers, texts, states } = setup();
    using _ = world;
    sender.start();
    await settled();
    answers.push(trouble("throttled", { retryAfterMs: 3_000 }));
    must(sender.reserve(ALICE)).send(taken(world));
    await settled();
    await clock.advance(3_100);
    expect(texts()).toEqual(["saved", "saved"]);
    expect(states()).toEqual([]);
    await sender.stop();
  });
});

describe("stopping", () => {
  test("lets a message that is on its way arrive", async () => {
    const { world, sender, owe, clock, states, answers } = setup();
    using _ = world;
    const slow = Promise.withResolvers<object>();
    answers.push(slow.promise);
    owe(owed(ALICE, "one", "confirmation"), owed(BOB, "two"));
    sender.start();
    await settled();
    const stopping = sender.stop();
    slow.resolve({ message_id: 1 });
    await stopping;
    expect(states()).toEqual(["waiting"]);
    expect(clock.sleepers).toBe(0);
  });

  test("breaks off one that hangs: a confirmation is uncertain then, a notice waits for the next start", async () => {
    for (const [promise, left] of [
      ["confirmation", []],
      ["notice", ["waiting"]],
    ] satisfies [Owed["promise"], string[]][]) {
      const { world, sender, owe, clock, states, answers } = setup();
      using _ = world;
      answers.push(new Promise<object>(() => {}));
      owe(owed(ALICE, "one", promise));
      sender.start();
      await settled();
      const stopping = sender.stop();
      await clock.advance(2_000);
      await stopping;
      expect(states()).toEqual(left);
    }
  });

  test("at rest is at once; before a start and twice is fine; starting again goes on", async () => {
    const { world, sender, owe, clock, texts } = setup();
    using _ = world;
    await sender.stop();
    sender.start();
    await clock.asleep();
    await Promise.all([sender.stop(), sender.stop()]);
    expect(clock.sleepers).toBe(0);
    owe(owed(ALICE, "one"));
    sender.start();
    sender.start();
    await settled();
    expect(texts()).toEqual(["one"]);
    await sender.stop();
  });
});
