import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  boundPerson,
  contents,
  memosSaved,
  passTime,
  settled,
  until,
  type World,
} from "../support/app.ts";
import type { Between } from "../support/proxy.ts";
import { changesOf, createWebhookWorld, modeOf, receiveOf } from "../support/webhook.ts";

setDefaultTimeout(60_000);

const MINUTE = 60_000;
const OTHER_POLLER = {
  status: 409,
  error_code: 409,
  description:
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
};

/** What was said before, amid and after a change came once, in order. */
async function savedOnce(world: World, texts: string[]): Promise<void> {
  await memosSaved(world, texts.length);
  await settled(world);
  expect(contents(world)).toEqual(texts);
}

describe("RECEIVE=auto turns to the webhook", () => {
  test("when another program polls", async () => {
    await using world = await createWebhookWorld({});
    const { person } = await boundPerson(world);
    person.say("polled");
    await memosSaved(world, 1);
    world.telegram.fault({ match: { method: "getUpdates" }, times: 1_000, action: OTHER_POLLER });
    person.say("the last that was polled");
    await until("turned", async () => (await modeOf(world)) === "webhook");
    person.say("delivered");
    await savedOnce(world, ["polled", "the last that was polled", "delivered"]);
    expect(changesOf(world)).toEqual(["polling → webhook: another program polls with this bot token"]);
    expect(await receiveOf(world)).toMatchObject({ reason: "another program polls with this bot token" });
  });
});

describe("RECEIVE=auto goes back to polling", () => {
  /** A world by webhook whose hold is over; what stands between can be changed. */
  async function byWebhook(): Promise<{ world: World; set(between: Between): void }> {
    let between: Between = (forward) => forward();
    const world = await createWebhookWorld({}, { between: (...given) => between(...given) });
    await until("a poll", () => world.telegram.isPollWaiting);
    expect((await api(world, "POST", "/api/v1/receive", { mode: "webhook" })).status).toBe(200);
    world.clock.advance(11 * MINUTE);
    return {
      world,
      set(other) {
        between = other;
      },
    };
  }

  test("when Telegram reports errors of the webhook", async () => {
    const { world, set } = await byWebhook();
    await using _ = world;
    const { person } = await boundPerson(world);
    person.say("delivered");
    await memosSaved(world, 1);
    await settled(world);
    set(async () => new Response("bad gateway", { status: 502 }));
    person.say("polled");
    await passTime(world, "turned", () => changesOf(world).length > 1, { stepMs: 10_000 });
    await savedOnce(world, ["delivered", "polled"]);
    expect(changesOf(world)).toEqual([
      "polling → webhook: asked for by the API",
      "webhook → polling: Telegram reports errors of the webhook",
    ]);
  });
});
