/** How updates come from the stand-in for Telegram: by polls, and by a webhook. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { until } from "../support/app.ts";
import { type Answer, type Call, createClient, request } from "./telegram/client.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "./telegram.ts";

const DAY = 86_400_000;

let fake: FakeTelegram;
let call: Call;
let ada: Person;
let receiver: ReturnType<typeof receive>;

/** A webhook's receiver whose answers the test decides on. */
function receive() {
  const got: { headers: Headers; path: string; body: string; text: string }[] = [];
  let answer = (_text: string): Response | Promise<Response> => new Response();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = await request.text();
      const update = JSON.parse(body) as { message?: { text?: string } };
      const { pathname, search } = new URL(request.url);
      got.push({ headers: request.headers, path: pathname + search, body, text: update.message?.text ?? "" });
      return answer(update.message?.text ?? "");
    },
  });
  return {
    got,
    url: `http://127.0.0.1:${server.port}`,
    texts: () => got.map((delivered) => delivered.text),
    answerWith(next: typeof answer) {
      answer = next;
    },
    /** Answers 500 to the first delivery of all, 501 to the second, and so on: `settled` tells them apart. */
    fail(headers: Record<string, string> = {}) {
      answer = () => new Response("", { status: 499 + got.length, headers });
    },
    stop: () => server.stop(true),
  };
}

beforeEach(async () => {
  receiver = receive();
  fake = await startFakeTelegram({ webhookConnect: () => receiver.url });
  call = createClient(fake);
  ada = fake.user({ first_name: "Ada" });
});
afterEach(async () => {
  await fake.close();
  await receiver.stop();
});

/** A poll that the brake on repeats leaves alone. */
async function poll(params: object = {}): Promise<Answer> {
  fake.advance(4000);
  return call("getUpdates", params);
}

const idsOf = ({ list }: Answer) => list.map((update) => Number(update["update_id"]));
const textsOf = ({ list }: Answer) => list.map((update) => (update["message"] as { text: string }).text);

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
  await until("so", () => fake.requests.length > known && fake.isPollWaiting);
  return { answer };
}

const textMessage = (text: string, more: object = {}) => ({
  update_id: 1,
  message: {
    message_id: 1,
    from: ada.user,
    chat: { id: ada.id, first_name: "Ada", type: "private" },
    date: 1_795_340_037,
    text,
    ...more,
  },
});

describe("the fake's getUpdates", () => {
  test("clamps limit to 1–100 and timeout to 0–50", async () => {
    say(120);
    for (const [limit, length] of [
      [undefined, 100],
      [1000, 100],
      [0, 1],
      [-5, 1],
      ["7", 7],
    ] as const)
      expect((await poll({ limit })).list).toHaveLength(length);
    const last = fake.pendingUpdates.at(-1)?.update_id ?? 0;
    const long = await waitingPoll({ offset: last + 1, timeout: 3600 });
    fake.advance(49_000);
    expect(fake.isPollWaiting).toBe(true);
    fake.advance(1000);
    expect((await long.answer).list).toEqual([]);
    expect((await poll({ offset: last + 1, timeout: -3 })).list).toEqual([]);
  });

  test("returns the same until it is confirmed, which it is though the answer is lost", async () => {
    const first = say(3);
    const once = await poll();
    expect((await poll({ offset: first })).text).toBe(once.text);
    fake.fault({ match: { method: "getUpdates" }, action: "drop-after" });
    expect(call("getUpdates", { offset: first + 2 })).rejects.toThrow();
    await until("so", () => fake.pendingUpdates.length === 1);
    expect(fake.confirmedUpTo).toBe(first + 1);
    expect(idsOf(await poll())).toEqual([first + 2]);
  });

  test("takes an offset more than 10 past the tail for none and confirms nothing", async () => {
    const first = say(3);
    const tail = first + 3;
    for (const offset of [tail + 11, first - 100_001])
      expect(idsOf(await poll({ offset }))).toEqual([first, first + 1, first + 2]);
    expect(idsOf(await poll({ offset: tail + 10 }))).toEqual([]);
    // An update that comes now has an id below that offset, so it is forgotten unseen.
    say(1);
    expect(idsOf(await poll({ offset: tail + 10 }))).toEqual([]);
    expect(fake.pendingUpdates).toEqual([]);
  });

  test("makes limit 1 for the same offset within 0.5 s, and waits 3 s for a short repeat", async () => {
    const first = say(3);
    expect((await poll({ offset: first })).list).toHaveLength(3);
    expect((await call("getUpdates", { offset: first })).list).toHaveLength(1);
    const end = first + 3;
    expect((await call("getUpdates", { offset: end })).list).toEqual([]);
    fake.advance(2000);
    const braked = await waitingPoll({ offset: end, timeout: 1 });
    fake.advance(2900);
    expect(fake.isPollWaiting).toBe(true);
    fake.advance(100);
    expect((await braked.answer).list).toEqual([]);
  });

  test("ends the older of two waiting polls at once; the next 409 within 3 s comes 3 s late", async () => {
    const older = await waitingPoll({ timeout: 50 });
    const newer = await waitingPoll({ timeout: 50 });
    const { status, description } = await older.answer;
    expect([status, description]).toEqual([
      409,
      "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    ]);
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

  test("answers 409 while a webhook is set, and ends a waiting poll when one is being set", async () => {
    const waiting = await waitingPoll({ timeout: 50 });
    await setHook();
    expect((await waiting.answer).description).toBe("Conflict: terminated by setWebhook request");
    expect((await poll()).description).toBe(
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    );
    await call("deleteWebhook");
    expect((await poll()).ok).toBe(true);
  });

  test("keeps a dead poll without confirming anything; the next one is served normally", async () => {
    const abort = new AbortController();
    const dead = request(`${fake.url}/bot${fake.token}/getUpdates?timeout=50`, { signal: abort.signal });
    await until("so", () => fake.isPollWaiting);
    abort.abort();
    expect(dead).rejects.toThrow();
    expect(fake.isPollWaiting).toBe(true);
    const next = await waitingPoll({ timeout: 50 });
    say(1);
    expect(textsOf(await next.answer)).toEqual(["n1"]);
    expect(textsOf(await poll())).toEqual(["n1"]);
  });

  test("stops an answer at 4 MiB, and drops an update over 512 KiB of escaped JSON", async () => {
    fake.deliver(Array.from({ length: 12 }, () => textMessage("big", { payload: "x".repeat(500_000) })));
    expect((await poll()).list).toHaveLength(8);
    // As \uXXXX each letter takes six bytes.
    for (const payload of ["é".repeat(100 * 1024), "x".repeat(512 * 1024)])
      expect(fake.deliver(textMessage("too big", { payload }))).toEqual([undefined]);
  });

  test("drops messages after 24 hours and presses after 150 seconds", async () => {
    ada.say("hi");
    const reply_markup = { inline_keyboard: [[{ text: "Undo", callback_data: "u" }]] };
    const { result } = await call("sendMessage", { chat_id: ada.id, text: "x", reply_markup });
    ada.press(Number(result["message_id"]), "Undo");
    fake.advance(149_000);
    expect(fake.pendingUpdates).toHaveLength(2);
    fake.advance(2000);
    expect(fake.pendingUpdates.map((update) => update.kind)).toEqual(["message"]);
    fake.advance(DAY);
    expect((await poll()).list).toEqual([]);
    expect(fake.deliver(textMessage("old", { date: 1 }), { keepDates: true })).toEqual([undefined]);
  });

  test("begins ids anew after a quiet week; a stale, high offset still gets a new, low one", async () => {
    const first = say(1);
    expect(first).toBeWithin(2_000_001, 1_000_000_001);
    fake.restartUpdateIds({ to: 5000 });
    expect(say(2)).toBe(5000);
    expect(idsOf(await poll({ offset: first + 1 }))).toEqual([5000, 5001]);
    fake.advance(7 * DAY);
    expect(say(1)).toBeGreaterThan(2_000_000);
  });

  test("hears of kinds on a list that is remembered, shared, kept when malformed and reset by []", async () => {
    const heard = async () => {
      const { message_id } = ada.say("hi");
      ada.edit(message_id, `edited ${message_id}`);
      const date = fake.now() / 1000;
      fake.deliver({
        update_id: 1,
        message_reaction: { chat: { id: ada.id, type: "private" }, message_id, date },
      });
      const kinds = fake.pendingUpdates.map((update) => update.kind);
      await poll({ offset: (fake.pendingUpdates.at(-1)?.update_id ?? 0) + 1 });
      return kinds;
    };
    await poll({ allowed_updates: ["MESSAGE", "no_such_kind"] });
    for (const allowed_updates of [{}, [1], "[oops", "null", undefined]) {
      await poll({ allowed_updates });
      expect(await heard()).toEqual(["message"]);
    }
    await setHook({ allowed_updates: ["edited_message", "message_reaction"] });
    await call("deleteWebhook");
    expect(await heard()).toEqual(["edited_message", "message_reaction"]);
    // Set too late: what was created under the old list stays out. Reactions come only where they are asked for.
    ada.say("unheard");
    await poll({ allowed_updates: [] });
    expect(fake.pendingUpdates).toEqual([]);
    expect(await heard()).toEqual(["message", "edited_message"]);
  });
});

test("reactions of people reach the bot in private chats, and where it is an administrator", async () => {
  await poll({ allowed_updates: ["message_reaction"] });
  const { message_id } = ada.say("hi");
  const emojis = (...of: string[]) => of.map((emoji) => ({ type: "emoji", emoji }));
  ada.react(message_id, "❤");
  ada.react(message_id, "👍", "🎃");
  ada.react(message_id);
  for (const admin of [false, true]) {
    const group = fake.group({ admin });
    const said = group.post("hello").message_id;
    group.as(ada).react(said, "👍");
  }
  const heard = fake.pendingUpdates.map(({ payload }) => payload);
  expect(heard).toMatchObject([
    { user: { id: ada.id }, message_id, old_reaction: [], new_reaction: emojis("❤") },
    { user: { id: ada.id }, message_id, old_reaction: emojis("❤"), new_reaction: emojis("👍", "🎃") },
    { user: { id: ada.id }, message_id, old_reaction: emojis("👍", "🎃"), new_reaction: [] },
    { user: { id: ada.id }, chat: { type: "group" }, new_reaction: emojis("👍") },
  ]);
  expect(() => ada.react(message_id, "👍", "👎", "❤", "🎃")).toThrow("three");
});

const hook = "https://bot.example.com/hook?x=1";

async function setHook(params: object = {}): Promise<void> {
  fake.advance(1100);
  expect((await call("setWebhook", { url: hook, ...params })).description).toBe("Webhook was set");
}

const deliveries = (count: number) => until("so", () => receiver.got.length >= count);
const pending = () => fake.webhook["pending_update_count"];
const emptied = () => until("so", () => pending() === 0);
/** Waits until the fake has seen that the nth delivery failed, so that the next try is planned. */
const settled = (count: number) =>
  until("so", () => String(fake.webhook["last_error_message"]).includes(` ${499 + count} `));

describe("the fake's channels", () => {
  const kinds = () => fake.pendingUpdates.map(({ kind }) => kind);

  test("bring posts and their edits to a bot that is an administrator, and from nobody", async () => {
    const channel = fake.channel({ username: "kitchennotes", signs: true });
    const post = channel.as(ada).say("Sourdough");
    channel.as(ada).edit(post.message_id, "Sourdough, day 2");
    channel.as(ada).sendAlbum([{ type: "photo" }, { type: "photo" }]);
    expect(kinds()).toEqual(["channel_post", "edited_channel_post", "channel_post", "channel_post"]);
    const [first] = (await poll()).list;
    expect(first?.["channel_post"]).toMatchObject({
      author_signature: "Ada",
      sender_chat: { id: channel.id, type: "channel" },
      chat: { id: channel.id, username: "kitchennotes" },
    });
    expect(first?.["channel_post"]).not.toHaveProperty("from");
  });

  test("tell it that it is removed, and nothing after that", () => {
    const channel = fake.channel();
    fake.setBot(channel, ada, "left");
    channel.as(ada).say("unheard");
    expect(kinds()).toEqual(["my_chat_member"]);
  });

  test("bring no posts where these are not asked for", async () => {
    await poll({ allowed_updates: ["message"] });
    fake.channel().as(ada).say("unwanted");
    expect(fake.pendingUpdates).toEqual([]);
  });
});

describe("the fake's webhook", () => {
  test.each<[string, string, string?]>([
    ["http://bot.example.com/", "bad webhook: An HTTPS URL must be provided for webhook"],
    ["https://bot.example.com:9000/", "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"],
    ["https://192.168.1.5/", "bad webhook: IP address 192.168.1.5 is reserved"],
    ["https://100.64.0.1/", "bad webhook: IP address 100.64.0.1 is reserved"],
    ["https://[::1]/", "bad webhook: IPv6-only addresses are not allowed"],
    ["https://localhost/", "bad webhook: Failed to resolve host: Name or service not known"],
    ["ftp://bot.example.com/", "invalid webhook URL specified"],
    [hook, "secret token contains unallowed characters", "a b"],
    [hook, "secret token is too long", "a".repeat(257)],
  ])("is refused at %s: %s, and the old one is lost", async (...[url, why, secret_token = ""]) => {
    await setHook();
    fake.advance(1000);
    const answer = await call("setWebhook", { url, secret_token });
    expect([answer.status, answer.description]).toEqual([400, `Bad Request: ${why}`]);
    const none = { url: "", has_custom_certificate: false, pending_update_count: 0 };
    expect((await call("getWebhookInfo")).result).toEqual(none);
  });

  test("of a local server takes http, any port and private addresses", async () => {
    await using local = await startFakeTelegram({ local: true });
    expect((await createClient(local)("setWebhook", { url: `${receiver.url}/local` })).ok).toBe(true);
    local.user().say("hi");
    await deliveries(1);
    expect(receiver.got[0]?.path).toBe("/local");
  });

  test("is set once a second, makes no request then, and keeps pending updates", async () => {
    await setHook();
    const early = await call("setWebhook", { url: hook });
    expect([early.status, early.headers.get("retry-after")]).toEqual([429, "1"]);
    fake.advance(1000);
    expect((await call("setWebhook", { url: hook })).description).toBe("Webhook is already set");
    expect(receiver.got).toEqual([]);
    expect((await call("deleteWebhook")).description).toBe("Webhook was deleted");
    expect((await call("deleteWebhook")).description).toBe("Webhook is already deleted");
    ada.say("kept");
    await setHook();
    await emptied();
    expect(receiver.texts()).toEqual(["kept"]);
  });

  test("gets the secret header, and update_id first with a newline after it, in ASCII", async () => {
    await setHook({ secret_token: "s3cret_-" });
    ada.say("é");
    await deliveries(1);
    const [first] = receiver.got;
    expect(first?.path).toBe("/hook?x=1");
    const headers = ["x-telegram-bot-api-secret-token", "content-type", "host"];
    expect(headers.map((name) => first?.headers.get(name))).toEqual([
      "s3cret_-",
      "application/json",
      "bot.example.com",
    ]);
    expect(first?.body).toMatch(/^\{"update_id":\d+,\n"message":\{"message_id":\d+,.*"text":"\\u00e9"/);
  });

  test("gets one at a time of a chat, in order, and 40 chats in parallel", async () => {
    const people = Array.from({ length: 41 }, () => fake.user());
    let open = 0;
    let most = 0;
    const release: (() => void)[] = [];
    receiver.answerWith(async () => {
      most = Math.max(most, ++open);
      await new Promise<void>((resolve) => release.push(resolve));
      open--;
      return new Response();
    });
    const drain = () =>
      until("so", () => {
        release.shift()?.();
        return pending() === 0;
      });
    await setHook();
    // Until the first success there is one connection only.
    for (const person of people) person.say("warm up");
    await deliveries(1);
    await call("getMe");
    expect(open).toBe(1);
    await drain();
    most = 0;
    for (const [index, person] of people.entries()) for (const nth of [1, 2]) person.say(`${index}-${nth}`);
    await until("so", () => open === 40);
    await drain();
    expect(most).toBe(40);
    for (const index of people.keys())
      expect(receiver.texts().filter((text) => text.startsWith(`${index}-`))).toEqual([
        `${index}-1`,
        `${index}-2`,
      ]);
  });

  test("has taken an update with any 2xx, nothing else, and no redirect", async () => {
    await setHook();
    for (const status of [200, 204, 299]) {
      receiver.answerWith(() => new Response(null, { status }));
      ada.say(`ok ${status}`);
      await emptied();
    }
    expect(receiver.got).toHaveLength(3);
    for (const [status, reason] of [
      [302, "Found"],
      [503, "Service Unavailable"],
    ] as const) {
      const headers = { Location: `${receiver.url}/elsewhere` };
      receiver.answerWith(() => new Response("", { status, headers }));
      ada.say(`not ok ${status}`);
      await deliveries(receiver.got.length + 2);
      const told = `Wrong response from the webhook: ${status} ${reason}`;
      await until("so", () => fake.webhook["last_error_message"] === told);
      receiver.answerWith(() => new Response());
      fake.advance(2000);
      await emptied();
    }
    expect(receiver.got.every((delivered) => delivered.path === "/hook?x=1")).toBe(true);
  });

  test("is tried again at once, then after 2, 4, 8, 16, 32 and 60–120 s, and tells its last error", async () => {
    receiver.fail();
    await setHook({ allowed_updates: ["message"] });
    ada.say("x");
    // The first try and the one at once.
    await deliveries(2);
    for (const [index, seconds] of [2, 4, 8, 16, 32].entries()) {
      await settled(index + 2);
      fake.advance(seconds * 1000 - 100);
      expect(receiver.got).toHaveLength(index + 2);
      fake.advance(100);
      await deliveries(index + 3);
    }
    await settled(7);
    expect((await call("getWebhookInfo")).result).toEqual({
      url: hook,
      has_custom_certificate: false,
      pending_update_count: 1,
      last_error_date: Math.floor(fake.now() / 1000),
      last_error_message: "Wrong response from the webhook: 506 Variant Also Negotiates",
      max_connections: 40,
      ip_address: "203.0.113.10",
      allowed_updates: ["message"],
    });
    fake.advance(59_000);
    await call("getMe");
    expect(receiver.got).toHaveLength(7);
    // 64 s at the most; a minute more at once would be the end of its answer, too.
    fake.advance(6_000);
    await deliveries(8);
    receiver.answerWith(() => new Response());
    await settled(8);
    fake.advance(120_000);
    await emptied();
    expect(fake.webhook["last_error_message"]).toContain(" 507 ");
  });

  test("is left alone for a Retry-After of up to an hour", async () => {
    receiver.fail({ "Retry-After": "30" });
    await setHook();
    ada.say("x");
    await settled(1);
    fake.advance(29_900);
    await call("getMe");
    expect(receiver.got).toHaveLength(1);
    receiver.fail({ "Retry-After": "999999" });
    fake.advance(100);
    await settled(2);
    receiver.answerWith(() => new Response());
    fake.advance(3_600_000);
    await emptied();
    expect(receiver.got).toHaveLength(3);
  });

  test("gets no later update of a chat while one fails, but those of others", async () => {
    const boris = fake.user({ first_name: "Boris" });
    receiver.answerWith((text) => new Response("", { status: text === "bad" ? 500 : 200 }));
    await setHook();
    for (const text of ["bad", "after"]) ada.say(text);
    boris.say("other");
    await until("so", () => receiver.texts().includes("other"));
    await until("so", () => receiver.texts().filter((text) => text === "bad").length === 2);
    expect(receiver.texts()).not.toContain("after");
    receiver.answerWith(() => new Response());
    fake.advance(2000);
    await emptied();
    expect(receiver.texts().slice(-2)).toEqual(["bad", "after"]);
  });

  test("may answer with a method, but none that is not allowed, and is told no result", async () => {
    const method = "sendMessage";
    const answers = [
      Response.json({ method, chat_id: ada.id, text: "by webhook" }),
      Response.json({ method, chat_id: 1, text: "to nobody" }),
      Response.json({ method: "deleteWebhook" }),
      Response.json({ method: "getMe" }),
      new Response('{"method":"sendMessage"}', { headers: { "Content-Type": "text/plain" } }),
      Response.json({ method, chat_id: ada.id, text: "not 2xx" }, { status: 404 }),
    ];
    const count = answers.length;
    receiver.answerWith(() => answers.shift() ?? new Response());
    await setHook();
    const before = fake.requests.length;
    for (let i = 0; i < count; i++) {
      ada.say(`n${i}`);
      await emptied();
    }
    expect(fake.requests.slice(before).map((made) => `${made.method} ${made.status}`)).toEqual([
      "sendMessage 200",
      "sendMessage 400",
    ]);
    expect(fake.webhook["url"]).toBe(hook);
  });
});
