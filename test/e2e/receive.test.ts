import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
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
import { must } from "../support/store.ts";
import {
  createWebhookWorld,
  deliver,
  deliverUpdate,
  modeOf,
  PUBLIC_URL,
  secretOf,
} from "../support/webhook.ts";
import { WHOLE } from "../support/whole.ts";
import { run } from "./cli-run.ts";

setDefaultTimeout(60_000);

const HOUR_MS = 3_600_000;
const SWITCHES = WHOLE ? 200 : 40;

const setsOf = (world: World) =>
  world.telegram.requests.filter(({ method }) => method === "setWebhook").length;

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

  test("a quiet day is no absence, and a day without the program is one", async () => {
    await using world = await createWebhookWorld({ RECEIVE: "webhook" });
    const { person } = await boundPerson(world);
    await until("set", () => world.telegram.webhook["url"]);
    person.say("one");
    await memosSaved(world, 1);
    await settled(world);
    for (let hour = 0; hour < 30; hour += 6) {
      const looks = world.telegram.requests.filter(({ method }) => method === "getWebhookInfo").length;
      world.clock.advance(6 * HOUR_MS);
      await until("a look at the webhook", () => {
        return world.telegram.requests.filter(({ method }) => method === "getWebhookInfo").length > looks;
      });
    }
    person.say("two");
    await memosSaved(world, 2);
    await settled(world);
    expect(botTexts(world, person).filter((text) => text.startsWith("I was away"))).toEqual([]);
    await world.stopApp();
    world.clock.advance(30 * HOUR_MS);
    await world.startApp();
    await until("told", () => botTexts(world, person).some((text) => text.startsWith("I was away")));
    await settled(world);
    expect(botTexts(world, person)).toHaveLength(3);
  });

  test("what was pressed before a start is run after it", async () => {
    await using world = await createWebhookWorld(
      { RECEIVE: "webhook" },
      { telegram: { callbackLifetimeMs: HOUR_MS } },
    );
    const { person } = await boundPerson(world);
    await until("set", () => world.telegram.webhook["url"]);
    person.say("hello");
    await memosSaved(world, 1);
    await settled(world);
    const message = must(world.telegram.botMessages(person.id)[0]);
    await world.stopApp();
    const pressed = person.press(message.message_id, "PUBLIC");
    world.clock.advance(5 * HOUR_MS);
    await world.startApp();
    world.telegram.advance(4_000);
    await pressed.answer;
    await settled(world);
    expect(world.memos.memos()[0]?.visibility).toBe("PUBLIC");
  });

  test("is not ready while Telegram cannot be asked, and says it where the bot token was revoked", async () => {
    await using world = await createWebhookWorld(
      { RECEIVE: "webhook" },
      { prepare: ({ telegram }) => telegram.stop() },
    );
    const ready = async () => (await fetch(`${world.app.url}/readyz`)).status;
    expect(await ready()).toBe(503);
    await world.telegram.start();
    await until("ready", async () => (await ready()) === 200);
    world.telegram.rotateToken();
    await until("not ready", async () => (await ready()) === 503);
    const { telegram } = (await api(world, "GET", "/api/v1/status")).body;
    expect(telegram).toEqual({
      reachable: false,
      detail:
        "Telegram refuses BOT_TOKEN: compare it with the one that @BotFather shows (/mybots, API Token)",
    });
  });
});

describe("the webhook's receiver", () => {
  const update = (update_id: number, chat: number, text: string) => ({
    update_id,
    message: {
      message_id: update_id,
      date: Math.floor(Date.now() / 1000),
      chat: { id: chat, type: "private", first_name: "a" },
      from: { id: chat, is_bot: false, first_name: "a" },
      text,
    },
  });

  test("refuses what is without the secret, too long or no JSON, and with 503 what cannot be stored", async () => {
    await using world = await createWebhookWorld({ RECEIVE: "webhook" });
    const { person } = await boundPerson(world);
    await until("set", () => world.telegram.webhook["url"]);
    const statusOf = async (body: string, secret?: string) => {
      const headers = secret === undefined ? {} : { "x-telegram-bot-api-secret-token": secret };
      return (await deliver(world, { body, headers })).status;
    };
    expect(await statusOf('{"update_id":1}')).toBe(401);
    expect(await statusOf('{"update_id":1}', "wrong")).toBe(401);
    expect(await statusOf("x".repeat(2_000_000), "wrong")).toBe(401);
    const secret = secretOf(world);
    expect(await statusOf("x".repeat(2_000_000), secret)).toBe(413);
    const { telegram } = (await api(world, "GET", "/api/v1/status")).body;
    expect(telegram).toMatchObject({ reachable: false, detail: expect.stringContaining("1048576 bytes") });
    for (const body of ["", "{", "{}", "[]", "null", "5", '{"update_id":1.5}', '{"update_id":"1"}'])
      expect([body, await statusOf(body, secret)]).toEqual([body, 400]);
    for (const content of ["", ',"message":null', ',"message":5', ',"edited_message":[]', ',"new":{"id":1}'])
      expect([content, await statusOf(`{"update_id":${3 + content.length}${content}}`, secret)]).toEqual([
        content,
        200,
      ]);
    const database = new Database(join(world.dataDir, "memoferry.db"));
    database.run("PRAGMA busy_timeout = 10000");
    // Whatever is stored fails, as on a broken disk.
    database.run(
      "CREATE TRIGGER broken BEFORE INSERT ON updates BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END",
    );
    const refused = await deliverUpdate(world, update(50, person.id, "kept by Telegram"));
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("30");
    expect(((await refused.json()) as { detail: string }).detail).not.toContain("I/O");
    database.run("DROP TRIGGER broken");
    database.close();
    expect((await deliverUpdate(world, update(50, person.id, "kept by Telegram"))).status).toBe(200);
    await memosSaved(world, 1);
  });

  test("has the same secret whatever SECRET_KEY is, and sets it once at a start", async () => {
    await using world = await createWebhookWorld({ RECEIVE: "webhook" });
    await until("set", () => world.telegram.webhook["url"]);
    const before = secretOf(world);
    await world.stopApp();
    rmSync(join(world.dataDir, "secret-key"));
    expect((await run(world.env, ["forget-tokens"])).code).toBe(0);
    // Telegram takes one setWebhook a second.
    world.telegram.advance(1_000);
    await world.startApp();
    await until("set anew", () => setsOf(world) === 2);
    expect(secretOf(world)).toBe(before);
    const looks = () => world.telegram.requests.filter(({ method }) => method === "getWebhookInfo").length;
    const looked = looks();
    world.clock.advance(60_000);
    await until("looked at again", () => looks() > looked);
    expect(setsOf(world)).toBe(2);
  });

  test("takes a hundred deliveries at once, of one update and of many, each once", async () => {
    await using world = await createWebhookWorld({ RECEIVE: "webhook" });
    const { person } = await boundPerson(world);
    await until("set", () => world.telegram.webhook["url"]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => {
        const id = 500 + Math.max(0, at - 49);
        return deliverUpdate(world, update(id, person.id, `message ${id}`));
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await memosSaved(world, 51);
    await settled(world);
    const contents = world.memos.memos().map(({ content }) => content);
    expect(contents.toSorted()).toEqual(Array.from({ length: 51 }, (_, at) => `message ${500 + at}`));
  });
});

describe("RECEIVE=auto", () => {
  test(`${SWITCHES} switches under load lose and double nothing`, async () => {
    await using world = await createWebhookWorld({});
    const { person } = await boundPerson(world);
    const expected: string[] = [];
    for (let change = 0; change < SWITCHES; change += 1) {
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
