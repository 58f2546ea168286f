import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Incoming } from "../domain/incoming.ts";
import { ALLOWED_UPDATES } from "../messages/update.ts";
import type { Identity, TelegramApi } from "../telegram/api.ts";
import { isTelegramError, TelegramError } from "../telegram/errors.ts";
import { createUpdateReader } from "./read-updates.ts";

/** Where updates go. When `accept` returns, the batch is on disk; when it throws, nothing of it is. */
export interface UpdateSink {
  accept(batch: readonly Incoming[], from: { polled: boolean }): unknown;
  /** The next offset, or null to ask without one. */
  offset(): number | null;
  /** Why nothing is taken now: what is here could not be kept. Null where it is. */
  refusal(): string | null;
}

/** The longest that Telegram holds a poll open. https://core.telegram.org/bots/api#getupdates */
const POLL_SECONDS = 50;
/** Telegram allows 100. They are stored in one go, in which nobody else has their turn. */
const LIMIT = 25;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const REFUSAL_PAUSE_MS = 5_000;
/** So many 409s in so long are another program that polls; one is of the poll that a process before this one left at Telegram. */
const CONFLICTS = 3;
const CONFLICTS_MS = 5 * 60_000;
/** While another program polls, a poll waits so long at most, and so does the next one after a 409: it is soon known when it has ended. */
const DISPUTED_SECONDS = 10;
/** Under traffic most polls of both are answered: one that is proves nothing before. */
const UNDISTURBED_MS = 15_000;
const LIMIT_MS = 2 * 60_000;

/** What one poll, or one look at the webhook, found. */
export interface Found {
  readonly pauseMs: number;
  /** Why no updates come in; null while they do, undefined where nothing new is known. */
  readonly trouble: string | null | undefined;
  /** That they come in is told by deliveries alone: Telegram cannot be asked. */
  readonly isUnasked?: boolean;
  /** The webhook of now where this way needs another, or none; empty where none is set. */
  readonly wrongUrl?: string | undefined;
  /** Why the other way of receiving is worth a try. */
  readonly complaint?: string | undefined;
}

/**
 * Long polling from now on, one poll at a time: asks for updates at the stored offset and passes each batch on whole. The next poll
 * confirms a batch, so it is only asked once the batch is on disk.
 */
export function createPolling(deps: {
  api: Pick<TelegramApi, "call">;
  identity: Identity;
  sink: UpdateSink;
  clock: Clock;
  log: Pick<Log, "warn">;
}) {
  const { api, identity, sink, clock } = deps;
  const readUpdates = createUpdateReader(deps);
  let failures = 0;
  /** Since when no poll that waits ended by itself, and brought no updates; null while polls do. */
  let failingSince: number | null = null;
  let conflicts: number[] = [];
  /** Polls have gone on without a 409 for longer than who polls as well would have let them. */
  let isUndisturbed = true;
  /** Until an empty answer it is asked without waiting: what waits there, or that nothing does, is known at once. */
  let hasBacklog = true;
  /** The offset after a batch that was stored just now; null where the store has to be asked. */
  let offsetAfter: number | null = null;

  async function poll(signal: AbortSignal): Promise<Found> {
    const timeout = hasBacklog ? 0 : anotherProgramPolls() ? DISPUTED_SECONDS : POLL_SECONDS;
    await identity.get(signal);
    const offset = offsetAfter ?? sink.offset();
    offsetAfter = null;
    const asked = clock.monotonic();
    const from = offset === null ? {} : { offset };
    const params = { ...from, limit: LIMIT, timeout, allowed_updates: [...ALLOWED_UPDATES] };
    const answer: unknown = await api.call("getUpdates", params, signal);
    if (!Array.isArray(answer))
      throw new TelegramError("unreachable", "getUpdates: what was answered is no list");
    const batch = readUpdates(answer);
    const last = batch.at(-1);
    if (last) {
      sink.accept(batch, { polled: true });
      offsetAfter = last.update_id + 1;
    }
    // An answer ends at 4 MiB, and after a quick restart at one update: only an empty one surely was the last.
    else hasBacklog = false;
    failures = 0;
    if (timeout > 0) isUndisturbed ||= clock.monotonic() - (conflicts.at(-1) ?? 0) >= UNDISTURBED_MS;
    if (timeout > 0 || last) failingSince = null;
    // A proxy that does not let a poll wait answers at once, again and again; so does what cannot be confirmed.
    const isHasty = timeout > 0 && !last && clock.monotonic() - asked < FIRST_PAUSE_MS;
    return {
      pauseMs: isHasty ? FIRST_PAUSE_MS : 0,
      trouble: anotherProgramPolls() ? undefined : null,
    };
  }

  async function failed({ kind, message, retryAfterMs = 0 }: TelegramError, signal: AbortSignal) {
    if (kind === "bad_token") {
      failingSince = null;
      // Somebody has to change a setting: no use in asking more often.
      return { pauseMs: LONGEST_PAUSE_MS, trouble: message };
    }
    failingSince ??= clock.monotonic();
    failures += 1;
    const grown = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
    const pauseMs = kind === "throttled" ? Math.max(retryAfterMs, FIRST_PAUSE_MS) : grown;
    if (kind !== "conflict") return { pauseMs, trouble: message };
    if (/webhook/i.test(message)) {
      const info = await api.call("getWebhookInfo", undefined, signal).catch(() => null);
      const trouble = "a webhook is set for this bot, so Telegram gives no updates to polling";
      return { pauseMs, trouble, wrongUrl: info?.url || undefined };
    }
    conflicts.push(clock.monotonic());
    isUndisturbed = false;
    const mend =
      "another program polls with this BOT_TOKEN: stop it, or make a bot of its own for each at @BotFather";
    const soonMs = Math.min(pauseMs, DISPUTED_SECONDS * 1_000);
    return { pauseMs: soonMs, trouble: anotherProgramPolls() ? mend : undefined };
  }

  function anotherProgramPolls(): boolean {
    conflicts = conflicts.filter((at) => at > clock.monotonic() - CONFLICTS_MS);
    return !isUndisturbed && conflicts.length >= CONFLICTS;
  }

  function complaint(): string | undefined {
    if (anotherProgramPolls()) return "another program polls with this bot token";
    const isLong = failingSince !== null && clock.monotonic() - failingSince >= LIMIT_MS;
    return isLong ? "polls were cut off, or not answered, for 2 minutes" : undefined;
  }

  /** One poll. @throws what the store throws: nothing was confirmed then, so Telegram sends the batch again. */
  return async (signal: AbortSignal): Promise<Found> => {
    const trouble = sink.refusal();
    if (trouble !== null) {
      failingSince = null;
      return { pauseMs: REFUSAL_PAUSE_MS, trouble };
    }
    try {
      return await poll(signal);
    } catch (error) {
      // Two programs that both ask without waiting would never see their conflict.
      if (!isTelegramError(error, "conflict")) hasBacklog = true;
      if (!isTelegramError(error)) throw error;
      return { ...(await failed(error, signal)), complaint: complaint() };
    }
  };
}
