import { describe, expect, test } from "bun:test";
import type { Owed } from "../../src/domain/outgoing.ts";
import { ALICE, must, owed, type StoreWorld, storeWorld, update } from "../support/store.ts";

const MINUTE = 60_000;
const words = () => "Saved many";

const confirmation = (text: string, promise: Owed["promise"] = "confirmation"): Owed => ({
  chat_id: ALICE,
  method: "sendMessage",
  promise,
  about: "memo",
  params: { chat_id: ALICE, text, disable_notification: true, reply_parameters: { message_id: 7 } },
});

const changed = (text: string, more: Partial<Owed> = {}): Owed => ({
  chat_id: ALICE,
  method: "editMessageText",
  promise: "notice",
  params: { chat_id: ALICE, text, reply_markup: { inline_keyboard: [] } },
  changes: "confirmation",
  ...more,
});

/** A message that was saved as `memos/m1`, with what is owed for it. */
function saved(...messages: Owed[]) {
  const world = storeWorld();
  world.bind();
  world.accept([update({ message_id: 7 })]);
  const { lease, job } = world.lease();
  world.store.jobs.finish(lease, { outcome: "saved", memo_name: "memos/m1", owed: messages });
  const { outbox } = world.store;
  return {
    world,
    job_id: job.id,
    outbox,
    take: () => must(outbox.take([], words)),
    change: (text: string, more: Partial<Owed> = {}) =>
      outbox.owe([changed(text, { job_id: job.id, ...more })]),
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}

const waiting = (world: StoreWorld) =>
  world.all("SELECT method, changes_id FROM outbox WHERE state = 'waiting' ORDER BY id");

describe("a confirmation that says something else by now", () => {
  test("is rewritten in its place while it waits: still a reply, with the new words and buttons", () => {
    using s = saved(confirmation("Saved"), owed(ALICE, "next"));
    s.change("2 messages, one memo");
    expect(waiting(s.world)).toHaveLength(2);
    expect(s.take()).toMatchObject({
      method: "sendMessage",
      promise: "confirmation",
      params: {
        chat_id: ALICE,
        text: "2 messages, one memo",
        reply_markup: { inline_keyboard: [] },
        reply_parameters: { message_id: 7 },
        disable_notification: true,
      },
    });
    expect(s.take().params["text"]).toBe("next");
  });

  test("is edited once it was sent", () => {
    using s = saved(confirmation("Saved"));
    s.outbox.sent(s.take().id, 8);
    s.change("2 messages, one memo");
    expect(s.take()).toMatchObject({
      method: "editMessageText",
      chat_id: ALICE,
      params: { chat_id: ALICE, message_id: 8, text: "2 messages, one memo" },
    });
  });

  test("is edited after it, where it is on its way: which message it became is known by then", () => {
    using s = saved(confirmation("Saved"));
    const first = s.take();
    s.change("2 messages, one memo");
    // The sender sends one message of a chat at a time.
    expect(s.outbox.take([ALICE], words)).toBeUndefined();
    s.outbox.sent(first.id, 8);
    expect(s.take().params).toEqual({
      chat_id: ALICE,
      message_id: 8,
      text: "2 messages, one memo",
      reply_markup: { inline_keyboard: [] },
    });
  });

  test("is edited after it, also where that has to be sent again first", async () => {
    using s = saved(confirmation("Saved"));
    s.outbox.again(s.take().id, s.world.clock.now() + MINUTE, "Too Many Requests");
    s.outbox.owe([owed(ALICE, "between")]);
    await s.world.clock.advance(MINUTE);
    const again = s.take();
    s.change("2 messages, one memo");
    s.outbox.again(again.id, s.world.clock.now(), "Too Many Requests");
    const texts: unknown[] = [];
    for (let left = 3; left > 0; left -= 1) {
      const taken = s.take();
      texts.push([taken.method, taken.params["text"]]);
      s.outbox.sent(taken.id, 8);
    }
    expect(texts).toEqual([
      ["sendMessage", "Saved"],
      ["sendMessage", "between"],
      ["editMessageText", "2 messages, one memo"],
    ]);
  });

  test("is edited once for several changes: only the newest is to be seen", () => {
    using s = saved(confirmation("Saved"));
    s.outbox.sent(s.take().id, 8);
    s.change("2 messages, one memo");
    s.change("3 messages, one memo");
    expect(s.take().params["text"]).toBe("3 messages, one memo");
    expect(s.outbox.take([], words)).toBeUndefined();
  });

  test("is not edited where it turns out that it was never sent", () => {
    using s = saved(confirmation("Saved"));
    const first = s.take();
    s.change("2 messages, one memo");
    s.outbox.owe([owed(ALICE, "next")]);
    s.outbox.drop(first.id, "bot was blocked by the user");
    expect(s.take().params["text"]).toBe("next");
    expect(s.world.all("SELECT state, detail FROM outbox WHERE changes_id IS NOT NULL")).toEqual([
      { state: "dropped", detail: "the message that it changes was not sent" },
    ]);
  });

  for (const [what, settle] of [
    ["is not known to have gone out", (s) => s.outbox.uncertain(s.take().id, 0, "no answer")],
    ["was refused", (s) => s.outbox.drop(s.take().id, "chat not found")],
    ["went out without telling its id", (s) => s.outbox.sent(s.take().id, null)],
  ] satisfies [string, (s: ReturnType<typeof saved>) => void][]) {
    test(`is left alone where it ${what}`, () => {
      using s = saved(confirmation("Saved"));
      settle(s);
      s.change("2 messages, one memo");
      expect(waiting(s.world)).toEqual([]);
    });
  }

  test("is left alone where there never was one, and a notice of failure is none", () => {
    using s = saved(owed(ALICE, "I could not save this"));
    s.change("2 messages, one memo");
    expect(waiting(s.world)).toEqual([{ method: "sendMessage", changes_id: null }]);
    expect(s.take().params["text"]).toBe("I could not save this");
  });

  test("is found by its link to the memo, long after the outbox forgot it", () => {
    using s = saved(confirmation("Saved"));
    s.outbox.sent(s.take().id, 8);
    s.world.store.database.sqlite.run("DELETE FROM outbox");
    s.change("2 messages, one memo");
    expect(s.take()).toMatchObject({
      method: "editMessageText",
      params: { chat_id: ALICE, message_id: 8, text: "2 messages, one memo" },
    });
  });

  test("had to be heard, since a file is missing: it is changed the same way", () => {
    using s = saved(confirmation("Saved. Without a.zip", "notice"));
    s.change("2 messages, one memo. Without a.zip");
    expect(s.take()).toMatchObject({
      promise: "notice",
      params: { text: "2 messages, one memo. Without a.zip" },
    });
  });

  test("is that of the job which ends with the change, unless another one is named", () => {
    using s = saved(confirmation("Saved"));
    s.world.accept([update({ message_id: 9 })]);
    const { lease } = s.world.lease();
    s.world.store.jobs.finish(lease, {
      outcome: "saved",
      memo_name: "memos/m2",
      owed: [confirmation("Saved too"), changed("changed")],
    });
    expect([s.take(), s.take()].map(({ params }) => params["text"])).toEqual(["Saved", "changed"]);
  });
});

describe("an edit of a message", () => {
  const edit = (message_id: number, text: string): Owed => ({
    chat_id: ALICE,
    method: "editMessageText",
    promise: "notice",
    params: { chat_id: ALICE, message_id, text },
  });

  test("takes the place of one that was not made yet, and of no other message's", () => {
    using world = storeWorld();
    world.store.outbox.owe([edit(5, "first"), edit(6, "other"), edit(5, "second")]);
    const texts = [1, 2].map(() => must(world.store.outbox.take([], words)).params["text"]);
    expect(texts).toEqual(["other", "second"]);
    expect(world.store.outbox.take([], words)).toBeUndefined();
  });
});
