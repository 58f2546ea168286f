// How updates come in: one loop that polls, or looks after the webhook. So exactly one way is live, whatever happens.
import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Secret } from "../base/secret.ts";
import type { Receive, ReceiveMode } from "../domain/receive.ts";
import { ALLOWED_UPDATES } from "../messages/update.ts";
import type { TelegramApi, WebhookInfo } from "../telegram/api.ts";
import { BAD_TOKEN, isTelegramError } from "../telegram/errors.ts";
import type { Identity } from "../telegram/identity.ts";
import { createPolling, type Found, type UpdateSink } from "./polling.ts";
import { createWebhookWatch } from "./webhook-watch.ts";

interface Change {
  /** The mode of now: it stays so, and is put right at Telegram. */
  readonly to: ReceiveMode;
  readonly reason: string;
  /** By RECEIVE=auto, once the hold is over. Any other is made at once: nothing would come in otherwise. */
  readonly isAuto: boolean;
}

/** A change that could not be made. */
interface Failure {
  readonly detail: string;
  readonly isAuto: boolean;
  /** By the monotonic clock: none of its kind is tried before. */
  readonly until: number;
}

const STOPS = "memoferry stops";
const STARTING = "receiving: starting";
const STORE_FAILED_MS = 5_000;
const TRY_AGAIN_MS = 60_000;
/** At least this long between two changes of `auto`, and before a refused one is tried again, … */
const FIRST_HOLD_MS = 10 * 60_000;
/** … doubling with each up to this, and back to the first after as long without one. */
const LONGEST_HOLD_MS = 6 * 3_600_000;

export type Receiver = ReturnType<typeof createReceiver>;

export function createReceiver(deps: {
  /** RECEIVE */
  setting: "auto" | ReceiveMode;
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  webhookUrl: string | null;
  webhookSecret: Secret;
  api: Pick<TelegramApi, "call" | "time">;
  identity: Identity;
  sink: UpdateSink;
  store: {
    load(): Receive | null;
    /** `forgetOffset`: polling begins without one, so that nothing is confirmed that was not polled. */
    save(receive: Receive, options: { forgetOffset: boolean }): void;
  };
  /** Telegram has answered a call. */
  onContact: () => void;
  /** Updates come in: Telegram says so (`judged`), or they do though it cannot be asked. */
  onSeen: (seen: NonNullable<Found["seen"]>) => void;
  /** No more updates of before wait at Telegram. */
  onCaughtUp: () => void;
  clock: Clock;
  log: Log;
  /** 0 to 1, for jitter. */
  random: () => number;
}) {
  const { setting, webhookUrl, webhookSecret, api, identity, store, onContact, onSeen, onCaughtUp } = deps;
  const { clock, log } = deps;
  const newWays = () => ({
    polling: { next: createPolling({ ...deps, askWebhook }) },
    webhook: createWebhookWatch({ webhookUrl, askWebhook, renewWebhook, telegramTime: api.time, clock }),
  });
  let ways = newWays();
  const stored = store.load();
  let receive: Receive = stored ?? {
    mode: setting === "webhook" ? "webhook" : "polling",
    since: clock.now(),
    reason: setting === "webhook" ? "RECEIVE=webhook" : "first start",
    hold_ms: 0,
  };
  /** A change that is not on disk yet. */
  let unsaved: { forgetOffset: boolean } | null = stored ? null : { forgetOffset: false };
  /** By the monotonic clock. A time that is ahead of now is a clock that was set back: it counts as long ago. */
  let enteredAt =
    receive.since > clock.now()
      ? Number.NEGATIVE_INFINITY
      : clock.monotonic() - (clock.now() - receive.since);
  /** Why it is not known that updates come in; null while they do. */
  let trouble: string | null = STARTING;
  let failure: Failure | null = null;
  /** Deliveries come though Telegram cannot be called. */
  let comesUnasked = false;
  /** Whether this run has set the webhook. */
  let isSet = false;
  let lastHost: string | null = null;
  /** Changes that people ask for, one after the other. */
  const asked: { readonly mode: ReceiveMode; readonly done: PromiseWithResolvers<void> }[] = [];
  const stopping = new AbortController();
  /** Ends a poll, a look or a pause for the sake of what is asked for. */
  let interrupt = new AbortController();
  let loop: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      interrupt = new AbortController();
      const either = AbortSignal.any([stopping.signal, interrupt.signal]);
      const pause = await step(either);
      if (pause > 0) await clock.sleep(pause, either);
    }
    for (const { done } of asked.splice(0)) done.reject(new Error(STOPS));
  }

  /** What was asked for, one poll or one look; returns how long to pause before the next. */
  async function step(signal: AbortSignal): Promise<number> {
    try {
      // Nothing is asked of Telegram before the last change is on disk.
      save();
      const request = asked.shift();
      if (!request) return await receiveMore(signal);
      await carryOutRequest(request);
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      log.error("how updates come in could not be looked after", { error });
      report(messageOf(error));
      return STORE_FAILED_MS;
    }
  }

  async function receiveMore(signal: AbortSignal): Promise<number> {
    const found = await ways[receive.mode].next(signal);
    if (signal.aborted) return 0;
    const change = wanted(found);
    if (change) {
      await carryOut(change);
      return 0;
    }
    const { trouble, seen, caughtUp, obstacle, pauseMs = 0 } = found;
    const why = obstacle && failure ? failure.detail : trouble;
    if (why !== undefined) report(why);
    comesUnasked = seen?.judged === false;
    if (seen) onSeen(seen);
    if (caughtUp) onCaughtUp();
    return pauseMs;
  }

  /** The change that is due without anybody asking for it. What just failed is not tried again at once. */
  function wanted({ obstacle, complaint }: Found): Change | null {
    const change = obstacle ? fromObstacle(obstacle) : fromComplaint(complaint);
    const isTooSoon = failure?.isAuto === change?.isAuto && clock.monotonic() < (failure?.until ?? 0);
    return isTooSoon ? null : change;
  }

  function fromObstacle(obstacle: NonNullable<Found["obstacle"]>): Change {
    if (receive.mode === "webhook") {
      const isNone = obstacle === "no webhook";
      const reason = isNone ? "the webhook was not set" : "another program had set a webhook of its own";
      return { to: setting === "webhook" ? "webhook" : "polling", reason, isAuto: false };
    }
    return obstacle === "our webhook" && setting !== "polling"
      ? { to: "webhook", reason: "the webhook of WEBHOOK_URL is set", isAuto: false }
      : { to: "polling", reason: "a webhook was in the way", isAuto: false };
  }

  function fromComplaint(reason: string | undefined): Change | null {
    const mayChange = setting === "auto" && webhookUrl !== null;
    if (reason === undefined || !mayChange || clock.monotonic() - enteredAt < receive.hold_ms) return null;
    return { to: receive.mode === "polling" ? "webhook" : "polling", reason, isAuto: true };
  }

  async function carryOutRequest({ mode, done }: (typeof asked)[number]): Promise<void> {
    if (mode === "polling" && receive.mode === "polling") return done.resolve();
    await apply(mode, "asked for by the API").then(done.resolve, done.reject);
  }

  async function carryOut({ to, reason, isAuto }: Change): Promise<void> {
    try {
      await apply(to, reason);
    } catch (error) {
      if (stopping.signal.aborted || !isTelegramError(error)) throw error;
      const detail = error.kind === "bad_token" ? BAD_TOKEN : error.message;
      if (detail !== failure?.detail) log.warn("how updates come in could not be changed", { to, detail });
      const mayPass = isTelegramError(error, "unreachable", "throttled");
      const pauseMs = isAuto && !mayPass ? FIRST_HOLD_MS : TRY_AGAIN_MS;
      failure = { detail, isAuto, until: clock.monotonic() + pauseMs };
    }
  }

  async function apply(to: ReceiveMode, reason: string): Promise<void> {
    await (to === "webhook" ? toWebhook(reason) : toPolling(reason));
    save();
    if (to !== "webhook") return;
    report(null);
    onSeen({ judged: true });
  }

  async function toWebhook(reason: string): Promise<void> {
    if (webhookUrl === null) throw new Error("WEBHOOK_URL is not set");
    await askWebhook(stopping.signal);
    try {
      await setWebhook(webhookUrl);
    } catch (error) {
      // A refused setWebhook has removed the webhook before: polling is what works then.
      const stopped = stopping.signal.aborted;
      if (receive.mode === "polling" && !stopped)
        become("polling", `the webhook could not be set: ${messageOf(error)}`);
      throw error;
    }
    become("webhook", reason);
  }

  async function toPolling(reason: string): Promise<void> {
    await askWebhook(stopping.signal);
    // Pending updates stay at Telegram and come with the next poll.
    await api.call("deleteWebhook", { drop_pending_updates: false }, stopping.signal);
    become("polling", reason);
  }

  async function setWebhook(url: string): Promise<void> {
    const params = { url, secret_token: webhookSecret.reveal(), allowed_updates: [...ALLOWED_UPDATES] };
    await api.call("setWebhook", params, stopping.signal);
    isSet = true;
  }

  async function renewWebhook(): Promise<void> {
    if (!isSet && webhookUrl !== null) await setWebhook(webhookUrl);
  }

  /** Whose webhook Telegram has; somebody else's is named before anything is done about it. */
  async function askWebhook(signal: AbortSignal): Promise<WebhookInfo> {
    const info = await api.call("getWebhookInfo", undefined, signal);
    onContact();
    const foreign = info.url && info.url !== webhookUrl ? (URL.parse(info.url)?.host ?? "unknown") : null;
    // The rest of a foreign URL is often a secret.
    if (foreign !== null && foreign !== lastHost)
      log.warn("another program set a webhook for this bot", { host: foreign });
    lastHost = foreign;
    return info;
  }

  function become(mode: ReceiveMode, reason: string): void {
    log.info("receiving changes", { from: receive.mode, to: mode, reason });
    unsaved = { forgetOffset: mode === "polling" };
    if (mode === receive.mode) receive = { ...receive, reason };
    else {
      const hold_ms = nextHoldMs(receive.hold_ms, clock.monotonic() - enteredAt);
      receive = { mode, reason, since: clock.now(), hold_ms };
      enteredAt = clock.monotonic();
    }
    // What was seen before counts no more.
    ways = newWays();
    comesUnasked = false;
    failure = null;
    trouble = STARTING;
  }

  function save(): void {
    if (unsaved === null) return;
    store.save(receive, unsaved);
    unsaved = null;
  }

  function report(found: string | null): void {
    if (found === trouble) return;
    trouble = found;
    const { mode } = receive;
    if (found === null) log.info("receiving updates", { mode, bot: identity.known()?.username });
    else log.warn("not receiving updates", { mode, detail: found });
  }

  /** What needs no word of Telegram: the settings decide. */
  function begin(): void {
    const { mode } = receive;
    if (setting !== "auto" && setting !== mode) become(setting, `RECEIVE=${setting}`);
    else if (mode === "webhook" && webhookUrl === null) become("polling", "WEBHOOK_URL is not set any more");
  }

  return {
    receive: () => receive,
    /** Whether updates come in, whichever way is live, and if not, why; null while it is not known yet. */
    intake() {
      const works = trouble === null || comesUnasked;
      return { works: works || trouble !== STARTING ? works : null, detail: trouble };
    },
    /** Changes now. @throws Error with the reason when it cannot. */
    async switchTo(mode: ReceiveMode): Promise<void> {
      if (stopping.signal.aborted) throw new Error(STOPS);
      const done = Promise.withResolvers<void>();
      asked.push({ mode, done });
      interrupt.abort();
      await done.promise;
    },
    /** A delivery was answered. */
    delivered: (status: number) => ways.webhook.answered(status),
    /** Once. */
    start(): void {
      begin();
      loop = run();
    },
    async stop(): Promise<void> {
      stopping.abort();
      await loop;
    },
  };
}

/** The hold of what follows on a change. */
function nextHoldMs(holdMs: number, inModeForMs: number): number {
  if (inModeForMs > LONGEST_HOLD_MS) return FIRST_HOLD_MS;
  return Math.min(LONGEST_HOLD_MS, Math.max(FIRST_HOLD_MS, holdMs * 2));
}
