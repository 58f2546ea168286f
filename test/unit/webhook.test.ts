import { describe, expect, test } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import { createHeldChats, createWebhook } from "../../src/intake/webhook.ts";
import { createIdentity } from "../../src/telegram/identity.ts";
import { createFakeClock } from "../support/clock.ts";
import { ALICE, BOB, BOT_ID, keptLog, owed, update } from "../support/store.ts";

const SECRET = "the-secret-token";

function setup({ olderSecret = null as Secret | null } = {}) {
  const clock = createFakeClock();
  const state = {
    room: true,
    forgotten: 0,
    storeFails: null as Error | null,
    reachable: true,
    accepted: [] as number[],
    answered: [] as number[],
    released: 0,
    owed: [] as { chat: number; text: string; promise?: "confirmation" | "notice" }[],
    /** Of `owed`, what is on its way or was sent. */
    taken: new Set<number>(),
    events: [] as string[],
  };
  const heldChats = createHeldChats(() => {
    state.released += 1;
  });
  const receiver = createWebhook({
    secret: new Secret(SECRET),
    olderSecret,
    forgetOlderSecret: () => {
      state.forgotten += 1;
    },
    sink: {
      accept(batch, { polled }) {
        if (state.storeFails) throw state.storeFails;
        expect(polled).toBe(false);
        state.accepted.push(...batch.map(({ update_id }) => update_id));
        return { stored: batch.length, duplicates: 0, restarted: false };
      },
      mayAccept: () => state.room,
    },
    identity: createIdentity({ call: () => Promise.reject(new Error("unused")) }, BOT_ID),
    delivered: (status) => state.answered.push(status),
    apiReachable: () => state.reachable,
    owed: {
      take(chat) {
        const id = state.owed.findIndex((one, at) => one.chat === chat && !state.taken.has(at));
        const one = state.owed[id];
        if (!one) return undefined;
        state.taken.add(id);
        const { text, promise = "notice" } = one;
        return { ...owed(chat, text, promise), id, job_id: null };
      },
      sent: ({ id }) => state.events.push(`${state.owed[id]?.text} sent`),
      lost({ id }) {
        state.taken.delete(id);
        state.events.push(`${state.owed[id]?.text} lost`);
      },
    },
    kept: (chat_id) => ({ method: "sendMessage", params: { chat_id, text: "kept" } }),
    heldChats,
    clock,
    log: keptLog(),
  });
  return {
    receiver,
    heldChats,
    clock,
    state,
    deliver: (given: object) => receiver.receive(SECRET, JSON.stringify(given)),
  };
}

describe("a delivery", () => {
  test("is stored before it is answered", async () => {
    const { deliver, state } = setup();
    expect(await deliver(update({ update_id: 5 }))).toEqual({ status: 200 });
    expect(state.accepted).toEqual([5]);
    expect(state.answered).toEqual([200]);
  });

  test("is not taken without the secret, and that is told to nobody", async () => {
    const { receiver, state } = setup();
    for (const given of [null, "", "wrong"])
      expect(await receiver.receive(given, JSON.stringify(update()))).toEqual({ status: 401 });
    expect(state.answered).toEqual([]);
  });

  test("is taken with the secret of an older version until one came with today's, which is kept", async () => {
    const { receiver, deliver, state } = setup({ olderSecret: new Secret("older") });
    const older = () => receiver.receive("older", JSON.stringify(update()));
    expect([await older(), await older()]).toEqual([{ status: 200 }, { status: 200 }]);
    expect(await receiver.receive("wrong", JSON.stringify(update()))).toEqual({ status: 401 });
    state.room = false;
    expect(await deliver(update())).toEqual({ status: 503 });
    state.room = true;
    expect(await older()).toEqual({ status: 200 });
    expect(state.forgotten).toBe(0);
    expect(await deliver(update())).toEqual({ status: 200 });
    expect(await deliver(update())).toEqual({ status: 200 });
    expect(await older()).toEqual({ status: 401 });
    expect(state.forgotten).toBe(1);
  });

  test("is left to Telegram while there is no room", async () => {
    const { deliver, state } = setup();
    state.room = false;
    expect(await deliver(update())).toEqual({ status: 503 });
    expect(state).toMatchObject({ accepted: [], answered: [503] });
  });

  test("is left to Telegram where the store fails", async () => {
    const { deliver, state } = setup();
    state.storeFails = new Error("database or disk is full");
    expect(await deliver(update())).toEqual({ status: 503 });
    state.storeFails = null;
    expect(await deliver(update())).toEqual({ status: 200 });
    expect(state.answered).toEqual([503, 200]);
  });
});

describe("while Telegram cannot be called", () => {
  test("what is owed to the chat rides in the answer as soon as it is there; meanwhile the chat is held", async () => {
    const { deliver, clock, state, heldChats } = setup();
    state.reachable = false;
    const answer = deliver(update({ sender: ALICE }));
    await clock.asleep();
    expect(heldChats.has(ALICE)).toBe(true);
    state.owed.push({ chat: BOB, text: "to bob" }, { chat: ALICE, text: "Saved" });
    await clock.advance(100);
    expect(await answer).toEqual({
      status: 200,
      body: { method: "sendMessage", chat_id: ALICE, text: "Saved" },
    });
    expect(heldChats.has(ALICE)).toBe(false);
    expect(state.released).toBe(1);
  });

  test("something is said after five seconds in any case", async () => {
    const { deliver, clock, state } = setup();
    state.reachable = false;
    const answer = deliver(update({ sender: ALICE }));
    await clock.advance(4_900);
    expect(state.released).toBe(0);
    await clock.advance(100);
    expect((await answer).body).toMatchObject({ text: "kept" });
  });

  test("an update that nobody expects a word about is answered at once", async () => {
    const { deliver, state } = setup();
    state.reachable = false;
    expect(await deliver({ update_id: 5, something_new: {} })).toEqual({ status: 200 });
    const chat = { id: -1_001, type: "supergroup", title: "Kitchen" };
    const message = {
      message_id: 1,
      date: 1,
      chat,
      from: { id: ALICE, first_name: "Alice" },
      text: "to others",
    };
    expect(await deliver({ update_id: 6, message })).toEqual({ status: 200 });
  });

  test("a delivery is held no longer than until it can", async () => {
    const { deliver, clock, state } = setup();
    state.reachable = false;
    const answer = deliver(update({ sender: ALICE }));
    await clock.advance(1_000);
    state.reachable = true;
    await clock.advance(100);
    expect(await answer).toEqual({ status: 200 });
  });

  test("two deliveries of a chat hold it until both are answered", async () => {
    const { deliver, clock, state, heldChats } = setup();
    state.reachable = false;
    const first = deliver(update({ sender: ALICE }));
    await clock.advance(3_000);
    const second = deliver(update({ sender: ALICE }));
    await clock.advance(2_000);
    await first;
    expect(heldChats.has(ALICE)).toBe(true);
    await clock.advance(3_000);
    await second;
    expect(heldChats.has(ALICE)).toBe(false);
  });
});

describe("what rode in an answer", () => {
  async function ridden(promise: "confirmation" | "notice", given: object = {}) {
    const world = setup();
    world.state.reachable = false;
    world.state.owed.push({ chat: ALICE, text: "word", promise });
    const { body } = await world.deliver(update({ update_id: 7, sender: ALICE, ...given }));
    expect(body).toMatchObject({ text: "word" });
    /** What the next delivery is answered; nothing but "kept" where nothing is owed. */
    const next = async (update_id: number, more: object = {}) => {
      const answer = world.deliver(update({ update_id, sender: ALICE, ...more }));
      await world.clock.advance(5_000);
      return (await answer).body?.["text"];
    };
    return { ...world, next };
  }

  test("counts as sent at once where it is a confirmation, also when its delivery is brought again", async () => {
    const { next, state } = await ridden("confirmation");
    expect(state.events).toEqual(["word sent"]);
    expect(await next(7)).toBe("kept");
    expect(state.events).toEqual(["word sent"]);
  });

  test("stays on its way where it is a notice, and rides again each time its delivery is brought again", async () => {
    const { next, clock, state } = await ridden("notice");
    await clock.advance(86_400_000);
    expect(state.events).toEqual([]);
    expect([await next(7), await next(7)]).toEqual(["word", "word"]);
    expect(state.events).toEqual(["word lost", "word lost"]);
  });

  test("was sent once Telegram goes on in the chat: it does so only after an answer", async () => {
    const { next, state } = await ridden("notice");
    expect(await next(8)).toBe("kept");
    expect(state.events).toEqual(["word sent"]);
  });

  test("is no surer by what comes from another chat, or of another kind", async () => {
    const { next, deliver, clock, state } = await ridden("notice");
    const other = deliver(update({ update_id: 8, sender: BOB }));
    await clock.advance(5_000);
    await other;
    const press = {
      id: "1",
      from: { id: ALICE },
      message: { message_id: 1, chat: { id: ALICE } },
      data: "x",
    };
    const pressed = deliver({ update_id: 9, callback_query: press });
    await clock.advance(5_000);
    await pressed;
    expect(state.events).toEqual([]);
    expect(await next(7)).toBe("word");
  });

  test("is settled by a delivery that is on disk only", async () => {
    const { next, state } = await ridden("notice");
    state.storeFails = new Error("database or disk is full");
    expect(await next(8)).toBeUndefined();
    expect(state.events).toEqual([]);
    state.storeFails = null;
    await next(8);
    expect(state.events).toEqual(["word sent"]);
  });
});
