// How updates come in: one loop that polls, or looks after the webhook. So exactly one way is live, whatever happens.
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { createKeyedMutex } from "../base/keyed-mutex.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Absence, Receive, ReceiveMode } from "../domain/receive.ts";
import { ALLOWED_UPDATES } from "../messages/update.ts";
import type { Identity, TelegramApi } from "../telegram/api.ts";
import { isTelegramError } from "../telegram/errors.ts";
import { createPolling, type Found, type UpdateSink } from "./polling.ts";
import { createWebhookWatch } from "./webhook-watch.ts";

const STARTING = "receiving: starting";
const STORE_FAILED_MS = 5_000;
const TRY_AGAIN_MS = 60_000;
/** `auto` gives a webhook so long before it goes back to polling. */
const HOLD_MS = 10 * 60_000;
/** That updates come in is not worth a write again within this. */
const NOTED_MS = 60_000;

export type Receiver = ReturnType<typeof createReceiver>;

export function createReceiver(deps: {
  setting: "auto" | ReceiveMode;
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  webhookUrl: string | null;
  webhookSecret: Secret;
  api: Pick<TelegramApi, "call" | "time" | "reachable" | "tokenTrouble">;
  identity: Identity;
  sink: UpdateSink;
  store: { load(): Receive | null; save(receive: Receive): void };
  onContact: () => void;
  /** Notes that updates come in. An absence is found only where it is `judged`; people are told of it at once. */
  note: (at: number, options: { judged: boolean }) => Absence | null;
  clock: Clock;
  log: Log;
}) {
  const { setting, webhookUrl, webhookSecret, api, identity, store, onContact, note } = deps;
  const { clock, log } = deps;
  const newWays = () => ({
    polling: { next: createPolling(deps) },
    webhook: createWebhookWatch({ ...deps, renew: async () => (isSet ? undefined : setWebhook()) }),
  });
  let ways = newWays();
  const stored = store.load();
  let receive: Receive = stored ?? { mode: "polling", since: clock.now(), reason: "first start" };
  let enteredAt = clock.monotonic();
  /** Why it is not known that updates come in; null while they do. */
  let trouble: string | null = STARTING;
  let notedAt: number | null = null;
  /** The last change that could not be made. */
  let failure: { readonly detail: string; readonly at: number } | null = null;
  let isSet = false;
  let isBegun = false;
  const stopping = new AbortController();
  /** Ends a poll, a look or a pause for the sake of what is asked for. */
  let interrupt = new AbortController();
  /** Polls, looks and changes, in the order in which they are asked for. */
  const oneByOne = createKeyedMutex();
  let loop: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const pause = await oneByOne("", step);
      // Polls that are answered at once, one after another, would leave nobody else a turn of the event loop.
      if (pause === 0) await setImmediate();
      else await clock.sleep(pause, AbortSignal.any([stopping.signal, interrupt.signal]));
    }
  }

  /** What needs no word of Telegram is decided by the settings. Where it cannot be stored, nothing is asked yet. */
  function begin(): void {
    const { mode } = receive;
    if (setting !== "auto" && setting !== mode) become(setting, `RECEIVE=${setting}`);
    else if (mode === "webhook" && webhookUrl === null) become("polling", "WEBHOOK_URL is not set any more");
    else if (!stored) store.save(receive);
    isBegun = true;
  }

  /** One poll or one look; returns how long to pause before the next. */
  async function step(): Promise<number> {
    interrupt = new AbortController();
    const signal = AbortSignal.any([stopping.signal, interrupt.signal]);
    try {
      if (!isBegun) begin();
      const found = await ways[receive.mode].next(signal);
      return signal.aborted ? 0 : await handle(found);
    } catch (error) {
      log.error("updates could not be taken in", { error });
      report(messageOf(error));
      return STORE_FAILED_MS;
    }
  }

  async function handle(found: Found): Promise<number> {
    const { trouble, isUnasked = false, wrongUrl, pauseMs } = found;
    if (api.reachable()) onContact();
    const change = wanted(found);
    if (change && clock.monotonic() >= (failure?.at ?? -TRY_AGAIN_MS) + TRY_AGAIN_MS) {
      await carryOut(change.to, change.reason);
      return 0;
    }
    const why = wrongUrl === undefined ? trouble : (failure?.detail ?? trouble);
    if (why !== undefined) report(why);
    if (trouble === null) seen(!isUnasked);
    return pauseMs;
  }

  /**
   * Updates come in now. What was since they last did can be an absence where Telegram tells that they do; where
   * deliveries alone do, only for the first time after a start.
   */
  function seen(isTold: boolean): void {
    if (notedAt !== null && clock.monotonic() - notedAt < NOTED_MS) return;
    const absence = note(api.time() ?? clock.now(), { judged: isTold || notedAt === null });
    notedAt = clock.monotonic();
    if (absence === null) return;
    const text = (at: number) => new Date(at).toISOString();
    const { from, until, lostBefore } = absence;
    const times = { from: text(from), until: text(until), lost_before: text(lostBefore) };
    log.warn("away for longer than telegram keeps updates", times);
  }

  /** The mode that is due without anybody asking for it. That of now stays so, and is put right at Telegram. */
  function wanted({ wrongUrl, complaint }: Found): { to: ReceiveMode; reason: string } | null {
    if (wrongUrl !== undefined) {
      const fitting = wrongUrl === webhookUrl ? "webhook" : "polling";
      return { to: setting === "auto" ? fitting : setting, reason: reasonOf(wrongUrl) };
    }
    if (complaint === undefined || setting !== "auto" || webhookUrl === null) return null;
    if (receive.mode === "polling") return { to: "webhook", reason: complaint };
    return clock.monotonic() - enteredAt < HOLD_MS ? null : { to: "polling", reason: complaint };
  }

  function reasonOf(wrongUrl: string): string {
    if (wrongUrl === "") return "the webhook was not set";
    if (wrongUrl === webhookUrl) return "the webhook of WEBHOOK_URL was set";
    // The rest of a foreign URL is often a secret.
    return `another program had set a webhook at ${URL.parse(wrongUrl)?.host ?? "an unknown host"}`;
  }

  async function carryOut(to: ReceiveMode, reason: string): Promise<void> {
    try {
      await apply(to, reason);
    } catch (error) {
      if (stopping.signal.aborted || !isTelegramError(error)) throw error;
      const { message: detail } = error;
      if (detail !== failure?.detail) log.warn("how updates come in could not be changed", { to, detail });
      failure = { detail, at: clock.monotonic() };
    }
  }

  async function apply(to: ReceiveMode, reason: string): Promise<void> {
    stopping.signal.throwIfAborted();
    if (to === "webhook") await setWebhook();
    // Pending updates stay at Telegram and come with the next poll.
    else await api.call("deleteWebhook", { drop_pending_updates: false }, stopping.signal);
    become(to, reason);
  }

  async function setWebhook(): Promise<void> {
    if (webhookUrl === null) throw new Error("WEBHOOK_URL is not set");
    const secret_token = webhookSecret.reveal();
    const params = { url: webhookUrl, secret_token, allowed_updates: [...ALLOWED_UPDATES] };
    try {
      await api.call("setWebhook", params, stopping.signal);
    } catch (error) {
      // Telegram has removed the webhook of before: polling is what works then.
      const isRefused = isTelegramError(error, "refused") && receive.mode === "polling";
      if (isRefused) become("polling", `the webhook could not be set: ${error.message}`);
      throw error;
    }
    isSet = true;
  }

  /** It is on disk before anything more is asked of Telegram; where that fails, Telegram shows later what was done. */
  function become(mode: ReceiveMode, reason: string): void {
    log.info("receiving changes", { from: receive.mode, to: mode, reason });
    const since = mode === receive.mode ? receive.since : clock.now();
    store.save({ mode, reason, since });
    if (mode !== receive.mode) enteredAt = clock.monotonic();
    receive = { mode, reason, since };
    // What was seen before counts no more.
    ways = newWays();
    failure = null;
  }

  function report(found: string | null): void {
    if (found === trouble) return;
    trouble = found;
    const { mode } = receive;
    if (found === null) log.info("receiving updates", { mode, bot: identity.known()?.username });
    else log.warn("not receiving updates", { mode, detail: found });
  }

  return {
    receive: () => receive,
    /** Whether updates come in, whichever way is live, and if not, why; null while it is not known yet. */
    intake() {
      // Any call may have found out that the token is refused.
      const detail = api.tokenTrouble() ?? trouble;
      return { works: detail === STARTING ? null : detail === null, detail };
    },
    /** Changes now. @throws Error with the reason when it cannot. */
    async switchTo(mode: ReceiveMode): Promise<void> {
      interrupt.abort();
      await oneByOne("", async () => {
        if (mode === "webhook" || receive.mode === "webhook") await apply(mode, "asked for by the API");
      });
    },
    delivered: () => ways.webhook.delivered(),
    /** The webhook counts as in trouble until Telegram tells that it is well. */
    refused: (why: string) => {
      if (receive.mode === "webhook") report(why);
    },
    /** Once. */
    start(): void {
      loop = run();
    },
    async stop(): Promise<void> {
      stopping.abort(new Error("memoferry stops"));
      await loop;
    },
  };
}
