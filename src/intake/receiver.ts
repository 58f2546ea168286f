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
import { createPolling, type UpdateSink } from "./polling.ts";
import { createWebhookWatch, type WebhookHealth } from "./webhook-watch.ts";

interface Change {
  /** The mode of now: it stays so, and is put right at Telegram. */
  readonly to: ReceiveMode;
  readonly reason: string;
  /** By RECEIVE=auto, once the hold is over. Any other is made at once: nothing would come in otherwise. */
  readonly isAuto: boolean;
}

interface Failure extends Change {
  readonly detail: string;
  /** By the monotonic clock: it is not tried again before. */
  readonly until: number;
}

const STOPS = "memoferry stops";
const STARTING = "receiving: starting";
const LOOK_MS = 60_000;
/** After a start, or a change to it, the webhook is looked at more often until nothing waits at Telegram, for so long. */
const SETTLING_MS = 150_000;
const SETTLING_LOOK_MS = 5_000;
/** A webhook's deliveries of before a start, or a change to it, have come by then, as far as anybody can tell. */
const CAUGHT_UP_MS = 10_000;
const STORE_FAILED_MS = 5_000;
const TRY_AGAIN_MS = 60_000;
/** At least this long between two changes of `auto`, and before a refused one is tried again, … */
const FIRST_HOLD_MS = 10 * 60_000;
/** … doubling with each up to this, and back to the first after as long without one. */
const LONGEST_HOLD_MS = 6 * 3_600_000;

export interface ReceiverDeps {
  /** RECEIVE */
  readonly setting: "auto" | ReceiveMode;
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  readonly webhookUrl: string | null;
  readonly webhookSecret: Secret;
  readonly api: Pick<TelegramApi, "call" | "time">;
  readonly identity: Identity;
  readonly sink: UpdateSink;
  readonly store: {
    load(): Receive | null;
    /** `forgetOffset`: polling begins without one, so that nothing is confirmed that was not polled. */
    save(receive: Receive, options: { forgetOffset: boolean }): void;
  };
  /** Telegram has answered a call. */
  readonly onContact: () => void;
  /** Updates come in: Telegram says so (`judged`), or they do though it cannot be asked. */
  readonly onSeen: (seen: { judged: boolean }) => void;
  /** No more updates of before wait at Telegram. */
  readonly onCaughtUp: () => void;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
}

export type Receiver = ReturnType<typeof createReceiver>;

export function createReceiver(deps: ReceiverDeps) {
  const { setting, webhookUrl, webhookSecret, api, identity, store, onContact, onSeen, onCaughtUp } = deps;
  const { clock, log } = deps;
  const watching = { url: webhookUrl, telegramTime: api.time, clock };
  let polling = createPolling(deps);
  let watch = createWebhookWatch(watching);
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
  /** While polling: the URL of a webhook that is in the way. */
  let inTheWay: string | null = null;
  /** With a webhook: as Telegram told last; null where it does not tell. */
  let health: WebhookHealth | null = null;
  /** Deliveries come though Telegram cannot be called: it is blocked from here, and not the other way round. */
  let deliversUnasked = false;
  let unreachable = false;
  /** Whether this run has set the webhook: what is there before may have the secret and the kinds of an older version. */
  let isSet = false;
  let settlesUntil = 0;
  let lastHost: string | null = null;
  /** Changes that people ask for, one after the other. */
  const asked: { readonly mode: ReceiveMode; readonly done: PromiseWithResolvers<void> }[] = [];
  let stopping = new AbortController();
  /** Ends a poll, a look or a pause for the sake of what is asked for. */
  let interrupt = new AbortController();
  let loop: Promise<void> | null = null;
  let settling: Promise<unknown> = Promise.resolve();

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      interrupt = new AbortController();
      const either = AbortSignal.any([signal, interrupt.signal]);
      const pause = await step(either);
      if (pause > 0) await clock.sleep(pause, either);
    }
    for (const { done } of asked.splice(0)) done.reject(new Error(STOPS));
  }

  /** One change, one poll or one look; returns how long to pause before the next. */
  async function step(signal: AbortSignal): Promise<number> {
    try {
      // Nothing is asked of Telegram before the last change is on disk.
      save();
      const wish = asked.shift();
      if (wish) await carryOutWish(wish);
      else {
        const change = due();
        if (!change) return receive.mode === "polling" ? await poll(signal) : await look(signal);
        await carryOut(change);
      }
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      log.error("how updates come in could not be looked after", { error });
      report(messageOf(error));
      return STORE_FAILED_MS;
    }
  }

  async function poll(signal: AbortSignal): Promise<number> {
    const polled = await polling.poll(signal);
    if (signal.aborted) return 0;
    if (polled.trouble !== undefined) report(polled.trouble);
    if (polled.answered) {
      onContact();
      onSeen({ judged: true });
      if (polled.caughtUp) onCaughtUp();
    }
    const url = polled.webhookInTheWay && (await askWebhook(signal).catch(() => null))?.url;
    inTheWay = url || null;
    return due() === null ? polled.pauseMs : 0;
  }

  async function look(signal: AbortSignal): Promise<number> {
    const delivers = watch.deliveredLately();
    try {
      const info = await askWebhook(signal);
      if (info.url === webhookUrl && !isSet) await setWebhook(info.url);
      health = watch.judge(info);
      unreachable = false;
      deliversUnasked = false;
      report(health.set === "ours" ? health.trouble : (failure?.detail ?? health.trouble));
      const caughtUp = info.pending_update_count === 0;
      if (caughtUp) settlesUntil = 0;
      if (trouble === null) {
        onSeen({ judged: true });
        if (caughtUp) onCaughtUp();
      }
    } catch (error) {
      if (signal.aborted || !isTelegramError(error)) throw error;
      notLooked(error, delivers);
    }
    if (due() !== null) return 0;
    return clock.monotonic() < settlesUntil ? SETTLING_LOOK_MS : LOOK_MS;
  }

  function notLooked(error: unknown, delivers: boolean): void {
    health = null;
    const again = unreachable;
    unreachable = isTelegramError(error, "unreachable");
    deliversUnasked = unreachable && (deliversUnasked || (again && delivers));
    const isBadToken = isTelegramError(error, "bad_token");
    // Somebody has to change a setting: no use in asking more often than once a minute.
    if (isBadToken) settlesUntil = 0;
    report(isBadToken ? BAD_TOKEN : `Telegram's API cannot be called: ${messageOf(error)}`);
    if (deliversUnasked) onSeen({ judged: false });
  }

  /** The change that is due without anybody asking for it. */
  function due(): Change | null {
    const change = receive.mode === "polling" ? fromPolling() : fromWebhook();
    return change === null || isTooSoon(change) ? null : change;
  }

  const mayTurn = () => setting === "auto" && clock.monotonic() - enteredAt >= receive.hold_ms;

  function fromPolling(): Change | null {
    if (inTheWay !== null) {
      return inTheWay === webhookUrl && setting !== "polling"
        ? { to: "webhook", reason: "the webhook of WEBHOOK_URL is set", isAuto: false }
        : { to: "polling", reason: "a webhook was in the way", isAuto: false };
    }
    const reason = mayTurn() && webhookUrl !== null ? polling.complaint() : null;
    return reason === null ? null : { to: "webhook", reason, isAuto: true };
  }

  function fromWebhook(): Change | null {
    if (health === null) return null;
    const to = setting === "webhook" ? "webhook" : "polling";
    if (health.set === "none") {
      const reason = to === "webhook" ? "the webhook was not set" : "the webhook is not set any more";
      return { to, reason, isAuto: false };
    }
    if (health.set === "foreign") {
      return { to, reason: "another program had set a webhook of its own", isAuto: false };
    }
    const reason = mayTurn() ? health.complaint : null;
    return reason === null ? null : { to: "polling", reason, isAuto: true };
  }

  /** What just failed, or would lead to the same, is not tried again at once. */
  function isTooSoon({ to, reason, isAuto }: Change): boolean {
    if (failure === null || clock.monotonic() >= failure.until) return false;
    return reason === failure.reason || (isAuto && to === failure.to);
  }

  async function carryOutWish({ mode, done }: (typeof asked)[number]): Promise<void> {
    if (mode === "polling" && receive.mode === "polling") return done.resolve();
    await apply(mode, "asked for by the API").then(done.resolve, done.reject);
  }

  async function carryOut(change: Change): Promise<void> {
    try {
      await apply(change.to, change.reason);
    } catch (error) {
      if (stopping.signal.aborted) return;
      const detail = isTelegramError(error, "bad_token") ? BAD_TOKEN : messageOf(error);
      if (detail !== failure?.detail)
        log.warn("how updates come in could not be changed", { to: change.to, detail });
      failure = { ...change, detail, until: clock.monotonic() + pauseAfter(change, error) };
      if (receive.mode === "webhook") report(detail);
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

  /** Whose webhook Telegram has; somebody else's is named before anything is done about it. */
  async function askWebhook(signal: AbortSignal): Promise<WebhookInfo> {
    const info = await api.call("getWebhookInfo", undefined, signal);
    onContact();
    const foreign = info.url && info.url !== webhookUrl ? hostOf(info.url) : null;
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
    enter();
  }

  /** What was seen before counts no more. */
  function enter(): void {
    polling = createPolling(deps);
    watch = createWebhookWatch(watching);
    inTheWay = null;
    health = null;
    failure = null;
    trouble = STARTING;
    settlesUntil = clock.monotonic() + SETTLING_MS;
    if (receive.mode === "webhook") settling = Promise.all([settling, settle(stopping.signal)]);
  }

  function save(): void {
    if (unsaved === null) return;
    store.save(receive, unsaved);
    unsaved = null;
  }

  /** With a webhook it may not be known that all of before has come: after a while it is taken for granted. */
  async function settle(signal: AbortSignal): Promise<void> {
    await clock.sleep(CAUGHT_UP_MS, signal);
    if (!signal.aborted) onCaughtUp();
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
    else enter();
  }

  return {
    receive: () => receive,
    /** Whether updates come in, whichever way is live, and if not, why. */
    intake: () => ({ works: trouble === null || deliversUnasked, detail: trouble }),
    /** Changes now. @throws Error with the reason when it cannot. */
    async switchTo(mode: ReceiveMode): Promise<void> {
      if (stopping.signal.aborted) throw new Error(STOPS);
      const done = Promise.withResolvers<void>();
      asked.push({ mode, done });
      interrupt.abort();
      await done.promise;
    },
    /** A delivery was answered. */
    delivered: (status: number) => watch.answered(status),
    start(): void {
      if (loop) return;
      stopping = new AbortController();
      isSet = false;
      begin();
      loop = run(stopping.signal);
    },
    async stop(): Promise<void> {
      stopping.abort();
      await loop;
      await settling;
      loop = null;
    },
  };
}

/** A refusal stays one for a while; what the store could not take is tried soon. */
function pauseAfter({ isAuto }: Change, error: unknown): number {
  if (!isTelegramError(error)) return STORE_FAILED_MS;
  const refused = !isTelegramError(error, "unreachable", "throttled");
  return isAuto && refused ? FIRST_HOLD_MS : TRY_AGAIN_MS;
}

/** The hold of what follows on a change. */
function nextHoldMs(holdMs: number, inModeForMs: number): number {
  if (inModeForMs > LONGEST_HOLD_MS) return FIRST_HOLD_MS;
  return Math.min(LONGEST_HOLD_MS, Math.max(FIRST_HOLD_MS, holdMs * 2));
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "unknown";
}
