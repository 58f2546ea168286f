import type { TelegramWebhookInfo } from "gramio";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Secret } from "../secret.ts";
import type { Service } from "../service.ts";
import type { TelegramApi } from "./api.ts";
import { BAD_TOKEN, isTelegramError } from "./errors.ts";
import {
  dueTransition,
  FIRST_HOLD_MS,
  nextHoldMs,
  type Observation,
  type Receive,
  type ReceiveMode,
  type Transition,
  type WebhookHealth,
} from "./intake.ts";
import type { Poller } from "./poller.ts";
import { ALLOWED_UPDATES } from "./update.ts";
import { createWebhookWatch } from "./webhook-watch.ts";

export interface SupervisorDeps {
  /** RECEIVE */
  readonly setting: Observation["setting"];
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  readonly webhookUrl: string | null;
  /** Stable over restarts: deliveries of the time before must still be taken. */
  readonly webhookSecret: Secret;
  readonly api: Pick<TelegramApi, "call" | "time">;
  readonly poller: Pick<Poller, "start" | "stop" | "receiving">;
  readonly store: {
    load(): Receive | null;
    /** `forgetOffset`: polling begins without one, so that nothing is confirmed that was not polled. */
    save(receive: Receive, options: { forgetOffset: boolean }): void;
  };
  /** From now on updates come by the webhook. */
  readonly onWebhook: () => void;
  /**
   * Updates come in by the webhook: Telegram says so (`surely`), or they do though it cannot be asked. `caughtUp`: no
   * more of them wait at Telegram.
   */
  readonly onWebhookWorks: (seen: { surely: boolean; caughtUp: boolean }) => void;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Supervisor extends Service {
  receive(): Receive;
  /** Whether updates come in, whichever way is live, and if not, why. */
  intake(): { readonly works: boolean; readonly detail: string | null };
  /** Changes now, at a person's wish. @throws Error with the reason when it cannot. */
  switchTo(mode: ReceiveMode): Promise<void>;
  /** A delivery was answered. */
  delivered(status: number): void;
}

const LOOK_MS = 5_000;
const CHECK_WEBHOOK_MS = 60_000;
/** After a start, or a change to it, the webhook is looked at each time until nothing waits at Telegram, or for so long. */
const SETTLING_MS = 150_000;
/** What failed is tried again after as long. */
const TRY_AGAIN_MS = 60_000;

/**
 * Carries out what the table in intake.ts says, and keeps exactly one way live: polling is stopped before a webhook is
 * set, and begins once it is deleted. Each change is stored before it counts, and logged with its reason.
 */
export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { setting, webhookUrl, webhookSecret, api, poller, store, onWebhook, onWebhookWorks, clock, log } =
    deps;
  const watch = createWebhookWatch({ url: webhookUrl, telegramTime: api.time, clock });
  const stored = store.load();
  let receive: Receive = stored ?? firstReceive();
  /** By the monotonic clock. A time that is ahead of now is a clock that was set back: it counts as long ago. */
  let enteredAt =
    receive.since > clock.now()
      ? Number.NEGATIVE_INFINITY
      : clock.monotonic() - (clock.now() - receive.since);
  let begun = false;
  let polls = false;
  let health: WebhookHealth | null = null;
  /** Why it is not known that the webhook works. */
  let trouble: string | null = "the webhook was not looked at yet";
  /** Deliveries come though Telegram cannot be called: it is blocked from here, and not the other way round. */
  let deliversUnasked = false;
  let unreachable = false;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let settlesUntil = 0;
  /** Whether this run has set the webhook. */
  let isSet = false;
  let failed: { readonly row: Transition; readonly until: number } | null = null;
  let lastHost: string | null = null;
  let lastFailure: string | null = null;
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;
  /** Changes one at a time: a person's wish can come amid one of ours. */
  let changing: Promise<void> = Promise.resolve();

  function firstReceive(): Receive {
    const reason = setting === "webhook" ? "RECEIVE=webhook" : "first start";
    return { mode: setting === "webhook" ? "webhook" : "polling", since: clock.now(), reason, hold_ms: 0 };
  }

  const inModeForMs = () => clock.monotonic() - enteredAt;

  function observe(now: Partial<Observation> = {}): Observation {
    const { failsForMs, cutForMs, conflict } = poller.receiving();
    return {
      setting,
      hasWebhookUrl: webhookUrl !== null,
      mode: receive.mode,
      starting: false,
      asked: null,
      inModeForMs: inModeForMs(),
      holdMs: receive.hold_ms,
      polling: { failsForMs, cutForMs, anotherPoller: conflict === "poller" },
      webhook: health,
      ...now,
    };
  }

  /** On disk first: when that fails nothing has changed. */
  function become(mode: ReceiveMode, reason: string): void {
    const same = mode === receive.mode;
    const next: Receive = {
      mode,
      reason,
      since: same ? receive.since : clock.now(),
      hold_ms: same ? receive.hold_ms : nextHoldMs(receive.hold_ms, inModeForMs()),
    };
    store.save(next, { forgetOffset: mode === "polling" });
    log.info("receiving changes", { from: receive.mode, to: mode, reason });
    if (!same) enteredAt = clock.monotonic();
    receive = next;
    health = null;
    checkedAt = Number.NEGATIVE_INFINITY;
    settlesUntil = clock.monotonic() + SETTLING_MS;
    watch.reset();
  }

  /** What needs no word of Telegram: the settings decide, and polling begins if it is to be polled. */
  function begin(): void {
    if (!begun) {
      if (!stored) store.save(receive, { forgetOffset: false });
      const row = dueTransition(observe({ starting: true }));
      if (row?.by === "settings") become(row.to, row.reason);
      if (receive.mode === "webhook") onWebhook();
      else startPolling();
      begun = true;
    }
    if (receive.mode === "webhook" || polls) return;
    // A change that failed half-way.
    store.save(receive, { forgetOffset: true });
    startPolling();
  }

  function startPolling(): void {
    poller.start();
    polls = true;
  }

  async function stopPolling(): Promise<void> {
    await poller.stop();
    polls = false;
  }

  /** Whose webhook Telegram has; somebody else's is named before anything is done about it. */
  async function askWebhook(): Promise<TelegramWebhookInfo> {
    const info = await api.call("getWebhookInfo", undefined, stopping.signal);
    const foreign = info.url && info.url !== webhookUrl ? hostOf(info.url) : null;
    // The rest of a foreign URL is often a secret.
    if (foreign !== null && foreign !== lastHost)
      log.warn("another program set a webhook for this bot", { host: foreign });
    lastHost = foreign;
    return info;
  }

  async function setWebhook(url: string): Promise<void> {
    const params = { url, secret_token: webhookSecret.reveal(), allowed_updates: [...ALLOWED_UPDATES] };
    try {
      await api.call("setWebhook", params, stopping.signal);
      isSet = true;
    } catch (error) {
      trouble = messageOf(error);
      throw error;
    }
  }

  async function toWebhook(reason: string): Promise<void> {
    if (webhookUrl === null) throw new Error("WEBHOOK_URL is not set");
    await askWebhook();
    await stopPolling();
    try {
      await setWebhook(webhookUrl);
    } catch (error) {
      // A refused setWebhook has removed the webhook before: polling is what works then.
      if (receive.mode === "polling" && !stopping.signal.aborted) {
        become("polling", `the webhook could not be set: ${messageOf(error)}`);
        startPolling();
      }
      throw error;
    }
    const same = receive.mode === "webhook";
    become("webhook", reason);
    trouble = null;
    if (!same) onWebhook();
    onWebhookWorks({ surely: true, caughtUp: false });
  }

  async function toPolling(reason: string): Promise<void> {
    await askWebhook();
    // Pending updates stay at Telegram and come with the next poll.
    await api.call("deleteWebhook", { drop_pending_updates: false }, stopping.signal);
    become("polling", reason);
    await stopPolling();
    startPolling();
  }

  function change({ to, reason }: Transition): Promise<void> {
    const run = async () => {
      if (stopping.signal.aborted) return;
      await (to === "webhook" ? toWebhook(reason) : toPolling(reason));
    };
    const next = changing.then(run, run);
    changing = next.catch(() => undefined);
    return next;
  }

  async function checkWebhook(): Promise<void> {
    checkedAt = clock.monotonic();
    const delivers = watch.deliveredLately();
    const info = await askWebhook().catch((error: unknown) => {
      notChecked(error, delivers);
      throw error;
    });
    // With the secret and the kinds of this version: what is set there may be an older one's.
    if (!isSet && webhookUrl !== null && info.url === webhookUrl) await setWebhook(webhookUrl);
    health = watch.judge(info);
    trouble = troubleOf(health, info);
    deliversUnasked = false;
    unreachable = false;
    const caughtUp = info.pending_update_count === 0;
    if (caughtUp) settlesUntil = 0;
    if (trouble === null) onWebhookWorks({ surely: true, caughtUp });
  }

  function notChecked(error: unknown, delivers: boolean): void {
    health = null;
    const badToken = isTelegramError(error, "bad_token");
    trouble = badToken ? BAD_TOKEN : `Telegram's API cannot be called: ${messageOf(error)}`;
    // Somebody has to change a setting: no use in asking more often than once a minute.
    if (badToken) settlesUntil = 0;
    const again = unreachable;
    unreachable = isTelegramError(error, "unreachable");
    deliversUnasked = unreachable && (deliversUnasked || (again && delivers));
    if (deliversUnasked) onWebhookWorks({ surely: false, caughtUp: false });
  }

  async function look(): Promise<void> {
    begin();
    if (receive.mode === "polling") {
      const inTheWay = poller.receiving().conflict === "webhook";
      health = inTheWay ? watch.judge(await askWebhook()) : null;
    } else if (isCheckDue()) await checkWebhook();
    const row = dueTransition(observe());
    if (!row || isTooSoon(row)) return;
    try {
      await change(row);
      failed = null;
    } catch (error) {
      failed = { row, until: clock.monotonic() + pauseAfter(row, error) };
      checkedAt = Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  function isCheckDue(): boolean {
    const now = clock.monotonic();
    return now < settlesUntil || now - checkedAt >= CHECK_WEBHOOK_MS;
  }

  /** What just failed, or would lead to the same, is not tried again at once. */
  function isTooSoon(row: Transition): boolean {
    if (failed === null || clock.monotonic() >= failed.until) return false;
    return row === failed.row || (row.by === "auto" && row.to === failed.row.to);
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await look();
        // Most looks ask nothing: what failed may fail still.
        if (receive.mode === "polling" || trouble === null) lastFailure = null;
      } catch (error) {
        const detail = isTelegramError(error, "bad_token") ? BAD_TOKEN : messageOf(error);
        const isNew = detail !== lastFailure && !isTelegramError(error, "aborted");
        if (isNew) log.warn("how updates come in could not be looked after", { mode: receive.mode, detail });
        lastFailure = detail;
      }
      await clock.sleep(LOOK_MS, signal);
    }
  }

  return {
    receive: () => receive,
    intake() {
      if (receive.mode === "webhook") return { works: trouble === null || deliversUnasked, detail: trouble };
      const { state, detail } = poller.receiving();
      if (state === "receiving") return { works: true, detail: null };
      return { works: false, detail: detail ?? `receiving: ${state}` };
    },
    async switchTo(mode) {
      const row = dueTransition(observe({ asked: mode }));
      if (row?.by === "person") await change(row);
    },
    delivered: watch.delivered,
    start() {
      if (loop) return;
      stopping = new AbortController();
      settlesUntil = clock.monotonic() + SETTLING_MS;
      watch.reset();
      loop = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await loop;
      await changing;
      await stopPolling();
      loop = null;
    },
  };
}

/** A refusal stays one for a while; what the store could not take is tried at the next look. */
function pauseAfter(row: Transition, error: unknown): number {
  if (!isTelegramError(error)) return 0;
  const refused = !isTelegramError(error, "unreachable", "throttled");
  return row.by === "auto" && refused ? FIRST_HOLD_MS : TRY_AGAIN_MS;
}

function troubleOf({ set, failing }: WebhookHealth, info: TelegramWebhookInfo): string | null {
  if (set === "none") return "the webhook is not set";
  if (set === "foreign") return "another program set a webhook for this bot";
  return failing ? (info.last_error_message ?? "Telegram reports errors of the webhook") : null;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "unknown";
}
