import { describe, expect, test } from "bun:test";
import { Secret } from "../../src/secret.ts";
import type { TelegramApi } from "../../src/telegram/api.ts";
import { TelegramError } from "../../src/telegram/errors.ts";
import { FIRST_HOLD_MS, type Receive } from "../../src/telegram/intake.ts";
import type { Receiving } from "../../src/telegram/poller.ts";
import { createSupervisor } from "../../src/telegram/supervisor.ts";
import { createFakeClock } from "../support/clock.ts";
import { keptLog } from "../support/store.ts";

const WEBHOOK_URL = "https://bot.example.com/telegram/webhook";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const REFUSED = new TelegramError("refused", "setWebhook: Bad Request: bad webhook");
const UNREACHABLE = new TelegramError("unreachable", "no connection to Telegram (ECONNRESET)");

interface Info {
  url: string;
  pending_update_count: number;
  last_error_date?: number;
  last_error_message?: string;
}

interface Options {
  setting?: "auto" | "polling" | "webhook";
  stored?: Receive;
  url?: string | null;
  /** How far Telegram's clock is ahead of ours. */
  aheadMs?: number;
}

function setup(options: Options = {}) {
  const clock = createFakeClock();
  const log = keptLog();
  const calls: { method: string; params: Record<string, unknown> }[] = [];
  const working: Receiving = {
    state: "receiving",
    since: 0,
    detail: null,
    conflict: null,
    failsForMs: 0,
    cutForMs: 0,
  };
  const stored = options.stored ?? null;
  const telegramNow = () => clock.now() + (options.aheadMs ?? 0);
  const state = {
    saved: stored,
    offsets: 0,
    polling: false,
    receiving: working,
    info: { url: stored?.mode === "webhook" ? WEBHOOK_URL : "", pending_update_count: 0 } as Info,
    refuse: {} as Record<string, TelegramError | undefined>,
    storeFails: 0,
    webhooks: 0,
    seen: [] as { surely: boolean; caughtUp: boolean }[],
  };
  const call = async (method: string, params: Record<string, unknown> = {}) => {
    calls.push({ method, params });
    const refusal = state.refuse[method] ?? state.refuse["all"];
    if (method === "setWebhook" && refusal) state.info = { url: "", pending_update_count: 0 };
    if (refusal) throw refusal;
    if (method === "getWebhookInfo") return state.info;
    // Exactly one way is live, whenever anything changes at Telegram.
    if (method === "setWebhook") expect(state.polling).toBe(false);
    state.info = { url: method === "setWebhook" ? String(params["url"]) : "", pending_update_count: 0 };
    return true;
  };
  const supervisor = createSupervisor({
    setting: options.setting ?? "auto",
    webhookUrl: options.url === undefined ? WEBHOOK_URL : options.url,
    webhookSecret: new Secret("the-secret-token-of-the-webhook"),
    api: { call: call as unknown as TelegramApi["call"], time: telegramNow },
    poller: {
      start: () => {
        state.polling = true;
        state.receiving = working;
      },
      stop: async () => {
        state.polling = false;
      },
      receiving: () => state.receiving,
    },
    store: {
      load: () => stored,
      save(receive, { forgetOffset }) {
        if (state.storeFails > 0) {
          state.storeFails -= 1;
          throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
        }
        state.saved = receive;
        if (forgetOffset) state.offsets += 1;
      },
    },
    onWebhook: () => {
      state.webhooks += 1;
    },
    onWebhookWorks: (seen) => state.seen.push(seen),
    clock,
    log,
  });
  const failPolling = (conflict: Receiving["conflict"] = null, failsForMs = 2 * MINUTE) => {
    state.receiving = {
      ...working,
      state: conflict ? "conflict" : "unreachable",
      detail: "no connection",
      conflict,
      failsForMs,
    };
  };
  return {
    supervisor,
    clock,
    calls,
    state,
    log,
    failPolling,
    mode: () => supervisor.receive().mode,
    telegramSeconds: () => telegramNow() / 1000,
    changes: () =>
      log.lines
        .filter(({ message }) => message === "receiving changes")
        .map(({ fields }) => `${fields["from"]} → ${fields["to"]}: ${fields["reason"]}`),
    callsOf: (method: string) => calls.filter((one) => one.method === method),
  };
}

/** A webhook since `agoMs`, as it was stored. */
const byWebhook = (agoMs = 5 * HOUR, hold_ms = FIRST_HOLD_MS): Receive => ({
  mode: "webhook",
  since: createFakeClock().now() - agoMs,
  reason: "before",
  hold_ms,
});

describe("a start", () => {
  test("begins with polling, which is stored with its time, and stops it", async () => {
    const { supervisor, state, clock } = setup();
    await supervisor.start();
    expect(state).toMatchObject({
      polling: true,
      offsets: 0,
      saved: { mode: "polling", since: clock.now(), reason: "first start" },
    });
    await supervisor.stop();
    expect(state.polling).toBe(false);
  });

  test("goes on with what was stored, and since when", async () => {
    const stored: Receive = { mode: "polling", since: 17, reason: "before", hold_ms: 0 };
    const { supervisor, state, changes } = setup({ stored });
    await supervisor.start();
    expect(supervisor.receive()).toEqual(stored);
    expect(state).toMatchObject({ polling: true, offsets: 0 });
    expect(changes()).toEqual([]);
    await supervisor.stop();
  });

  test("with RECEIVE=polling after a webhook polls without an offset; that is stored and logged", async () => {
    const { supervisor, state, changes } = setup({ setting: "polling", stored: byWebhook() });
    await supervisor.start();
    expect(state).toMatchObject({ polling: true, offsets: 1, saved: { mode: "polling" } });
    expect(changes()).toEqual(["webhook → polling: RECEIVE=polling"]);
    await supervisor.stop();
  });

  test("without WEBHOOK_URL after a webhook polls", async () => {
    const { supervisor, state, changes } = setup({ url: null, stored: byWebhook() });
    await supervisor.start();
    expect(state).toMatchObject({ polling: true, offsets: 1, saved: { mode: "polling" } });
    expect(changes()).toEqual(["webhook → polling: WEBHOOK_URL is not set any more"]);
    await supervisor.stop();
  });

  test("with RECEIVE=webhook after polling never polls; that is stored and logged", async () => {
    const stored: Receive = { mode: "polling", since: 17, reason: "before", hold_ms: 0 };
    const { supervisor, clock, state, changes } = setup({ setting: "webhook", stored });
    await supervisor.start();
    expect(state.saved).toMatchObject({ mode: "webhook", since: clock.now() });
    expect(changes()).toEqual(["polling → webhook: RECEIVE=webhook"]);
    await clock.advance(5_000);
    expect(state.info.url).toBe(WEBHOOK_URL);
    expect(state.polling).toBe(false);
    await supervisor.stop();
  });

  test("with a store that fails is made up for", async () => {
    const { supervisor, clock, state } = setup();
    state.storeFails = 2;
    await supervisor.start();
    expect(state.polling).toBe(false);
    await clock.advance(10_000);
    expect(state).toMatchObject({ polling: true, saved: { mode: "polling" } });
    await supervisor.stop();
  });
});

describe("a change to the webhook", () => {
  test("sets it with its secret and the kinds it handles, drops nothing, and polls no more", async () => {
    const { supervisor, clock, calls, state, log, changes, failPolling } = setup();
    await supervisor.start();
    failPolling("poller");
    await clock.advance(5_000);
    expect(calls.find(({ method }) => method === "setWebhook")).toEqual({
      method: "setWebhook",
      params: {
        url: WEBHOOK_URL,
        secret_token: "the-secret-token-of-the-webhook",
        allowed_updates: ["message", "edited_message", "callback_query", "my_chat_member"],
      },
    });
    expect(state).toMatchObject({ polling: false, webhooks: 1 });
    expect(state.saved).toMatchObject({ mode: "webhook", since: clock.now() });
    expect(changes()).toEqual(["polling → webhook: another program polls with this bot token"]);
    expect(JSON.stringify(log.lines)).not.toContain("the-secret-token");
    await supervisor.stop();
  });

  test("that is refused goes straight back to polling, without an offset, says so, and is not tried again for ten minutes", async () => {
    const { supervisor, clock, state, callsOf, failPolling } = setup();
    await supervisor.start();
    state.refuse["setWebhook"] = REFUSED;
    failPolling("poller");
    await clock.advance(5_000);
    expect(state).toMatchObject({ polling: true, offsets: 1 });
    expect(supervisor.receive()).toMatchObject({ mode: "polling" });
    expect(supervisor.receive().reason).toContain("bad webhook");
    expect(state.saved?.reason).toContain("bad webhook");
    for (let at = 0; at < 9; at += 1) {
      failPolling(at % 2 === 0 ? "poller" : null);
      await clock.advance(MINUTE);
    }
    expect(callsOf("setWebhook")).toHaveLength(1);
    await clock.advance(2 * MINUTE);
    expect(callsOf("setWebhook")).toHaveLength(2);
    await supervisor.stop();
  });

  test("does not even stop polling while Telegram cannot be called", async () => {
    const { supervisor, clock, state, log, failPolling } = setup();
    await supervisor.start();
    state.refuse["all"] = UNREACHABLE;
    failPolling();
    await clock.advance(10 * MINUTE);
    expect(state).toMatchObject({ polling: true, offsets: 0 });
    // Once, not every five seconds.
    expect(log.at("warn").length).toBeLessThan(15);
    await supervisor.stop();
  });

  test("waits until the hold is over", async () => {
    const { supervisor, clock, mode, failPolling } = setup({
      stored: {
        mode: "polling",
        since: createFakeClock().now() - MINUTE,
        reason: "before",
        hold_ms: FIRST_HOLD_MS,
      },
    });
    await supervisor.start();
    failPolling();
    await clock.advance(9 * MINUTE - 5_000);
    expect(mode()).toBe("polling");
    await clock.advance(10_000);
    expect(mode()).toBe("webhook");
    await supervisor.stop();
  });

  test("does not wait for a hold that a clock set back has put into the future", async () => {
    const since = createFakeClock().now() + 30 * 24 * HOUR;
    const { supervisor, clock, mode, failPolling } = setup({
      stored: { mode: "polling", since, reason: "before", hold_ms: FIRST_HOLD_MS },
    });
    await supervisor.start();
    failPolling();
    await clock.advance(5_000);
    expect(mode()).toBe("webhook");
    await supervisor.stop();
  });

  test("is not made because the clock was put ahead", async () => {
    const { supervisor, clock, mode, failPolling } = setup();
    await supervisor.start();
    failPolling(null, 5_000);
    clock.set(clock.now() + HOUR);
    await clock.advance(5_000);
    expect(mode()).toBe("polling");
    await supervisor.stop();
  });

  test("names the host of somebody else's webhook before it replaces it", async () => {
    const { supervisor, state, log } = setup();
    await supervisor.start();
    state.info = { url: "https://other.example.net/secret-path", pending_update_count: 0 };
    await supervisor.switchTo("webhook");
    expect(JSON.stringify(log.lines)).toContain("other.example.net");
    expect(JSON.stringify(log.lines)).not.toContain("secret-path");
    expect(state.info.url).toBe(WEBHOOK_URL);
    await supervisor.stop();
  });

  test("without WEBHOOK_URL is never made; a person is told why", async () => {
    const { supervisor, clock, calls, state, failPolling } = setup({ url: null });
    await supervisor.start();
    failPolling();
    await clock.advance(10 * MINUTE);
    expect(calls).toEqual([]);
    expect(state.polling).toBe(true);
    expect(supervisor.switchTo("webhook")).rejects.toThrow("WEBHOOK_URL is not set");
    await supervisor.stop();
  });
});

describe("a webhook in the way of polling", () => {
  test("of somebody else is named by its host and removed; since when it is polled stays", async () => {
    const { supervisor, clock, state, log, changes, failPolling } = setup({ setting: "polling" });
    await supervisor.start();
    const { since, hold_ms } = supervisor.receive();
    state.info = { url: "https://other.example.net/secret-path", pending_update_count: 0 };
    await clock.advance(MINUTE);
    failPolling("webhook");
    await clock.advance(5_000);
    expect(JSON.stringify(log.lines)).toContain("other.example.net");
    expect(JSON.stringify(log.lines)).not.toContain("secret-path");
    expect(state.info.url).toBe("");
    expect(state.polling).toBe(true);
    expect(changes()).toEqual(["polling → polling: a webhook was in the way"]);
    expect(supervisor.receive()).toMatchObject({ since, hold_ms });
    await supervisor.stop();
  });

  test("of our own is used", async () => {
    const { supervisor, clock, state, changes, failPolling } = setup();
    await supervisor.start();
    state.info = { url: WEBHOOK_URL, pending_update_count: 0 };
    failPolling("webhook");
    await clock.advance(5_000);
    expect(state.polling).toBe(false);
    expect(changes()).toEqual(["polling → webhook: the webhook of WEBHOOK_URL is set"]);
    await supervisor.stop();
  });
});

describe("a webhook", () => {
  test("that Telegram reports errors of, newer than the last delivery, is left; pending updates are never dropped", async () => {
    const { supervisor, clock, callsOf, state, changes, telegramSeconds } = setup({ stored: byWebhook() });
    await supervisor.start();
    await clock.advance(2 * MINUTE);
    state.info = {
      url: WEBHOOK_URL,
      pending_update_count: 3,
      last_error_date: telegramSeconds(),
      last_error_message: "Connection refused",
    };
    await clock.advance(MINUTE + 5_000);
    expect(callsOf("deleteWebhook")[0]?.params).toEqual({ drop_pending_updates: false });
    expect(state).toMatchObject({ polling: true, offsets: 1 });
    expect(changes()).toEqual(["webhook → polling: Telegram reports errors of the webhook"]);
    await supervisor.stop();
  });

  for (const [what, aheadMs] of [
    ["Telegram's clock agrees with ours", 0],
    ["Telegram's clock is five minutes ahead of ours", 5 * MINUTE],
    ["Telegram's clock is five minutes behind ours", -5 * MINUTE],
  ] as const) {
    test(`that took a delivery after its last error is kept, where ${what}; after its last delivery not`, async () => {
      const { supervisor, clock, state, mode, telegramSeconds } = setup({ stored: byWebhook(), aheadMs });
      await supervisor.start();
      await clock.advance(2 * MINUTE);
      state.info.last_error_date = telegramSeconds();
      await clock.advance(10_000);
      supervisor.delivered(200);
      await clock.advance(2 * MINUTE);
      expect(mode()).toBe("webhook");
      state.info.last_error_date = telegramSeconds();
      await clock.advance(MINUTE + 5_000);
      expect(mode()).toBe("polling");
      await supervisor.stop();
    });
  }

  test("is not left for errors of the time before this start", async () => {
    const { supervisor, clock, state, mode, telegramSeconds } = setup({ stored: byWebhook() });
    state.info.last_error_date = telegramSeconds() - 5;
    await supervisor.start();
    await clock.advance(10 * MINUTE);
    expect(mode()).toBe("webhook");
    expect(supervisor.intake()).toEqual({ works: true, detail: null });
    await supervisor.stop();
  });

  test("is not left for errors that are our own 503", async () => {
    const { supervisor, clock, state, mode, telegramSeconds } = setup({ stored: byWebhook() });
    await supervisor.start();
    await clock.advance(2 * MINUTE);
    state.info = { ...state.info, pending_update_count: 5, last_error_date: telegramSeconds() };
    supervisor.delivered(503);
    await clock.advance(MINUTE);
    expect(mode()).toBe("webhook");
    await supervisor.stop();
  });

  test("behind which updates pile up in three looks, a minute apart, is left", async () => {
    const { supervisor, clock, state, mode, changes } = setup({ stored: byWebhook() });
    await supervisor.start();
    await clock.advance(1_000);
    for (let minute = 0; minute < 3; minute += 1) {
      expect(mode()).toBe("webhook");
      state.info.pending_update_count += 1;
      await clock.advance(MINUTE);
    }
    expect(changes()).toEqual(["webhook → polling: updates pile up behind the webhook"]);
    await supervisor.stop();
  });

  test("with RECEIVE=webhook is set again when it is gone, and it is never polled", async () => {
    const { supervisor, clock, state, changes } = setup({ setting: "webhook" });
    await supervisor.start();
    await clock.advance(5_000);
    expect(state.info.url).toBe(WEBHOOK_URL);
    state.info = { url: "", pending_update_count: 0 };
    await clock.advance(MINUTE + 5_000);
    expect(state.info.url).toBe(WEBHOOK_URL);
    expect(state.polling).toBe(false);
    expect(changes()).toEqual([
      "webhook → webhook: the webhook was not set",
      "webhook → webhook: the webhook was not set",
    ]);
    await supervisor.stop();
  });

  test("with RECEIVE=webhook that Telegram refuses is tried again every minute, and it is never polled", async () => {
    const { supervisor, clock, state, callsOf } = setup({ setting: "webhook" });
    state.refuse["setWebhook"] = REFUSED;
    await supervisor.start();
    await clock.advance(5 * MINUTE);
    expect(callsOf("setWebhook").length).toBeWithin(5, 7);
    expect(state.polling).toBe(false);
    expect(supervisor.intake().works).toBe(false);
    await supervisor.stop();
  });
});

describe("whether updates come in by the webhook", () => {
  test("is not known before Telegram was asked", async () => {
    const { supervisor, clock, state } = setup({ setting: "webhook" });
    state.refuse["all"] = UNREACHABLE;
    expect(supervisor.intake().works).toBe(false);
    await supervisor.start();
    await clock.advance(10 * MINUTE);
    expect(supervisor.intake()).toMatchObject({ works: false });
    expect(supervisor.intake().detail).toContain("ECONNRESET");
    expect(state.seen).toEqual([]);
    state.refuse["all"] = undefined;
    await clock.advance(MINUTE + 10_000);
    expect(supervisor.intake()).toEqual({ works: true, detail: null });
    await supervisor.stop();
  });

  test("is told with the mend when the bot token was revoked", async () => {
    const { supervisor, clock, state, callsOf, log } = setup({ stored: byWebhook() });
    await supervisor.start();
    await clock.advance(5_000);
    expect(supervisor.intake().works).toBe(true);
    state.refuse["all"] = new TelegramError("bad_token", "getWebhookInfo: Unauthorized");
    await clock.advance(MINUTE);
    const detail = "Telegram refuses BOT_TOKEN: compare it with the one @BotFather shows";
    expect(supervisor.intake()).toEqual({ works: false, detail });
    const asked = callsOf("getWebhookInfo").length;
    await clock.advance(10 * MINUTE);
    expect(callsOf("getWebhookInfo")).toHaveLength(asked + 10);
    expect(log.lines.filter(({ fields }) => fields["detail"] === detail)).toHaveLength(1);
    await supervisor.stop();
  });

  test("is seen at each good look, with whether anything waits at Telegram", async () => {
    const { supervisor, clock, state } = setup({ stored: byWebhook() });
    state.info.pending_update_count = 2;
    await supervisor.start();
    await clock.advance(1_000);
    expect(state.seen).toEqual([{ surely: true, caughtUp: false }]);
    state.info.pending_update_count = 0;
    await clock.advance(5_000);
    expect(state.seen.at(-1)).toEqual({ surely: true, caughtUp: true });
    const looks = state.seen.length;
    await clock.advance(10 * MINUTE);
    expect(state.seen).toHaveLength(looks + 10);
    await supervisor.stop();
  });

  test("is not taken for granted while Telegram cannot be asked, nor because of a delivery right before that", async () => {
    const { supervisor, clock, state } = setup({ stored: byWebhook() });
    await supervisor.start();
    await clock.advance(4 * MINUTE);
    supervisor.delivered(200);
    state.refuse["all"] = UNREACHABLE;
    const looks = state.seen.length;
    await clock.advance(HOUR);
    expect(state.seen).toHaveLength(looks);
    expect(supervisor.intake().works).toBe(false);
    await supervisor.stop();
  });

  test("is seen by deliveries where Telegram can never be asked", async () => {
    const { supervisor, clock, state } = setup({ setting: "webhook" });
    state.refuse["all"] = UNREACHABLE;
    await supervisor.start();
    await clock.advance(3 * MINUTE);
    supervisor.delivered(200);
    await clock.advance(10 * MINUTE);
    expect(supervisor.intake().works).toBe(true);
    expect(state.seen.length).toBeWithin(9, 12);
    expect(new Set(state.seen.map(({ surely }) => surely))).toEqual(new Set([false]));
    await supervisor.stop();
  });
});

describe("a store that fails in a change", () => {
  test("to polling: it is polled a moment later, without an offset", async () => {
    const { supervisor, clock, state, mode } = setup({ stored: byWebhook() });
    await supervisor.start();
    await clock.advance(MINUTE);
    state.storeFails = 1;
    state.info = { url: "", pending_update_count: 0 };
    await clock.advance(MINUTE + 10_000);
    expect(mode()).toBe("polling");
    expect(state).toMatchObject({ polling: true, offsets: 1, saved: { mode: "polling" } });
    await supervisor.stop();
  });

  test("that a refused webhook has undone: it is polled a moment later, without an offset", async () => {
    const { supervisor, clock, state, failPolling } = setup();
    await supervisor.start();
    await clock.advance(1_000);
    state.refuse["setWebhook"] = REFUSED;
    state.storeFails = 1;
    failPolling("poller");
    await clock.advance(10_000);
    expect(state).toMatchObject({ polling: true, offsets: 1, saved: { mode: "polling" } });
    await supervisor.stop();
  });

  test("to the webhook: it is polled, and the webhook found there is used", async () => {
    const { supervisor, clock, state, mode, failPolling } = setup();
    await supervisor.start();
    await clock.advance(1_000);
    state.storeFails = 1;
    failPolling("poller");
    await clock.advance(5_000);
    expect(state.saved).toMatchObject({ mode: "polling" });
    await clock.advance(5_000);
    expect(state.polling).toBe(true);
    failPolling("webhook");
    await clock.advance(5_000);
    expect(mode()).toBe("webhook");
    expect(state).toMatchObject({ polling: false, saved: { mode: "webhook" } });
    await supervisor.stop();
  });
});

test("a change that a person asks for amid one of ours comes after it, and one way is live at any time", async () => {
  const { supervisor, clock, state, changes, failPolling } = setup();
  await supervisor.start();
  failPolling("poller");
  const ours = clock.advance(5_000);
  const theirs = supervisor.switchTo("webhook").then(() => supervisor.switchTo("polling"));
  await Promise.all([ours, theirs]);
  expect(changes().at(-1)).toBe("webhook → polling: asked for by the API");
  expect(state).toMatchObject({ polling: true, info: { url: "" } });
  await supervisor.stop();
});
