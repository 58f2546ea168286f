import { expect, test } from "bun:test";
import { createWorld } from "../support/app.ts";
import { run } from "./cli-run.ts";

const WEBHOOK_URL = "https://bot.example.com/ferry";

test("memoferry webhook prints the curl that sets the webhook, without the bot token", async () => {
  await using world = await createWorld({ env: { WEBHOOK_URL } });
  const { code, out, err } = await run(world.env, ["webhook"]);
  expect(err).toContain("is an address of this network: run the command where that is reached");
  expect(code).toBe(0);
  expect(out).toContain(`url=${WEBHOOK_URL}/telegram/webhook`);
  expect(out).toContain("/bot$BOT_TOKEN/setWebhook");
  expect(out).not.toContain(world.telegram.token);
  const secret = /secret_token=([\w-]+)/.exec(out)?.[1] ?? "";
  const answer = await fetch(`${world.app.url}/telegram/webhook`, {
    method: "POST",
    headers: { "x-telegram-bot-api-secret-token": secret },
    body: JSON.stringify({ update_id: 7 }),
  });
  expect(answer.status).toBe(200);
});

test("memoferry webhook says what is missing: WEBHOOK_URL, or a first start", async () => {
  await using world = await createWorld();
  const without = await run(world.env, ["webhook"]);
  expect(without.code).toBe(1);
  expect(without.err).toContain("WEBHOOK_URL is not set");
  const fresh = await run({ ...world.env, WEBHOOK_URL, DATA_DIR: `${world.dataDir}/none` }, ["webhook"]);
  expect(fresh.code).toBe(1);
  expect(fresh.err).toContain("`memoferry serve` makes it at its first start");
});
