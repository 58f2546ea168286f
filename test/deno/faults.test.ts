// The program on Deno, killed at calls that count, behind a proxy, and with a webhook.
import { expect, test } from "bun:test";
import { startForwardProxy } from "../crash/forward-proxy.ts";
import type { Point } from "../crash/points.ts";
import { finish, killAt, staged, startToDie, withLog } from "../crash/runs.ts";
import { laterScenarios, scenarios } from "../crash/scenarios.ts";
import { createCrashWorld } from "../crash/world.ts";
import { until } from "../support/app.ts";
import { onDeno } from "./program.ts";

const KILLS: readonly [scenario: string, label: string, phase: Point["phase"], nth: number][] = [
  ["a text", "memos POST /api/v1/memos", "after", 1],
  ["a text", "telegram sendMessage", "before", 1],
  ["a text", "telegram sendMessage", "after", 1],
  ["an album of three photos with captions on two", "memos POST /api/v1/attachments", "after", 2],
  ["a /bind with a token", "telegram deleteMessage", "after", 1],
  ["an edit of a text", "memos PATCH /api/v1/memos/:id", "after", 1],
];

for (const [name, label, phase, nth] of KILLS) {
  test(`${name}, killed ${phase} ${label} #${nth} and started again, comes to the same`, async () => {
    const scenario = [...scenarios, ...laterScenarios].find((one) => one.name === name);
    if (!scenario) throw new Error(`no scenario is called ${name}`);
    const stage = await staged(scenario, onDeno);
    await using world = stage.world;
    await withLog(world, async () => {
      const point = { label, nth, phase };
      await startToDie(world, killAt(world, point).dead);
      await world.program.start();
      await finish(scenario, stage, [point]);
    });
  });
}

test("TELEGRAM_PROXY is for Telegram alone, and a proxy of the environment for nothing", async () => {
  await using trap = await startForwardProxy();
  await using proxy = await startForwardProxy();
  const named = Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"].map((name) => [name, trap.url]),
  );
  const env = { ...onDeno.env, ...named, TELEGRAM_PROXY: proxy.url };
  await using world = await createCrashWorld({ ...onDeno, env });
  const [alice] = world.people("alice");
  await world.bind([alice]);
  await world.program.start();
  alice.person.sendDocument({ bytes: Buffer.from("bytes"), fileName: "a.txt", caption: "by proxy" });
  await world.settled();
  expect(world.memos.memos()).toMatchObject([{ content: "by proxy", attachments: [{ filename: "a.txt" }] }]);
  expect(trap.asked).toEqual([]);
  expect(new Set(proxy.asked.map((url) => new URL(url).origin))).toEqual(new Set([world.telegram.url]));
});

test("a delivery by webhook is taken, and one without the secret is not", async () => {
  const env = { ...onDeno.env, RECEIVE: "webhook", WEBHOOK_URL: "https://bot.example.com" };
  const telegram = { webhookConnect: (url: string) => url.replace(/^https:\/\/[^/]*/, world.program.url) };
  await using world = await createCrashWorld({ ...onDeno, env, telegram });
  const [alice] = world.people("alice");
  await world.bind([alice]);
  await world.program.start();
  await until("the webhook", () => world.telegram.webhook["url"]);
  alice.person.say("delivered");
  await world.settled();
  expect(world.memos.memos()).toMatchObject([{ content: "delivered" }]);
  const body = JSON.stringify({ update_id: 1 });
  const unsigned = await fetch(`${world.program.url}/telegram/webhook`, { method: "POST", body });
  expect(unsigned.status).toBe(401);
});
