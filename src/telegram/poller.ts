import type { TelegramUpdate } from "gramio";
import type { Clock } from "../clock.ts";
import { messageOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { TelegramApi } from "./api.ts";
import { BAD_TOKEN, isTelegramError, type TelegramError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { ALLOWED_UPDATES, type IncomingUpdate, readUpdate } from "./update.ts";

/** Where updates go. When `accept` returns, the batch is on disk; when it throws, nothing of it is. */
export interface UpdateSink {
  accept(
    batch: readonly IncomingUpdate[],
    from: { polled: boolean },
  ): { stored: number; duplicates: number; restarted: boolean };
  /** The next offset, or null to ask without one. */
  offset(): number | null;
  /** False while there is no room: Telegram keeps the updates meanwhile. */
  mayAccept(): boolean;
}

/** How receiving goes, for the log, /readyz and /api/v1/status. */
export interface Receiving {
  readonly state:
    | "starting"
    | "receiving"
    | "unreachable"
    | "bad_token"
    | "conflict"
    | "no_room"
    | "store_failed"
    | "stopped";
  /** When it became so, in ms since 1970. */
  readonly since: number;
  readonly detail: string | null;
  /** Who is in the way of polling, in the state `conflict`. */
  readonly conflict: "poller" | "webhook" | null;
  /** How long no poll was answered; 0 while they are. */
  readonly failsForMs: number;
  /** How long no poll that waits for updates has ended by itself, where the last one was broken off; else 0. */
  readonly cutForMs: number;
}

export interface Poller extends Service {
  receiving(): Receiving;
}

export interface PollerDeps {
  readonly api: Pick<TelegramApi, "call">;
  readonly identity: Identity;
  readonly sink: UpdateSink;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each answered poll. `caughtUp`: no more updates wait at Telegram. */
  readonly onPolled: (poll: { caughtUp: boolean }) => void;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
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

/**
 * Long polling: asks for updates at the stored offset and passes each batch on whole. The next poll confirms
 * a batch, so it is only asked once the batch is on disk.
 */
export function createPoller({ api, identity, sink, clock, log, onPolled, random }: PollerDeps): Poller {
  let current: Pick<Receiving, "state" | "since" | "detail" | "conflict"> = {
    state: "starting",
    since: clock.now(),
    detail: null,
    conflict: null,
  };
  let failures = 0;
  /** All by the monotonic clock. */
  let startedAt = clock.monotonic();
  let failingSince: number | null = null;
  let waitedAt = startedAt;
  let cut = false;
  let harmlessSeen = false;
  let conflicts: number[] = [];
  /** Until an empty answer: asked without waiting, so that what waits there, or that nothing does, is known at once. */
  let behind = true;
  let stopping = new AbortController();
  let loop: Promise<void> | null = null;

  function become(
    state: Receiving["state"],
    detail: string | null = null,
    conflict: Receiving["conflict"] = null,
  ): void {
    if (current.state === state && current.detail === detail) return;
    const changed = current.state !== state;
    const fails = state === "unreachable" || state === "conflict";
    failingSince = fails ? (failingSince ?? clock.monotonic()) : null;
    current = { state, since: changed ? clock.now() : current.since, detail, conflict };
    if (!changed || state === "starting" || state === "stopped") return;
    if (state === "receiving")
      log.info("receiving updates", { mode: "polling", bot: identity.known()?.username });
    else log.warn("not receiving updates", { state, detail });
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = await step(signal);
      if (pause > 0 && !signal.aborted) await clock.sleep(pause, signal);
    }
    become("stopped");
  }

  /** One poll; returns how long to pause before the next. */
  async function step(signal: AbortSignal): Promise<number> {
    if (!sink.mayAccept()) {
      become("no_room", "too little disk space is left: Telegram keeps the updates for up to 24 hours");
      return NO_ROOM_PAUSE_MS;
    }
    const waits = !behind;
    try {
      await identity.get(signal);
      const offset = sink.offset();
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
      accept(batch);
      failures = 0;
      if (waits) {
        cut = false;
        waitedAt = clock.monotonic();
      }
      if (recentConflicts() < CONFLICTS) become("receiving");
      // An answer ends at 4 MiB, and after a quick restart at one update: only an empty one surely was the last.
      if (batch.length === 0) behind = false;
      onPolled({ caughtUp: !behind });
      // A proxy that does not let a poll wait answers at once, again and again.
      const hasty = waits && batch.length === 0 && clock.monotonic() - asked < FIRST_PAUSE_MS;
      return hasty ? FIRST_PAUSE_MS : 0;
    } catch (error) {
      if (signal.aborted) return 0;
      if (waits && isTelegramError(error, "unreachable")) cut = true;
      return pauseAfter(error);
    }
  }

  function accept(batch: readonly TelegramUpdate[]): void {
    if (batch.length === 0) return;
    const { stored, duplicates, restarted } = sink.accept(
      batch.map((update) => readUpdate(update, identity.name())),
      { polled: true },
    );
    if (restarted) log.info("telegram restarted its update ids", { update_id: batch.at(-1)?.update_id });
    log.debug("updates stored", { stored, duplicates, next_offset: sink.offset() });
  }

  function pauseAfter(error: unknown): number {
    // Two programs that both ask without waiting would never see their conflict.
    if (!isTelegramError(error, "conflict")) behind = true;
    if (!isTelegramError(error)) {
      // The store failed: nothing was confirmed, so Telegram sends the batch again.
      log.error("updates could not be stored", { error });
      become("store_failed", `updates could not be stored: ${messageOf(error)}`);
      return backoff();
    }
    switch (error.kind) {
      case "bad_token":
        become("bad_token", BAD_TOKEN);
        return BAD_TOKEN_PAUSE_MS;
      case "conflict":
        return afterConflict(error);
      case "throttled":
        become("unreachable", error.message);
        return Math.max(error.retryAfterMs ?? 0, FIRST_PAUSE_MS);
      default:
        become("unreachable", error.message);
        return backoff();
    }
  }

  function recentConflicts(): number {
    const from = clock.monotonic() - CONFLICTS_MS;
    conflicts = conflicts.filter((at) => at > from);
    return conflicts.length;
  }

  function afterConflict(error: TelegramError): number {
    const now = clock.monotonic();
    if (/webhook/i.test(error.message)) {
      become("conflict", "a webhook is set for this bot, so Telegram gives no updates to polling", "webhook");
      return backoff();
    }
    const harmless = now - startedAt < HARMLESS_MS && !harmlessSeen;
    if (harmless) harmlessSeen = true;
    else conflicts.push(now);
    if (recentConflicts() >= CONFLICTS) {
      become(
        "conflict",
        "another program polls with this BOT_TOKEN: stop it, or make a bot of its own for each at @BotFather",
        "poller",
      );
    }
    return backoff();
  }

  function backoff(): number {
    const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    return ceiling / 2 + random() * (ceiling / 2);
  }

  return {
    receiving() {
      const now = clock.monotonic();
      return {
        ...current,
        failsForMs: failingSince === null ? 0 : now - failingSince,
        cutForMs: cut ? now - waitedAt : 0,
      };
    },
    start() {
      if (loop) return;
      stopping = new AbortController();
      become("starting");
      startedAt = clock.monotonic();
      waitedAt = startedAt;
      cut = false;
      harmlessSeen = false;
      conflicts = [];
      behind = true;
      loop = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await loop;
      loop = null;
    },
  };
}
