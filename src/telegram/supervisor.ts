import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Secret } from "../secret.ts";
import type { Service } from "../service.ts";
import type { TelegramApi } from "./api.ts";
import { isTelegramError } from "./errors.ts";
import type { Poller } from "./poller.ts";
import { ALLOWED_UPDATES } from "./update.ts";

export type ReceiveMode = "polling" | "webhook";

/** How updates come in right now; kept over restarts. */
export interface Receive {
  readonly mode: ReceiveMode;
  /** When it became so, in ms since 1970. */
  readonly since: number;
  readonly reason: string;
  /** How long `auto` keeps to it before it may change again. */
  readonly hold_ms: number;
}

/** What `auto` decides by. */
export interface Observation {
  readonly mode: ReceiveMode;
  /** How long ago the mode changed. */
  readonly inModeForMs: number;
  readonly holdMs: number;
  /** Polling: how long no poll has been answered; 0 while it works. */
  readonly pollingFailsForMs: number;
  readonly anotherPoller: boolean;
  /** Webhook, as getWebhookInfo tells; null while that is not known. */
  readonly webhook: WebhookHealth | null;
}

export interface WebhookHealth {
  /** False when Telegram has no webhook, or somebody else's. */
  readonly ours: boolean;
  /** An error after the last delivery and after the switch, which was not our own 503. */
  readonly failing: boolean;
  /** The backlog grew at this many checks in a row. */
  readonly growing: number;
}

interface Transition {
  readonly from: ReceiveMode;
  readonly to: ReceiveMode;
  readonly reason: string;
  /** True when it need not wait for the end of the hold: the present mode cannot work at all. */
  readonly atOnce?: boolean;
  when(observed: Observation): boolean;
}

const POLLING_LIMIT_MS = 2 * 60_000;
const GROWING_CHECKS = 3;

/** When `auto` changes how updates come in, with WEBHOOK_URL set. */
export const TRANSITIONS: readonly Transition[] = [
  {
    from: "polling",
    to: "webhook",
    reason: "another program polls with this bot token",
    when: ({ anotherPoller }) => anotherPoller,
  },
  {
    from: "polling",
    to: "webhook",
    reason: "polling has not worked for 2 minutes",
    when: ({ pollingFailsForMs }) => pollingFailsForMs >= POLLING_LIMIT_MS,
  },
  {
    from: "webhook",
    to: "polling",
    reason: "the webhook is not set any more",
    atOnce: true,
    when: ({ webhook }) => webhook !== null && !webhook.ours,
  },
  {
    from: "webhook",
    to: "polling",
    reason: "Telegram reports errors of the webhook",
    when: ({ webhook }) => webhook?.failing === true,
  },
  {
    from: "webhook",
    to: "polling",
    reason: "updates pile up behind the webhook",
    when: ({ webhook }) => webhook !== null && webhook.growing >= GROWING_CHECKS,
  },
];

/** The change that is due, if any. */
export function dueTransition(observed: Observation): Transition | undefined {
  const held = observed.inModeForMs < observed.holdMs;
  return TRANSITIONS.find(
    (candidate) =>
      candidate.from === observed.mode && candidate.when(observed) && (!held || candidate.atOnce === true),
  );
}

/** At least this long between two changes of `auto`, … */
export const FIRST_HOLD_MS = 10 * 60_000;
/** … doubling with each up to this, and back to the first after as long without one. */
export const LONGEST_HOLD_MS = 6 * 3_600_000;

export interface SupervisorDeps {
  /** RECEIVE */
  readonly setting: "auto" | ReceiveMode;
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  readonly webhookUrl: string | null;
  /** Stable over restarts: deliveries of the time before must still be taken. */
  readonly webhookSecret: Secret;
  readonly api: TelegramApi;
  readonly poller: Pick<Poller, "start" | "stop" | "receiving">;
  readonly store: {
    load(): Receive | null;
    save(receive: Receive): void;
    /** Polling after a webhook starts without an offset: nothing is confirmed that was not polled. */
    forgetOffset(): void;
  };
  readonly clock: Clock;
  readonly log: Log;
}

export interface Supervisor extends Service {
  receive(): Receive;
  /** Why the webhook that is wanted is not set; null when all is as it should be. */
  trouble(): string | null;
  /** Changes now, at a person's wish. @throws Error with the reason when it cannot. */
  switchTo(mode: ReceiveMode, reason: string): Promise<void>;
  /** A delivery was answered. */
  delivered(status: number): void;
}

const LOOK_MS = 5_000;
const CHECK_WEBHOOK_MS = 60_000;

/** Chooses how updates come in and keeps exactly one way live. Each change is stored, and logged with its reason. */
export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { setting, webhookUrl, webhookSecret, api, poller, store, clock, log } = deps;
  let receive: Receive = store.load() ?? firstReceive();
  let health: WebhookHealth | null = null;
  let trouble: string | null = null;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let backlog = 0;
  let lastDelivery = 0;
  let refusedOurselves = false;
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;
  /** Changes one at a time: a person's wish can come amid one of ours. */
  let changing: Promise<void> = Promise.resolve();

  function firstReceive(): Receive {
    return {
      mode: setting === "webhook" ? "webhook" : "polling",
      since: clock.now(),
      reason: "first start",
      hold_ms: 0,
    };
  }

  function become(mode: ReceiveMode, reason: string): void {
    const calm = clock.now() - receive.since > LONGEST_HOLD_MS;
    const hold_ms = Math.min(
      LONGEST_HOLD_MS,
      calm ? FIRST_HOLD_MS : Math.max(FIRST_HOLD_MS, receive.hold_ms * 2),
    );
    log.info("receiving changes", { from: receive.mode, to: mode, reason });
    receive = { mode, since: clock.now(), reason, hold_ms };
    health = null;
    backlog = 0;
    checkedAt = Number.NEGATIVE_INFINITY;
    store.save(receive);
  }

  async function toWebhook(reason: string): Promise<void> {
    if (webhookUrl === null) throw new Error("WEBHOOK_URL is not set");
    await poller.stop();
    try {
      await setWebhook();
    } catch (error) {
      // A refused setWebhook has removed the webhook before: polling is what works then.
      trouble = messageOf(error);
      if (receive.mode === "polling" && setting !== "webhook") {
        store.forgetOffset();
        await poller.start();
      }
      throw error;
    }
    trouble = null;
    become("webhook", reason);
  }

  async function setWebhook(): Promise<void> {
    await api.call(
      "setWebhook",
      {
        url: webhookUrl ?? "",
        secret_token: webhookSecret.reveal(),
        allowed_updates: [...ALLOWED_UPDATES],
      },
      stopping.signal,
    );
  }

  async function toPolling(reason: string): Promise<void> {
    // Pending updates stay at Telegram and come with the next poll.
    await api.call("deleteWebhook", { drop_pending_updates: false }, stopping.signal);
    trouble = null;
    become("polling", reason);
    store.forgetOffset();
    await poller.start();
  }

  function change(mode: ReceiveMode, reason: string): Promise<void> {
    const run = async () => {
      if (stopping.signal.aborted) return;
      await (mode === "webhook" ? toWebhook(reason) : toPolling(reason));
    };
    const next = changing.then(run, run);
    changing = next.catch(() => undefined);
    return next;
  }

  /** A webhook is in the way of polling: ours is used, somebody else's is named and removed. */
  async function settleConflict(): Promise<void> {
    const { url } = await api.call("getWebhookInfo", undefined, stopping.signal);
    if (url === undefined || url === "") return;
    if (url === webhookUrl && setting !== "polling") {
      await poller.stop();
      become("webhook", "the webhook was set already");
      return;
    }
    log.warn("a webhook was set for this bot; it is removed, since updates are polled", {
      host: hostOf(url),
    });
    await change("polling", "a webhook was in the way");
  }

  async function checkWebhook(): Promise<void> {
    const info = await api.call("getWebhookInfo", undefined, stopping.signal);
    const ours = info.url === webhookUrl;
    if (!ours && info.url) log.warn("the webhook was set elsewhere", { host: hostOf(info.url) });
    const errorAt = (info.last_error_date ?? 0) * 1000;
    const grew = info.pending_update_count > backlog;
    health = {
      ours,
      failing: errorAt > lastDelivery && errorAt > receive.since && !refusedOurselves,
      growing: grew && !refusedOurselves ? (health?.growing ?? 0) + 1 : 0,
    };
    backlog = info.pending_update_count;
    refusedOurselves = false;
    trouble = health.failing ? (info.last_error_message ?? "Telegram reports errors of the webhook") : null;
  }

  async function look(): Promise<void> {
    const receiving = poller.receiving();
    if (receive.mode === "polling" && receiving.conflict === "webhook") return settleConflict();
    if (receive.mode === "webhook" && clock.monotonic() - checkedAt >= CHECK_WEBHOOK_MS) {
      checkedAt = clock.monotonic();
      await checkWebhook();
    }
    if (setting === "webhook" && health?.ours === false) {
      await change("webhook", "the webhook was not set");
      return;
    }
    if (setting !== "auto" || webhookUrl === null) return;
    const failing = receiving.state === "unreachable" || receiving.state === "conflict";
    const due = dueTransition({
      mode: receive.mode,
      inModeForMs: clock.now() - receive.since,
      holdMs: receive.hold_ms,
      pollingFailsForMs: failing ? clock.now() - receiving.since : 0,
      anotherPoller: receiving.conflict === "poller",
      webhook: health,
    });
    if (due) await change(due.to, due.reason);
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await look();
      } catch (error) {
        if (!isTelegramError(error, "aborted")) {
          log.warn("how updates come in could not be changed", {
            mode: receive.mode,
            detail: messageOf(error),
          });
        }
      }
      await clock.sleep(LOOK_MS, signal);
    }
  }

  return {
    receive: () => receive,
    trouble: () => trouble,
    switchTo: (mode, reason) => change(mode, reason),
    delivered(status) {
      if (status === 200) lastDelivery = clock.now();
      if (status === 503) refusedOurselves = true;
    },
    async start() {
      if (loop) return;
      stopping = new AbortController();
      // The setting may have changed since: a webhook that is not wanted any more is in polling's way.
      const unwanted = receive.mode === "webhook" && (setting === "polling" || webhookUrl === null);
      if (unwanted) {
        receive = {
          ...receive,
          mode: "polling",
          reason: "the webhook is not wanted any more",
          since: clock.now(),
        };
        store.save(receive);
        store.forgetOffset();
      }
      if (receive.mode === "polling" && setting !== "webhook") await poller.start();
      else if (receive.mode === "polling")
        receive = { ...receive, mode: "webhook", reason: "RECEIVE=webhook", since: clock.now() };
      loop = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await loop;
      await changing;
      await poller.stop();
      loop = null;
    },
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "unknown";
}
