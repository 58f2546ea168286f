import { describe, expect, test } from "bun:test";
import { mark, type Owed, savedSlot } from "../../src/domain/outgoing.ts";
import { change } from "../../src/replies/messages.ts";
import {
  ALICE,
  must,
  owed,
  type StoreWorld,
  sendOwed,
  storeWorld,
  takeOwed,
  textsOf,
  update,
} from "../support/store.ts";

/** The word that a job's message was saved, as a reply to it. */
const confirmation = (job_id: number, text: string, promise: Owed["promise"] = "confirmation"): Owed => ({
  chat_id: ALICE,
  method: "sendMessage",
  promise,
  slot: savedSlot(job_id),
  params: { text, entities: [1], reply_to: 7 },
});

/** A message that was saved, and what is owed for it: its confirmation, unless told otherwise. */
function saved(said: (job_id: number) => Owed[] = (job_id) => [confirmation(job_id, "Saved")]) {
  const world = storeWorld();
  world.bind();
  world.accept([update({ message_id: 7 })]);
  const { lease, job } = world.lease();
  world.store.jobs.finish(lease, { outcome: "saved", memo_name: "memos/m1", owed: said(job.id) });
  const { outbox } = world.store;
  return {
    world,
    job_id: job.id,
    outbox,
    take: () => must(takeOwed(world)),
    change: (text: string) => outbox.owe([change(ALICE, { job_id: job.id }, { text, buttons: [] })]),
    [Symbol.dispose]: () => world[Symbol.dispose](),
  };
}
type Saved = ReturnType<typeof saved>;

const said = (world: StoreWorld) =>
  sendOwed(world).map(({ method, params }) => [method, params["message_id"], params["text"]]);

describe("a confirmation that says something else by now", () => {
  test("is rewritten in its place while it waits: still a reply, with the new words and buttons", () => {
    using s = saved((job_id) => [confirmation(job_id, "Saved"), owed(ALICE, "next")]);
    s.change("2 messages, one memo");
    const [first, next] = sendOwed(s.world);
    expect(first).toMatchObject({ method: "sendMessage", promise: "confirmation" });
    expect(first?.params).toEqual({
      text: "2 messages, one memo",
      link_preview_options: { is_disabled: true },
      reply_markup: { inline_keyboard: [] },
      reply_to: 7,
    });
    expect(next?.params["text"]).toBe("next");
  });

  test("is still a reply, and silent or not, where an older version left it", () => {
    const whole = { disable_notification: true, reply_parameters: { message_id: 7 } };
    using s = saved((job_id) => [
      { ...confirmation(job_id, "Saved"), params: { chat_id: ALICE, text: "Saved", ...whole } },
    ]);
    s.change("2 messages, one memo");
    expect(s.take().params).toMatchObject({ text: "2 messages, one memo", ...whole });
  });

  test("had to be heard, since a file is missing: it stays a notice", () => {
    using s = saved((job_id) => [confirmation(job_id, "Saved. Without a.zip", "notice")]);
    s.change("2 messages, one memo. Without a.zip");
    expect(s.take()).toMatchObject({ promise: "notice", method: "sendMessage" });
  });

  /** What becomes of it before it changes, and what is said of the change. */
  for (const [what, before, expected] of [
    ["was sent: is edited", (s) => s.outbox.sent(s.take(), 8), [["editMessageText", 8, "new"]]],
    [
      "was sent before a restart",
      (s) => [s.outbox.sent(s.take(), 8), s.world.reopen()],
      [["editMessageText", 8, "new"]],
    ],
    ["may have been sent: is left alone", (s) => s.outbox.drop(s.take()), []],
    ["was sent without telling its id: is left alone", (s) => s.outbox.sent(s.take(), null), []],
  ] satisfies [string, (s: Saved) => unknown, unknown[]][]) {
    test(`and ${what}`, () => {
      using s = saved();
      before(s);
      s.world.store.outbox.owe([change(ALICE, { job_id: s.job_id }, { text: "new" })]);
      expect(said(s.world)).toEqual(expected);
    });
  }

  /** What becomes of it after it changed while it was on its way. */
  for (const [what, then, expected] of [
    ["arrives: is edited after that", (s, first) => s.outbox.sent(first, 8), [["editMessageText", 8, "new"]]],
    [
      "must be sent again: says it at once",
      (s, first) => s.outbox.again(first),
      [["sendMessage", undefined, "new"]],
    ],
    ["is refused: nothing is said", (s, first) => s.outbox.refused(first, owed, "no"), []],
    [
      "is not settled by the end of the process",
      (s) => [s.world.reopen(), s.world.store.outbox.recover()],
      [],
    ],
  ] satisfies [string, (s: Saved, first: ReturnType<Saved["take"]>) => unknown, unknown[]][]) {
    test(`while it is on its way, and ${what}`, () => {
      using s = saved();
      const first = s.take();
      s.change("older");
      s.change("new");
      then(s, first);
      expect(said(s.world)).toEqual(expected);
    });
  }

  test("was never owed: a notice of failure is none", () => {
    using s = saved(() => [owed(ALICE, "I could not save this")]);
    s.change("new");
    expect(textsOf(sendOwed(s.world))).toEqual(["I could not save this"]);
  });

  test("was asked for once more by a button: the second one is what is edited from then on", () => {
    using s = saved();
    s.outbox.sent(s.take(), 8);
    s.outbox.owe([confirmation(s.job_id, "Saved again")]);
    s.change("Saved again, PUBLIC");
    expect(said(s.world)).toEqual([["sendMessage", undefined, "Saved again, PUBLIC"]]);
    s.change("PRIVATE");
    expect(said(s.world)).toEqual([["editMessageText", 901, "PRIVATE"]]);
  });

  test("is that of its own job, and of no other one", () => {
    using s = saved();
    s.world.accept([update({ message_id: 9 })]);
    const { lease, job } = s.world.lease();
    s.world.store.jobs.finish(lease, {
      outcome: "saved",
      memo_name: "memos/m2",
      owed: [confirmation(job.id, "Saved too"), change(ALICE, { job_id: job.id }, { text: "changed" })],
    });
    expect(textsOf(sendOwed(s.world))).toEqual(["Saved", "changed"]);
  });
});

describe("of what is set in a chat only the newest is to be seen", () => {
  for (const [what, set] of [
    ["an edit", (at: number, text: string) => change(ALICE, { message_id: at }, { text })],
    [
      "a mark",
      (at: number, text: string) => ({ ...mark(ALICE, at, "👍"), params: { message_id: at, text } }),
    ],
  ] satisfies [string, (at: number, text: string) => Owed][]) {
    test(`${what} takes the place of one that was not made yet, and of no other message's`, () => {
      using world = storeWorld();
      world.store.outbox.owe([set(5, "first"), set(6, "other"), set(5, "second")]);
      expect(textsOf(sendOwed(world))).toEqual(["other", "second"]);
    });

    test(`${what} that has to be made again gives way to a newer one`, () => {
      using world = storeWorld();
      const { outbox } = world.store;
      outbox.owe([set(5, "first")]);
      const first = must(takeOwed(world));
      outbox.owe([set(5, "second")]);
      outbox.again(first);
      expect(textsOf(sendOwed(world))).toEqual(["second"]);
    });
  }

  test("the mark of a message that is saved takes the place of the one that it is stored", () => {
    using world = storeWorld();
    world.bind();
    world.store.bindings.update(ALICE, { confirmation: "reaction" });
    world.accept([update({ message_id: 7 })]);
    world.store.outbox.owe([mark(ALICE, 7, "👍")]);
    expect(sendOwed(world).map(({ params }) => params["reaction"])).toEqual([
      [{ type: "emoji", emoji: "👍" }],
    ]);
  });
});
