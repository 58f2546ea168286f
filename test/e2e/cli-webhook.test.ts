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

test("memoferry webhook --memos prints the address that Memos calls: by WEBHOOK_URL, else this machine's", async () => {
  await using world = await createWorld();
  const near = await run(world.env, ["webhook", "--memos"]);
  expect(near.out).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+\/memos\/webhook\/[\w-]{43}$/);
  const { out } = await run({ ...world.env, WEBHOOK_URL }, ["webhook", "--memos"]);
  const [, secret] = /^https:\/\/bot\.example\.com\/ferry\/memos\/webhook\/([\w-]+)$/.exec(out) ?? [];
  const body = JSON.stringify({
    activityType: "memos.memo.created",
    creator: "users/1",
    memo: { name: "memos/a" },
  });
  const post = (path: string) => fetch(`${world.app.url}${path}`, { method: "POST", body });
  expect(await (await post(`/memos/webhook/${secret}`)).json()).toEqual({ code: 0 });
  expect((await post(`/memos/webhook/${secret}x`)).status).toBe(401);
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
