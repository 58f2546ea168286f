import { expect } from "bun:test";
import { Secret } from "../../src/base/secret.ts";
import type { Incoming } from "../../src/domain/incoming.ts";
import type { Absence, Receive } from "../../src/domain/receive.ts";
import type { TelegramUpdate } from "../../src/domain/telegram.ts";
import { createReceiver } from "../../src/intake/receiver.ts";
import type { TelegramApi } from "../../src/telegram/api.ts";
import { createIdentity } from "../../src/telegram/api.ts";
import { TelegramError } from "../../src/telegram/errors.ts";
import { createFakeClock, settled } from "./clock.ts";
import { BOT_ID, BOT_NAME, keptLog, must } from "./store.ts";

export const WEBHOOK_URL = "https://bot.example.com/telegram/webhook";
export const SECRET = "the-secret-token-of-the-webhook";
export const OTHER_URL = "https://other.example.net/secret-path";

export const trouble = (kind: TelegramError["kind"], message = kind as string, details = {}) =>
  new TelegramError(kind, message, details);
export const UNREACHABLE = trouble("unreachable", "no connection to Telegram (ECONNRESET)");
export const CONFLICT = trouble(
  "conflict",
  "getUpdates: Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
);
const WEBHOOK_IS_SET = trouble(
  "conflict",
  "getUpdates: Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
);

/** What a poll is answered. */
type Answer = TelegramUpdate[] | Error;

interface Options {
  setting?: "auto" | "polling" | "webhook";
  stored?: Receive;
  url?: string | null;
  /** How far Telegram's clock is ahead of ours. */
  aheadMs?: number;
  /** Of the first polls, in order. */
  answers?: Answer[];
  /** Failures of the first calls of getMe. */
  me?: Error[];
}

/**
 * A receiver at a Telegram that answers as the test says. A poll is answered by the next of `answers`, else empty: at
 * once where it does not wait, else after its time, or as soon as the test ends it.
 */
export function receiverWorld(options: Options = {}) {
  const { answers = [], me = [] } = options;
  const stored = options.stored ?? null;
  const clock = createFakeClock();
  const log = keptLog();
  const telegramNow = () => clock.now() + (options.aheadMs ?? 0);
  const calls: { method: string; params: Record<string, unknown> }[] = [];
  const state = {
    /** As Telegram has it. */
    webhook: { url: stored?.mode === "webhook" ? WEBHOOK_URL : "", pending_update_count: 0 } as {
      url: string;
      pending_update_count: number;
      last_error_date?: number;
      last_error_message?: string;
    },
    refuse: {} as Record<string, Error | undefined>,
    /** As another part was told. */
    tokenTrouble: null as string | null,
    polling: 0,
    endPoll: new AbortController(),
    /** As the store has it. */
    offset: null as number | null,
    batches: [] as (readonly Incoming[])[],
    saved: stored,
    offsetsForgotten: 0,
    room: true,
    acceptFails: null as Error | null,
    saveFails: 0,
    /** What the receiver has said. */
    contacts: 0,
    /** Whether each time that updates were seen to come in was judged. */
    seen: [] as boolean[],
    absence: null as Absence | null,
  };

  async function poll({ timeout }: { timeout?: number }, signal?: AbortSignal): Promise<TelegramUpdate[]> {
    state.polling += 1;
    // Exactly one poll at a time.
    expect(state.polling).toBe(1);
    try {
      const answer = () => {
        const next = answers.shift() ?? state.refuse["getUpdates"] ?? state.refuse["all"];
        if (next instanceof Error) throw next;
        if (next === undefined && state.webhook.url) throw WEBHOOK_IS_SET;
        return next;
      };
      const now = answer();
      if (now || !timeout) return now ?? [];
      const end = AbortSignal.any([state.endPoll.signal, ...(signal ? [signal] : [])]);
      await clock.sleep(timeout * 1_000, end);
      if (signal?.aborted) throw trouble("aborted", "getUpdates: stopped");
      return answer() ?? [];
    } finally {
      state.polling -= 1;
    }
  }

  async function call(method: string, params: Record<string, unknown> = {}, signal?: AbortSignal) {
    calls.push({ method, params });
    if (method === "getMe") {
      const failure = me.shift();
      if (failure) throw failure;
      return { id: BOT_ID, is_bot: true, first_name: "memoferry", username: BOT_NAME };
    }
    if (method === "getUpdates") return await poll(params, signal);
    const refusal = state.refuse[method] ?? state.refuse["all"];
    // The old one is removed before the new one is tried.
    if (method === "setWebhook" && refusal) state.webhook = { url: "", pending_update_count: 0 };
    if (refusal) throw refusal;
    if (method === "getWebhookInfo") return state.webhook;
    // Exactly one way is live, whenever anything changes at Telegram.
    expect(state.polling).toBe(0);
    state.webhook = { url: method === "setWebhook" ? String(params["url"]) : "", pending_update_count: 0 };
    return true;
  }

  const api = {
    call: call as unknown as TelegramApi["call"],
    time: telegramNow,
    reachable: () => state.refuse["all"]?.message !== UNREACHABLE.message,
    tokenTrouble: () => state.tokenTrouble,
  };
  const identity = createIdentity(api, BOT_ID);
  const receiver = createReceiver({
    setting: options.setting ?? "auto",
    webhookUrl: options.url === undefined ? WEBHOOK_URL : options.url,
    webhookSecret: new Secret(SECRET),
    api,
    identity,
    sink: {
      accept(batch, { polled }) {
        if (state.acceptFails) throw state.acceptFails;
        expect(polled).toBe(true);
        state.batches.push(batch);
        state.offset = must(batch.at(-1)).update_id + 1;
      },
      offset: () => state.offset,
      refusal: () => (state.room ? null : "no room"),
    },
    store: {
      load: () => stored,
      save(receive) {
        if (state.saveFails > 0) {
          state.saveFails -= 1;
          throw Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
        }
        state.saved = receive;
        if (receive.mode === "polling" && receive.reason !== "first start") state.offsetsForgotten += 1;
      },
    },
    onContact: () => {
      state.contacts += 1;
    },
    note(at, { judged }) {
      expect(at).toBe(telegramNow());
      state.seen.push(judged);
      return state.absence;
    },
    clock,
    log,
  });
  /** Ends the poll that waits: it is answered now. */
  function endPoll(...next: Answer[]): void {
    answers.push(...next);
    state.endPoll.abort();
    state.endPoll = new AbortController();
  }
  return {
    receiver,
    identity,
    clock,
    log,
    calls,
    answers,
    state,
    endPoll,
    /** From now on each poll fails so, also the one that waits; undefined: they are answered again. */
    failPolls(error: Error | undefined) {
      state.refuse["getUpdates"] = error;
      endPoll();
    },
    mode: () => receiver.receive().mode,
    telegramSeconds: () => telegramNow() / 1_000,
    changes: () =>
      log.lines
        .filter(({ message }) => message === "receiving changes")
        .map(({ fields }) => `${fields["from"]} → ${fields["to"]}: ${fields["reason"]}`),
    callsOf: (method: string) => calls.filter((one) => one.method === method),
    async [Symbol.asyncDispose]() {
      await receiver.stop();
      expect(clock.sleepers).toBe(0);
      expect(state.polling).toBe(0);
    },
  };
}

/** The same, started, and as far as it comes without the clock. */
export async function started(options: Options = {}) {
  const world = receiverWorld(options);
  world.receiver.start();
  await settled();
  return world;
}
