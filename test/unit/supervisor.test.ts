import { describe, expect, test } from "bun:test";
import { Secret } from "../../src/secret.ts";
import type { TelegramApi } from "../../src/telegram/api.ts";
import { TelegramError } from "../../src/telegram/errors.ts";
import type { Receiving } from "../../src/telegram/poller.ts";
import {
  createSupervisor,
  dueTransition,
  FIRST_HOLD_MS,
  LONGEST_HOLD_MS,
  type Observation,
  type Receive,
} from "../../src/telegram/supervisor.ts";
import { createFakeClock } from "../support/clock.ts";
import { keptLog } from "../support/store.ts";

const WEBHOOK_URL = "https://bot.example.com/telegram/webhook";
const MINUTE = 60_000;

const polling: Observation = {
  mode: "polling",
  inModeForMs: 0,
  holdMs: 0,
  pollingFailsForMs: 0,
  anotherPoller: false,
  webhook: null,
};
const webhook: Observation = {
  ...polling,
  mode: "webhook",
  webhook: { ours: true, failing: false, growing: 0 },
};

describe("auto", () => {
  const cases: [string, Observation, string | undefined][] = [
    ["keeps polling while it works", polling, undefined],
    ["bears two minutes of failing polls", { ...polling, pollingFailsForMs: 2 * MINUTE - 1 }, undefined],
    ["turns to the webhook after them", { ...polling, pollingFailsForMs: 2 * MINUTE }, "webhook"],
    ["turns to the webhook when another program polls", { ...polling, anotherPoller: true }, "webhook"],
    [
      "holds for ten minutes what it changed to",
      { ...polling, anotherPoller: true, inModeForMs: FIRST_HOLD_MS - 1, holdMs: FIRST_HOLD_MS },
      undefined,
    ],
    ["keeps a webhook that works", webhook, undefined],
    ["keeps a webhook of which nothing is known yet", { ...webhook, webhook: null }, undefined],
    [
      "goes back when Telegram reports errors",
      { ...webhook, webhook: { ours: true, failing: true, growing: 0 } },
      "polling",
    ],
    [
      "bears a backlog that grew twice",
      { ...webhook, webhook: { ours: true, failing: false, growing: 2 } },
      undefined,
    ],
    [
      "goes back when the backlog grew three times",
      { ...webhook, webhook: { ours: true, failing: false, growing: 3 } },
      "polling",
    ],
    [
      "goes back at once when the webhook is gone, also within the hold",
      { ...webhook, holdMs: FIRST_HOLD_MS, webhook: { ours: false, failing: false, growing: 0 } },
      "polling",
    ],
  ];
  for (const [title, observed, to] of cases) {
    test(title, () => expect(dueTransition(observed)?.to).toBe(to as "polling"));
  }
});

interface Info {
  url: string;
  pending_update_count: number;
  last_error_date?: number;
  last_error_message?: string;
}

function setup(
  options: { setting?: "auto" | "polling" | "webhook"; stored?: Receive; url?: string | null } = {},
) {
  const clock = createFakeClock();
  const log = keptLog();
  const calls: { method: string; params: Record<string, unknown> }[] = [];
  const state = {
    saved: options.stored ?? null,
    offsets: 0,
    polling: false,
    receiving: { state: "receiving", since: 0, detail: null, conflict: null } as Receiving,
    info: { url: "", pending_update_count: 0 } as Info,
    refuse: null as TelegramError | null,
  };
  const call = async (method: string, params: Record<string, unknown> = {}) => {
    calls.push({ method, params });
    if (method === "getWebhookInfo") return state.info;
    if (state.refuse) throw state.refuse;
    state.info = { url: method === "setWebhook" ? String(params["url"]) : "", pending_update_count: 0 };
    return true;
  };
  const supervisor = createSupervisor({
    setting: options.setting ?? "auto",
    webhookUrl: options.url === undefined ? WEBHOOK_URL : options.url,
    webhookSecret: new Secret("the-secret-token-of-the-webhook"),
    api: { call } as unknown as TelegramApi,
    poller: {
      start: () => {
        state.polling = true;
      },
      stop: async () => {
        state.polling = false;
      },
      receiving: () => state.receiving,
    },
    store: {
      load: () => state.saved,
      save: (receive) => {
        state.saved = receive;
      },
      forgetOffset: () => {
        state.offsets += 1;
      },
    },
    clock,
    log,
  });
  const failPolling = (conflict: Receiving["conflict"] = null) => {
    state.receiving = {
      state: conflict ? "conflict" : "unreachable",
      since: clock.now(),
      detail: "no connection",
      conflict,
    };
  };
  return { supervisor, clock, calls, state, lines: log.lines, failPolling };
}

describe("the supervisor", () => {
  test("starts with polling, and stops it", async () => {
    const { supervisor, state } = setup();
    await supervisor.start();
    expect(supervisor.receive().mode).toBe("polling");
    expect(state.polling).toBe(true);
    await supervisor.stop();
    expect(state.polling).toBe(false);
  });

  test("sets the webhook with its secret and the kinds it handles, drops nothing, and polls no more", async () => {
    const { supervisor, clock, calls, state, lines, failPolling } = setup();
    await supervisor.start();
    failPolling("poller");
    await clock.advance(5_000);
    expect(calls.at(-1)).toEqual({
      method: "setWebhook",
      params: {
        url: WEBHOOK_URL,
        secret_token: "the-secret-token-of-the-webhook",
        allowed_updates: ["message", "edited_message", "callback_query", "my_chat_member"],
      },
    });
    expect(state.polling).toBe(false);
    expect(state.saved).toMatchObject({
      mode: "webhook",
      reason: "another program polls with this bot token",
    });
    expect(JSON.stringify(lines)).toContain("another program polls with this bot token");
    expect(JSON.stringify(lines)).not.toContain("the-secret-token");
    await supervisor.stop();
  });

  test("goes straight back to polling, without an offset, when setWebhook is refused", async () => {
    const { supervisor, clock, state, failPolling } = setup();
    await supervisor.start();
    failPolling("poller");
    state.refuse = new TelegramError("refused", "setWebhook: Bad Request: bad webhook");
    await clock.advance(5_000);
    expect(supervisor.receive().mode).toBe("polling");
    expect(state.polling).toBe(true);
    expect(state.offsets).toBe(1);
    expect(supervisor.trouble()).toContain("bad webhook");
    await supervisor.stop();
  });

  test("without WEBHOOK_URL keeps polling whatever happens", async () => {
    const { supervisor, clock, calls, state, failPolling } = setup({ url: null });
    await supervisor.start();
    failPolling();
    await clock.advance(10 * MINUTE);
    expect(calls).toEqual([]);
    expect(state.polling).toBe(true);
    await supervisor.stop();
  });

  test("goes back to polling when Telegram reports errors newer than the last delivery, and never drops pending updates", async () => {
    const stored: Receive = { mode: "webhook", since: 0, reason: "before", hold_ms: FIRST_HOLD_MS };
    const { supervisor, clock, calls, state } = setup({ stored });
    await supervisor.start();
    expect(state.polling).toBe(false);
    state.info = {
      url: WEBHOOK_URL,
      pending_update_count: 3,
      last_error_date: clock.now() / 1000 + 1,
      last_error_message: "Connection refused",
    };
    await clock.advance(FIRST_HOLD_MS);
    expect(calls.find(({ method }) => method === "deleteWebhook")?.params).toEqual({
      drop_pending_updates: false,
    });
    expect(state.polling).toBe(true);
    expect(state.offsets).toBe(1);
    await supervisor.stop();
  });

  test("does not count errors that are our own 503", async () => {
    const stored: Receive = { mode: "webhook", since: 0, reason: "before", hold_ms: 0 };
    const { supervisor, clock, state } = setup({ stored });
    state.info = { url: WEBHOOK_URL, pending_update_count: 5, last_error_date: clock.now() / 1000 + 1 };
    supervisor.delivered(503);
    await supervisor.start();
    await clock.advance(1_000);
    expect(supervisor.receive().mode).toBe("webhook");
    await supervisor.stop();
  });

  test("names the host of somebody else's webhook before it removes it", async () => {
    const { supervisor, clock, state, lines, failPolling } = setup({ setting: "polling" });
    await supervisor.start();
    state.info = { url: "https://other.example.net/secret-path", pending_update_count: 0 };
    failPolling("webhook");
    await clock.advance(5_000);
    expect(JSON.stringify(lines)).toContain("other.example.net");
    expect(JSON.stringify(lines)).not.toContain("secret-path");
    expect(state.info.url).toBe("");
    expect(state.polling).toBe(true);
    await supervisor.stop();
  });

  test("with RECEIVE=webhook sets it at the start and again when it is gone, and never polls", async () => {
    const { supervisor, clock, state } = setup({ setting: "webhook" });
    await supervisor.start();
    await clock.advance(5_000);
    expect(state.info.url).toBe(WEBHOOK_URL);
    state.info = { url: "", pending_update_count: 0 };
    await clock.advance(MINUTE + 5_000);
    expect(state.info.url).toBe(WEBHOOK_URL);
    expect(state.polling).toBe(false);
    await supervisor.stop();
  });

  test("with RECEIVE=polling after a webhook polls without an offset", async () => {
    const stored: Receive = { mode: "webhook", since: 0, reason: "before", hold_ms: 0 };
    const { supervisor, state } = setup({ setting: "polling", stored });
    await supervisor.start();
    expect(state).toMatchObject({ polling: true, offsets: 1, saved: { mode: "polling" } });
    await supervisor.stop();
  });

  test("holds each change longer, up to six hours", async () => {
    const { supervisor, clock } = setup();
    await supervisor.start();
    const holds: number[] = [];
    for (const mode of [
      "webhook",
      "polling",
      "webhook",
      "polling",
      "webhook",
      "polling",
      "webhook",
    ] as const) {
      await supervisor.switchTo(mode, "test");
      holds.push(supervisor.receive().hold_ms / MINUTE);
      await clock.advance(MINUTE);
    }
    expect(holds).toEqual([10, 20, 40, 80, 160, 320, LONGEST_HOLD_MS / MINUTE]);
    await supervisor.stop();
  });
});
