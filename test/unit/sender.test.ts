import { describe, expect, test } from "bun:test";
import { createPace } from "../../src/delivery/pace.ts";
import { createSender, type OwedMessages } from "../../src/delivery/sender.ts";
import type { Owed, OwedMessage } from "../../src/domain/outgoing.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { callParams } from "../../src/replies/messages.ts";
import type { TelegramApi } from "../../src/telegram/api.ts";
import { TelegramError, type TelegramErrorDetails, type TelegramTrouble } from "../../src/telegram/errors.ts";
import { settled } from "../support/clock.ts";
import { ALICE, BOB, command, keptLog, must, owed, storeWorld } from "../support/store.ts";

const GROUP = -1001;
const SECOND = 1_000;
const MINUTE = 60_000;

/** A sender over the real outbox, with an API whose answers the test gives; by default every message is sent. */
function setup(wrapped: (outbox: OwedMessages) => Partial<OwedMessages> = () => ({})) {
  const world = storeWorld();
  const { clock } = world;
  const { outbox, owedBell: bell } = world.store;
  const log = keptLog();
  const begun = clock.monotonic();
  const sent: { at: number; chat: number; text: unknown }[] = [];
  const answers: (Error | Promise<object>)[] = [];
  const state = { reachable: true };
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
  const messages = {
    ...outbox,
    take: (chat: number, answersOnly: boolean) => outbox.take(chat, { answersOnly }),
    refused: (message: OwedMessage, why: string) => outbox.refused(message, owed, why),
  };
  const sender = createSender({
    api: { call: call as unknown as TelegramApi["call"], reachable: () => state.reachable },
    pace: createPace(clock),
    owed: { ...messages, ...wrapped(messages) },
    callParams: callParams({ urls: { memoUrl: () => null }, textsFor: () => textsIn("en") }),
    sendFile: () => Promise.reject(new Error("nobody owes a file")),
    clock,
    log,
  });
  bell.listen(sender.ring);
  return {
    world,
    clock,
    log,
    sender,
    sent,
    answers,
    state,
    texts: () => sent.map(({ text }) => text),
    /** The states of what is still owed. */
    left: () => world.all<{ state: string }>("SELECT state FROM outbox").map(({ state }) => state),
    owe: (...messages: Owed[]) => outbox.owe(messages),
    /** A confirmation as a finished job leaves it: on its way. */
    taken: () =>
      must(
        outbox.oweAndTake({ id: 1, memo_name: null, telegram_id: ALICE }, [
          owed(ALICE, "saved", "confirmation"),
        ]),
      ),
    async [Symbol.asyncDispose]() {
      await sender.stop();
      world[Symbol.dispose]();
    },
  };
}

/** The same, sending. */
function sending(...owedFirst: Owed[]) {
  const s = setup();
  s.owe(...owedFirst);
  s.sender.start();
  return s;
}

const trouble = (kind: TelegramTrouble, details: TelegramErrorDetails = {}, message: string = kind) =>
  new TelegramError(kind, message, details);

describe("sending", () => {
  test("sends some messages of a chat at once, then one a second, in their order", async () => {
    await using s = setup();
    s.sender.start();
    // What Telegram counted before the start is not known.
    await s.clock.advance(10 * SECOND);
    const texts = ["1", "2", "3", "4", "5"];
    s.owe(...texts.map((text) => owed(ALICE, text)));
    await s.clock.advance(10 * SECOND);
    expect(s.texts()).toEqual(texts);
    const begun = s.sent[0]?.at ?? 0;
    expect(s.sent.map(({ at }) => Math.floor((at - begun) / SECOND))).toEqual([0, 0, 0, 1, 2]);
  });

  test("sends an answer to what somebody has just done before all else, also while that rests", async () => {
    await using s = setup();
    s.world.bind();
    s.sender.start();
    await s.clock.advance(10 * SECOND);
    s.owe(...Array.from({ length: 30 }, (_, at) => owed(ALICE, `notice ${at}`)));
    await s.clock.advance(5 * SECOND);
    const before = s.texts();
    expect(before).toHaveLength(8);
    s.world.accept([command("/status"), command("/id")]);
    for (const text of ["status", "id"]) {
      const { lease } = s.world.lease("commands");
      s.world.store.jobs.finish(lease, { outcome: "handled", owed: [owed(ALICE, text)] });
    }
    await s.clock.advance(100);
    expect(s.texts().slice(8)).toEqual(["status"]);
    await s.clock.advance(10 * SECOND);
    // Then all else goes on in its order, once a second.
    expect(s.texts().slice(9, 12)).toEqual(["id", "notice 8", "notice 9"]);
    expect(s.sent).toHaveLength(8 + 10);
    await s.clock.advance(MINUTE);
    expect(s.texts().slice(10)).toEqual(Array.from({ length: 22 }, (_, at) => `notice ${8 + at}`));
  });

  test("goes to other chats meanwhile, thirty a second at most", async () => {
    await using s = sending(...Array.from({ length: 60 }, (_, at) => owed(1000 + at, `to ${at}`)));
    await s.clock.advance(990);
    expect(s.sent.length).toBeWithin(25, 31);
    await s.clock.advance(1_210);
    expect(s.sent).toHaveLength(60);
  });

  test("has one message of a chat on its way at a time", async () => {
    await using s = setup();
    const slow = Promise.withResolvers<object>();
    s.answers.push(slow.promise);
    s.owe(owed(ALICE, "slow"), owed(ALICE, "next"), owed(BOB, "other"));
    s.sender.start();
    await s.clock.advance(20 * SECOND);
    expect(s.texts()).toEqual(["slow", "other"]);
    slow.resolve({ message_id: 1 });
    await s.clock.advance(2 * SECOND);
    expect(s.texts()).toEqual(["slow", "other", "next"]);
  });
});

describe("a group", () => {
  test("gets twenty messages a minute at most, and holds up nobody else", async () => {
    await using s = setup();
    s.sender.start();
    await s.clock.advance(MINUTE);
    s.owe(...Array.from({ length: 30 }, (_, at) => owed(GROUP, `${at}`)));
    await s.clock.advance(55 * SECOND);
    expect(s.sent).toHaveLength(16);
    s.owe(owed(ALICE, "to alice"));
    await s.clock.advance(SECOND);
    expect(s.texts()).toContain("to alice");
    await s.clock.advance(MINUTE);
    expect(s.sent.filter(({ chat }) => chat === GROUP).map(({ text }) => text)).toEqual(
      Array.from({ length: 30 }, (_, at) => `${at}`),
    );
  });

  test("lets people take turns: sixty answers to one of them hold up nobody else's", async () => {
    await using s = setup();
    const people = { bob: BOB, alice: ALICE, carol: 4_711 };
    const answer = (name: keyof typeof people, texts: string[]) => {
      const chat = { id: GROUP, type: "supergroup", title: "Trip" } as const;
      for (const text of texts) {
        s.world.accept([command("/help@memoferry_bot", { sender: people[name], chat })]);
        const { lease } = s.world.lease("commands");
        s.world.store.jobs.finish(lease, { outcome: "handled", owed: [owed(GROUP, text)] });
      }
    };
    for (const [name, id] of Object.entries(people)) s.world.bind(id, `users/${name}`);
    const numbered = (name: string, count: number) =>
      Array.from({ length: count }, (_, at) => `${name} ${at}`);
    answer("bob", numbered("bob", 60));
    s.sender.start();
    await s.clock.advance(MINUTE);
    const before = s.sent.length;
    expect(before).toBeWithin(15, 21);
    answer("alice", ["to alice"]);
    answer("carol", numbered("carol", 2));
    await s.clock.advance(20 * SECOND);
    const since = s.texts().slice(before);
    expect(since.indexOf("to alice")).toBeWithin(0, 2);
    expect(since.filter((text) => !String(text).startsWith("bob"))).toEqual([
      "to alice",
      "carol 0",
      "carol 1",
    ]);
    // Each person's in their order, and nobody's left out.
    await s.clock.advance(5 * MINUTE);
    const ofBob = s.texts().filter((text) => String(text).startsWith("bob"));
    expect(ofBob).toEqual(numbered("bob", 60));
  });

  test("that became a supergroup gets there what is owed", async () => {
    await using s = setup();
    s.answers.push(trouble("refused", { migrateToChatId: -1002 }));
    s.owe(owed(GROUP, "one"));
    s.sender.start();
    await s.clock.advance(10 * SECOND);
    expect(s.sent.map(({ chat, text }) => [chat, text])).toEqual([
      [GROUP, "one"],
      [-1002, "one"],
    ]);
  });
});

/** What becomes of the first of several messages that meets this answer, and of what follows it in its chat. */
const ANSWERS: [
  what: string,
  answer: TelegramError,
  first: Partial<Owed>,
  said: unknown[],
  logs: string[],
][] = [
  [
    "no answer: a confirmation may have gone out",
    trouble("unreachable"),
    { promise: "confirmation" },
    ["first", "next"],
    [],
  ],
  [
    "no answer: a notice is sent again, before what follows",
    trouble("unreachable"),
    {},
    ["first", "first", "next"],
    [],
  ],
  [
    "no connection: a confirmation surely did not go out",
    trouble("unreachable", { surelyNotDone: true }),
    { promise: "confirmation" },
    ["first", "first", "next"],
    [],
  ],
  ["blocked by the person", trouble("refused"), {}, ["first", "next"], ["a message was refused by telegram"]],
  ["refused", trouble("refused"), {}, ["first", "next"], ["a message was refused by telegram"]],
  [
    "an edit that changes nothing: it was made before",
    trouble("refused", {}, "Bad Request: message is not modified: specified new message"),
    { method: "editMessageText" },
    ["first", "next"],
    [],
  ],
  [
    "an edit that cannot be made: it is said anew",
    trouble("refused", {}, "Bad Request: message can't be edited"),
    { method: "editMessageText", instead: owed(ALICE, "anew").params },
    ["first", "anew", "next"],
    ["a message was refused by telegram"],
  ],
  [
    "a deletion of what was deleted already",
    trouble("refused", {}, "Bad Request: message to delete not found"),
    { method: "deleteMessage", instead: owed(ALICE, "delete it yourself").params },
    ["first", "next"],
    [],
  ],
  [
    "a deletion that Telegram does not allow",
    trouble("refused", {}, "Bad Request: message can't be deleted for everyone"),
    { method: "deleteMessage", instead: owed(ALICE, "delete it yourself").params },
    ["first", "delete it yourself", "next"],
    ["a message was refused by telegram"],
  ],
];

describe("of what Telegram did not take", () => {
  for (const [what, answer, first, said, logs] of ANSWERS) {
    test(what, async () => {
      await using s = setup();
      s.answers.push(answer);
      s.owe({ ...owed(ALICE, "first"), ...first });
      s.sender.start();
      await s.clock.asleep();
      s.owe(owed(ALICE, "next"));
      await s.clock.advance(MINUTE);
      expect(s.texts()).toEqual(said);
      expect(s.left()).toEqual([]);
      expect(s.log.at("warn")).toEqual(logs);
    });
  }

  test("a notice is sent again with growing pauses, for days", async () => {
    await using s = setup();
    s.answers.push(...Array.from({ length: 2 * 24 * 12 }, () => trouble("unreachable")));
    s.owe(owed(ALICE, "failed"));
    s.sender.start();
    await s.clock.advance(MINUTE);
    const pauses = s.sent.slice(1).map(({ at }, index) => at - must(s.sent[index]).at);
    expect(pauses.length).toBeGreaterThanOrEqual(3);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(must(pauses[0])).toBeGreaterThanOrEqual(2 * SECOND);
    await s.clock.advance(3 * 24 * 60 * MINUTE);
    expect(s.sent.length).toBeGreaterThan(500);
    expect(s.left()).toEqual([]);
  });

  test("a 5xx of Telegram lets everything rest for some seconds, so that no confirmation is spent on it", async () => {
    await using s = setup();
    s.answers.push(trouble("unreachable", { answered: true }));
    s.owe(owed(ALICE, "failed"), owed(BOB, "Saved", "confirmation"));
    s.sender.start();
    await s.clock.advance(4_900);
    expect(s.sent).toHaveLength(1);
    await s.clock.advance(MINUTE);
    expect(s.texts().toSorted()).toEqual(["Saved", "failed", "failed"]);
    expect(s.left()).toEqual([]);
  });

  test("with a refused bot token nothing is sent until a call is answered again", async () => {
    await using s = setup();
    const call = Promise.withResolvers<object>();
    s.answers.push(call.promise);
    s.owe(owed(ALICE, "Saved", "confirmation"), owed(BOB, "Saved", "confirmation"));
    s.sender.start();
    await settled();
    // As the client of Telegram tells from then on.
    s.state.reachable = false;
    call.reject(trouble("bad_token"));
    await s.clock.advance(170 * SECOND);
    const { length } = s.sent;
    expect(length).toBeLessThanOrEqual(2);
    expect(s.left()).toContain("waiting");
    s.state.reachable = true;
    s.sender.contact();
    await s.clock.advance(2 * SECOND);
    expect(s.left()).toEqual([]);
  });

  test("a 429 pauses all that is sent for as long as Telegram asks: it does not say whose limit it is", async () => {
    await using s = setup();
    s.answers.push(trouble("throttled", { retryAfterMs: 60 * MINUTE }));
    s.owe(owed(ALICE, "one", "confirmation"), owed(ALICE, "two"));
    s.sender.start();
    await s.clock.advance(SECOND);
    s.owe(owed(BOB, "to bob"));
    await s.clock.advance(60 * MINUTE - 10 * SECOND);
    expect(s.texts()).toEqual(["one"]);
    await s.clock.advance(15 * SECOND);
    expect(s.texts()).toEqual(["one", "one", "to bob", "two"]);
    expect(must(s.sent[1]).at).toBeGreaterThanOrEqual(60 * MINUTE);
  });

  test("a 429 of a group, which may be in slow mode, has that group rest alone but for a moment", async () => {
    await using s = setup();
    s.answers.push(trouble("throttled", { retryAfterMs: 60 * MINUTE }));
    s.owe(owed(GROUP, "one", "confirmation"), owed(GROUP, "two"));
    s.sender.start();
    await s.clock.advance(SECOND);
    s.owe(owed(BOB, "to bob"));
    await s.clock.advance(10 * SECOND);
    expect(s.texts()).toEqual(["one", "to bob"]);
    await s.clock.advance(60 * MINUTE);
    expect(s.texts()).toEqual(["one", "to bob", "one", "two"]);
    expect(must(s.sent[2]).at).toBeGreaterThanOrEqual(60 * MINUTE);
  });
});

test("while Telegram cannot be called nothing is risked, until a call of somebody else was answered", async () => {
  await using s = setup();
  s.state.reachable = false;
  s.owe(owed(ALICE, "Saved", "confirmation"), owed(BOB, "failed"));
  s.sender.start();
  await s.clock.advance(10 * MINUTE);
  expect(s.left()).toEqual(["waiting", "waiting"]);
  s.state.reachable = true;
  s.sender.contact();
  await s.clock.advance(100);
  expect(s.texts().toSorted()).toEqual(["Saved", "failed"]);
  expect(s.left()).toEqual([]);
});

describe("a store in trouble", () => {
  test("does not end the sender: it tries again in some seconds", async () => {
    let failing = true;
    await using s = setup(({ take }) => ({
      take(...args) {
        if (failing) throw new Error("database or disk is full");
        return take(...args);
      },
    }));
    s.owe(owed(ALICE, "one"));
    s.sender.start();
    await s.clock.asleep();
    expect(s.log.at("error")).toEqual(["work could not be taken"]);
    failing = false;
    await s.clock.advance(5 * SECOND);
    expect(s.texts()).toEqual(["one"]);
  });

  test("that cannot note what was sent is logged; the next start settles it", async () => {
    const fail = () => {
      throw new Error("database or disk is full");
    };
    await using s = setup(() => ({ sent: fail, drop: fail }));
    s.owe(owed(ALICE, "Saved", "confirmation"));
    s.sender.start();
    await s.clock.advance(10 * SECOND);
    expect(s.log.at("error")).toContain("what became of a message could not be stored");
    expect(s.left()).toEqual(["sending"]);
    await s.sender.stop();
    expect(s.world.store.outbox.recover()).toBe(1);
    expect(s.left()).toEqual([]);
  });
});

describe("a chat that was reserved", () => {
  test("is sent to at once, and nothing is looked for in the outbox", async () => {
    let looks = 0;
    await using s = setup(({ take }) => ({
      take(...args) {
        looks += 1;
        return take(...args);
      },
    }));
    s.sender.start();
    await s.clock.asleep();
    const reserved = must(s.sender.reserve(ALICE));
    reserved.send(s.taken());
    reserved.end();
    await s.clock.advance(10 * SECOND);
    expect(s.texts()).toEqual(["saved"]);
    expect(s.left()).toEqual([]);
    expect(looks).toBe(0);
  });

  test("is left alone by all else until it is sent to, or given back", async () => {
    await using s = sending();
    await settled();
    const reserved = must(s.sender.reserve(ALICE));
    s.owe(owed(ALICE, "a notice"));
    await settled();
    expect(s.texts()).toEqual([]);
    expect(s.sender.reserve(ALICE)).toBeUndefined();
    reserved.end();
    await settled();
    expect(s.texts()).toEqual(["a notice"]);
  });

  test("cannot be while it rests, Telegram cannot be called, a message just went out, or nothing is sent", async () => {
    await using s = setup();
    const mayBe = (chatId: number) => {
      const reserved = s.sender.reserve(chatId);
      reserved?.end();
      return reserved !== undefined;
    };
    expect(mayBe(ALICE)).toBe(false);
    s.sender.start();
    await settled();
    s.state.reachable = false;
    expect(mayBe(ALICE)).toBe(false);
    s.state.reachable = true;
    s.owe(owed(ALICE, "one"));
    await settled();
    // 30 messages a second in all.
    expect(mayBe(BOB)).toBe(false);
    await s.clock.advance(40);
    expect([mayBe(BOB), mayBe(ALICE)]).toEqual([true, false]);
    await s.clock.advance(SECOND);
    expect(mayBe(ALICE)).toBe(true);
    await s.sender.stop();
    expect(mayBe(ALICE)).toBe(false);
  });

  test("is sent to once more where Telegram surely did not take it", async () => {
    await using s = sending();
    await settled();
    s.answers.push(trouble("throttled", { retryAfterMs: 3 * SECOND }));
    must(s.sender.reserve(ALICE)).send(s.taken());
    await settled();
    await s.clock.advance(3_100);
    expect(s.texts()).toEqual(["saved", "saved"]);
    expect(s.left()).toEqual([]);
  });
});

describe("stopping", () => {
  test("lets a message that is on its way arrive", async () => {
    await using s = setup();
    const slow = Promise.withResolvers<object>();
    s.answers.push(slow.promise);
    s.owe(owed(ALICE, "one", "confirmation"), owed(BOB, "two"));
    s.sender.start();
    await settled();
    const stopping = s.sender.stop();
    slow.resolve({ message_id: 1 });
    await stopping;
    expect(s.left()).toEqual(["waiting"]);
    // That it was sent is written with what comes next.
    await s.clock.advance(25);
    expect(s.clock.sleepers).toBe(0);
  });

  for (const [promise, left, log] of [
    ["confirmation", [], ["a confirmation may not have been sent"]],
    ["notice", ["waiting"], []],
  ] satisfies [Owed["promise"], string[], string[]][]) {
    test(`breaks off a ${promise} that hangs`, async () => {
      await using s = setup();
      s.answers.push(new Promise<object>(() => {}));
      s.owe(owed(ALICE, "one", promise));
      s.sender.start();
      await settled();
      const stopping = s.sender.stop();
      await s.clock.advance(2 * SECOND);
      await stopping;
      expect(s.left()).toEqual(left);
      expect(s.log.at("info")).toEqual(log);
    });
  }
});
