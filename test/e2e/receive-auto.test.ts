import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  api,
  botTexts,
  boundPerson,
  memosSaved,
  passTime,
  rows,
  settled,
  until,
  type World,
} from "../support/app.ts";
import {
  type Between,
  changesOf,
  createWebhookWorld,
  modeOf,
  PUBLIC_URL,
  receiveOf,
} from "../support/webhook.ts";

setDefaultTimeout(60_000);

const MINUTE = 60_000;
const OTHER_POLLER = {
  status: 409,
  error_code: 409,
  description:
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
};

const contents = (world: World) => world.memos.memos().map(({ content }) => content);

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

  test("when another program polls before any poll of ours was answered; albums are saved, too", async () => {
    await using world = await createWebhookWorld(
      {},
      {
        prepare: ({ telegram }) => {
          telegram.fault({ match: { method: "getUpdates" }, times: 1_000, action: OTHER_POLLER });
        },
      },
    );
    const { person } = await boundPerson(world);
    await until("turned", async () => (await modeOf(world)) === "webhook");
    person.sendAlbum([{ type: "photo", caption: "album" }, { type: "photo" }]);
    await memosSaved(world, 1);
    await settled(world);
    expect(world.memos.memos()[0]?.attachments).toHaveLength(2);
  });

  test("when no poll was answered for two minutes", async () => {
    await using world = await createWebhookWorld({});
    const { person } = await boundPerson(world);
    await settled(world);
    world.telegram.fault({ match: { method: "getUpdates" }, times: 1_000, action: "html502" });
    person.say("not polled");
    await passTime(world, "turned", () => changesOf(world).length > 0, { stepMs: 10_000 });
    person.say("delivered");
    await savedOnce(world, ["not polled", "delivered"]);
    expect(changesOf(world)).toEqual(["polling → webhook: no poll was answered for 2 minutes"]);
  });

  test("when long polls are cut off, though short ones are answered", async () => {
    await using world = await createWebhookWorld({});
    const { person } = await boundPerson(world);
    await until("a poll", () => world.telegram.isPollWaiting);
    world.telegram.onRequest = ({ method, params }, phase) => {
      if (method !== "getUpdates" || phase !== "before" || Number(params["timeout"] ?? 0) === 0) return;
      world.telegram.fault({ match: { method: "getUpdates" }, action: "drop-before" });
    };
    person.say("polled shortly");
    await passTime(world, "turned", () => changesOf(world).length > 0, { stepMs: 5_000 });
    person.say("delivered");
    await savedOnce(world, ["polled shortly", "delivered"]);
    expect(changesOf(world)).toEqual(["polling → webhook: long polls have been cut off for 2 minutes"]);
  });

  test("not without WEBHOOK_URL: polls on with pauses, and goes on when it can", async () => {
    await using world = await createWebhookWorld({ WEBHOOK_URL: "" });
    const { person } = await boundPerson(world);
    await settled(world);
    const end = world.telegram.fault({
      match: { method: "getUpdates" },
      times: 10_000,
      action: OTHER_POLLER,
    });
    person.say("kept by Telegram");
    const before = world.telegram.requests.length;
    for (let minute = 0; minute < 30; minute += 1) {
      world.clock.advance(MINUTE);
      await Bun.sleep(0);
    }
    await until("asked on", () => world.telegram.requests.length > before + 5);
    expect(changesOf(world)).toEqual([]);
    expect(await modeOf(world)).toBe("polling");
    end();
    await passTime(world, "saved", () => contents(world).length === 1);
  });
});

describe("RECEIVE=auto goes back to polling", () => {
  /** A world by webhook whose hold is over; what stands between can be changed. */
  async function byWebhook(): Promise<{ world: World; set(between: Between): void }> {
    let between: Between = (forward) => forward();
    const world = await createWebhookWorld({}, { between: (forward, request) => between(forward, request) });
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

  test("when updates pile up behind the webhook", async () => {
    const { world, set } = await byWebhook();
    await using _ = world;
    const { person } = await boundPerson(world);
    const asked = () => world.telegram.requests.filter(({ method }) => method === "getWebhookInfo").length;
    await until("looked at", () => asked() > 2);
    // Deliveries hang: no error is reported yet.
    const released = Promise.withResolvers<void>();
    set(async (forward) => {
      await released.promise;
      return forward();
    });
    const texts: string[] = [];
    while (changesOf(world).length < 2) {
      texts.push(`message ${texts.length}`);
      person.say(texts.at(-1) ?? "");
      const before = asked();
      world.clock.advance(MINUTE);
      await until("looked at", () => asked() > before || changesOf(world).length > 1);
      expect(texts.length).toBeLessThan(12);
    }
    released.resolve();
    await savedOnce(world, texts);
    expect(changesOf(world).at(-1)).toBe("webhook → polling: updates pile up behind the webhook");
  });

  test("when the webhook is not set any more, at once", async () => {
    const { world } = await byWebhook();
    await using _ = world;
    await fetch(`${world.telegram.url}/bot${world.telegram.token}/deleteWebhook`, { method: "POST" });
    await passTime(world, "turned", () => changesOf(world).length > 1);
    expect(changesOf(world).at(-1)).toBe("webhook → polling: the webhook is not set any more");
  });

  test("straight away when setWebhook is refused, says so, and tries again only later", async () => {
    await using world = await createWebhookWorld({ WEBHOOK_URL: "https://bot.example.invalid/ferry" });
    const { person } = await boundPerson(world);
    await settled(world);
    const end = world.telegram.fault({ match: { method: "getUpdates" }, times: 4, action: OTHER_POLLER });
    person.say("polled");
    await until("refused", () => changesOf(world).length > 0);
    end();
    await savedOnce(world, ["polled"]);
    expect(changesOf(world)).toHaveLength(1);
    expect(changesOf(world)[0]).toMatch(/^polling → polling: the webhook could not be set: .*bad webhook/);
    expect(await receiveOf(world)).toMatchObject({ mode: "polling" });
    expect(world.telegram.requests.filter(({ method }) => method === "setWebhook")).toHaveLength(1);
  });

  test("at a start without WEBHOOK_URL", async () => {
    const { world } = await byWebhook();
    await using _ = world;
    const { person } = await boundPerson(world);
    await world.stopApp();
    world.env["WEBHOOK_URL"] = "";
    person.say("polled");
    await world.startApp();
    await savedOnce(world, ["polled"]);
    expect(changesOf(world).slice(1)).toEqual([
      "webhook → polling: WEBHOOK_URL is not set any more",
      "polling → polling: a webhook was in the way",
    ]);
    expect(rows(world, "SELECT receive_mode FROM bots")).toEqual([{ receive_mode: "polling" }]);
  });
});

test("a webhook of another program is named by its host, and removed where updates are polled", async () => {
  await using world = await createWebhookWorld({ RECEIVE: "polling", WEBHOOK_URL: "" });
  const { person } = await boundPerson(world);
  await until("a poll", () => world.telegram.isPollWaiting);
  const url = `${PUBLIC_URL}/of-another-program`.replace("bot.example.com", "other.example.net");
  await fetch(`${world.telegram.url}/bot${world.telegram.token}/setWebhook`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url }),
  });
  person.say("polled");
  await savedOnce(world, ["polled"]);
  const named = world.log.find(({ message }) => message === "another program set a webhook for this bot");
  expect(named).toMatchObject({ host: "other.example.net" });
  expect(JSON.stringify(world.log)).not.toContain("of-another-program");
  expect(botTexts(world, person)).toHaveLength(1);
});
