import { describe, expect, test } from "bun:test";
import { Secret } from "../../src/secret.ts";
import { createIdentity } from "../../src/telegram/identity.ts";
import { createWebhookReceiver, type Riding } from "../../src/telegram/webhook.ts";
import { createFakeClock, settled } from "../support/clock.ts";
import { ALICE, BOB, BOT_ID, keptLog, update } from "../support/store.ts";

const SECRET = "the-secret-token";

function setup({ olderSecret = null as Secret | null } = {}) {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const state = {
    room: true,
    forgotten: 0,
    storeFails: null as Error | null,
    reachable: true,
    accepted: [] as number[],
    answered: [] as number[],
    released: 0,
    owed: [] as { chat: number; text: string }[],
    events: [] as string[],
  };
  const receiver = createWebhookReceiver({
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
    takeOwed(chat): Riding | undefined {
      const at = state.owed.findIndex((one) => one.chat === chat);
      const [one] = at < 0 ? [] : state.owed.splice(at, 1);
      return (
        one && {
          method: "sendMessage",
          params: { chat_id: chat, text: one.text },
          sent: () => state.events.push(`${one.text} sent`),
          lost: () => state.events.push(`${one.text} lost`),
        }
      );
    },
    kept: (chat_id) => ({ method: "sendMessage", params: { chat_id, text: "kept" } }),
    released: () => {
      state.released += 1;
    },
    stopping: stopping.signal,
    clock,
    log: keptLog(),
  });
  return {
    receiver,
    clock,
    state,
    stopping,
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
    const { receiver, deliver, clock, state } = setup();
    state.reachable = false;
    const answer = deliver(update({ sender: ALICE }));
    await clock.asleep();
    expect(receiver.heldChats()).toEqual([ALICE]);
    state.owed.push({ chat: BOB, text: "to bob" }, { chat: ALICE, text: "Saved" });
    await clock.advance(100);
    expect(await answer).toEqual({
      status: 200,
      body: { method: "sendMessage", chat_id: ALICE, text: "Saved" },
    });
    expect(receiver.heldChats()).toEqual([]);
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
    const { receiver, deliver, clock, state } = setup();
    state.reachable = false;
    const first = deliver(update({ sender: ALICE }));
    await clock.advance(3_000);
    const second = deliver(update({ sender: ALICE }));
    await clock.advance(2_000);
    await first;
    expect(receiver.heldChats()).toEqual([ALICE]);
    await clock.advance(3_000);
    await second;
    expect(receiver.heldChats()).toEqual([]);
  });
});

describe("what rode in an answer", () => {
  async function ridden(text = "Saved") {
    const world = setup();
    world.state.reachable = false;
    world.state.owed.push({ chat: ALICE, text });
    await world.deliver(update({ update_id: 7, sender: ALICE }));
    return world;
  }

  test("counts as sent once the update is not brought again for 90 seconds", async () => {
    const { clock, state } = await ridden();
    await clock.advance(89_999);
    expect(state.events).toEqual([]);
    await clock.advance(1);
    expect(state.events).toEqual(["Saved sent"]);
  });

  test("is lost where the update is brought again, and rides then if it is owed again", async () => {
    const { deliver, clock, state } = await ridden();
    await clock.advance(60_000);
    state.owed.push({ chat: ALICE, text: "Saved once more" });
    const { body } = await deliver(update({ update_id: 7, sender: ALICE }));
    expect(body).toMatchObject({ text: "Saved once more" });
    expect(state.events).toEqual(["Saved lost"]);
    await clock.advance(90_000);
    expect(state.events).toEqual(["Saved lost", "Saved once more sent"]);
  });

  test("is left to the next start by a stop", async () => {
    const { clock, state, stopping } = await ridden();
    stopping.abort();
    await settled();
    await clock.advance(100_000);
    expect(state.events).toEqual([]);
    expect(clock.sleepers).toBe(0);
  });
});
