import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Answer, type Call, createClient, request } from "./telegram/client.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "./telegram.ts";

const otherPoll =
  "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";

let fake: FakeTelegram;
let call: Call;
let ada: Person;

beforeEach(async () => {
  fake = await startFakeTelegram();
  call = createClient(fake);
  ada = fake.user({ first_name: "Ada" });
});
afterEach(() => fake.close());

/** A poll that the brake on repeats leaves alone. */
async function poll(params: object = {}): Promise<Answer> {
  fake.advance(4000);
  return call("getUpdates", params);
}

function idsOf(answer: Answer): number[] {
  return answer.list.map((update) => Number(update["update_id"]));
}

function textsOf(answer: Answer): string[] {
  return answer.list.map((update) => (update["message"] as { text: string }).text);
}

/** Says numbered texts and returns the id of the first update. */
function say(count: number): number {
  const before = fake.pendingUpdates.length;
  for (let i = 1; i <= count; i++) ada.say(`n${before + i}`);
  return fake.pendingUpdates[0]?.update_id ?? 0;
}

/** Starts a poll and returns once it waits at the server. */
async function waitingPoll(params: object): Promise<{ answer: Promise<Answer> }> {
  const known = fake.requests.length;
  const answer = call("getUpdates", params);
  await fake.until(() => fake.requests.length > known && fake.isPollWaiting);
  return { answer };
}

describe("the fake's getUpdates", () => {
  test("11: clamps limit to 1–100 and timeout to 0–50", async () => {
    say(120);
    expect((await poll()).list).toHaveLength(100);
    expect((await poll({ limit: 1000 })).list).toHaveLength(100);
    expect((await poll({ limit: 0 })).list).toHaveLength(1);
    expect((await poll({ limit: -5 })).list).toHaveLength(1);
    expect((await poll({ limit: "7" })).list).toHaveLength(7);
    const last = fake.pendingUpdates.at(-1)?.update_id ?? 0;
    const long = call("getUpdates", { offset: last + 1, timeout: 3600 });
    await fake.until(() => fake.isPollWaiting);
    fake.advance(49_000);
    expect(fake.isPollWaiting).toBe(true);
    fake.advance(1000);
    expect((await long).list).toEqual([]);
    expect((await poll({ offset: last + 1, timeout: -3 })).list).toEqual([]);
  });

  test("12: confirms ids below the offset though the answer is lost", async () => {
    const first = say(3);
    fake.fault({ match: { method: "getUpdates" }, action: "drop-after" });
    expect(call("getUpdates", { offset: first + 2 })).rejects.toThrow();
    await fake.until(() => fake.pendingUpdates.length === 1);
    expect(fake.confirmedUpTo).toBe(first + 1);
    expect(idsOf(await poll())).toEqual([first + 2]);
  });

  test("13: takes an offset more than 10 past the tail for none and confirms nothing", async () => {
    const first = say(3);
    const tail = first + 3;
    expect(idsOf(await poll({ offset: tail + 11 }))).toEqual([first, first + 1, first + 2]);
    expect(fake.pendingUpdates).toHaveLength(3);
    expect(idsOf(await poll({ offset: first - 100_001 }))).toEqual([first, first + 1, first + 2]);
    expect(idsOf(await poll({ offset: tail + 10 }))).toEqual([]);
    expect(fake.pendingUpdates).toEqual([]);
    // An update that comes now has an id below that offset, so it is forgotten unseen.
    say(1);
    expect(idsOf(await poll({ offset: tail + 10 }))).toEqual([]);
    expect(fake.pendingUpdates).toEqual([]);
  });

  test("15: returns the same updates until they are confirmed", async () => {
    const first = say(2);
    const once = await poll();
    expect((await poll()).text).toBe(once.text);
    expect((await poll({ offset: first })).text).toBe(once.text);
    expect(textsOf(await poll({ offset: first + 1 }))).toEqual(["n2"]);
    expect(textsOf(await poll())).toEqual(["n2"]);
  });

  test("16: makes limit 1 for the same offset within 0.5 s, and waits 3 s for a short repeat", async () => {
    const first = say(3);
    expect((await poll({ offset: first })).list).toHaveLength(3);
    expect((await call("getUpdates", { offset: first })).list).toHaveLength(1);
    fake.advance(600);
    expect((await call("getUpdates", { offset: first })).list).toHaveLength(3);

    const end = first + 3;
    expect((await call("getUpdates", { offset: end })).list).toEqual([]);
    fake.advance(2000);
    const braked = await waitingPoll({ offset: end, timeout: 1 });
    fake.advance(2900);
    expect(fake.isPollWaiting).toBe(true);
    fake.advance(100);
    expect((await braked.answer).list).toEqual([]);
  });

  test("17: ends the older of two waiting polls at once; the next 409 within 3 s comes 3 s late", async () => {
    const older = await waitingPoll({ timeout: 50 });
    const newer = await waitingPoll({ timeout: 50 });
    const ended = await older.answer;
    expect([ended.status, ended.description]).toEqual([409, otherPoll]);

    let isHeldBack = true;
    newer.answer.then(() => {
      isHeldBack = false;
    });
    const newest = await waitingPoll({ timeout: 50 });
    await call("getMe");
    expect(isHeldBack).toBe(true);
    fake.advance(3000);
    expect((await newer.answer).status).toBe(409);
    say(1);
    expect(textsOf(await newest.answer)).toEqual(["n1"]);
  });

  test("17: lets the older poll wait when the newer one does not wait", async () => {
    const older = await waitingPoll({ timeout: 50 });
    expect((await call("getUpdates", { offset: -1 })).list).toEqual([]);
    say(1);
    expect(textsOf(await older.answer)).toEqual(["n1"]);
  });

  test("18: answers 409 while a webhook is set, and ends a waiting poll when one is being set", async () => {
    const waiting = await waitingPoll({ timeout: 50 });
    expect((await call("setWebhook", { url: "https://bot.example.com/hook" })).ok).toBe(true);
    expect((await waiting.answer).description).toBe("Conflict: terminated by setWebhook request");
    fake.advance(4000);
    const refused = await call("getUpdates");
    expect([refused.status, refused.description]).toEqual([
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    ]);
    expect((await call("deleteWebhook")).description).toBe("Webhook was deleted");
    expect((await poll()).ok).toBe(true);
  });

  test("19: keeps a dead poll without confirming anything; the next one is served normally", async () => {
    const abort = new AbortController();
    const dead = request(`${fake.url}/bot${fake.token}/getUpdates?timeout=50`, { signal: abort.signal });
    await fake.until(() => fake.isPollWaiting);
    abort.abort();
    expect(dead).rejects.toThrow();
    expect(fake.isPollWaiting).toBe(true);
    const next = await waitingPoll({ timeout: 50 });
    say(1);
    expect(textsOf(await next.answer)).toEqual(["n1"]);
    expect(textsOf(await poll())).toEqual(["n1"]);
  });

  test("20: stops an answer at 4 MiB", async () => {
    const payload = "x".repeat(500_000);
    fake.deliver(
      Array.from({ length: 12 }, () => ({ update_id: 0, message: { ...textMessage("big"), payload } })),
    );
    const answer = await poll();
    expect(answer.list).toHaveLength(8);
    expect(answer.text.length).toBeLessThan(4 * 1024 * 1024);
  });

  test("21: starts ids at random, and anew after a quiet week, lower or higher", async () => {
    const first = say(1);
    expect(first).toBeGreaterThan(2_000_000);
    expect(first).toBeLessThanOrEqual(1_000_000_000);
    const other = await startFakeTelegram();
    other.user().say("hi");
    expect(other.pendingUpdates[0]?.update_id).not.toBe(first);
    await other.close();

    fake.restartUpdateIds({ to: 5000 });
    expect(say(2)).toBe(5000);
    // A stale, high offset still gets the new, low id.
    expect(idsOf(await poll({ offset: first + 1 }))).toEqual([5000, 5001]);
    fake.advance(7 * 24 * 3600 * 1000);
    expect(say(1)).toBeGreaterThan(2_000_000);
  });

  test("22: drops messages after 24 hours and callbacks after 150 seconds", async () => {
    ada.say("hi");
    const { result } = await call("sendMessage", {
      chat_id: ada.id,
      text: "x",
      reply_markup: { inline_keyboard: [[{ text: "Undo", callback_data: "u" }]] },
    });
    ada.press(Number(result["message_id"]), "Undo");
    expect(fake.pendingUpdates).toHaveLength(2);
    fake.advance(149_000);
    expect(fake.pendingUpdates).toHaveLength(2);
    fake.advance(2000);
    expect(fake.pendingUpdates.map((update) => update.kind)).toEqual(["message"]);
    fake.advance(24 * 3600 * 1000);
    expect((await poll()).list).toEqual([]);
    expect(fake.deliver({ update_id: 1, message: textMessage("old", 1) }, { keepDates: true })).toEqual([
      undefined,
    ]);
  });

  test("23: filters at creation by a list that is remembered, shared, kept when malformed, reset by []", async () => {
    const heard = async () => {
      const message = ada.say("hi");
      ada.edit(message.message_id, `edited ${message.message_id}`);
      const kinds = fake.pendingUpdates.map((update) => update.kind);
      await poll({ offset: -1, limit: 1 });
      await poll({ offset: (fake.pendingUpdates.at(-1)?.update_id ?? 0) + 1 });
      return kinds;
    };
    await poll({ allowed_updates: ["MESSAGE", "no_such_kind"] });
    expect(await heard()).toEqual(["message"]);
    for (const allowed_updates of [{}, [1], "[oops", "null", undefined]) {
      await poll({ allowed_updates });
      expect(await heard()).toEqual(["message"]);
    }
    await call("setWebhook", { url: "https://bot.example.com/", allowed_updates: ["edited_message"] });
    await call("deleteWebhook");
    expect(await heard()).toEqual(["edited_message"]);
    // Set too late: what was created under the old list stays out.
    ada.say("unheard");
    await poll({ allowed_updates: [] });
    expect(fake.pendingUpdates).toEqual([]);
    expect(await heard()).toEqual(["message", "edited_message"]);
    expect((await call("getWebhookInfo")).result["allowed_updates"]).toBeUndefined();
    await poll({ allowed_updates: ["message"] });
    expect((await call("getWebhookInfo")).result["allowed_updates"]).toEqual(["message"]);
  });

  test("24: leaves out chat_member and reactions unless asked for", async () => {
    const message = ada.say("hi");
    ada.react(message.message_id, ["👍"]);
    fake.deliver({ update_id: 1, chat_member: { chat: { id: -5, type: "group" }, from: ada.user, date: 1 } });
    fake.deliver({
      update_id: 1,
      message_reaction_count: { chat: { id: -5, type: "group" }, message_id: 1, date: 1 },
    });
    expect(fake.pendingUpdates.map((update) => update.kind)).toEqual(["message"]);
    await poll({ allowed_updates: ["message_reaction"] });
    ada.react(message.message_id, ["👍"]);
    expect(fake.pendingUpdates.map((update) => update.kind)).toEqual(["message", "message_reaction"]);
  });

  test("25: drops an update over 512 KiB of escaped JSON", async () => {
    const fits = "x".repeat(500 * 1024);
    // As \uXXXX each letter takes six bytes.
    const tooBig = "é".repeat(100 * 1024);
    expect(fake.deliver({ update_id: 1, message: { ...textMessage("a"), fits } })).not.toEqual([undefined]);
    for (const extra of [tooBig, "x".repeat(512 * 1024)]) {
      expect(fake.deliver({ update_id: 1, message: { ...textMessage("b"), extra } })).toEqual([undefined]);
    }
    expect(textsOf(await poll())).toEqual(["a"]);
  });
});

function textMessage(text: string, date = 1_795_340_037): object {
  const chat = { id: ada.id, first_name: "Ada", type: "private" };
  return { message_id: 1, from: ada.user, chat, date, text };
}
