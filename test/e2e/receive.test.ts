import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  botTexts,
  boundPerson,
  createWorld,
  memosSaved,
  settled,
  until,
  type World,
} from "../support/app.ts";

setDefaultTimeout(60_000);

const PUBLIC_URL = "https://bot.example.com/ferry";

/** A world whose WEBHOOK_URL leads to the program: with the path prefix, as behind a proxy that keeps it. */
async function createWebhookWorld(env: Record<string, string>): Promise<World> {
  let world: World | undefined;
  world = await createWorld({
    rate: 20,
    telegram: {
      limits: false,
      webhookConnect: (url) => url.replace("https://bot.example.com", world?.app.url ?? ""),
    },
    env: { WEBHOOK_URL: PUBLIC_URL, ...env },
  });
  return world;
}

const modeOf = async (world: World) =>
  ((await api(world, "GET", "/api/v1/status")).body["receive"] as { mode: string }).mode;

async function deliver(world: World, init: RequestInit): Promise<Response> {
  return fetch(`${world.app.url}/telegram/webhook`, { method: "POST", ...init });
}

describe("RECEIVE=webhook", () => {
  test("sets the webhook with a secret and takes what Telegram delivers", async () => {
    await using world = await createWebhookWorld({ RECEIVE: "webhook" });
    const { person } = await boundPerson(world);
    await until("set", () => world.telegram.webhook["url"] === `${PUBLIC_URL}/telegram/webhook`);
    person.say("by webhook");
    person.sendAlbum([{ type: "photo", caption: "one" }, { type: "photo" }]);
    await memosSaved(world, 2);
    await settled(world);
    expect(world.memos.memos().map(({ content }) => content)).toEqual(["by webhook", "one"]);
    expect(world.memos.memos()[1]?.attachments).toHaveLength(2);
    expect(world.telegram.requests.some(({ method }) => method === "getUpdates")).toBe(false);
    expect(await modeOf(world)).toBe("webhook");
    expect((await fetch(`${world.app.url}/readyz`)).status).toBe(200);
  });

  test("a delivery without the secret, with a wrong one, or that is no update is refused", async () => {
    await using world = await createWebhookWorld({ RECEIVE: "webhook" });
    const body = JSON.stringify({ update_id: 1 });
    expect((await deliver(world, { body })).status).toBe(401);
    const wrong = { "x-telegram-bot-api-secret-token": "wrong" };
    expect((await deliver(world, { body, headers: wrong })).status).toBe(401);
    expect((await deliver(world, { body: "x".repeat(2_000_000), headers: wrong })).status).toBe(413);
  });

  test("an update delivered twice makes one memo", async () => {
    await using world = await createWebhookWorld({ RECEIVE: "webhook" });
    const { person } = await boundPerson(world);
    await until("set", () => world.telegram.webhook["url"]);
    const lost = world.telegram.requests.length;
    person.say("once");
    await memosSaved(world, 1);
    await world.stopApp();
    await world.startApp();
    person.say("twice");
    await memosSaved(world, 2);
    await settled(world);
    expect(world.memos.memos().map(({ content }) => content)).toEqual(["once", "twice"]);
    expect(lost).toBeGreaterThan(0);
  });
});

describe("RECEIVE=auto", () => {
  test("turns to the webhook when another program polls, and saves each message once", async () => {
    await using world = await createWebhookWorld({});
    const { person } = await boundPerson(world);
    person.say("polled");
    await memosSaved(world, 1);
    world.telegram.fault({
      match: { method: "getUpdates" },
      times: 1_000,
      action: {
        status: 409,
        error_code: 409,
        description:
          "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
      },
    });
    person.say("the last that was polled");
    await until("turned", async () => (await modeOf(world)) === "webhook");
    person.say("delivered");
    await memosSaved(world, 3);
    await settled(world);
    expect(world.memos.memos().map(({ content }) => content)).toEqual([
      "polled",
      "the last that was polled",
      "delivered",
    ]);
    expect(
      world.log.some(
        ({ message, reason }) =>
          message === "receiving changes" && String(reason).includes("another program"),
      ),
    ).toBe(true);
  });

  test("200 switches under load lose and double nothing", async () => {
    await using world = await createWebhookWorld({});
    const { person } = await boundPerson(world);
    const expected: string[] = [];
    for (let change = 0; change < 200; change += 1) {
      const text = `message ${change}`;
      person.say(text);
      expected.push(text);
      const mode = change % 2 === 0 ? "webhook" : "polling";
      const answer = await api(world, "POST", "/api/v1/receive", { mode });
      // Telegram takes one setWebhook a second.
      if (answer.status !== 200) expect(answer.text).toContain("Too Many Requests");
      world.telegram.advance(1_000);
    }
    await memosSaved(world, expected.length);
    await settled(world);
    expect(world.memos.memos().map(({ content }) => content)).toEqual(expected);
  });
});

test("POST /api/v1/receive says what it takes, and why it cannot", async () => {
  await using world = await createWorld({ rate: 20 });
  expect((await api(world, "POST", "/api/v1/receive", { mode: "pigeon" })).status).toBe(422);
  const refused = await api(world, "POST", "/api/v1/receive", { mode: "webhook" });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain("WEBHOOK_URL is not set");
});

test("where Telegram's API cannot be called, the confirmation rides in the answer to the delivery", async () => {
  await using world = await createWebhookWorld({ RECEIVE: "webhook" });
  const { person } = await boundPerson(world);
  await until("set", () => world.telegram.webhook["url"]);
  for (const method of ["sendMessage", "getMe", "getWebhookInfo", "getUpdates", "setWebhook"]) {
    world.telegram.fault({ match: { method }, times: 100_000, action: "drop-before" });
  }
  person.say("first: the loss is noticed");
  await memosSaved(world, 1);
  await until("noticed", () =>
    world.log.some(({ message }) => String(message).includes("could not be changed")),
  );
  person.say("second");
  await memosSaved(world, 2);
  await until("told", () => botTexts(world, person).length > 0);
  expect(botTexts(world, person)[0]).toMatch(/^Saved as PRIVATE|^I have it/);
});
