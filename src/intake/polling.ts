import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Incoming } from "../domain/incoming.ts";
import { ALLOWED_UPDATES, readUpdate } from "../messages/update.ts";
import type { TelegramApi, WebhookInfo } from "../telegram/api.ts";
import { BAD_TOKEN, isTelegramError, type TelegramError } from "../telegram/errors.ts";
import type { Identity } from "../telegram/identity.ts";

/** Where updates go. When `accept` returns, the batch is on disk; when it throws, nothing of it is. */
export interface UpdateSink {
  accept(
    batch: readonly Incoming[],
    from: { polled: boolean },
  ): { stored: number; duplicates: number; restarted: boolean };
  /** The next offset, or null to ask without one. */
  offset(): number | null;
  /** False while there is no room: Telegram keeps the updates meanwhile. */
  mayAccept(): boolean;
}

/** The longest that Telegram holds a poll open. https://core.telegram.org/bots/api#getupdates */
const POLL_SECONDS = 50;
const LIMIT = 100;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** Somebody has to change a setting: no use in asking more often. */
const BAD_TOKEN_PAUSE_MS = 60_000;
const NO_ROOM_PAUSE_MS = 5_000;
/** When polling begins, Telegram may still hold a poll of before, and end it with one 409 in this time: no conflict. */
const HARMLESS_MS = 60_000;
/** Two 409s in so long are another poller: where messages come, most polls of both are answered. */
const CONFLICTS_MS = 5 * 60_000;
const CONFLICTS = 2;
/** What polling bears before something else is tried. */
const LIMIT_MS = 2 * 60_000;

/** What one poll, or one look at the webhook, found. */
export interface Found {
  /** Before the next. */
  readonly pauseMs: number;
  /** Why no updates come in; null while they do, undefined while nothing is known. */
  readonly trouble: string | null | undefined;
  /** Updates come in: Telegram says so (`judged`), or they do though it cannot be asked. */
  readonly seen: { readonly judged: boolean } | null;
  /** No more updates wait at Telegram. */
  readonly caughtUp: boolean;
}

/**
 * Long polling from now on, one poll at a time: asks for updates at the stored offset and passes each batch on whole. The next poll
 * confirms a batch, so it is only asked once the batch is on disk.
 */
export function createPolling(deps: {
  api: Pick<TelegramApi, "call">;
  identity: Identity;
  sink: UpdateSink;
  /** Where Telegram delivers to; null without WEBHOOK_URL. */
  webhookUrl: string | null;
  askWebhook: (signal: AbortSignal) => Promise<WebhookInfo>;
  /** Telegram has answered. */
  onContact: () => void;
  clock: Clock;
  log: Log;
  /** 0 to 1, for jitter. */
  random: () => number;
}) {
  const { api, identity, sink, webhookUrl, askWebhook, onContact, clock, log, random } = deps;
  const startedAt = clock.monotonic();
  let failures = 0;
  let trouble: string | null | undefined;
  /** When polls began to fail; null while they are answered. All times are by the monotonic clock. */
  let failingSince: number | null = null;
  /** When a poll that waits ended by itself, and whether the last one was broken off. */
  let waitedAt = startedAt;
  let cut = false;
  let obstacle: "ours" | "foreign" | null = null;
  let conflicts: number[] = [];
  let harmlessSeen = false;
  /** Until an empty answer it is asked without waiting: what waits there, or that nothing does, is known at once. */
  let behind = true;
  /** The offset after a batch that was stored just now; null where the store has to be asked. */
  let offsetAfter: number | null = null;

  /** One poll. */
  async function next(signal: AbortSignal): Promise<Found> {
    obstacle = null;
    if (!sink.mayAccept()) {
      told("too little disk space is left: Telegram keeps the updates for up to 24 hours");
      return found(NO_ROOM_PAUSE_MS);
    }
    const waits = !behind;
    try {
      await identity.get(signal);
      const offset = offsetAfter ?? sink.offset();
      offsetAfter = null;
      const asked = clock.monotonic();
      const batch = await api.call(
        "getUpdates",
        {
          ...(offset !== null && { offset }),
          limit: LIMIT,
          timeout: waits ? POLL_SECONDS : 0,
          allowed_updates: [...ALLOWED_UPDATES],
        },
        signal,
      );
      accept(batch.map((update) => readUpdate(update, identity.name())));
      failures = 0;
      const now = clock.monotonic();
      if (waits) [cut, waitedAt] = [false, now];
      // An answer ends at 4 MiB, and after a quick restart at one update: only an empty one surely was the last.
      if (batch.length === 0) behind = false;
      if (!hasAnotherPoller()) told(null);
      // A proxy that does not let a poll wait answers at once, again and again.
      const hasty = waits && batch.length === 0 && now - asked < FIRST_PAUSE_MS;
      onContact();
      return { ...found(hasty ? FIRST_PAUSE_MS : 0), seen: { judged: true }, caughtUp: !behind };
    } catch (error) {
      if (signal.aborted) return found(0);
      if (waits && isTelegramError(error, "unreachable")) cut = true;
      // Two programs that both ask without waiting would never see their conflict.
      if (!isTelegramError(error, "conflict")) behind = true;
      const pauseMs = failed(error);
      if (isTelegramError(error, "conflict") && isOfWebhook(error)) await lookForWebhook(signal);
      return found(pauseMs);
    }
  }

  const found = (pauseMs: number): Found => ({ pauseMs, trouble, seen: null, caughtUp: false });

  async function lookForWebhook(signal: AbortSignal): Promise<void> {
    const info = await askWebhook(signal).catch(() => null);
    if (info?.url) obstacle = info.url === webhookUrl ? "ours" : "foreign";
  }

  function accept(batch: readonly Incoming[]): void {
    const last = batch.at(-1);
    if (!last) return;
    const { stored, duplicates, restarted } = sink.accept(batch, { polled: true });
    if (restarted) log.info("telegram restarted its update ids", { update_id: last.update_id });
    log.debug("updates stored", { stored, duplicates });
    offsetAfter = last.update_id + 1;
  }

  /** Returns the pause before the next poll. */
  function failed(error: unknown): number {
    if (!isTelegramError(error)) {
      // The store failed: nothing was confirmed, so Telegram sends the batch again.
      log.error("updates could not be stored", { error });
      told(`updates could not be stored: ${messageOf(error)}`);
      return backoff();
    }
    switch (error.kind) {
      case "bad_token":
        told(BAD_TOKEN);
        return BAD_TOKEN_PAUSE_MS;
      case "conflict":
        conflicted(error);
        return backoff();
      case "throttled":
        failing(error.message);
        return Math.max(error.retryAfterMs ?? 0, FIRST_PAUSE_MS);
      default:
        failing(error.message);
        return backoff();
    }
  }

  function conflicted(error: TelegramError): void {
    const now = clock.monotonic();
    if (isOfWebhook(error)) {
      failing("a webhook is set for this bot, so Telegram gives no updates to polling");
      return;
    }
    if (now - startedAt < HARMLESS_MS && !harmlessSeen) harmlessSeen = true;
    else conflicts.push(now);
    if (!hasAnotherPoller()) return;
    failing(
      "another program polls with this BOT_TOKEN: stop it, or make a bot of its own for each at @BotFather",
    );
  }

  function hasAnotherPoller(): boolean {
    const from = clock.monotonic() - CONFLICTS_MS;
    conflicts = conflicts.filter((at) => at > from);
    return conflicts.length >= CONFLICTS;
  }

  /** Telegram was reached, or nothing was asked of it. */
  function told(found: string | null): void {
    trouble = found;
    failingSince = null;
  }

  function failing(found: string): void {
    trouble = found;
    failingSince ??= clock.monotonic();
  }

  function backoff(): number {
    const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    return ceiling / 2 + random() * (ceiling / 2);
  }

  return {
    next,
    /** Whose webhook is in the way; null while none is. */
    obstacle: () => obstacle,
    /** Why another way of receiving is worth a try; null while it is not. */
    complaint(): string | null {
      const limit = clock.monotonic() - LIMIT_MS;
      if (hasAnotherPoller()) return "another program polls with this bot token";
      if (failingSince !== null && failingSince <= limit) return "no poll was answered for 2 minutes";
      if (cut && waitedAt <= limit) return "long polls have been cut off for 2 minutes";
      return null;
    },
  };
}

const isOfWebhook = ({ message }: TelegramError) => /webhook/i.test(message);
