import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Call, createClient } from "./telegram/client.ts";
import { type FakeTelegram, type Person, startFakeTelegram } from "./telegram.ts";

interface Delivered {
  headers: Headers;
  path: string;
  body: string;
  text: string;
}

const hook = "https://bot.example.com/hook?x=1";

let fake: FakeTelegram;
let call: Call;
let ada: Person;
let receiver: ReturnType<typeof receive>;

/** A receiver whose answers the test decides on. */
function receive() {
  const got: Delivered[] = [];
  let answer: (delivered: Delivered) => Response | Promise<Response> = () => new Response();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const body = await request.text();
      const update = JSON.parse(body) as { message?: { text?: string } };
      const path = new URL(request.url).pathname + new URL(request.url).search;
      const delivered = { headers: request.headers, path, body, text: update.message?.text ?? "" };
      got.push(delivered);
      return answer(delivered);
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

async function setHook(params: object = {}): Promise<void> {
  fake.advance(1100);
  const answer = await call("setWebhook", { url: hook, ...params });
  expect(answer.description).toBe("Webhook was set");
}

const deliveries = (count: number) => fake.until(() => receiver.got.length >= count);
const pending = () => fake.webhook["pending_update_count"];
const emptied = () => fake.until(() => pending() === 0);

describe("the fake's webhook", () => {
  test("26: refuses http, other ports, reserved addresses and a bad secret, each with its text", async () => {
    for (const [params, text] of [
      [{ url: "http://bot.example.com/" }, "bad webhook: An HTTPS URL must be provided for webhook"],
      [
        { url: "https://bot.example.com:9000/" },
        "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
      ],
      [{ url: "https://192.168.1.5/" }, "bad webhook: IP address 192.168.1.5 is reserved"],
      [{ url: "https://100.64.0.1/" }, "bad webhook: IP address 100.64.0.1 is reserved"],
      [{ url: "https://[::1]/" }, "bad webhook: IPv6-only addresses are not allowed"],
      [{ url: "https://localhost/" }, "bad webhook: Failed to resolve host: Name or service not known"],
      [{ url: "ftp://bot.example.com/" }, "invalid webhook URL specified"],
      [{ url: hook, secret_token: "a b" }, "secret token contains unallowed characters"],
      [{ url: hook, secret_token: "a".repeat(257) }, "secret token is too long"],
    ] as const) {
      fake.advance(1000);
      const answer = await call("setWebhook", params);
      expect([answer.status, answer.description]).toEqual([400, `Bad Request: ${text}`]);
    }
    fake.advance(1000);
    expect((await call("setWebhook", { url: "bot.example.com:8443/x" })).ok).toBe(true);
  });

  test("26: a local server takes http, any port and private addresses", async () => {
    await using local = await startFakeTelegram({ local: true });
    const answer = await createClient(local)("setWebhook", { url: `${receiver.url}/local` });
    expect(answer.ok).toBe(true);
    local.user().say("hi");
    await deliveries(1);
    expect(receiver.got[0]?.path).toBe("/local");
  });

  test("27: makes no request when set, and keeps pending updates", async () => {
    await setHook();
    await call("getMe");
    expect(receiver.got).toEqual([]);
    await call("deleteWebhook");
    ada.say("kept");
    receiver.answerWith(() => new Response("", { status: 500 }));
    await setHook();
    await deliveries(1);
    await call("deleteWebhook");
    expect(fake.pendingUpdates).toHaveLength(1);
    receiver.answerWith(() => new Response());
    await setHook();
    await emptied();
  });

  test("28: loses the old webhook when the new one is refused", async () => {
    await setHook();
    fake.advance(1000);
    expect((await call("setWebhook", { url: "http://bot.example.com/" })).status).toBe(400);
    expect((await call("getWebhookInfo")).result).toEqual({
      url: "",
      has_custom_certificate: false,
      pending_update_count: 0,
    });
    expect((await call("getUpdates")).ok).toBe(true);
  });

  test("29: takes one setWebhook a second and knows when nothing changes", async () => {
    await setHook();
    const early = await call("setWebhook", { url: hook });
    expect([early.status, early.headers.get("retry-after")]).toEqual([429, "1"]);
    fake.advance(1000);
    expect((await call("setWebhook", { url: hook })).description).toBe("Webhook is already set");
    expect((await call("deleteWebhook")).description).toBe("Webhook was deleted");
    expect((await call("deleteWebhook")).description).toBe("Webhook is already deleted");
  });

  test("30: sends the secret header, and update_id first with a newline after it, in ASCII", async () => {
    await setHook({ secret_token: "s3cret_-" });
    ada.say("é");
    await deliveries(1);
    const [first] = receiver.got;
    expect(first?.path).toBe("/hook?x=1");
    expect(first?.headers.get("x-telegram-bot-api-secret-token")).toBe("s3cret_-");
    expect(first?.headers.get("content-type")).toBe("application/json");
    expect(first?.headers.get("host")).toBe("bot.example.com");
    expect(first?.body).toMatch(/^\{"update_id":\d+,\n"message":\{"message_id":\d+,/);
    expect(first?.body).toContain('"text":"\\u00e9"');
  });

  test("31: sends one at a time per chat, in order, and 40 chats in parallel", async () => {
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
    await setHook();
    // Until the first success there is one connection only.
    for (const person of people) person.say("warm up");
    await deliveries(1);
    await call("getMe");
    await call("getMe");
    expect(open).toBe(1);
    await drain();
    most = 0;
    for (const [index, person] of people.entries()) {
      person.say(`${index}-1`);
      person.say(`${index}-2`);
    }
    await fake.until(() => open === 40);
    await drain();
    expect(most).toBe(40);
    const texts = receiver.texts();
    for (const index of people.keys()) {
      expect(texts.filter((text) => text.startsWith(`${index}-`))).toEqual([`${index}-1`, `${index}-2`]);
    }

    function drain(): Promise<boolean> {
      return fake.until(() => {
        release.shift()?.();
        return pending() === 0;
      });
    }
  });

  test("32: takes any 2xx as success, nothing else, and follows no redirect", async () => {
    await setHook();
    for (const status of [200, 201, 204, 299]) {
      receiver.answerWith(() => new Response(null, { status }));
      ada.say(`ok ${status}`);
      await emptied();
    }
    expect(receiver.got).toHaveLength(4);
    for (const [status, reason] of [
      [302, "Found"],
      [401, "Unauthorized"],
      [404, "Not Found"],
      [503, "Service Unavailable"],
    ] as const) {
      receiver.answerWith(
        () => new Response("", { status, headers: { Location: `${receiver.url}/elsewhere` } }),
      );
      const before = receiver.got.length;
      ada.say(`not ok ${status}`);
      await deliveries(before + 2);
      await fake.until(
        () => fake.webhook["last_error_message"] === `Wrong response from the webhook: ${status} ${reason}`,
      );
      receiver.answerWith(() => new Response());
      fake.advance(2000);
      await emptied();
    }
    expect(receiver.got.every((delivered) => delivered.path === "/hook?x=1")).toBe(true);
  });

  test("33: retries at once, then after 2, 4, 8, 16, 32 and 60–120 s", async () => {
    receiver.fail();
    await setHook();
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
    fake.advance(59_000);
    await call("getMe");
    expect(receiver.got).toHaveLength(7);
    // 64 s at the most; a minute more at once would be the end of its answer, too.
    fake.advance(6_000);
    await deliveries(8);
    fake.advance(24 * 3600 * 1000);
    await emptied();
  });

  test("33: obeys a Retry-After of up to an hour", async () => {
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

  test("34: holds back the chat's later updates while one fails", async () => {
    const boris = fake.user({ first_name: "Boris" });
    receiver.answerWith(({ text }) => new Response("", { status: text === "bad" ? 500 : 200 }));
    await setHook();
    ada.say("bad");
    ada.say("after");
    boris.say("other");
    await fake.until(() => receiver.texts().includes("other"));
    await fake.until(() => receiver.texts().filter((text) => text === "bad").length === 2);
    expect(receiver.texts()).not.toContain("after");
    receiver.answerWith(() => new Response());
    fake.advance(2000);
    await emptied();
    expect(receiver.texts().slice(-2)).toEqual(["bad", "after"]);
  });

  test("37: runs a method in the answer, but none that is not allowed, and tells nobody the result", async () => {
    const answers = [
      Response.json({ method: "sendMessage", chat_id: ada.id, text: "by webhook" }),
      Response.json({ method: "sendMessage", chat_id: 1, text: "to nobody" }),
      Response.json({ method: "deleteWebhook" }),
      Response.json({ method: "getMe" }),
      new Response('{"method":"sendMessage","text":"wrong type"}', {
        headers: { "Content-Type": "text/plain" },
      }),
      Response.json({ method: "sendMessage", chat_id: ada.id, text: "not 2xx" }, { status: 404 }),
    ];
    receiver.answerWith(() => answers.shift() ?? new Response());
    await setHook();
    const before = fake.requests.length;
    for (let i = 0; i < 6; i++) {
      ada.say(`n${i}`);
      await emptied();
    }
    expect(fake.botMessages(ada.id).map((message) => message.text)).toEqual(["by webhook"]);
    expect(fake.requests.slice(before).map(({ method, status }) => `${method} ${status}`)).toEqual([
      "sendMessage 200",
      "sendMessage 400",
    ]);
    expect(fake.webhook["url"]).toBe(hook);
  });

  test("38: tells the last error and the pending count, and keeps the error after a success", async () => {
    receiver.fail();
    await setHook({ secret_token: "x", allowed_updates: ["message"] });
    ada.say("one");
    ada.say("two");
    await settled(2);
    const info = (await call("getWebhookInfo")).result;
    expect(info).toEqual({
      url: hook,
      has_custom_certificate: false,
      pending_update_count: 2,
      last_error_date: Math.floor(fake.now() / 1000),
      last_error_message: "Wrong response from the webhook: 501 Not Implemented",
      max_connections: 40,
      ip_address: "203.0.113.10",
      allowed_updates: ["message"],
    });
    receiver.answerWith(() => new Response());
    fake.advance(2000);
    await emptied();
    expect((await call("getWebhookInfo")).result["last_error_message"]).toBe(
      String(info["last_error_message"]),
    );
  });
});

/** Waits until the fake has seen that the nth delivery failed, so that the next try is planned. */
async function settled(count: number): Promise<void> {
  await fake.until(() => String(fake.webhook["last_error_message"]).includes(` ${499 + count} `));
}
