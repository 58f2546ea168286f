import { describe, expect, test } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import { createWebhook } from "../../src/intake/webhook.ts";
import { textsIn } from "../../src/locales/texts.ts";
import { callParams, say } from "../../src/replies/messages.ts";
import { createIdentity } from "../../src/telegram/api.ts";
import { createFakeClock } from "../support/clock.ts";
import { ALICE, BOB, BOT_ID, keptLog, owed, update } from "../support/store.ts";

const SECRET = "the-secret-token";
const REFUSED = { code: "unavailable" };

function setup({ olderSecret = null as Secret | null } = {}) {
  const clock = createFakeClock();
  const state = {
    room: true,
    forgotten: 0,
    storeFails: null as Error | null,
    reachable: true,
    accepted: [] as number[],
    batches: [] as number[][],
    delivered: 0,
    owed: [] as { chat: number; text: string; promise?: "confirmation" | "notice" }[],
    /** Of `owed`, what is on its way or was sent. */
    taken: new Set<number>(),
    events: [] as string[],
  };
  const log = keptLog();
  const webhook = createWebhook({
    secret: new Secret(SECRET),
    olderSecret,
    forgetOlderSecret: () => void state.forgotten++,
    sink: {
      accept(batch, { polled }) {
        if (state.storeFails) throw state.storeFails;
        expect(polled).toBe(false);
        const ids = batch.map(({ update_id }) => update_id);
        state.accepted.push(...ids);
        state.batches.push(ids);
      },
      refusal: () => (state.room ? null : "no room"),
    },
    identity: createIdentity({ call: () => Promise.reject(new Error("unused")) }, BOT_ID),
    delivered: () => void state.delivered++,
    refused: (why) => state.events.push(why),
    apiReachable: () => state.reachable,
    owed: {
      take(chat) {
        const id = state.owed.findIndex((one, at) => one.chat === chat && !state.taken.has(at));
        const one = state.owed[id];
        if (!one) return undefined;
        state.taken.add(id);
        const { text, promise = "notice" } = one;
        return { ...owed(chat, text, promise), id, job_id: null, memo_name: null, telegram_id: chat };
      },
      sent: ({ id }) => state.events.push(`${state.owed[id]?.text} sent`),
      lost({ id }) {
        state.taken.delete(id);
        state.events.push(`${state.owed[id]?.text} lost`);
      },
    },
    kept: (to) => say(to, { text: "kept" }),
    callParams: callParams({ urls: { memoUrl: () => null }, textsFor: () => textsIn("en") }),
    clock,
    log,
  });
  const { receive } = webhook;
  return {
    ...webhook,
    clock,
    state,
    log,
    deliver: (given: object) => receive(SECRET, JSON.stringify(given)),
  };
}

describe("a delivery", () => {
  test("is stored before it is answered", async () => {
    const { deliver, state } = setup();
    expect(await deliver(update({ update_id: 5 }))).toBeUndefined();
    expect(state).toMatchObject({ accepted: [5], delivered: 1 });
  });

  test("is stored together with those that come at the same time: one sync for all", async () => {
    const { deliver, state } = setup();
    await Promise.all([5, 6, 7].map((update_id) => deliver(update({ update_id }))));
    await deliver(update({ update_id: 8 }));
    expect(state.batches).toEqual([[5, 6, 7], [8]]);
  });

  test("is not confirmed where the batch that it is in could not be stored, nor is any of that", async () => {
    const { deliver, state } = setup();
    state.storeFails = new Error("disk full");
    const answers = await Promise.allSettled([5, 6].map((update_id) => deliver(update({ update_id }))));
    expect(answers.map((answer) => answer.status === "rejected" && answer.reason.code)).toEqual([
      "unavailable",
      "unavailable",
    ]);
    state.storeFails = null;
    expect(await deliver(update({ update_id: 5 }))).toBeUndefined();
    expect(state.batches).toEqual([[5]]);
  });

  test("is not taken without the secret, and that is told to nobody", async () => {
    const { authorize, receive, state } = setup();
    for (const given of ["", "wrong"]) {
      expect(receive(given, JSON.stringify(update()))).rejects.toMatchObject({ code: "unauthorized" });
    }
    expect(state.delivered).toBe(0);
    expect(() => authorize("wrong")).toThrow("secret");
    expect(() => authorize(SECRET)).not.toThrow();
  });

  test("is taken with the secret of an older version until one came with today's, which is kept", async () => {
    const { receive, deliver, state } = setup({ olderSecret: new Secret("older") });
    const older = () => receive("older", JSON.stringify(update()));
    await older();
    state.room = false;
    expect(deliver(update())).rejects.toMatchObject(REFUSED);
    state.room = true;
    await older();
    expect(state.forgotten).toBe(0);
    await deliver(update());
    await deliver(update());
    expect(older()).rejects.toMatchObject({ code: "unauthorized" });
    expect(state.forgotten).toBe(1);
  });

  test("is left to Telegram while there is no room, or the store fails; what is no JSON is refused", async () => {
    const { receive, deliver, state } = setup();
    state.room = false;
    expect(deliver(update())).rejects.toMatchObject(REFUSED);
    state.room = true;
    state.storeFails = new Error("database or disk is full");
    expect(deliver(update())).rejects.toMatchObject(REFUSED);
    expect(receive(SECRET, '{"update_id":5')).rejects.toMatchObject({ code: "invalid" });
    expect(state.accepted).toEqual([]);
  });

  test("that could not be read is logged, and told until Telegram says that all is well", () => {
    const { refused, state, log } = setup();
    refused("too large");
    expect(state.events).toEqual(["a delivery could not be read: too large"]);
    expect(log.at("warn")).toHaveLength(1);
  });

  test("without a usable id is no update: refused and logged", async () => {
    const { deliver, state, log } = setup();
    for (const given of [{}, [], { update_id: "5" }, { update_id: 2 ** 53, message: {} }])
      await expect(deliver(given)).rejects.toMatchObject({ code: "invalid" });
    expect(state.accepted).toEqual([]);
    expect(log.lines.filter(({ message }) => message.includes("left out")).length).toBeGreaterThan(1);
  });
});

describe("while Telegram cannot be called", () => {
  test("what is owed to the chat rides in the answer as soon as it is there", async () => {
    const { deliver, clock, state } = setup();
    state.reachable = false;
    const answer = deliver(update({ sender: ALICE }));
    await clock.asleep();
    state.owed.push({ chat: BOB, text: "to bob" }, { chat: ALICE, text: "Saved" });
    await clock.advance(100);
    expect(await answer).toMatchObject({ method: "sendMessage", chat_id: ALICE, text: "Saved" });
  });

  test("something is said after five seconds in any case, in the topic of the message", async () => {
    const { deliver, clock, state } = setup();
    state.reachable = false;
    const answer = deliver(update({ sender: ALICE, message_thread_id: 9, is_topic_message: true }));
    await clock.advance(4_900);
    expect(clock.sleepers).toBe(1);
    await clock.advance(100);
    expect(await answer).toMatchObject({ text: "kept", chat_id: ALICE, message_thread_id: 9 });
  });

  test("an update that nobody expects a word about is answered at once", async () => {
    const { deliver, state } = setup();
    state.reachable = false;
    expect(await deliver({ update_id: 5, something_new: {} })).toBeUndefined();
    const chat = { id: -1_001, type: "supergroup", title: "Kitchen" };
    const from = { id: ALICE, first_name: "Alice" };
    const message = { message_id: 1, date: 1, chat, from, text: "to others" };
    expect(await deliver({ update_id: 6, message })).toBeUndefined();
  });

  test("nothing is said in a channel", async () => {
    const { deliver, state } = setup();
    state.reachable = false;
    const chat = { id: -1_001, type: "channel", title: "Kitchen Notes" };
    const post = { message_id: 1, date: 1, chat, sender_chat: chat, text: "Sourdough" };
    state.owed.push({ chat: chat.id, text: "never" });
    for (const kind of ["channel_post", "edited_channel_post"]) {
      expect(await deliver({ update_id: 5, [kind]: post })).toBeUndefined();
    }
  });

  test("a delivery is held no longer than until it can", async () => {
    const { deliver, clock, state } = setup();
    state.reachable = false;
    const answer = deliver(update({ sender: ALICE }));
    await clock.advance(1_000);
    state.reachable = true;
    await clock.advance(100);
    expect(await answer).toBeUndefined();
  });
});

describe("what rode in an answer", () => {
  async function ridden(promise: "confirmation" | "notice") {
    const world = setup();
    world.state.reachable = false;
    world.state.owed.push({ chat: ALICE, text: "word", promise });
    expect(await world.deliver(update({ update_id: 7, sender: ALICE }))).toMatchObject({ text: "word" });
    /** What the next delivery is answered; nothing but "kept" where nothing is owed. */
    const next = async (update_id: number, sender = ALICE) => {
      const answer = world.deliver(update({ update_id, sender }));
      await world.clock.advance(5_000);
      return (await answer)?.["text"];
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
    expect(await next(9, BOB)).toBe("kept");
    expect(state.events).toEqual([]);
    expect([await next(7), await next(7)]).toEqual(["word", "word"]);
    expect(state.events).toEqual(["word lost", "word lost"]);
  });

  test("was sent once Telegram goes on in the chat, and that is on disk", async () => {
    const { next, deliver, state } = await ridden("notice");
    state.storeFails = new Error("database or disk is full");
    expect(deliver(update({ update_id: 8, sender: ALICE }))).rejects.toMatchObject(REFUSED);
    expect(state.events).toEqual([]);
    state.storeFails = null;
    expect(await next(8)).toBe("kept");
    expect(state.events).toEqual(["word sent"]);
  });
});
