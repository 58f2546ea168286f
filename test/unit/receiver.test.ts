import { describe, expect, test } from "bun:test";
import type { Receive } from "../../src/domain/receive.ts";
import { ALLOWED_UPDATES } from "../../src/messages/update.ts";
import { createFakeClock, settled } from "../support/clock.ts";
import {
  CONFLICT,
  OTHER_URL,
  receiverWorld,
  SECRET,
  started,
  trouble,
  UNREACHABLE,
  WEBHOOK_URL,
} from "../support/receiver.ts";
import { update } from "../support/store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOLD = 10 * MINUTE;
const REFUSED = trouble("refused", "setWebhook: Bad Request: bad webhook");
const FULL = "database or disk is full";

/** As it was stored before a start. */
const before = (mode: Receive["mode"]): Receive => ({
  mode,
  since: createFakeClock().now() - 5 * HOUR,
  reason: "before",
});
const byWebhook = { stored: before("webhook") };

describe("a start", () => {
  test("begins with polling, which is stored with its time", async () => {
    await using world = await started();
    expect(world.state.polling).toBe(1);
    expect(world.state.saved).toMatchObject({
      mode: "polling",
      since: world.clock.now(),
      reason: "first start",
    });
  });

  test("goes on with what was stored, and since when", async () => {
    for (const mode of ["polling", "webhook"] as const) {
      const stored = before(mode);
      await using world = await started({ stored });
      expect(world.receiver.receive()).toEqual(stored);
      expect(world.state).toMatchObject({ polling: mode === "polling" ? 1 : 0, offsetsForgotten: 0 });
      expect(world.changes()).toEqual([]);
    }
  });

  test("with RECEIVE=polling after a webhook removes it and polls without an offset; that is stored and logged", async () => {
    await using world = await started({ setting: "polling", stored: before("webhook") });
    expect(world.state).toMatchObject({ polling: 1, saved: { mode: "polling" }, webhook: { url: "" } });
    expect(world.state.offsetsForgotten).toBeGreaterThan(0);
    expect(world.changes()).toEqual([
      "webhook → polling: RECEIVE=polling",
      "polling → polling: the webhook of WEBHOOK_URL was set",
    ]);
  });

  test("without WEBHOOK_URL after a webhook polls without an offset", async () => {
    await using world = receiverWorld({ url: null, stored: before("webhook") });
    world.state.webhook.url = "";
    world.receiver.start();
    await settled();
    expect(world.state).toMatchObject({ polling: 1, offsetsForgotten: 1, saved: { mode: "polling" } });
    expect(world.changes()).toEqual(["webhook → polling: WEBHOOK_URL is not set any more"]);
  });

  test("with RECEIVE=webhook after polling never polls; that is stored and logged", async () => {
    await using world = await started({ setting: "webhook", stored: before("polling") });
    expect(world.state.saved).toMatchObject({ mode: "webhook", since: world.clock.now() });
    expect(world.changes()).toEqual([
      "polling → webhook: RECEIVE=webhook",
      "webhook → webhook: the webhook was not set",
    ]);
    expect(world.state.webhook.url).toBe(WEBHOOK_URL);
    expect(world.callsOf("getUpdates")).toEqual([]);
  });

  test("with a webhook sets it as soon as Telegram can be called, once, with the secret of this version", async () => {
    await using world = receiverWorld(byWebhook);
    world.state.refuse["all"] = UNREACHABLE;
    world.receiver.start();
    await world.clock.advance(10 * MINUTE);
    expect(world.callsOf("setWebhook")).toEqual([]);
    world.state.refuse["all"] = undefined;
    await world.clock.advance(10 * MINUTE);
    expect(world.callsOf("setWebhook").map(({ params }) => params["secret_token"])).toEqual([SECRET]);
    expect(world.changes()).toEqual([]);
  });
});

describe("RECEIVE=auto turns to the webhook", () => {
  test("when another program polls: sets it with its secret and the kinds it handles, and polls no more", async () => {
    await using world = receiverWorld();
    world.failPolls(CONFLICT);
    world.receiver.start();
    await world.clock.advance(10_000);
    expect(world.callsOf("setWebhook")[0]?.params).toEqual({
      url: WEBHOOK_URL,
      secret_token: SECRET,
      allowed_updates: [...ALLOWED_UPDATES],
    });
    expect(world.state).toMatchObject({ polling: 0, saved: { mode: "webhook" } });
    expect(world.changes()).toEqual(["polling → webhook: another program polls with this bot token"]);
    expect(JSON.stringify(world.log.lines)).not.toContain(SECRET);
  });

  test("when no poll was answered for two minutes, and not before", async () => {
    await using world = receiverWorld();
    world.failPolls(UNREACHABLE);
    world.receiver.start();
    await world.clock.advance(2 * MINUTE - 1_000);
    expect(world.mode()).toBe("polling");
    await world.clock.advance(MINUTE);
    expect(world.changes()).toEqual([
      "polling → webhook: polls were cut off, or not answered, for 2 minutes",
    ]);
  });

  test("when polls that wait are cut off for two minutes, though others are answered; not while one ends by itself", async () => {
    await using world = receiverWorld();
    world.receiver.start();
    for (const [answer, mode] of [
      [UNREACHABLE, "polling"],
      [UNREACHABLE, "polling"],
      [[], "polling"],
      [UNREACHABLE, "polling"],
      [UNREACHABLE, "polling"],
      [UNREACHABLE, "polling"],
      [UNREACHABLE, "polling"],
      [UNREACHABLE, "webhook"],
    ] as const) {
      await world.clock.advance(30_000);
      expect(world.receiver.intake().works).toBe(true);
      world.endPoll(answer instanceof Error ? answer : [...answer]);
      await settled();
      expect(world.mode()).toBe(mode);
      await world.clock.advance(1_000);
    }
    expect(world.changes()).toEqual([
      "polling → webhook: polls were cut off, or not answered, for 2 minutes",
    ]);
  });

  for (const [what, options] of [
    ["without WEBHOOK_URL", { url: null }],
    ["with RECEIVE=polling", { setting: "polling" }],
  ] as const) {
    test(`never ${what}`, async () => {
      await using world = receiverWorld(options);
      world.failPolls(CONFLICT);
      world.receiver.start();
      await world.clock.advance(HOUR);
      expect(world.changes()).toEqual([]);
      expect(new Set(world.calls.map(({ method }) => method))).toEqual(new Set(["getMe", "getUpdates"]));
    });
  }
});

describe("a webhook that Telegram refuses", () => {
  test("leads straight back to polling, without an offset, and says so", async () => {
    await using world = receiverWorld();
    world.state.refuse["setWebhook"] = REFUSED;
    world.failPolls(CONFLICT);
    world.receiver.start();
    await world.clock.advance(10_000);
    expect(world.state).toMatchObject({ offsetsForgotten: 1, saved: { mode: "polling" } });
    expect(world.receiver.receive().reason).toContain("bad webhook");
    expect(world.state.saved?.reason).toContain("bad webhook");
    world.state.refuse["setWebhook"] = undefined;
    await world.clock.advance(2 * MINUTE);
    expect(world.mode()).toBe("webhook");
  });

  test("is tried again every minute with RECEIVE=webhook, said once, and never polled instead", async () => {
    await using world = receiverWorld({ setting: "webhook" });
    world.state.refuse["setWebhook"] = REFUSED;
    world.receiver.start();
    await world.clock.advance(30 * MINUTE);
    expect(world.callsOf("setWebhook").length).toBeWithin(25, 32);
    expect(world.callsOf("getUpdates")).toEqual([]);
    expect(world.receiver.intake()).toEqual({ works: false, detail: REFUSED.message });
    expect(world.log.at("warn").length).toBeLessThan(5);
  });
});

test("while Telegram cannot be called a change is tried every minute, and said once", async () => {
  await using world = receiverWorld();
  world.state.refuse["all"] = UNREACHABLE;
  world.receiver.start();
  await world.clock.advance(10 * MINUTE);
  expect(world.state.offsetsForgotten).toBe(0);
  expect(world.callsOf("setWebhook").length).toBeWithin(5, 10);
  expect(world.log.at("warn").length).toBeLessThan(5);
  world.state.refuse["all"] = undefined;
  await world.clock.advance(MINUTE);
  expect(world.receiver.intake().works).toBe(true);
});

describe("a webhook in the way of polling", () => {
  test("of somebody else is named by its host and removed, at once; since when it is polled stays", async () => {
    await using world = receiverWorld({ setting: "polling" });
    world.receiver.start();
    await world.clock.advance(MINUTE);
    const { since } = world.receiver.receive();
    world.state.webhook.url = OTHER_URL;
    world.endPoll();
    await settled();
    expect(JSON.stringify(world.log.lines)).not.toContain("secret-path");
    expect(world.state).toMatchObject({ polling: 1, offsetsForgotten: 1, webhook: { url: "" } });
    expect(world.changes()).toEqual([
      "polling → polling: another program had set a webhook at other.example.net",
    ]);
    expect(world.receiver.receive().since).toBe(since);
  });

  test("of our own is used, at once; with RECEIVE=polling it is removed", async () => {
    for (const [setting, change] of [
      ["auto", "polling → webhook: the webhook of WEBHOOK_URL was set"],
      ["webhook", "polling → webhook: the webhook of WEBHOOK_URL was set"],
      ["polling", "polling → polling: the webhook of WEBHOOK_URL was set"],
    ] as const) {
      await using world = await started({ setting });
      // A person may have asked for it.
      if (setting === "webhook") await world.receiver.switchTo("polling");
      await settled();
      world.state.webhook.url = WEBHOOK_URL;
      world.endPoll();
      await settled();
      expect(world.changes().at(-1)).toBe(change);
      expect(world.state.polling).toBe(setting === "polling" ? 1 : 0);
    }
  });

  test("that cannot be removed is tried again a minute later", async () => {
    await using world = receiverWorld({ setting: "polling" });
    world.state.webhook.url = OTHER_URL;
    world.state.refuse["deleteWebhook"] = UNREACHABLE;
    world.receiver.start();
    await world.clock.advance(5 * MINUTE);
    expect(world.callsOf("deleteWebhook").length).toBeWithin(4, 7);
    expect(world.receiver.intake().detail).toContain("ECONNRESET");
    world.state.refuse["deleteWebhook"] = undefined;
    await world.clock.advance(2 * MINUTE);
    expect(world.receiver.intake().works).toBe(true);
  });
});

describe("a webhook", () => {
  test("that Telegram reports errors of, newer than the last delivery, is left; pending updates are never dropped", async () => {
    await using world = await started(byWebhook);
    await world.clock.advance(HOLD);
    Object.assign(world.state.webhook, {
      pending_update_count: 3,
      last_error_date: world.telegramSeconds(),
      last_error_message: "Connection refused",
    });
    await world.clock.advance(MINUTE + 5_000);
    expect(world.callsOf("deleteWebhook")[0]?.params).toEqual({ drop_pending_updates: false });
    expect(world.state).toMatchObject({ polling: 1, offsetsForgotten: 1 });
    expect(world.changes()).toEqual(["webhook → polling: Telegram reports errors of the webhook"]);
  });

  test("that Telegram reports errors of is kept until the hold is over, and they are told", async () => {
    await using world = receiverWorld(byWebhook);
    world.receiver.start();
    await world.clock.advance(3 * MINUTE);
    world.state.webhook.last_error_date = world.telegramSeconds();
    world.state.webhook.last_error_message = "Connection refused";
    await world.clock.advance(5 * MINUTE);
    expect(world.mode()).toBe("webhook");
    expect(world.receiver.intake()).toEqual({ works: false, detail: "Connection refused" });
    await world.clock.advance(3 * MINUTE);
    expect(world.mode()).toBe("polling");
  });

  for (const [what, aheadMs] of [
    ["Telegram's clock agrees with ours", 0],
    ["Telegram's clock is five minutes ahead of ours", 5 * MINUTE],
    ["Telegram's clock is five minutes behind ours", -5 * MINUTE],
  ] as const) {
    test(`that took a delivery after its last error is kept, where ${what}; after its last delivery not`, async () => {
      await using world = receiverWorld({ ...byWebhook, aheadMs });
      world.receiver.start();
      await world.clock.advance(HOLD);
      world.state.webhook.last_error_date = world.telegramSeconds();
      await world.clock.advance(10_000);
      world.receiver.delivered();
      await world.clock.advance(2 * MINUTE);
      expect(world.mode()).toBe("webhook");
      world.state.webhook.last_error_date = world.telegramSeconds();
      await world.clock.advance(MINUTE + 5_000);
      expect(world.mode()).toBe("polling");
    });
  }

  test("is not left for errors that are our own 503", async () => {
    await using world = await started(byWebhook);
    await world.clock.advance(2 * MINUTE);
    Object.assign(world.state.webhook, { pending_update_count: 5, last_error_date: world.telegramSeconds() });
    world.receiver.delivered();
    await world.clock.advance(MINUTE);
    expect(world.mode()).toBe("webhook");
  });

  test("behind which updates pile up in three looks, a minute apart, is left", async () => {
    await using world = await started(byWebhook);
    await world.clock.advance(HOLD);
    for (let minute = 0; minute < 3; minute += 1) {
      expect(world.mode()).toBe("webhook");
      world.state.webhook.pending_update_count += 1;
      await world.clock.advance(MINUTE);
    }
    expect(world.changes()).toEqual(["webhook → polling: updates pile up behind the webhook"]);
  });

  for (const [url, reason] of [
    ["", "the webhook was not set"],
    [OTHER_URL, "another program had set a webhook at other.example.net"],
  ] as const) {
    test(`is left at once, also within the hold: ${reason}`, async () => {
      await using world = await started(byWebhook);
      world.state.webhook.url = url;
      await world.clock.advance(MINUTE);
      expect(world.changes()).toEqual([`webhook → polling: ${reason}`]);
      expect(world.state).toMatchObject({ polling: 1, webhook: { url: "" } });
    });
  }

  test("with RECEIVE=webhook is set again when it is gone or another's, kept however it fails, and it is never polled", async () => {
    await using world = receiverWorld({ setting: "webhook", stored: before("webhook") });
    const { state, clock } = world;
    world.receiver.start();
    await settled();
    for (const url of ["", OTHER_URL]) {
      state.webhook = { url, pending_update_count: 0 };
      await clock.advance(MINUTE + 5_000);
      expect(state.webhook.url).toBe(WEBHOOK_URL);
    }
    for (let minute = 0; minute < 10; minute += 1) {
      state.webhook.pending_update_count += 1;
      state.webhook.last_error_date = world.telegramSeconds();
      await clock.advance(MINUTE);
    }
    expect(world.callsOf("getUpdates")).toEqual([]);
    expect(world.changes()).toEqual([
      "webhook → webhook: the webhook was not set",
      "webhook → webhook: another program had set a webhook at other.example.net",
    ]);
  });
});

describe("whether updates come in by the webhook", () => {
  test("is not known before Telegram was asked", async () => {
    await using world = receiverWorld({ setting: "webhook" });
    world.state.refuse["all"] = UNREACHABLE;
    expect(world.receiver.intake().works).toBeNull();
    world.receiver.start();
    await world.clock.advance(10 * MINUTE);
    expect(world.receiver.intake()).toMatchObject({ works: false });
    expect(world.receiver.intake().detail).toContain("ECONNRESET");
    expect(world.state).toMatchObject({ seen: [], contacts: 0 });
    world.state.refuse["all"] = undefined;
    await world.clock.advance(MINUTE + 10_000);
    expect(world.receiver.intake()).toEqual({ works: true, detail: null });
    expect(world.state.contacts).toBeGreaterThan(0);
  });

  test("is told with the mend when the bot token was revoked", async () => {
    await using world = await started(byWebhook);
    await world.clock.advance(5_000);
    expect(world.receiver.intake().works).toBe(true);
    world.state.refuse["all"] = trouble("bad_token", "Telegram refuses BOT_TOKEN");
    await world.clock.advance(MINUTE);
    const detail = "Telegram refuses BOT_TOKEN";
    expect(world.receiver.intake()).toEqual({ works: false, detail });
    const asked = world.callsOf("getWebhookInfo").length;
    await world.clock.advance(10 * MINUTE);
    expect(world.callsOf("getWebhookInfo")).toHaveLength(asked + 10);
    expect(world.log.lines.filter(({ fields }) => fields["detail"] === detail)).toHaveLength(1);
  });

  test("is seen at each good look; that nothing more waits is said by Telegram, or taken for granted after a while", async () => {
    await using world = receiverWorld(byWebhook);
    world.state.webhook.pending_update_count = 2;
    world.receiver.start();
    await world.clock.advance(1_000);
    // The fake Telegram's setWebhook starts with nothing pending.
    expect(world.state.seen).toEqual([true]);
    world.state.webhook.pending_update_count = 2;
    await world.clock.advance(9_000);
    const looks = world.state.seen.length;
    await world.clock.advance(10 * MINUTE);
    expect(world.state.seen.length).toBeGreaterThanOrEqual(looks + 10);
  });

  test("is not taken for granted while Telegram cannot be asked, nor because of a delivery right before that", async () => {
    await using world = await started(byWebhook);
    await world.clock.advance(4 * MINUTE);
    world.receiver.delivered();
    world.state.refuse["all"] = UNREACHABLE;
    const looks = world.state.seen.length;
    await world.clock.advance(HOUR);
    expect(world.state.seen).toHaveLength(looks);
    expect(world.receiver.intake().works).toBe(false);
  });

  test("is seen by deliveries where Telegram can never be asked", async () => {
    await using world = receiverWorld({ setting: "webhook" });
    world.state.refuse["all"] = UNREACHABLE;
    world.receiver.start();
    await world.clock.advance(3 * MINUTE);
    world.receiver.delivered();
    await world.clock.advance(10 * MINUTE);
    expect(world.receiver.intake().works).toBe(true);
    expect(world.state.seen.length).toBeWithin(9, 12);
    // What was since the last run can be an absence in any case.
    expect(world.state.seen.slice(0, 3)).toEqual([true, false, false]);
  });
});

describe("a store that fails in a change", () => {
  test("to polling: it is polled a moment later, without an offset", async () => {
    await using world = await started(byWebhook);
    await world.clock.advance(MINUTE);
    world.state.saveFails = 2;
    world.state.webhook.url = "";
    await world.clock.advance(MINUTE);
    expect(world.callsOf("getUpdates")).toEqual([]);
    await world.clock.advance(10_000);
    expect(world.state).toMatchObject({ polling: 1, offsetsForgotten: 1, saved: { mode: "polling" } });
  });

  test("to the webhook: it is stored a moment later, and not polled meanwhile", async () => {
    await using world = await started();
    world.state.saveFails = 2;
    expect(world.receiver.switchTo("webhook")).rejects.toThrow(FULL);
    await settled();
    expect(world.state).toMatchObject({ polling: 0, saved: { mode: "polling" } });
    await world.clock.advance(5_000);
    expect(world.state).toMatchObject({ polling: 0, saved: { mode: "webhook" } });
  });
});

test("an absence that ended is logged", async () => {
  await using world = receiverWorld();
  const until = world.clock.now();
  world.state.absence = { from: until - 30 * HOUR, until, lostBefore: until - 24 * HOUR };
  world.receiver.start();
  await settled();
  const fields = { from: "2026-11-21T06:00:00.000Z", lost_before: "2026-11-21T12:00:00.000Z" };
  expect(world.log.lines.find(({ level }) => level === "warn")).toMatchObject({ fields });
});

describe("what a person asks for", () => {
  test("is done at once, also within the hold and against the settings, and amid a poll that waits", async () => {
    await using world = await started();
    await world.receiver.switchTo("webhook");
    expect(world.state).toMatchObject({
      polling: 0,
      saved: { mode: "webhook" },
      webhook: { url: WEBHOOK_URL },
    });
    await world.receiver.switchTo("polling");
    await world.receiver.switchTo("polling");
    expect(world.changes()).toEqual([
      "polling → webhook: asked for by the API",
      "webhook → polling: asked for by the API",
    ]);
    world.endPoll([update({ update_id: 9 })]);
    await settled();
    expect(world.state.offset).toBe(10);
  });

  test("with RECEIVE=webhook is polling until the next start", async () => {
    await using world = await started({ setting: "webhook", stored: before("webhook") });
    await world.receiver.switchTo("polling");
    await world.clock.advance(HOUR);
    expect(world.mode()).toBe("polling");
    await using next = await started({ setting: "webhook", stored: world.receiver.receive() });
    expect(next.changes()[0]).toBe("polling → webhook: RECEIVE=webhook");
  });

  test("and cannot be done is told why: WEBHOOK_URL, or Telegram's refusal, which leaves it polling", async () => {
    await using without = receiverWorld({ url: null });
    without.receiver.start();
    expect(without.receiver.switchTo("webhook")).rejects.toThrow("WEBHOOK_URL is not set");
    await settled();
    expect(without.changes()).toEqual([]);
    await using refused = receiverWorld();
    refused.receiver.start();
    refused.state.refuse["setWebhook"] = REFUSED;
    expect(refused.receiver.switchTo("webhook")).rejects.toThrow("bad webhook");
    await settled();
    expect(refused.state).toMatchObject({ polling: 1, offsetsForgotten: 1 });
  });

  test("amid another change comes after it, each in its turn", async () => {
    await using world = receiverWorld();
    world.failPolls(CONFLICT);
    world.receiver.start();
    const ours = world.clock.advance(5_000);
    const theirs = [
      world.receiver.switchTo("webhook"),
      world.receiver.switchTo("polling"),
      world.receiver.switchTo("webhook"),
    ];
    await Promise.all([ours, ...theirs]);
    expect(world.changes().slice(-3)).toEqual([
      "polling → webhook: asked for by the API",
      "webhook → polling: asked for by the API",
      "polling → webhook: asked for by the API",
    ]);
    expect(world.state).toMatchObject({ polling: 0, webhook: { url: WEBHOOK_URL } });
  });
});
